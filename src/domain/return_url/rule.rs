//! One rule of the list: scheme, host, port and a path prefix, each compared separately.

use std::fmt;

use url::{Host, Url};

use super::parse_strictly;
use crate::domain::origin::Origin;

/// Schemes that run code or read files in the browser.
const FORBIDDEN_SCHEMES: [&str; 8] =
    ["javascript", "data", "vbscript", "blob", "file", "about", "view-source", "intent"];

/// Why a text is not a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRule {
    /// Not an absolute URL of the form `scheme://host/path`.
    #[error("a rule is an absolute URL like https://app.example.com/signed-in")]
    Shape,
    /// A scheme that runs code or reads files.
    #[error("this scheme is never allowed")]
    Scheme,
    /// Query, fragment, user name or password.
    #[error("a rule has no query, fragment, user name or password")]
    Extra,
    /// A `*` in another place than the left-most label of a host with at least two more.
    #[error("a * may stand once, in the left-most label of a host with at least two more labels")]
    Wildcard,
    /// A `*` below a public suffix, where everybody can have a host.
    #[error(
        "everybody can have a host below this name, so that a * would allow all of them; name the hosts one by one"
    )]
    PublicSuffix,
    /// A `*` for the port of another host than this machine's.
    #[error("a * for the port is for http on a loopback address: http://127.0.0.1:* or http://[::1]:*")]
    AnyPort,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) scheme: String,
    pub(super) host: HostRule,
    pub(super) port: PortRule,
    pub(super) path: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PortRule {
    Exactly(Option<u16>),
    /// Any port of a loopback address, where a native app listens at whichever is free (RFC 8252 section 7.3).
    Any,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HostRule {
    Exactly(String),
    /// One label with this start and end, then the rest of the host (with its leading dot).
    Label {
        start: String,
        end: String,
        rest: String,
    },
}

impl Rule {
    pub(super) fn parse(text: &str) -> Result<Self, InvalidRule> {
        const PLACEHOLDER: &str = "wildcard-label";
        let (scheme, rest) = text.split_once("://").ok_or(InvalidRule::Shape)?;
        let rest = rest.strip_suffix("/**").or_else(|| rest.strip_suffix("/*")).unwrap_or(rest);
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (authority, is_any_port) = match authority.strip_suffix(":*") {
            Some(authority) => (authority, true),
            None => (authority, false),
        };
        let rest = &format!("{authority}{path}");
        if FORBIDDEN_SCHEMES.iter().any(|forbidden| forbidden.eq_ignore_ascii_case(scheme)) {
            return Err(InvalidRule::Scheme);
        }
        if rest.contains(['?', '#', '@']) {
            return Err(InvalidRule::Extra);
        }
        let (label, after) = rest.split_once(['.', '/', ':']).unwrap_or((rest.as_str(), ""));
        if after.contains('*') || label.matches('*').count() > 1 {
            return Err(InvalidRule::Wildcard);
        }
        let url = parse_strictly(&format!("{scheme}://{}", rest.replacen('*', PLACEHOLDER, 1)))
            .map_err(|_| InvalidRule::Shape)?;
        // Not `localhost`, a name that may lead elsewhere (RFC 8252 section 8.3).
        let is_loopback = match url.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(_)) | None => false,
        };
        if is_any_port && !(url.scheme() == "http" && is_loopback) {
            return Err(InvalidRule::AnyPort);
        }
        let host = url.host_str().ok_or(InvalidRule::Shape)?.to_owned();
        let host = if label.contains('*') {
            let (wild, rest) = host.split_once('.').ok_or(InvalidRule::Wildcard)?;
            let (start, end) = wild.split_once(PLACEHOLDER).ok_or(InvalidRule::Wildcard)?;
            if rest.split('.').filter(|label| !label.is_empty()).count() < 2 {
                return Err(InvalidRule::Wildcard);
            }
            if is_public_suffix(rest) {
                return Err(InvalidRule::PublicSuffix);
            }
            HostRule::Label { start: start.to_owned(), end: end.to_owned(), rest: format!(".{rest}") }
        } else {
            HostRule::Exactly(host)
        };
        Ok(Self {
            scheme: url.scheme().to_owned(),
            host,
            port: if is_any_port { PortRule::Any } else { PortRule::Exactly(url.port_or_known_default()) },
            path: url.path().trim_end_matches('/').to_owned(),
        })
    }

    /// The origin that the rule names; `None` for a wildcard.
    pub(super) fn origin(&self) -> Option<Origin> {
        let (HostRule::Exactly(host), PortRule::Exactly(port)) = (&self.host, self.port) else { return None };
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}://{host}{port}", self.scheme).parse().ok()
    }

    pub(super) fn matches(&self, url: &Url) -> bool {
        self.scheme == url.scheme()
            && self.port.matches(url)
            && url.host_str().is_some_and(|host| self.host.matches(host))
            && self.matches_path(url)
    }

    pub(super) fn matches_path(&self, url: &Url) -> bool {
        url.path().strip_prefix(self.path.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// As in the settings, with the host and the path as they are compared.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, host, port, path } = self;
        write!(f, "{scheme}://{host}")?;
        match (scheme.as_str(), port) {
            (_, PortRule::Any) => f.write_str(":*")?,
            (_, PortRule::Exactly(None)) | ("https", PortRule::Exactly(Some(443))) => {}
            ("http", PortRule::Exactly(Some(80))) => {}
            (_, PortRule::Exactly(Some(port))) => write!(f, ":{port}")?,
        }
        f.write_str(path)
    }
}

impl PortRule {
    pub(super) fn matches(self, url: &Url) -> bool {
        match self {
            Self::Exactly(port) => port == url.port_or_known_default(),
            Self::Any => true,
        }
    }
}

/// Whether different parties can have hosts directly below `parent`, such as `github.io` or `co.uk`.
fn is_public_suffix(parent: &str) -> bool {
    // The domain below `parent` is registrable by itself, or is a suffix too.
    let child = format!("x.{parent}");
    psl::domain_str(&child).is_none_or(|registrable| registrable == child)
}

impl HostRule {
    pub(super) fn matches(&self, host: &str) -> bool {
        match self {
            Self::Exactly(expected) => expected == host,
            Self::Label { start, end, rest } => host
                .strip_suffix(rest.as_str())
                .and_then(|label| label.strip_prefix(start.as_str()))
                .and_then(|label| label.strip_suffix(end.as_str()))
                .is_some_and(|wild| {
                    !wild.is_empty()
                        && !wild.starts_with('-')
                        && wild.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
                }),
        }
    }
}

impl fmt::Display for HostRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(host) => f.write_str(host),
            Self::Label { start, end, rest } => write!(f, "{start}*{end}{rest}"),
        }
    }
}
