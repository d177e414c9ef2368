//! The expected values of an id_token, and the errors of its validation.

use crate::domain::clock::Timestamp;
use crate::domain::secret::Secret;

/// The expected values.
#[derive(Clone, Copy, Debug)]
pub struct IdTokenValidation<'a> {
    /// The accepted values of `iss`; `{tenantid}` in one stands for the token's own `tid`.
    pub issuers: &'a [String],
    /// Our client id.
    pub client_id: &'a str,
    /// The allowed algorithms; only asymmetric ones ever match.
    pub algorithms: &'a [String],
    /// The expected `nonce`; `None` accepts any.
    pub nonce: Option<&'a Secret>,
    /// The requested `max_age`, in seconds: `auth_time` must be there and not older.
    pub max_age: Option<u64>,
    /// The access token of the same response, for `at_hash`.
    pub access_token: Option<&'a Secret>,
    /// The time now.
    pub now: Timestamp,
}

/// Why a token is not valid. It holds nothing of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenError {
    /// Not a signed token in compact form; the text names the part.
    #[error("the id_token is malformed: {0}")]
    Malformed(&'static str),
    /// The algorithm is not allowed for this provider, or the token is not signed.
    #[error("the id_token is signed with an algorithm that is not allowed")]
    AlgorithmNotAllowed,
    /// None of the keys made the signature. The caller fetches the keys again and tries once more.
    #[error("the id_token is signed with an unknown key")]
    UnknownKey,
    /// The named key is for another algorithm.
    #[error("the id_token names a key for another algorithm")]
    UnsuitableKey,
    /// The named key did not make this signature.
    #[error("the id_token's signature is wrong")]
    BadSignature,
    /// A claim has the wrong value.
    #[error("the id_token's `{name}` is {fault}")]
    Claim {
        /// The claim.
        name: &'static str,
        /// What is wrong.
        fault: ClaimFault,
    },
}

/// What is wrong with a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimFault {
    /// It is required.
    #[error("missing")]
    Missing,
    /// It has the wrong JSON type or form.
    #[error("of the wrong type")]
    WrongType,
    /// It differs from the expected value.
    #[error("not the expected one")]
    Mismatch,
    /// Its time has passed.
    #[error("in the past")]
    Expired,
    /// Its time has not come.
    #[error("in the future")]
    NotYetValid,
}
