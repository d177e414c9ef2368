//! A database over the connection of the embedding app: its pool, and tables of ours beside its own.
//!
//! The connection is used as it is. What our statements need of it is checked once, or said in each transaction.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseConnectionType, DbBackend, Statement};
use tokio::sync::Semaphore;

use super::{Database, DatabaseOptions, Kind, migrate};
use crate::store::StoreError;
use crate::store::table_names::TableNames;

/// For a transaction, what connections of our own are opened with: it sees what was committed before each statement, and
/// holds locks for a short time only.
pub(in crate::store) const POSTGRES_TRANSACTION: &str = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; \
    SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '10s'; \
    SET LOCAL idle_in_transaction_session_timeout = '30s'";

impl Database {
    /// Uses the connection of the embedding app, and brings our tables up to date. `options.url` is not used, nor what it
    /// says about connections.
    ///
    /// # Errors
    /// [`StoreError`] as [`Self::open`], or if the connection is of another kind than this build supports.
    pub async fn on_app_connection(
        connection: DatabaseConnection,
        options: &DatabaseOptions<'_>,
    ) -> Result<Self, StoreError> {
        let backend = backend(&connection)?;
        let (names, batch_permit) = match backend {
            DbBackend::Sqlite => {
                require_foreign_keys(&connection).await?;
                (TableNames::with_prefix(options.schema), Some(Arc::new(Semaphore::new(1))))
            }
            _ => (TableNames::in_schema(options.schema), None),
        };
        let database = Self {
            kind: Kind::App { connection, batch_permit },
            schema: options.schema.into(),
            names,
            max_batch: options.max_batch,
            // How a commit is flushed is the app's decision.
            flushes_commits: false,
            metrics: Arc::default(),
        };
        match backend {
            DbBackend::Sqlite => migrate::sqlite(&database.store(1), options.schema).await?,
            _ => migrate::postgres(&database.store(1), options.schema).await?,
        }
        Ok(database)
    }
}

fn backend(connection: &DatabaseConnection) -> Result<DbBackend, StoreError> {
    match &connection.inner {
        #[cfg(feature = "sqlite")]
        DatabaseConnectionType::SqlxSqlitePoolConnection(_) => Ok(DbBackend::Sqlite),
        #[cfg(feature = "postgres")]
        DatabaseConnectionType::SqlxPostgresPoolConnection(_) => Ok(DbBackend::Postgres),
        other => Err(StoreError::Unavailable(format!(
            "the app's connection ({other:?}) is not of a database that this build supports"
        ))),
    }
}

/// Deleting a user deletes what belongs to them, by foreign keys.
async fn require_foreign_keys(connection: &DatabaseConnection) -> Result<(), StoreError> {
    let query = Statement::from_string(DbBackend::Sqlite, "PRAGMA foreign_keys");
    let row = connection.query_one_raw(query).await?;
    if row.map(|row| row.try_get_by_index::<i32>(0)).transpose()? == Some(1) {
        return Ok(());
    }
    Err(StoreError::Unavailable("the app's connections to SQLite need `PRAGMA foreign_keys = ON`".to_owned()))
}
