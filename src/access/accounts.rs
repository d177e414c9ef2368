//! Users, identities and sessions, as an embedding app reads them.

use serde_json::Value;

use crate::app::{StoreError, Vouchsafe};
use crate::domain::clock::Timestamp;
use crate::domain::id::{SessionId, UserId};
use crate::user::messages;

/// A user.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct User {
    /// The user's id, which never changes.
    pub id: UserId,
    /// The email address as written.
    pub email: Option<String>,
    /// Whether the user proved to control the address. An address without proof may be anybody's.
    pub email_verified: bool,
    /// The display name.
    pub display_name: String,
    /// A picture's URL, or empty.
    pub avatar_url: String,
    /// Two or three letters, such as `en`.
    pub locale: String,
    /// The role that access tokens name first.
    pub default_role: String,
    /// All roles, sorted.
    pub roles: Vec<String>,
    /// What the app stored at sign-up.
    pub metadata: Option<Value>,
    /// Whether an operator disabled the user.
    pub is_disabled: bool,
    /// When the user signed up.
    pub created_at: Timestamp,
}

impl User {
    /// Whether the user has this role.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|other| other == role)
    }
}

impl From<messages::User> for User {
    fn from(user: messages::User) -> Self {
        Self {
            id: user.id,
            email: user.email,
            email_verified: user.email_verified,
            display_name: user.display_name,
            avatar_url: user.avatar_url,
            locale: user.locale,
            default_role: user.default_role,
            roles: user.roles,
            metadata: user.metadata,
            is_disabled: user.is_disabled,
            created_at: user.created_at,
        }
    }
}

/// A user's account at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// The provider's name in the settings.
    pub provider: String,
    /// The provider's id of the user.
    pub subject: String,
    /// The email address in the provider's last answer.
    pub email: Option<String>,
    /// Whether the provider stated that the user controls that address.
    pub email_verified: bool,
    /// When it was linked.
    pub created_at: Timestamp,
    /// When it last signed in.
    pub last_seen_at: Timestamp,
}

impl From<messages::Identity> for Identity {
    fn from(identity: messages::Identity) -> Self {
        Self {
            provider: identity.provider,
            subject: identity.subject,
            email: identity.email,
            email_verified: identity.is_email_verified,
            created_at: identity.created_at,
            last_seen_at: identity.last_seen_at,
        }
    }
}

/// A session that has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session {
    /// The session's id.
    pub id: SessionId,
    /// When it began, which is when the user last authenticated.
    pub created_at: Timestamp,
    /// When its refresh token was last used.
    pub used_at: Timestamp,
    /// When it ends unless it is used.
    pub expires_at: Timestamp,
}

impl From<messages::SessionSummary> for Session {
    fn from(session: messages::SessionSummary) -> Self {
        let messages::SessionSummary { id, created_at, used_at, expires_at } = session;
        Self { id, created_at, used_at, expires_at }
    }
}

/// On PostgreSQL these calls use the connections of the worker on whose thread they run. Outside of handlers each opens a
/// connection of its own.
impl Vouchsafe {
    /// Finds a user, also one who is disabled.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn user(&self, user_id: UserId) -> Result<Option<User>, StoreError> {
        Ok(self.user_service().look_up(user_id).await?.map(User::from))
    }

    /// The identities of a user, oldest first; none if there is no such user.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn identities(&self, user_id: UserId) -> Result<Vec<Identity>, StoreError> {
        Ok(self.user_service().identities_of(user_id).await?.into_iter().map(Identity::from).collect())
    }

    /// The sessions of a user that have not ended, the one used last first; none if there is no such user.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn sessions(&self, user_id: UserId) -> Result<Vec<Session>, StoreError> {
        Ok(self.user_service().sessions_of(user_id).await?.into_iter().map(Session::from).collect())
    }

    /// Ends all sessions of a user, and returns how many there were. Access tokens that were issued stay valid for
    /// [`SignedIn`](super::SignedIn) until they expire; [`SignedInUser`](super::SignedInUser) refuses them at once.
    ///
    /// # Errors
    /// [`StoreError`]; no session was ended.
    pub async fn sign_out(&self, user_id: UserId) -> Result<u64, StoreError> {
        self.user_service().end_sessions(user_id, None).await
    }

    /// Ends one session of a user. `false` if it had ended, or is not the user's.
    ///
    /// # Errors
    /// [`StoreError`]; the session was not ended.
    pub async fn end_session(&self, user_id: UserId, session_id: SessionId) -> Result<bool, StoreError> {
        Ok(self.user_service().end_sessions(user_id, Some(session_id)).await? > 0)
    }
}
