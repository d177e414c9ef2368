//! Opens databases and brings their tables up to date.

mod app_connection;
#[cfg(feature = "sqlite")]
mod backup;
#[cfg(feature = "cli")]
pub mod inspect;
mod migrate;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::path::Path;
use std::sync::Arc;

use sea_orm::DatabaseConnection;
#[cfg(feature = "postgres")]
use sea_orm::SqlxPostgresConnector;
#[cfg(feature = "sqlite")]
use sea_orm::SqlxSqliteConnector;
#[cfg(feature = "sqlite")]
use sqlx::sqlite::SqlitePool;
use tokio::sync::Semaphore;

#[cfg(feature = "postgres")]
use self::postgres::Postgres;
use super::connection::Connection;
use super::health_check::HealthCheck;
use super::table_names::TableNames;
use super::turns::Turns;
use super::{Store, StoreError};
use crate::domain::secret::Secret;
use crate::metrics::DatabaseMetrics;

pub(super) use self::app_connection::POSTGRES_TRANSACTION;
#[cfg(feature = "postgres")]
pub(super) use self::postgres::connect;

/// The `database.url` of an embedding app that gives its own connection.
pub const OF_APP: &str = "app:";

/// Where a database is and how it is used.
#[derive(Clone, Debug)]
pub struct DatabaseOptions<'a> {
    /// `sqlite:…` or `postgres://…`; may hold a password.
    pub url: &'a Secret,
    /// The PostgreSQL schema of our tables, or on SQLite the prefix of their names; a plain identifier.
    pub schema: &'a str,
    /// How many connections this process opens at most. On SQLite: one that writes, and one to eight that read.
    pub max_connections: u32,
    /// SQLite only: whether a commit survives a loss of power (`synchronous = FULL`).
    pub sqlite_synchronous: bool,
    /// How many requests share a statement at most; 1: none do.
    pub max_batch: usize,
}

/// A database that stores can be opened on. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    kind: Kind,
    schema: Arc<str>,
    names: TableNames,
    max_batch: usize,
    flushes_commits: bool,
    metrics: Arc<DatabaseMetrics>,
}

#[derive(Clone)]
enum Kind {
    #[cfg(feature = "sqlite")]
    Sqlite { writer: SqlitePool, readers: SqlitePool, batch_permit: Arc<Semaphore> },
    #[cfg(feature = "postgres")]
    Postgres(Postgres),
    /// The pool of the embedding app.
    App { connection: DatabaseConnection, batch_permit: Option<Arc<Semaphore>> },
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.kind {
            #[cfg(feature = "sqlite")]
            Kind::Sqlite { .. } => "Database(sqlite)",
            #[cfg(feature = "postgres")]
            Kind::Postgres { .. } => "Database(postgres)",
            Kind::App { .. } => "Database(of the app)",
        })
    }
}

impl Database {
    /// Opens a database, creates what is missing and brings its tables up to date.
    ///
    /// # Errors
    /// [`StoreError`] if the URL is malformed, the database is unavailable, a table of one of our names is not ours, or
    /// a migration fails.
    pub async fn open(options: &DatabaseOptions<'_>) -> Result<Self, StoreError> {
        if options.url.expose() == OF_APP {
            let missing = format!("database.url is `{OF_APP}`, but the app gives no connection (Builder::database)");
            return Err(StoreError::Unavailable(missing));
        }
        if is_sqlite(options.url) { Self::open_sqlite(options).await } else { Self::open_postgres(options).await }
    }

    /// Opens a database for reading without changing it. `None` if it does not exist or holds no tables of ours.
    ///
    /// # Errors
    /// As [`Self::open`], and [`StoreError::Internal`] if the tables are not up to date.
    pub async fn open_existing(options: &DatabaseOptions<'_>) -> Result<Option<Self>, StoreError> {
        if is_sqlite(options.url) {
            Self::open_existing_sqlite(options).await
        } else {
            Self::open_existing_postgres(options).await
        }
    }

    /// Copies a SQLite database to the new file `target`, also while others use it.
    ///
    /// # Errors
    /// [`StoreError`] if `target` exists, if the database does not, or if it is not SQLite's; then nothing was written.
    pub async fn back_up(url: &Secret, target: &Path) -> Result<(), StoreError> {
        if is_sqlite(url) {
            return Self::back_up_sqlite(url, target).await;
        }
        Err(StoreError::Unavailable("PostgreSQL is backed up by its own program, pg_dump".to_owned()))
    }

    /// The same, with its calls measured. Until then nobody sees what is measured.
    #[must_use]
    pub fn with_metrics(self, metrics: Arc<DatabaseMetrics>) -> Self {
        Self { metrics, ..self }
    }

    /// A store for one of `workers` threads. On PostgreSQL it has a pool of its own and must be opened on that thread:
    /// a connection belongs to the runtime that opened it. SQLite's connections have threads of their own. The pool of an
    /// embedding app is shared as it is.
    #[must_use]
    #[cfg_attr(
        not(feature = "postgres"),
        expect(unused_variables, reason = "SQLite's pools are shared by all threads")
    )]
    pub fn store(&self, workers: usize) -> Store {
        let (writer, reader, batch_permit) = match &self.kind {
            #[cfg(feature = "sqlite")]
            Kind::Sqlite { writer, readers, batch_permit } => (
                SqlxSqliteConnector::from_sqlx_sqlite_pool(writer.clone()),
                SqlxSqliteConnector::from_sqlx_sqlite_pool(readers.clone()),
                Some(Arc::clone(batch_permit)),
            ),
            #[cfg(feature = "postgres")]
            Kind::Postgres(server) => {
                let pool = SqlxPostgresConnector::from_sqlx_postgres_pool(server.pool(workers));
                (pool.clone(), pool, None)
            }
            Kind::App { connection, batch_permit } => (connection.clone(), connection.clone(), batch_permit.clone()),
        };
        Store {
            writer: Connection::new(writer, self.names.clone(), Arc::clone(&self.metrics)),
            reader: Connection::new(reader, self.names.clone(), Arc::clone(&self.metrics)),
            turns: Turns::default(),
            batch_permit,
            max_batch: self.max_batch,
            flushes_commits: self.flushes_commits,
            is_of_app: matches!(self.kind, Kind::App { .. }),
        }
    }

    /// Checks whether the database answers; on PostgreSQL over a connection of its own.
    #[must_use]
    pub fn health_check(&self) -> HealthCheck {
        match &self.kind {
            #[cfg(feature = "sqlite")]
            Kind::Sqlite { .. } => HealthCheck::of_store(self.store(1)),
            #[cfg(feature = "postgres")]
            Kind::Postgres(server) => HealthCheck::of_server(server.options.as_ref().clone()),
            Kind::App { .. } => HealthCheck::of_store(self.store(1)),
        }
    }

    /// Whether all our migrations were applied. Those of a newer version do not count.
    ///
    /// # Errors
    /// [`StoreError`] if the database does not answer.
    pub async fn is_migrated(&self) -> Result<bool, StoreError> {
        migrate::is_migrated(&self.single_connection(), &self.schema).await
    }

    /// A store with a single connection.
    fn single_connection(&self) -> Store {
        self.store(usize::MAX)
    }
}

#[cfg(feature = "sqlite")]
impl Database {
    async fn open_sqlite(options: &DatabaseOptions<'_>) -> Result<Self, StoreError> {
        let file = sqlite::File::parse(options.url)?;
        let database = Self {
            kind: file.open(options.max_connections, options.sqlite_synchronous)?,
            schema: options.schema.into(),
            names: TableNames::with_prefix(options.schema),
            max_batch: options.max_batch,
            flushes_commits: options.sqlite_synchronous,
            metrics: Arc::default(),
        };
        file.use_write_ahead_log().await.map_err(|error| file.explain(error))?;
        migrate::sqlite(&database.store(1), options.schema).await.map_err(|error| file.explain(error))?;
        Ok(database)
    }

    async fn back_up_sqlite(url: &Secret, target: &Path) -> Result<(), StoreError> {
        sqlite::File::parse(url)?.back_up(target).await
    }

    async fn open_existing_sqlite(options: &DatabaseOptions<'_>) -> Result<Option<Self>, StoreError> {
        let file = sqlite::File::parse(options.url)?;
        let Some(kind) = file.open_read_only() else { return Ok(None) };
        let database = Self {
            kind,
            schema: options.schema.into(),
            names: TableNames::with_prefix(options.schema),
            max_batch: options.max_batch,
            flushes_commits: options.sqlite_synchronous,
            metrics: Arc::default(),
        };
        let is_up_to_date = migrate::is_up_to_date(&database.store(1), options.schema).await;
        Ok(is_up_to_date.map_err(|error| file.explain(error))?.then_some(database))
    }
}

#[cfg(feature = "postgres")]
impl Database {
    async fn open_postgres(options: &DatabaseOptions<'_>) -> Result<Self, StoreError> {
        let server = Postgres::parse(options.url, options.max_connections)?;
        // Outside the pool, which would retry until its timeout and hide the reason.
        drop(connect(&server.options).await?);
        let database = Self::on_server(server, options);
        migrate::postgres(&database.single_connection(), options.schema).await?;
        Ok(database)
    }

    fn on_server(server: Postgres, options: &DatabaseOptions<'_>) -> Self {
        Self {
            kind: Kind::Postgres(server),
            schema: options.schema.into(),
            names: TableNames::in_schema(options.schema),
            max_batch: options.max_batch,
            flushes_commits: true,
            metrics: Arc::default(),
        }
    }

    async fn open_existing_postgres(options: &DatabaseOptions<'_>) -> Result<Option<Self>, StoreError> {
        let server = Postgres::parse(options.url, 1)?;
        drop(connect(&server.options).await?);
        let database = Self::on_server(server, options);
        Ok(migrate::is_up_to_date(&database.store(1), options.schema).await?.then_some(database))
    }
}

#[cfg(not(feature = "sqlite"))]
impl Database {
    async fn open_sqlite(_: &DatabaseOptions<'_>) -> Result<Self, StoreError> {
        Err(missing_feature("sqlite"))
    }

    async fn back_up_sqlite(_: &Secret, _: &Path) -> Result<(), StoreError> {
        Err(missing_feature("sqlite"))
    }

    async fn open_existing_sqlite(_: &DatabaseOptions<'_>) -> Result<Option<Self>, StoreError> {
        Err(missing_feature("sqlite"))
    }
}

#[cfg(not(feature = "postgres"))]
impl Database {
    async fn open_postgres(_: &DatabaseOptions<'_>) -> Result<Self, StoreError> {
        Err(missing_feature("postgres"))
    }

    async fn open_existing_postgres(_: &DatabaseOptions<'_>) -> Result<Option<Self>, StoreError> {
        Err(missing_feature("postgres"))
    }
}

#[cfg(not(all(feature = "sqlite", feature = "postgres")))]
fn missing_feature(feature: &str) -> StoreError {
    StoreError::Unavailable(format!("database.url needs a build with the feature `{feature}`"))
}

fn is_sqlite(url: &Secret) -> bool {
    url.expose().starts_with("sqlite:")
}

pub(super) fn invalid_url() -> StoreError {
    StoreError::Unavailable("the database URL is malformed".to_owned())
}
