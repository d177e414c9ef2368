//! The users of better-auth: the tables `user` and `account`, with their columns in camel case, as better-auth creates
//! them, or in snake case, as many ORMs do.

use std::collections::HashSet;
#[cfg(feature = "sqlite")]
use std::str::FromStr as _;

use sqlx::AssertSqlSafe;
#[cfg(feature = "sqlite")]
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
#[cfg(feature = "sqlite")]
use sqlx::{ConnectOptions as _, Connection as _};

use super::Service;
use super::postgres::{self, PostgresSource};
use crate::domain::secret::Secret;
use crate::store::StoreError;
#[cfg(feature = "sqlite")]
use crate::store::database::invalid_url;

/// The columns of both tables, as `user.name` and `account.providerId`.
const COLUMNS: &str = "SELECT table_name || '.' || column_name FROM information_schema.columns \
                       WHERE table_schema = current_schema() AND table_name IN ('user', 'account')";

#[cfg(feature = "sqlite")]
const SQLITE_COLUMNS: &str = "SELECT 'user.' || name FROM pragma_table_info('user') \
                              UNION ALL SELECT 'account.' || name FROM pragma_table_info('account')";

/// Its database.
#[derive(Debug)]
pub enum BetterAuth {
    /// On PostgreSQL.
    Postgres(PostgresSource),
    /// A SQLite file.
    #[cfg(feature = "sqlite")]
    Sqlite(SqliteConnection, String),
}

impl BetterAuth {
    pub(super) async fn open(url: &Secret) -> Result<Self, StoreError> {
        #[cfg(feature = "sqlite")]
        if url.expose().starts_with("sqlite:") {
            return Self::open_sqlite(url).await;
        }
        let mut connection = postgres::open(url).await?;
        let explain = |error| postgres::explain(error, Service::BetterAuth);
        let columns: Vec<String> = sqlx::query_scalar(COLUMNS).fetch_all(&mut connection).await.map_err(explain)?;
        let statement = postgres_statement(&Columns::new(columns)?);
        Ok(Self::Postgres(PostgresSource::new(connection, statement, Service::BetterAuth)))
    }

    #[cfg(feature = "sqlite")]
    async fn open_sqlite(url: &Secret) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::from_str(url.expose()).map_err(|_| invalid_url())?;
        let options = options.read_only(true).log_statements(log::LevelFilter::Trace);
        let mut connection = options.connect().await.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let columns: Vec<String> =
            sqlx::query_scalar(SQLITE_COLUMNS).fetch_all(&mut connection).await.map_err(sqlite_error)?;
        let statement = sqlite_statement(&Columns::new(columns)?);
        Ok(Self::Sqlite(connection, statement))
    }

    pub(super) async fn rows(&mut self, after: Option<&str>, limit: u32) -> Result<Vec<String>, StoreError> {
        match self {
            Self::Postgres(source) => source.rows(after, limit).await,
            #[cfg(feature = "sqlite")]
            Self::Sqlite(connection, statement) => {
                let mut transaction = connection.begin().await.map_err(sqlite_error)?;
                let rows = sqlx::query_scalar(AssertSqlSafe(statement.as_str()))
                    .bind(after)
                    .bind(i64::from(limit))
                    .fetch_all(&mut *transaction)
                    .await
                    .map_err(sqlite_error)?;
                transaction.rollback().await.map_err(sqlite_error)?;
                Ok(rows)
            }
        }
    }
}

#[cfg(feature = "sqlite")]
fn sqlite_error(error: sqlx::Error) -> StoreError {
    match error.as_database_error() {
        Some(found) => StoreError::Internal(found.message().to_owned()),
        None => StoreError::Unavailable(error.to_string()),
    }
}

/// The names of the columns that this database has.
struct Columns(HashSet<String>);

impl Columns {
    /// # Errors
    /// [`StoreError::Internal`] if one is missing that better-auth always has.
    fn new(found: Vec<String>) -> Result<Self, StoreError> {
        let columns = Self(found.into_iter().collect());
        let required = ["user.id", "user.name", "user.email", "user.emailVerified", "user.createdAt"]
            .into_iter()
            .chain(["account.accountId", "account.providerId", "account.userId"]);
        let missing: Vec<_> = required.filter(|column| columns.find(column).is_none()).collect();
        if missing.is_empty() {
            return Ok(columns);
        }
        let missing = missing.join(", ");
        Err(StoreError::Internal(format!(
            "there is no {missing}; is it better-auth's database, with its own table names?"
        )))
    }

    /// A column's own name, quoted, of `table.camelCase`.
    fn find(&self, column: &str) -> Option<String> {
        let (table, name) = column.split_once('.')?;
        let snake: String = name
            .chars()
            .flat_map(|c| c.is_ascii_uppercase().then_some('_').into_iter().chain([c.to_ascii_lowercase()]))
            .collect();
        let alias = &table[..1];
        [name.to_owned(), snake]
            .into_iter()
            .find(|name| self.0.contains(&format!("{table}.{name}")))
            .map(|name| format!("{alias}.\"{name}\""))
    }

    /// The same; `NULL` for a column that only some have.
    fn optional(&self, column: &str) -> String {
        self.find(column).unwrap_or_else(|| "NULL".to_owned())
    }

    /// How each column is called in a statement whose time columns are converted by `time`.
    fn fill(&self, template: &str, time: impl Fn(&str) -> String) -> String {
        let plain = ["user.name", "user.email", "user.emailVerified", "user.image", "user.banned", "user.isAnonymous"]
            .into_iter()
            .chain(["account.accountId", "account.providerId", "account.userId", "account.id"]);
        let times = ["user.createdAt", "user.banExpires", "account.createdAt"];
        let statement = plain
            .fold(template.to_owned(), |text, column| text.replace(&format!("{{{column}}}"), &self.optional(column)));
        times.into_iter().fold(statement, |text, column| {
            let value = self.find(column).map_or_else(|| "NULL".to_owned(), |name| time(&name));
            text.replace(&format!("{{{column}}}"), &value)
        })
    }
}

/// Ids may be text, UUIDs or numbers, and are compared as text, byte by byte.
fn postgres_statement(columns: &Columns) -> String {
    let template = "\
SELECT json_build_object(
    'id', u.id::text,
    'created_at', {user.createdAt},
    'is_disabled', coalesce({user.banned}, false) AND coalesce({user.banExpires} > extract(epoch FROM now()) * 1000, true),
    'is_anonymous', coalesce({user.isAnonymous}, false),
    'display_name', {user.name},
    'avatar_url', {user.image},
    'email', nullif({user.email}, ''),
    'email_verified', coalesce({user.emailVerified}, false),
    'identities', (
        SELECT coalesce(json_agg(json_build_object(
            'id', {account.id}::text,
            'provider', {account.providerId},
            'subject', {account.accountId}::text,
            'created_at', {account.createdAt}
        ) ORDER BY {account.id}::text), '[]')
        FROM \"account\" a WHERE {account.userId} = u.id
    )
)::text
FROM \"user\" u
WHERE $1::text IS NULL OR u.id::text COLLATE \"C\" > $1
ORDER BY u.id::text COLLATE \"C\"
LIMIT $2";
    columns.fill(template, |name| format!("(extract(epoch FROM {name}) * 1000)::bigint"))
}

/// A time is a text, or the number of seconds or milliseconds since 1970.
#[cfg(feature = "sqlite")]
fn sqlite_statement(columns: &Columns) -> String {
    let template = "\
SELECT json_object(
    'id', CAST(u.id AS TEXT),
    'created_at', {user.createdAt},
    'is_disabled', json(iif(coalesce({user.banned}, 0) AND coalesce({user.banExpires} > unixepoch() * 1000, 1), 'true', 'false')),
    'is_anonymous', json(iif(coalesce({user.isAnonymous}, 0), 'true', 'false')),
    'display_name', {user.name},
    'avatar_url', {user.image},
    'email', nullif({user.email}, ''),
    'email_verified', json(iif({user.emailVerified}, 'true', 'false')),
    'identities', (
        SELECT json_group_array(json_object(
            'id', CAST({account.id} AS TEXT),
            'provider', {account.providerId},
            'subject', CAST({account.accountId} AS TEXT),
            'created_at', {account.createdAt}
        ) ORDER BY {account.id})
        FROM \"account\" a WHERE {account.userId} = u.id
    )
)
FROM \"user\" u
WHERE $1 IS NULL OR CAST(u.id AS TEXT) > $1
ORDER BY CAST(u.id AS TEXT)
LIMIT $2";
    columns.fill(template, |name| {
        format!(
            "CASE typeof({name}) WHEN 'text' THEN CAST(unixepoch({name}, 'subsec') * 1000 AS INTEGER) \
             ELSE CAST({name} * iif({name} < 100000000000, 1000, 1) AS INTEGER) END"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &[&str]) -> Result<Columns, StoreError> {
        Columns::new(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn columns_are_found_in_camel_and_in_snake_case() {
        let account = ["account.account_id", "account.provider_id", "account.user_id", "account.id"];
        let user = ["user.id", "user.name", "user.email", "user.emailVerified", "user.createdAt"];
        let found = columns(&[user.as_slice(), &account].concat()).expect("complete");
        assert_eq!(found.find("user.emailVerified").as_deref(), Some("u.\"emailVerified\""));
        assert_eq!(found.find("account.providerId").as_deref(), Some("a.\"provider_id\""));
        assert_eq!(found.optional("user.banned"), "NULL");
        assert!(!postgres_statement(&found).contains('{'), "{}", postgres_statement(&found));
    }

    #[test]
    fn missing_columns_are_named() {
        let error = columns(&["user.id", "user.name", "user.email"]).err().expect("refused").to_string();
        assert!(error.contains("user.emailVerified, user.createdAt, account.accountId"), "{error}");
    }
}
