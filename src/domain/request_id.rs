//! Ids of requests: our own or a trusted proxy's, and the trace that a request belongs to (W3C Trace Context).

use std::fmt;
use std::sync::Arc;

/// The longest id that is taken from a proxy.
const MAX_LEN: usize = 128;

/// The length of a `traceparent` of version 00.
const TRACEPARENT_LEN: usize = 55;

/// The id of a request, in the log and in `X-Request-Id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestId {
    /// Made here; its text is made when it is needed.
    Made(u64),
    /// From a trusted proxy.
    Given(Arc<str>),
}

impl RequestId {
    /// A proxy's id; `None` if it is too long, or has characters that are special somewhere.
    #[must_use]
    pub fn given(text: &str) -> Option<Self> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=:@".contains(&byte);
        let is_good = (1..=MAX_LEN).contains(&text.len()) && text.bytes().all(is_plain);
        is_good.then(|| Self::Given(text.into()))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Made(number) => write!(f, "{number:016x}"),
            Self::Given(text) => f.write_str(text),
        }
    }
}

/// A trace in which several services take part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceId(u128);

impl TraceId {
    /// The trace of a `traceparent`; `None` if that is malformed. Versions after 00 may be longer.
    #[must_use]
    pub fn of_traceparent(text: &str) -> Option<Self> {
        let hex = |text: &str| {
            let is_hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            if is_hex { u128::from_str_radix(text, 16).ok() } else { None }
        };
        let (head, rest) = text.split_at_checked(TRACEPARENT_LEN)?;
        let mut parts = head.split('-');
        let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let has_lengths = (version.len(), trace.len(), parent.len(), flags.len()) == (2, 32, 16, 2);
        if !has_lengths || parts.next().is_some() || hex(version)? == 0xff {
            return None;
        }
        let is_whole = if hex(version)? == 0 { rest.is_empty() } else { rest.is_empty() || rest.starts_with('-') };
        let (trace, parent, _) = (hex(trace)?, hex(parent)?, hex(flags)?);
        (is_whole && trace != 0 && parent != 0).then_some(Self(trace))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_of_a_proxy_is_short_and_plain() {
        for good in ["a", "5f0c-77", "Root=1-67891233-abcdef012345678912345678", &"x".repeat(128)] {
            assert_eq!(RequestId::given(good).map(|id| id.to_string()).as_deref(), Some(good));
        }
        for bad in ["", "a b", "a\nb", "\"", "a,b", "é", "<x>", &"x".repeat(129)] {
            assert_eq!(RequestId::given(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn malformed_traceparent_has_no_trace() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let read = |text: &str| TraceId::of_traceparent(text).map(|trace| trace.to_string());
        for good in ["00-TRACE-00f067aa0ba902b7-01", "01-TRACE-00f067aa0ba902b7-01-more"] {
            assert_eq!(read(&good.replace("TRACE", trace)).as_deref(), Some(trace), "{good}");
        }
        for bad in [
            "",
            "00-TRACE-00f067aa0ba902b7",
            "00-TRACE-00f067aa0ba902b7-01-more",
            "01-TRACE-00f067aa0ba902b7-01more",
            "ff-TRACE-00f067aa0ba902b7-01",
            "00-TRACE-0000000000000000-01",
            "00-TRACE-00f067aa0ba902b7-0g",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-é\u{301}bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        ] {
            assert_eq!(read(&bad.replace("TRACE", trace)), None, "{bad}");
        }
    }
}
