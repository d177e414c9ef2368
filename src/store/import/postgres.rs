//! A service's database on PostgreSQL.

use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use super::Service;
use crate::domain::secret::Secret;
use crate::store::StoreError;
use crate::store::database::{connect, invalid_url};

/// A connection, and the statement that reads users as JSON: `$1` is the id before the first, `$2` how many.
#[derive(Debug)]
pub struct PostgresSource {
    connection: PgConnection,
    statement: String,
    service: Service,
}

impl PostgresSource {
    pub(super) async fn open(url: &Secret, statement: &str, service: Service) -> Result<Self, StoreError> {
        Ok(Self { connection: open(url).await?, statement: statement.to_owned(), service })
    }

    pub(super) fn new(connection: PgConnection, statement: String, service: Service) -> Self {
        Self { connection, statement, service }
    }

    pub(super) async fn rows(&mut self, after: Option<&str>, limit: u32) -> Result<Vec<String>, StoreError> {
        let explain = |error| explain(error, self.service);
        let mut transaction = self.connection.begin_with("BEGIN READ ONLY").await.map_err(explain)?;
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(self.statement.as_str()))
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(&mut *transaction)
            .await
            .map_err(explain)?;
        transaction.rollback().await.map_err(explain)?;
        Ok(rows)
    }
}

/// Connects to `url`, a `postgres://…`.
pub(super) async fn open(url: &Secret) -> Result<PgConnection, StoreError> {
    let is_postgres = ["postgres://", "postgresql://"].iter().any(|scheme| url.expose().starts_with(scheme));
    let options = PgConnectOptions::from_str(url.expose()).ok().filter(|_| is_postgres).ok_or_else(invalid_url)?;
    // A pooler between us and the database may give each statement another connection.
    let options = options.statement_cache_capacity(0).application_name("vouchsafe import");
    connect(&options.log_statements(log::LevelFilter::Trace)).await
}

pub(super) fn explain(error: sqlx::Error, service: Service) -> StoreError {
    // No such table, schema or column.
    let is_missing = |code: &str| matches!(code, "42P01" | "3F000" | "42703");
    match error.as_database_error() {
        Some(found) if found.code().is_some_and(|code| is_missing(&code)) => {
            StoreError::Internal(format!("{}; is it {}'s database?", found.message(), service.name()))
        }
        Some(found) => StoreError::Internal(found.message().to_owned()),
        None => StoreError::Unavailable(error.to_string()),
    }
}
