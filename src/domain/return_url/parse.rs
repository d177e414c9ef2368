//! Reads URLs of which no parser makes another host.

use percent_encoding::percent_decode;
use url::{Host, Url};

/// The greatest length of a return URL in bytes.
const MAX_LENGTH: usize = 2048;

/// Why a text is no return URL, whatever the rules are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// More than 2048 bytes.
    #[error("it has more than {MAX_LENGTH} bytes")]
    Length,
    /// A blank, a control character, a backslash, or what is not ASCII.
    #[error("it has a blank, a backslash, a control character or a character beyond ASCII")]
    Character,
    /// Not `scheme://host`.
    #[error("it does not begin with a scheme, :// and a host")]
    Shape,
    /// A user name, a password, or an escape in the host.
    #[error("an @ or a % is in front of the path")]
    Authority,
    /// `.` or `..` in the path, perhaps encoded.
    #[error("its path has a segment . or .., perhaps encoded")]
    DotSegment,
    /// The parser refuses it.
    #[error("its host or port is not valid")]
    Unreadable,
}

/// Parses a URL that every parser reads the same: ASCII without blanks, backslashes, user names, escapes in the host, or
/// dot segments in any encoding.
pub(super) fn parse_strictly(text: &str) -> Result<Url, Malformed> {
    if text.len() > MAX_LENGTH {
        return Err(Malformed::Length);
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
        return Err(Malformed::Character);
    }
    let (scheme, rest) = text.split_once("://").ok_or(Malformed::Shape)?;
    if !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) {
        return Err(Malformed::Shape);
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() {
        return Err(Malformed::Shape);
    }
    if authority.contains(['@', '%']) {
        return Err(Malformed::Authority);
    }
    let path = rest[authority.len()..].split(['?', '#']).next().unwrap_or_default();
    if has_dot_segment(path) {
        return Err(Malformed::DotSegment);
    }
    let mut url = Url::parse(text).map_err(|_| Malformed::Unreadable)?;
    if !url.username().is_empty() || url.password().is_some() || url.cannot_be_a_base() {
        return Err(Malformed::Shape);
    }
    if let Some(Host::Domain(host)) = url.host() {
        let folded = host.to_ascii_lowercase();
        url.set_host(Some(&folded)).map_err(|_| Malformed::Unreadable)?;
    }
    if url.has_host() { Ok(url) } else { Err(Malformed::Shape) }
}

/// Whether a server behind the URL may read `.` or `..` in its path: percent-encoded, also repeatedly, with an encoded
/// slash or backslash, with path parameters (`..;x`) or cut off by a zero byte.
fn has_dot_segment(path: &str) -> bool {
    let mut path = path.as_bytes().to_vec();
    loop {
        let is_separator = |byte: &u8| matches!(byte, b'/' | b'\\');
        let is_dots = |segment: &[u8]| {
            let name = segment.split(|byte| matches!(byte, b';' | 0)).next().unwrap_or_default();
            matches!(name, b"." | b"..")
        };
        if path.split(is_separator).any(is_dots) {
            return true;
        }
        let decoded: Vec<u8> = percent_decode(&path).collect();
        // Decoding only shortens, so this ends.
        if decoded.len() == path.len() {
            return false;
        }
        path = decoded;
    }
}
