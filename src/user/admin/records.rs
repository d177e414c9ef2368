//! The JSON of users as operators see them. It holds no credential and no hash of one.

use serde::Serialize;
use serde_json::Value;

#[cfg(feature = "cli")]
use crate::domain::clock::Timestamp;
#[cfg(feature = "cli")]
use crate::domain::grant_state::GrantState;
use crate::domain::id::{SessionId, UserId};
use crate::store::audit::RecordedEvent;
#[cfg(feature = "cli")]
use crate::store::grants::Grant;
use crate::store::identities::Identity;
use crate::store::sessions::SessionSummary;
use crate::store::user_records;

/// A user.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserRecord {
    /// The user's id.
    pub id: UserId,
    /// The email address as written.
    pub email: Option<String>,
    /// Whether the user proved to control it.
    pub email_verified: bool,
    /// The display name.
    pub display_name: String,
    /// A picture's URL, or empty.
    pub avatar_url: String,
    /// Two or three letters.
    pub locale: String,
    /// The role that access tokens name first.
    pub default_role: String,
    /// All roles, sorted.
    pub roles: Vec<String>,
    /// JSON of the app.
    pub metadata: Option<Value>,
    /// Whether the user may not sign in.
    pub disabled: bool,
    /// When the user signed up.
    pub created_at: String,
    /// When the user last signed in.
    pub last_seen_at: String,
}

impl From<user_records::UserRecord> for UserRecord {
    fn from(record: user_records::UserRecord) -> Self {
        let user_records::UserRecord { user, last_seen_at } = record;
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
            disabled: user.is_disabled,
            created_at: user.created_at.rfc3339(),
            last_seen_at: last_seen_at.rfc3339(),
        }
    }
}

/// An identity of a user.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IdentityRecord {
    /// The provider's name.
    pub provider: String,
    /// The provider's id of the user.
    pub subject: String,
    /// The email address in the provider's last answer.
    pub email: Option<String>,
    /// Whether the provider stated that the user controls that address.
    pub email_verified: bool,
    /// When it was linked.
    pub created_at: String,
    /// When it last signed in.
    pub last_seen_at: String,
}

impl From<Identity> for IdentityRecord {
    fn from(identity: Identity) -> Self {
        Self {
            provider: identity.provider,
            subject: identity.subject,
            email: identity.email,
            email_verified: identity.is_email_verified,
            created_at: identity.created_at.rfc3339(),
            last_seen_at: identity.last_seen_at.rfc3339(),
        }
    }
}

/// A user with identities.
#[derive(Clone, Debug, Serialize)]
pub struct UserDetails {
    /// The user.
    #[serde(flatten)]
    pub user: UserRecord,
    /// The identities, oldest first.
    pub identities: Vec<IdentityRecord>,
}

/// A page of users.
#[derive(Clone, Debug, Serialize)]
pub struct UserPage {
    /// The users, in the order of their ids.
    pub users: Vec<UserRecord>,
    /// The cursor of the next page, if there is one.
    pub next: Option<UserId>,
}

/// A session of a user.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionRecord {
    /// The session's id.
    pub id: SessionId,
    /// When it began.
    pub created_at: String,
    /// When it was last used.
    pub last_used_at: String,
    /// When it ends unless it is used.
    pub expires_at: String,
}

impl From<SessionSummary> for SessionRecord {
    fn from(session: SessionSummary) -> Self {
        Self {
            id: session.id,
            created_at: session.created_at.rfc3339(),
            last_used_at: session.used_at.rfc3339(),
            expires_at: session.expires_at.rfc3339(),
        }
    }
}

/// Provider tokens that the service keeps, without the tokens.
#[cfg(feature = "cli")]
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GrantRecord {
    /// The provider.
    pub provider: String,
    /// The provider's id of the user.
    pub provider_user_id: String,
    /// The state.
    pub state: GrantState,
    /// What was granted.
    pub scopes: Vec<String>,
    /// Whether there is a refresh token.
    pub can_refresh: bool,
    /// Until when the access token counts as valid; `None`: until it is revoked.
    pub valid_until: Option<String>,
    /// Before that time the provider is not asked again.
    pub retry_at: Option<String>,
    /// Why the last refresh failed.
    pub last_error: Option<String>,
    /// When the account was first granted.
    pub created_at: String,
    /// When something of this last changed.
    pub updated_at: String,
}

#[cfg(feature = "cli")]
impl From<Grant> for GrantRecord {
    fn from(grant: Grant) -> Self {
        Self {
            provider: grant.provider,
            provider_user_id: grant.subject,
            state: grant.state,
            scopes: grant.scopes,
            can_refresh: grant.can_refresh,
            valid_until: grant.good_until.map(Timestamp::rfc3339),
            retry_at: grant.retry_at.map(Timestamp::rfc3339),
            last_error: grant.last_error,
            created_at: grant.created_at.rfc3339(),
            updated_at: grant.updated_at.rfc3339(),
        }
    }
}

/// An event of the audit trail.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventRecord {
    /// Its number.
    pub id: i64,
    /// When it happened.
    pub occurred_at: String,
    /// What was attempted.
    pub action: String,
    /// `done`, or what came of it.
    pub outcome: String,
    /// The operator who acted, if one did.
    pub actor: Option<String>,
    /// The session.
    pub session_id: Option<SessionId>,
    /// The provider.
    pub provider: Option<String>,
    /// The client's address.
    pub client_ip: Option<String>,
    /// The flow.
    pub flow: Option<String>,
}

impl From<RecordedEvent> for EventRecord {
    fn from(event: RecordedEvent) -> Self {
        Self {
            id: event.id,
            occurred_at: event.occurred_at.rfc3339(),
            action: event.action,
            outcome: event.outcome,
            actor: event.actor,
            session_id: event.session_id,
            provider: event.provider,
            client_ip: event.client_ip,
            flow: event.flow,
        }
    }
}

/// A page of audit events.
#[derive(Clone, Debug, Serialize)]
pub struct AuditPage {
    /// The events, the latest first.
    pub events: Vec<EventRecord>,
    /// The cursor of the next page, if there is one.
    pub next: Option<i64>,
}
