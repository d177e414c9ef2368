//! Addresses of the web as operators write them: no user names, no fragments, and plain `http` only where it is harmless.

use url::{Host, Url};

use super::error::Problem;

/// Where `http` is good enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AllowHttp {
    /// Everywhere.
    Anywhere,
    /// On this machine alone.
    OnLoopback,
}

/// Reads an absolute `https` or `http` URL.
pub(super) fn parse(text: &str, http: AllowHttp) -> Result<Url, Problem> {
    let shape = || Problem::from("expected a URL like https://auth.example.com");
    // The parser would mend these in silence, and the operator would wonder what became of them.
    if text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') || !text.contains("://") {
        return Err(shape());
    }
    let url = Url::parse(text).map_err(|_| shape())?;
    if !matches!(url.scheme(), "https" | "http") || !url.has_host() {
        return Err(shape());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("holds a user name or password".into());
    }
    if url.fragment().is_some() {
        return Err("has a fragment".into());
    }
    if url.scheme() == "http" && http == AllowHttp::OnLoopback && !is_loopback(&url) {
        return Err(Problem::from("must be https").suggest("http is for hosts of this machine, such as localhost"));
    }
    Ok(url)
}

/// Whether the host is this machine, by its name or number.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_stays_on_this_machine() {
        for good in
            ["https://example.com", "http://127.0.0.1:1", "http://[::1]/x", "http://localhost", "http://a.localhost"]
        {
            assert!(parse(good, AllowHttp::OnLoopback).is_ok(), "{good}");
        }
        for bad in ["http://example.com", "http://10.0.0.1", "http://localhost.example.com"] {
            assert!(parse(bad, AllowHttp::OnLoopback).is_err(), "{bad}");
            assert!(parse(bad, AllowHttp::Anywhere).is_ok(), "{bad}");
        }
    }

    #[test]
    fn what_is_no_plain_address_of_the_web_is_refused() {
        for bad in [
            "",
            "example.com",
            "https:example.com",
            "https:///",
            "ftp://example.com",
            "https://u@example.com",
            "https://:p@example.com",
            "https://example.com/#x",
            " https://example.com",
            "https://exam\tple.com",
            "https:\\\\example.com",
        ] {
            assert!(parse(bad, AllowHttp::Anywhere).is_err(), "{bad}");
        }
    }
}
