//! Opens databases: SQLite with one pool for all, PostgreSQL with a pool for each worker.
//!
//! A PostgreSQL connection belongs to the runtime that opened it; shared between the threads of actix it would
//! wait for its opener. SQLite's connections have threads of their own and may be shared.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use log::LevelFilter;
use sea_orm::{ConnectionTrait, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection as _};
use vouchsafe_migration::{MigrationStatus, Migrator, MigratorTrait};

use super::{Store, StoreError};
use crate::domain::secret::Secret;

/// How long a statement waits for a connection, or for SQLite's one writer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a connection lies unused before it is asked whether it still lives.
const IDLE: Duration = Duration::from_millis(100);

/// Any number: it only has to be ours alone among the advisory locks of the database.
const MIGRATION_LOCK: i64 = 0x766f_7563_6873_6166;

/// A database that stores can be opened on.
#[derive(Clone)]
pub struct Database(Kind);

#[derive(Clone)]
enum Kind {
    Sqlite(SqlitePool),
    Postgres { options: Box<PgConnectOptions>, most: u32 },
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            Kind::Sqlite(_) => "Database(sqlite)",
            Kind::Postgres { .. } => "Database(postgres)",
        })
    }
}

impl Database {
    /// Opens `url` and brings its tables up to date. `most` connections are open at once in this process.
    ///
    /// # Errors
    /// [`StoreError`] if the address is wrong, nobody answers there, or a migration fails.
    pub async fn open(url: &Secret, most: u32) -> Result<Self, StoreError> {
        let database = if url.expose().starts_with("sqlite:") {
            Self(Kind::Sqlite(open_sqlite(url.expose(), most)?))
        } else {
            Self::postgres(url, most)?
        };
        database.migrate().await?;
        Ok(database)
    }

    /// Opens what is at `url` as it is, to look at it: on SQLite nothing can be written. `None` if none of our tables
    /// are there yet.
    ///
    /// # Errors
    /// As [`Self::open`], and [`StoreError::Broken`] if the tables are not up to date.
    pub async fn find(url: &Secret) -> Result<Option<Self>, StoreError> {
        let database = if url.expose().starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url.expose()).map_err(|_| bad_address())?;
            if is_in_memory(url.expose()) || !options.get_filename().exists() {
                return Ok(None);
            }
            let pool = SqlitePoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
            let options = options.read_only(true).busy_timeout(PATIENCE).log_statements(LevelFilter::Trace);
            Self(Kind::Sqlite(pool.connect_lazy_with(options)))
        } else {
            Self::postgres(url, 1)?
        };
        let steps = Migrator::get_migration_with_status_read_only(&database.store(1).0).await?;
        let applied = steps.iter().filter(|step| step.status() == MigrationStatus::Applied).count();
        match applied {
            0 => Ok(None),
            all if all == steps.len() => Ok(Some(database)),
            _ => Err(StoreError::Broken(
                "its tables are not up to date; starting the service once mends that".to_owned(),
            )),
        }
    }

    fn postgres(url: &Secret, most: u32) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url.expose()).map_err(|_| bad_address())?;
        let options = Box::new(options.log_statements(LevelFilter::Trace).application_name("vouchsafe"));
        Ok(Self(Kind::Postgres { options, most: most.max(1) }))
    }

    /// A store for one of `workers` threads, opened on that thread.
    #[must_use]
    pub fn store(&self, workers: usize) -> Store {
        Store(match &self.0 {
            Kind::Sqlite(pool) => SqlxSqliteConnector::from_sqlx_sqlite_pool(pool.clone()),
            Kind::Postgres { options, most } => {
                let share = (*most / u32::try_from(workers.max(1)).unwrap_or(u32::MAX)).max(1);
                let pool = PgPoolOptions::new()
                    .max_connections(share)
                    .acquire_timeout(PATIENCE)
                    .test_before_acquire(false)
                    .before_acquire(|connection, about| Box::pin(is_alive(connection, about.idle_for)));
                SqlxPostgresConnector::from_sqlx_postgres_pool(pool.connect_lazy_with(options.as_ref().clone()))
            }
        })
    }

    /// A store that looks after the database: on PostgreSQL with one connection, which is nobody else's.
    #[must_use]
    pub fn lookout(&self) -> Store {
        self.store(usize::MAX)
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        let store = match &self.0 {
            Kind::Sqlite(_) => self.store(1),
            // One connection, so that the lock and the steps share it.
            Kind::Postgres { options, .. } => {
                let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
                let pool = pool.connect_with(options.as_ref().clone()).await;
                let pool = pool.map_err(|error| StoreError::Unavailable(error.to_string()))?;
                let store = Store(SqlxPostgresConnector::from_sqlx_postgres_pool(pool));
                // Nodes that start together take their turn; the lock goes with the connection.
                store.0.execute_unprepared(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})")).await?;
                store
            }
        };
        Migrator::up(&store.0, None).await?;
        if matches!(self.0, Kind::Postgres { .. }) {
            store.0.close().await?;
        }
        Ok(())
    }
}

/// The server may have ended a connection that lay idle. Nobody asks about one that was in use a moment ago.
async fn is_alive(connection: &mut PgConnection, idle_for: Duration) -> Result<bool, sqlx::Error> {
    if idle_for > IDLE {
        connection.ping().await?;
    }
    Ok(true)
}

fn open_sqlite(url: &str, most: u32) -> Result<SqlitePool, StoreError> {
    let options = SqliteConnectOptions::from_str(url).map_err(|_| bad_address())?;
    let options = options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(PATIENCE)
        .foreign_keys(true)
        .log_statements(LevelFilter::Trace);
    // A database in memory lives as long as its one connection.
    let in_memory = is_in_memory(url);
    if !in_memory {
        make_private(options.get_filename()).map_err(|error| StoreError::Unavailable(error.to_string()))?;
    }
    let pool = SqlitePoolOptions::new()
        .max_connections(if in_memory { 1 } else { most.clamp(1, 8) })
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None);
    Ok(pool.connect_lazy_with(options))
}

fn is_in_memory(url: &str) -> bool {
    url.contains(":memory:") || url.contains("mode=memory")
}

/// A new database is its owner's alone; SQLite gives its companions the same mode.
fn make_private(file: &Path) -> std::io::Result<()> {
    if cfg!(unix) && folder_of(file).is_dir() && !file.exists() {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(file)?;
    }
    Ok(())
}

/// Where a file is; a bare name is in the working folder.
fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

pub(super) fn bad_address() -> StoreError {
    StoreError::Unavailable("the address of the database is not understood".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_database_is_its_owners_alone_and_a_bare_name_is_here() {
        assert_eq!(folder_of(Path::new("vouchsafe.db")), Path::new("."));
        assert_eq!(folder_of(Path::new("/var/lib/v.db")), Path::new("/var/lib"));
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("new.db");
        make_private(&file).expect("made");
        #[cfg(unix)]
        {
            let permissions = std::fs::metadata(&file).expect("there").permissions();
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&permissions) & 0o777, 0o600);
        }
    }
}
