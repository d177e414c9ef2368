//! Why a call to a provider brought no answer.

use awc::error::{ConnectError, SendRequestError};
use url::Url;

use super::resolver::PrivateIp;
use crate::metrics::UpstreamError;

/// Why a call brought no answer. It never holds a path, a query, a header or a body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The call took too long.
    #[error("the provider did not answer in time")]
    Timeout,
    /// The connection took too long, so that nothing was sent.
    #[error("no connection to the provider in time")]
    ConnectTimeout,
    /// The named host is in a private network, and the policy does not allow those.
    #[error("`{0}` is in a private network; upstream.allow_private_networks = true would allow calls there")]
    PrivateNetwork(String),
    /// The named origin is called by `http`, and the policy does not allow that.
    #[error(
        "`{0}` is not https; http is allowed on this machine in development mode, and everywhere by \
         upstream.allow_private_networks = true"
    )]
    InsecureUrl(String),
    /// No address or no connection.
    #[error("no connection to the provider")]
    Connect,
    /// The TLS handshake failed; the text is one of ours.
    #[error("no secure connection to the provider: {0}")]
    Tls(&'static str),
    /// The connection broke, or the answer is not HTTP.
    #[error("the provider's answer broke off")]
    Interrupted,
    /// The body is too long.
    #[error("the provider's answer is too large")]
    TooLarge,
    /// Another status than 200 where only that is an answer.
    #[error("the provider answered with status {0}")]
    Status(u16),
    /// The body is not JSON, is declared as something else, or has an object with a repeated member.
    #[error("the provider's answer is not JSON")]
    NotJson,
    /// Not an absolute `https` or `http` URL with a host and without credentials.
    #[error("not a URL that can be called")]
    InvalidUrl,
    /// A method or header that HTTP does not allow.
    #[error("not a request that can be sent")]
    InvalidRequest,
    /// The additional roots are not certificates in PEM.
    #[error("the additional root certificates cannot be read")]
    InvalidRoots,
}

impl HttpError {
    /// Whether the provider is out of reach or broken, rather than refusing.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        matches!(
            self,
            Self::Timeout
                | Self::ConnectTimeout
                | Self::Connect
                | Self::Tls(_)
                | Self::Interrupted
                | Self::Status(500..)
        )
    }

    /// Whether the provider cannot have received the request.
    #[must_use]
    pub fn is_unsent(&self) -> bool {
        matches!(
            self,
            Self::ConnectTimeout
                | Self::Connect
                | Self::Tls(_)
                | Self::PrivateNetwork(_)
                | Self::InsecureUrl(_)
                | Self::InvalidUrl
                | Self::InvalidRequest
        )
    }

    /// The same in metrics.
    pub(super) fn kind(&self) -> UpstreamError {
        match self {
            Self::Timeout | Self::ConnectTimeout => UpstreamError::Timeout,
            Self::Connect => UpstreamError::Connect,
            Self::Tls(_) => UpstreamError::Tls,
            Self::Interrupted | Self::TooLarge | Self::NotJson => UpstreamError::Interrupted,
            Self::Status(status) => UpstreamError::of_status(*status).unwrap_or(UpstreamError::Interrupted),
            Self::PrivateNetwork(_)
            | Self::InsecureUrl(_)
            | Self::InvalidUrl
            | Self::InvalidRequest
            | Self::InvalidRoots => UpstreamError::Refused,
        }
    }

    pub(super) fn from_awc(error: &SendRequestError, url: &Url) -> Self {
        match error {
            SendRequestError::Url(_) => Self::InvalidUrl,
            SendRequestError::Http(_) => Self::InvalidRequest,
            SendRequestError::Timeout => Self::Timeout,
            SendRequestError::Connect(ConnectError::Timeout) => Self::ConnectTimeout,
            SendRequestError::Connect(ConnectError::Resolver(error)) if error.is::<PrivateIp>() => {
                Self::PrivateNetwork(url.host_str().unwrap_or_default().to_owned())
            }
            SendRequestError::Connect(ConnectError::Disconnected) => Self::Interrupted,
            SendRequestError::Connect(ConnectError::Io(error)) => error
                .get_ref()
                .and_then(|inner| inner.downcast_ref::<rustls::Error>())
                .map_or(Self::Connect, |error| Self::Tls(tls_fault(error))),
            SendRequestError::Connect(_) => Self::Connect,
            _ => Self::Interrupted,
        }
    }
}

/// Our own words: the library's repeat what the other side wrote into its certificate.
fn tls_fault(error: &rustls::Error) -> &'static str {
    use rustls::CertificateError as Certificate;
    match error {
        rustls::Error::InvalidCertificate(fault) => match fault {
            Certificate::Expired | Certificate::ExpiredContext { .. } => "its certificate has expired",
            Certificate::UnknownIssuer => "its certificate comes from an unknown issuer",
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
                "its certificate is for another name"
            }
            _ => "its certificate is not valid",
        },
        _ => "the handshake failed",
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn only_the_refusal_of_a_private_address_is_told_as_one() {
        let url = Url::parse("https://idp.test/token").expect("a URL");
        let resolving = |error| HttpError::from_awc(&SendRequestError::Connect(ConnectError::Resolver(error)), &url);
        assert_eq!(resolving(Box::new(PrivateIp)), HttpError::PrivateNetwork("idp.test".to_owned()));
        assert_eq!(resolving(Box::new(io::Error::other("no such host"))), HttpError::Connect);
    }

    #[test]
    fn each_failure_of_a_call_has_its_name() {
        let url = Url::parse("https://idp.test/token").expect("a URL");
        let no_method = awc::http::Method::from_bytes(b" ").expect_err("no method");
        for (error, expected) in [
            (SendRequestError::Url(awc::error::InvalidUrl::MissingHost), HttpError::InvalidUrl),
            (SendRequestError::Http(no_method.into()), HttpError::InvalidRequest),
            (SendRequestError::Timeout, HttpError::Timeout),
            (SendRequestError::Connect(ConnectError::Timeout), HttpError::ConnectTimeout),
            (SendRequestError::Connect(ConnectError::Disconnected), HttpError::Interrupted),
            (SendRequestError::Connect(ConnectError::NoRecords), HttpError::Connect),
            (SendRequestError::Connect(ConnectError::Io(io::Error::other("refused"))), HttpError::Connect),
            (SendRequestError::TunnelNotSupported, HttpError::Interrupted),
        ] {
            assert_eq!(HttpError::from_awc(&error, &url), expected, "{error:?}");
        }
    }

    #[test]
    fn provider_that_is_out_of_reach_or_broken_has_an_outage() {
        for outage in [
            HttpError::Timeout,
            HttpError::ConnectTimeout,
            HttpError::Connect,
            HttpError::Tls("the handshake failed"),
            HttpError::Interrupted,
            HttpError::Status(500),
            HttpError::Status(503),
        ] {
            assert!(outage.is_outage(), "{outage:?}");
        }
        for other in [HttpError::Status(499), HttpError::NotJson, HttpError::TooLarge, HttpError::InvalidUrl] {
            assert!(!other.is_outage(), "{other:?}");
        }
    }
}
