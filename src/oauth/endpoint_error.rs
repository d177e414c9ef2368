//! The error of the endpoints that are called directly: token, pushed request, OAuth 1.0a.

use super::http::HttpError;

/// Why an endpoint's answer cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// The provider refuses the request.
    #[error("the provider refused: {error}")]
    Rejected {
        /// The provider's error code (RFC 6749 section 5.2), reduced to 1 to 64 of `a-z` and `_`, or `unspecified`.
        error: String,
    },
    /// There is no answer, or one with a status without meaning for the request.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The provider did not look at the request, and names a time to try again.
    #[error("the provider answered with status {status}: it has too much to do")]
    Busy {
        /// 429 or 503.
        status: u16,
        /// `Retry-After` in seconds, if it is there in that form.
        retry_after: Option<u64>,
    },
    /// A member of the answer, or of our own configuration, is missing or invalid.
    #[error("missing or invalid: `{0}`")]
    Malformed(&'static str),
}

impl EndpointError {
    /// Whether the provider is out of reach or broken, rather than refusing.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Http(error) => error.is_outage(),
            Self::Busy { status, .. } => *status >= 500,
            Self::Rejected { .. } | Self::Malformed(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provider_that_refuses_has_no_outage() {
        let busy = |status| EndpointError::Busy { status, retry_after: None };
        assert!(busy(503).is_outage() && EndpointError::from(HttpError::Timeout).is_outage());
        assert!(!busy(429).is_outage() && !EndpointError::from(HttpError::Status(404)).is_outage());
        assert!(!EndpointError::Malformed("body").is_outage());
    }
}
