//! The messages of `GrantKeeper` and its answers.

use std::time::Duration;

use actix::Message;

use crate::domain::clock::Timestamp;
use crate::domain::id::{ProviderName, UserId};
use crate::domain::seal::SealError;
use crate::domain::secret::Secret;
use crate::provider::scopes::ScopeNotAllowed;
use crate::store::StoreError;
use crate::user::proof::LiveSession;

/// Who may have a token of a user.
#[derive(Clone, Copy, Debug)]
pub enum GrantAccess {
    /// The user, or whom the user's session was presented to.
    Session(LiveSession),
    /// A backend client that may act for users without a session.
    Offline(UserId),
}

impl GrantAccess {
    /// The user.
    #[must_use]
    pub fn user_id(self) -> UserId {
        match self {
            Self::Session(session) => session.user_id(),
            Self::Offline(user_id) => user_id,
        }
    }
}

/// Asks for an access token of a provider that is valid. It is refreshed first where that is needed.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<HandedOut, GrantError>")]
pub struct GetToken {
    /// Whose, and by what right.
    pub access: GrantAccess,
    /// The provider.
    pub provider: ProviderName,
    /// The provider's id of the user, where there are several accounts; `None`: the one that was linked first.
    pub account: Option<String>,
    /// How long it must be valid at least; of a short-lived token half of its lifetime is enough.
    pub min_validity: Duration,
    /// What it must give access to.
    pub scopes: Vec<String>,
}

/// How many seconds a token is valid at least, unless the app says otherwise.
const MIN_VALIDITY: u64 = 60;

/// More seconds cannot be asked for.
const MAX_MIN_VALIDITY: u64 = 3600;

impl GetToken {
    /// Reads `min_validity`; `None` if it is not a number of seconds from 0 to 3600.
    #[must_use]
    pub fn min_validity(text: Option<&str>) -> Option<Duration> {
        let seconds = text.map_or(Some(MIN_VALIDITY), |text| text.parse().ok());
        seconds.filter(|seconds| *seconds <= MAX_MIN_VALIDITY).map(Duration::from_secs)
    }
}

/// A valid access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandedOut {
    /// The token.
    pub access_token: Secret,
    /// When it expires, if the provider stated that.
    pub expires_at: Option<Timestamp>,
    /// How many seconds it is valid from now on.
    pub expires_in: Option<u64>,
    /// What it gives access to.
    pub scopes: Vec<String>,
    /// The provider's id of the user.
    pub account: String,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// There is no provider of this name.
    #[error("there is no provider of this name")]
    UnknownProvider,
    /// The tokens of this provider are handed out once and not kept.
    #[error("the tokens of this provider are not kept")]
    NotManaged,
    /// The user has no such account, or did not sign in by it since its tokens are kept.
    #[error("there is no such account with tokens")]
    NoGrant,
    /// The user has to sign in at the provider once more.
    #[error("the user has to sign in at the provider once more")]
    NeedsReauthorization {
        /// What to ask for: what was granted and is wanted.
        scopes: Vec<String>,
    },
    /// The grant does not cover what is wanted.
    #[error("the grant does not cover what is wanted")]
    MissingScopes {
        /// What to ask for: what was granted and is wanted.
        scopes: Vec<String>,
    },
    /// The grant does not cover what is wanted, and the settings do not allow to ask for it.
    #[error(transparent)]
    ScopeNotAllowed(#[from] ScopeNotAllowed),
    /// The provider does not answer, or not now. Nothing is lost.
    #[error("the provider does not answer now")]
    ProviderUnavailable {
        /// After how many seconds to try again.
        retry_after: u64,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The tokens could not be opened or sealed; they are still there.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Ends the leases that are over, and begins the refreshes ahead of expiry that are due.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<(), StoreError>")]
pub struct Maintain;
