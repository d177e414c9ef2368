//! The JSON of users as operators see them. It holds no credential and no hash of one.

use serde::Serialize;
use serde_json::Value;

use crate::domain::id::UserId;
use crate::store::identities::Identity;
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
