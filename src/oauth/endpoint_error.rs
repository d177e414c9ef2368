//! Why a token endpoint gave nothing.

use super::http::HttpError;

/// Why a code did not become tokens.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// The provider refuses.
    #[error("the provider refused: {error}")]
    Rejected {
        /// Its error code (RFC 6749 section 5.2), reduced to 1 to 64 of `a-z` and `_`; `unspecified` if nothing is left.
        error: String,
    },
    /// There was no answer, or one with a status that says nothing about the code.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The answer (or our own redirect URI) is not what it should be; the text names the member.
    #[error("the token answer is malformed: {0}")]
    Malformed(&'static str),
}
