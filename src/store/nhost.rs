//! Reads the users of an Nhost database, for the import. Nothing is written there.

use std::str::FromStr;

use serde::Deserialize;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use uuid::Uuid;

use super::StoreError;
use super::database::{connect, invalid_url};
use crate::domain::clock::Timestamp;
use crate::domain::secret::Secret;

/// A user of Nhost, as stored there.
#[derive(Clone, Debug, Deserialize)]
pub struct NhostUser {
    /// The user's id.
    pub id: Uuid,
    /// When the user signed up.
    pub created_at: Timestamp,
    /// When the user last signed in.
    pub last_seen_at: Option<Timestamp>,
    /// Whether the user may not sign in.
    pub is_disabled: bool,
    /// Whether the user signed in anonymously.
    pub is_anonymous: bool,
    /// The display name.
    pub display_name: String,
    /// A picture's URL, or empty.
    pub avatar_url: String,
    /// Two or three letters.
    pub locale: String,
    /// The email address.
    pub email: Option<String>,
    /// Whether Nhost has marked it as verified.
    pub email_verified: bool,
    /// The role that access tokens name first.
    pub default_role: String,
    /// The roles, possibly without the default one.
    pub roles: Vec<String>,
    /// JSON, as text.
    pub metadata: Option<String>,
    /// The user's accounts at providers.
    pub identities: Vec<NhostIdentity>,
}

/// A user's account at a provider, as stored in Nhost.
#[derive(Clone, Debug, Deserialize)]
pub struct NhostIdentity {
    /// The row's id.
    pub id: Uuid,
    /// The provider's name, with the prefix `c:` if it is not built in.
    pub provider: String,
    /// The provider's id of the user.
    pub subject: String,
    /// When it was linked.
    pub created_at: Timestamp,
}

/// One statement, so that roles and identities belong to the same state.
const SELECT_USERS: &str = "\
SELECT json_build_object(
    'id', u.id,
    'created_at', (extract(epoch FROM u.created_at) * 1000)::bigint,
    'last_seen_at', (extract(epoch FROM u.last_seen) * 1000)::bigint,
    'is_disabled', u.disabled,
    'is_anonymous', u.is_anonymous,
    'display_name', u.display_name,
    'avatar_url', u.avatar_url,
    'locale', u.locale,
    'email', u.email::text,
    'email_verified', u.email_verified,
    'default_role', u.default_role,
    'metadata', u.metadata::text,
    'roles', (SELECT coalesce(json_agg(r.role), '[]') FROM auth.user_roles r WHERE r.user_id = u.id),
    'identities', (
        SELECT coalesce(json_agg(json_build_object(
            'id', p.id,
            'provider', p.provider_id,
            'subject', p.provider_user_id,
            'created_at', (extract(epoch FROM p.created_at) * 1000)::bigint
        ) ORDER BY p.id), '[]')
        FROM auth.user_providers p WHERE p.user_id = u.id
    )
)::text
FROM auth.users u
WHERE $1::uuid IS NULL OR u.id > $1::uuid
ORDER BY u.id
LIMIT $2";

/// An Nhost database.
#[derive(Debug)]
pub struct NhostDatabase(PgConnection);

impl NhostDatabase {
    /// Connects to `url`, a `postgres://…`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the URL is malformed or the server refuses; it shows no password.
    pub async fn open(url: &Secret) -> Result<Self, StoreError> {
        let is_postgres = ["postgres://", "postgresql://"].iter().any(|scheme| url.expose().starts_with(scheme));
        let options = PgConnectOptions::from_str(url.expose()).ok().filter(|_| is_postgres).ok_or_else(invalid_url)?;
        // A pooler between us and the database may give each statement another connection.
        let options = options.statement_cache_capacity(0).application_name("vouchsafe import");
        connect(&options.log_statements(log::LevelFilter::Trace)).await.map(Self)
    }

    /// The next users by id, at most `limit`, after `after`.
    ///
    /// # Errors
    /// [`StoreError`], also if these are not Nhost's tables.
    pub async fn users(&mut self, after: Option<Uuid>, limit: u32) -> Result<Vec<NhostUser>, StoreError> {
        let mut transaction = self.0.begin_with("BEGIN READ ONLY").await.map_err(explain)?;
        let rows: Vec<String> = sqlx::query_scalar(SELECT_USERS)
            .bind(after.map(|id| id.to_string()))
            .bind(i64::from(limit))
            .fetch_all(&mut *transaction)
            .await
            .map_err(explain)?;
        transaction.rollback().await.map_err(explain)?;
        let users = rows.iter().map(|row| serde_json::from_str(row));
        users.collect::<Result<_, _>>().map_err(|error| StoreError::Internal(format!("a row of auth.users: {error}")))
    }
}

fn explain(error: sqlx::Error) -> StoreError {
    // No such table or schema.
    let is_missing = |code: &str| matches!(code, "42P01" | "3F000");
    match error.as_database_error() {
        Some(found) if found.code().is_some_and(|code| is_missing(&code)) => {
            StoreError::Internal(format!("{}; is it Nhost's database?", found.message()))
        }
        Some(found) => StoreError::Internal(found.message().to_owned()),
        None => StoreError::Unavailable(error.to_string()),
    }
}
