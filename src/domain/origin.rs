//! Web origins (RFC 6454) that may call us from a browser: scheme, host and port, compared exactly.
//!
//! Reading with credentials (CORS) and changing something (CSRF) are separate lists, neither of which is the list of
//! return URLs: a rule such as `https://app.example.com/signed-in` trusts one path, not every page of its host.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// The origin of a page, such as `https://app.example.com` or `http://localhost:5173`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    scheme: String,
    host: String,
    port: Option<u16>,
}

/// The text is not an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an origin is a scheme, a host and perhaps a port, such as https://app.example.com")]
pub struct InvalidOrigin;

impl Origin {
    /// The origin of a URL; `None` if it has no host.
    #[must_use]
    pub fn of(url: &Url) -> Option<Self> {
        let host = url.host_str()?.to_ascii_lowercase();
        Some(Self { scheme: url.scheme().to_owned(), host, port: url.port_or_known_default() })
    }

    /// Whether the page is served from this machine: a loopback address or `localhost`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = Host::parse(&self.host);
        match host {
            Ok(Host::Ipv4(ip)) => ip.is_loopback(),
            Ok(Host::Ipv6(ip)) => ip.is_loopback(),
            Ok(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Err(_) => false,
        }
    }
}

impl FromStr for Origin {
    type Err = InvalidOrigin;

    /// Parses the value of an `Origin` header. The opaque origin `null` is none.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, authority) = text.split_once("://").ok_or(InvalidOrigin)?;
        let is_plain = text.len() <= 300 && text.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_plain
            || scheme.is_empty()
            || authority.is_empty()
            || authority.contains(['/', '\\', '?', '#', '@', '%', '*'])
        {
            return Err(InvalidOrigin);
        }
        Url::parse(text).ok().and_then(|url| Self::of(&url)).ok_or(InvalidOrigin)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, host, port } = self;
        write!(f, "{scheme}://{host}")?;
        match (scheme.as_str(), port) {
            (_, None) | ("https", Some(443)) | ("http", Some(80)) => Ok(()),
            (_, Some(port)) => write!(f, ":{port}"),
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct OriginSet {
    exact: BTreeSet<Origin>,
    any_loopback: bool,
}

impl OriginSet {
    fn allows(&self, header: &str) -> bool {
        let origin = header.parse::<Origin>();
        origin.is_ok_and(|origin| self.exact.contains(&origin) || self.any_loopback && origin.is_loopback())
    }
}

/// Origins whose pages may read answers to requests with credentials (CORS).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CorsOrigins(OriginSet);

impl CorsOrigins {
    /// A list of `exact` origins. With `any_loopback`, for development, pages of this machine are allowed on any port.
    #[must_use]
    pub fn new(exact: impl IntoIterator<Item = Origin>, any_loopback: bool) -> Self {
        Self(OriginSet { exact: exact.into_iter().collect(), any_loopback })
    }

    /// Whether a request with this `Origin` header may be answered readably.
    #[must_use]
    pub fn allows(&self, header: &str) -> bool {
        self.0.allows(header)
    }
}

/// Origins whose pages may send requests that change something by cookie (CSRF).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CsrfOrigins(OriginSet);

impl CsrfOrigins {
    /// A list of `exact` origins. With `any_loopback`, for development, pages of this machine are allowed on any port.
    #[must_use]
    pub fn new(exact: impl IntoIterator<Item = Origin>, any_loopback: bool) -> Self {
        Self(OriginSet { exact: exact.into_iter().collect(), any_loopback })
    }

    /// Whether a request with this `Origin` header may change something.
    #[must_use]
    pub fn allows(&self, header: &str) -> bool {
        self.0.allows(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        text.parse().expect("an origin")
    }

    #[test]
    fn an_origin_is_compared_exactly() {
        let cors = CorsOrigins::new([origin("https://app.example.com"), origin("capacitor://localhost")], false);
        for good in ["https://app.example.com", "HTTPS://APP.example.com:443", "capacitor://localhost"] {
            assert!(cors.allows(good), "{good}");
        }
        for bad in [
            "",
            "null",
            "http://app.example.com",
            "https://app.example.com:8443",
            "https://app.example.com.evil.com",
            "https://x.app.example.com",
            "https://app.example.com@evil.com",
            "https://app.example.com/",
            "https://app.example.com, https://evil.com",
            "http://localhost",
        ] {
            assert!(!cors.allows(bad), "{bad}");
        }
    }

    #[test]
    fn any_loopback_port_is_allowed_in_development_only() {
        let csrf = CsrfOrigins::new([], true);
        for good in ["http://localhost:5173", "http://127.0.0.1:3000", "http://[::1]:80", "https://a.localhost"] {
            assert!(csrf.allows(good), "{good}");
            assert!(!CsrfOrigins::new([], false).allows(good), "{good}");
        }
        for bad in ["http://localhost.evil.com", "http://10.0.0.1", "http://192.168.1.7:3000", "null"] {
            assert!(!csrf.allows(bad), "{bad}");
        }
    }

    #[test]
    fn an_origin_prints_without_its_default_port() {
        for (text, shown) in [
            ("https://app.example.com:443", "https://app.example.com"),
            ("http://localhost:5173", "http://localhost:5173"),
            ("http://[::1]:3000", "http://[::1]:3000"),
        ] {
            assert_eq!(origin(text).to_string(), shown);
        }
    }
}
