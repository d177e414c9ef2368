//! What an id_token must say, and in which ways it can fail to.

use crate::domain::clock::Timestamp;
use crate::domain::secret::Secret;

/// What a token must say.
#[derive(Clone, Copy, Debug)]
pub struct IdTokenValidation<'a> {
    /// The texts that `iss` may be; `{tenantid}` in one stands for the token's own `tid`.
    pub issuers: &'a [String],
    /// Our id at the provider.
    pub client_id: &'a str,
    /// The algorithms that this provider signs with; names that are not of asymmetric algorithms never match.
    pub algorithms: &'a [String],
    /// What we sent as `nonce`.
    pub nonce: Option<&'a Secret>,
    /// The access token of the same answer, to check `at_hash` with.
    pub access_token: Option<&'a Secret>,
    /// The time now.
    pub now: Timestamp,
}

/// Why a token is not believed. It holds nothing of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenError {
    /// Not a signed token in compact form; the text says which part is wrong.
    #[error("the id_token is malformed: {0}")]
    Malformed(&'static str),
    /// It is signed by an algorithm that is not allowed for this provider, or not signed at all.
    #[error("the id_token is signed by an algorithm that is not allowed")]
    AlgorithmNotAllowed,
    /// None of our keys is the one it was signed with: fetch the keys again, once, and ask again.
    #[error("the id_token is signed with an unknown key")]
    UnknownKey,
    /// The key that it names is for another algorithm.
    #[error("the id_token names a key of another kind")]
    UnsuitableKey,
    /// The key that it names did not make this signature.
    #[error("the id_token's signature is wrong")]
    BadSignature,
    /// A claim is not as it has to be.
    #[error("the id_token's `{name}` is {fault}")]
    Claim {
        /// Which.
        name: &'static str,
        /// In what way.
        fault: ClaimFault,
    },
}

/// What is wrong with a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimFault {
    /// It has to be there.
    #[error("missing")]
    Missing,
    /// It has the wrong JSON type, or a form that it may not have.
    #[error("of the wrong type")]
    WrongType,
    /// It says something else than it has to.
    #[error("another than expected")]
    Mismatch,
    /// Its time is over.
    #[error("in the past")]
    Expired,
    /// Its time has not come.
    #[error("in the future")]
    NotYetValid,
}
