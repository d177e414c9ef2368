//! Reads the users of another service, for the import. Nothing is written there.

mod better_auth;
mod nhost;
mod postgres;
mod supabase;

use serde::Deserialize;

use self::better_auth::BetterAuth;
use self::postgres::PostgresSource;
use super::StoreError;
use crate::domain::clock::Timestamp;
use crate::domain::secret::Secret;

/// A user, as stored there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SourceUser {
    /// The user's id: a UUID, or any other text.
    pub id: String,
    /// When the user signed up.
    pub created_at: Option<Timestamp>,
    /// When the user last signed in.
    pub last_seen_at: Option<Timestamp>,
    /// Whether the user may not sign in.
    pub is_disabled: bool,
    /// Whether the user signed in anonymously.
    pub is_anonymous: bool,
    /// Whether the user was deleted, and the row kept.
    pub is_deleted: bool,
    /// The display name.
    pub display_name: Option<String>,
    /// A picture's URL.
    pub avatar_url: Option<String>,
    /// Two or three letters.
    pub locale: Option<String>,
    /// The email address.
    pub email: Option<String>,
    /// Whether it is marked as verified there.
    pub email_verified: bool,
    /// The role that access tokens name first.
    pub default_role: Option<String>,
    /// The roles, possibly without the default one; `None`: those of new users here.
    pub roles: Option<Vec<String>>,
    /// JSON, as text.
    pub metadata: Option<String>,
    /// The user's accounts at providers.
    pub identities: Vec<SourceIdentity>,
}

/// A user's account at a provider, as stored there.
#[derive(Clone, Debug, Deserialize)]
pub struct SourceIdentity {
    /// The row's id.
    pub id: String,
    /// The provider's name there.
    pub provider: String,
    /// The provider's id of the user.
    pub subject: String,
    /// When it was linked.
    pub created_at: Option<Timestamp>,
}

/// The service whose users are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Nhost: `auth.users` on PostgreSQL.
    Nhost,
    /// Supabase Auth: `auth.users` on PostgreSQL.
    Supabase,
    /// better-auth: `user` and `account`, on PostgreSQL or SQLite.
    BetterAuth,
}

impl Service {
    /// Its name in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nhost => "Nhost",
            Self::Supabase => "Supabase",
            Self::BetterAuth => "better-auth",
        }
    }

    /// The name here of a provider that has another one there.
    #[must_use]
    pub fn provider_name(self, name: &str) -> &str {
        match (self, name) {
            (Self::Nhost, name) => name.strip_prefix("c:").unwrap_or(name),
            // Both know a user by `sub`, as `entraid` does; `azuread` takes `oid`.
            (Self::Supabase, "azure") | (Self::BetterAuth, "microsoft") => "entraid",
            (Self::Supabase, "linkedin_oidc") => "linkedin",
            (Self::Supabase, "slack_oidc") => "slack",
            (Self::Supabase, "x") => "twitter",
            (_, name) => name,
        }
    }

    /// Whether an identity of this kind is a password, a phone or a wallet, and not an account at a provider.
    #[must_use]
    pub fn is_local(self, provider: &str) -> bool {
        match self {
            Self::Nhost => false,
            Self::Supabase => matches!(provider, "email" | "phone" | "web3"),
            Self::BetterAuth => matches!(provider, "credential" | "siwe"),
        }
    }
}

/// The database of another service.
#[derive(Debug)]
pub enum SourceDatabase {
    /// One statement reads all of a user.
    Postgres(PostgresSource),
    /// Its columns are looked up first.
    BetterAuth(BetterAuth),
}

impl SourceDatabase {
    /// Opens the database of `service` at `url`.
    ///
    /// # Errors
    /// [`StoreError`] if the URL is malformed, the server refuses, or the tables are not there; it shows no password.
    pub async fn open(service: Service, url: &Secret) -> Result<Self, StoreError> {
        Ok(match service {
            Service::Nhost => Self::Postgres(PostgresSource::open(url, nhost::SELECT_USERS, service).await?),
            Service::Supabase => Self::Postgres(PostgresSource::open(url, supabase::SELECT_USERS, service).await?),
            Service::BetterAuth => Self::BetterAuth(BetterAuth::open(url).await?),
        })
    }

    /// The next users by id, at most `limit`, after `after`.
    ///
    /// # Errors
    /// [`StoreError`], also if these are not the tables of the service.
    pub async fn users(&mut self, after: Option<&str>, limit: u32) -> Result<Vec<SourceUser>, StoreError> {
        let rows = match self {
            Self::Postgres(database) => database.rows(after, limit).await?,
            Self::BetterAuth(database) => database.rows(after, limit).await?,
        };
        let read = |row: &String| serde_json::from_str(row);
        rows.iter().map(read).collect::<Result<_, _>>().map_err(|error| unreadable(&error))
    }
}

fn unreadable(error: &serde_json::Error) -> StoreError {
    StoreError::Internal(format!("a user's row: {error}"))
}
