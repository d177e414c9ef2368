//! Why an operator's request is refused or fails.

use crate::domain::id::{ProviderName, UserId};
use crate::store::{LostRace, StoreError};

/// Why an operator's request was refused or failed. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// No user has the id.
    #[error("no user has the id {0}")]
    UnknownUser(UserId),
    /// No user has the identity.
    #[error("no user has the identity {0}:{1}")]
    UnknownIdentity(ProviderName, String),
    /// No user has the address.
    #[error("no user has the address {0}")]
    UnknownEmail(String),
    /// Users have the address, and none has proven it: whose it is, is not known.
    #[error("no user has proven the address {email}; name one of those who claim it by id: {}", join(.claimants))]
    UnprovenEmail {
        /// The address.
        email: String,
        /// The users who claim it.
        claimants: Vec<UserId>,
    },
    /// The text is no email address.
    #[error("{0} is not an email address")]
    InvalidEmail(String),
    /// The user has another address, or none.
    #[error("the address of the user {user} is {}, not {email}", .current.as_deref().unwrap_or("missing"))]
    AnotherEmail {
        /// The user.
        user: UserId,
        /// The address that was named.
        email: String,
        /// The user's address.
        current: Option<String>,
    },
    /// Another user has proven the address.
    #[error("the user {owner} has proven the address {email}")]
    EmailTaken {
        /// The address.
        email: String,
        /// Its owner.
        owner: UserId,
    },
    /// The text is no name of a role.
    #[error("{0:?} is not the name of a role: expected 1 to 64 characters without blanks, commas, quotes and braces")]
    InvalidRole(String),
    /// The default role would not be among the roles.
    #[error("the default role {0} must be among the roles; name another default role to remove it")]
    DefaultRoleMissing(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl LostRace for AdminError {
    fn is_lost_race(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_lost_race())
    }
}

fn join(ids: &[UserId]) -> String {
    ids.iter().map(UserId::to_string).collect::<Vec<_>>().join(", ")
}
