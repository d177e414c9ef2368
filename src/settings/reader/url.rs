//! `http` and `https` URLs in settings: without user name and fragment, and plain `http` only where it is allowed.
//!
//! Stricter than the `url` crate, which repairs blanks, backslashes and missing slashes without a word.

use ::url::{Host, Url};

use super::error::Problem;

/// To which hosts plain `http` is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::settings) enum AllowHttp {
    /// To every host.
    Anywhere,
    /// To this machine.
    OnLoopback,
    /// To none, and this machine cannot be reached by `https` either: the guarded HTTP client refuses it.
    Never,
}

/// Parses an absolute `https` or `http` URL.
pub(in crate::settings) fn parse(text: &str, http: AllowHttp) -> Result<Url, Problem> {
    let shape = || Problem::from("expected a URL like https://auth.example.com");
    // The parser would silently remove or replace these.
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
    match http {
        AllowHttp::OnLoopback if url.scheme() == "http" && !is_loopback(&url) => {
            Err(Problem::from("must be https").suggest("http is for hosts of this machine, such as localhost"))
        }
        AllowHttp::Never if is_loopback(&url) => Err(Problem::from("is on this machine, where no provider is called")
            .suggest("set upstream.allow_private_networks = true, or mode = \"development\"")),
        AllowHttp::Never if url.scheme() == "http" => Err("must be https".into()),
        _ => Ok(url),
    }
}

/// Whether the host is this machine: a loopback address or `localhost`.
pub(in crate::settings) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_loopback() {
        for good in
            ["https://example.com", "http://127.0.0.1:1", "http://[::1]/x", "http://localhost", "http://a.localhost"]
        {
            assert!(parse(good, AllowHttp::OnLoopback).is_ok(), "{good}");
        }
        for bad in ["http://example.com", "http://10.0.0.1", "http://localhost.example.com"] {
            assert!(parse(bad, AllowHttp::OnLoopback).is_err(), "{bad}");
            assert!(parse(bad, AllowHttp::Anywhere).is_ok(), "{bad}");
        }
        for bad in ["http://example.com", "http://127.0.0.1:1", "https://localhost"] {
            assert!(parse(bad, AllowHttp::Never).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_ambiguous_or_foreign_url_is_refused() {
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
