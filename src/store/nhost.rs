//! People as another service keeps them: the tables of Nhost, read and never written.

use std::str::FromStr;

use serde::Deserialize;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};
use uuid::Uuid;

use super::StoreError;
use super::database::invalid_url;
use crate::domain::clock::Timestamp;
use crate::domain::secret::Secret;

/// A person there, word for word.
#[derive(Clone, Debug, Deserialize)]
pub struct NhostUser {
    /// The account's id.
    pub id: Uuid,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When the person was last there.
    pub last_seen_at: Option<Timestamp>,
    /// Whether the person is shut out.
    pub is_disabled: bool,
    /// Whether nobody knows who it is.
    pub is_anonymous: bool,
    /// The name to show.
    pub display_name: String,
    /// A picture's URL, or empty.
    pub avatar_url: String,
    /// Two or three letters.
    pub locale: String,
    /// The address.
    pub email: Option<String>,
    /// Whether it was proven.
    pub email_verified: bool,
    /// The role that a token names first.
    pub default_role: String,
    /// The roles; the default one may be missing.
    pub roles: Vec<String>,
    /// JSON, as text.
    pub metadata: Option<String>,
    /// How providers know the person.
    pub identities: Vec<NhostIdentity>,
}

/// A person there, as a provider knows them.
#[derive(Clone, Debug, Deserialize)]
pub struct NhostIdentity {
    /// The row's id.
    pub id: Uuid,
    /// The provider's name; `c:` begins the name of one that is not built in.
    pub provider: String,
    /// The provider's id of the person.
    pub subject: String,
    /// When it was first seen.
    pub created_at: Timestamp,
}

/// One statement, so that roles and identities are those of the same moment.
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

/// Nhost's database.
#[derive(Debug)]
pub struct NhostDatabase(PgConnection);

impl NhostDatabase {
    /// Connects to `url`, a `postgres://…`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the address is wrong or nobody answers there; it shows nothing of the address.
    pub async fn open(url: &Secret) -> Result<Self, StoreError> {
        let is_postgres = ["postgres://", "postgresql://"].iter().any(|scheme| url.expose().starts_with(scheme));
        let options = PgConnectOptions::from_str(url.expose()).ok().filter(|_| is_postgres).ok_or_else(invalid_url)?;
        // A pooler between us and the database may give each statement another connection.
        let options = options.statement_cache_capacity(0).application_name("vouchsafe import");
        let connection = options.log_statements(log::LevelFilter::Trace).connect().await;
        connection.map(Self).map_err(|error| StoreError::Unavailable(error.to_string()))
    }

    /// The next people by id, at limit `limit`: those after `after`.
    ///
    /// # Errors
    /// [`StoreError`], also if these are not Nhost's tables.
    pub async fn users(&mut self, after: Option<Uuid>, limit: u32) -> Result<Vec<NhostUser>, StoreError> {
        let mut transaction = self.0.begin_with("BEGIN READ ONLY").await.map_err(refused)?;
        let rows: Vec<String> = sqlx::query_scalar(SELECT_USERS)
            .bind(after.map(|id| id.to_string()))
            .bind(i64::from(limit))
            .fetch_all(&mut *transaction)
            .await
            .map_err(refused)?;
        transaction.rollback().await.map_err(refused)?;
        let people = rows.iter().map(|row| serde_json::from_str(row));
        people.collect::<Result<_, _>>().map_err(|error| StoreError::Internal(format!("a row of auth.users: {error}")))
    }
}

fn refused(error: sqlx::Error) -> StoreError {
    // No such table or schema (PostgreSQL, appendix A).
    let is_elsewhere = |code: &str| matches!(code, "42P01" | "3F000");
    match error.as_database_error() {
        Some(found) if found.code().is_some_and(|code| is_elsewhere(&code)) => {
            StoreError::Internal(format!("{}; is it Nhost's database?", found.message()))
        }
        Some(found) => StoreError::Internal(found.message().to_owned()),
        None => StoreError::Unavailable(error.to_string()),
    }
}
