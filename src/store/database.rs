//! Opens databases: SQLite with one connection that writes and a pool that reads, for all; PostgreSQL with a pool for
//! each worker.
//!
//! A PostgreSQL connection belongs to the runtime that opened it; shared between the threads of actix it would
//! wait for its opener. SQLite's connections have threads of their own and may be shared. SQLite has one writer at a
//! time and lets the others ask again and again, the luckiest first; waiting for the one connection is a queue.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use log::LevelFilter;
use sea_orm::{ConnectionTrait, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection as _};
use vouchsafe_migration::{MigrationStatus, Migrator, MigratorTrait};

use super::{Store, StoreError};
use crate::domain::secret::Secret;

/// How long a statement waits for a connection, or for SQLite's one writer.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a connection lies unused before it is asked whether it still lives.
const PING_AFTER_IDLE: Duration = Duration::from_millis(100);

/// Any number: it only has to be ours alone among the advisory locks of the database.
const MIGRATION_LOCK_ID: i64 = 0x766f_7563_6873_6166;

/// A database that stores can be opened on.
#[derive(Clone)]
pub struct Database(Kind);

#[derive(Clone)]
enum Kind {
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    Postgres { options: Box<PgConnectOptions>, max_connections: u32 },
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            Kind::Sqlite { .. } => "Database(sqlite)",
            Kind::Postgres { .. } => "Database(postgres)",
        })
    }
}

impl Database {
    /// Opens `url` and brings its tables up to date. `max_connections` connections are open at once in this process (on SQLite
    /// one that writes, and one to eight that read). On SQLite `sqlite_synchronous` says whether a commit survives a loss
    /// of power; PostgreSQL has settings of its own for that.
    ///
    /// # Errors
    /// [`StoreError`] if the address is wrong, nobody answers there, or a migration fails.
    pub async fn open(url: &Secret, max_connections: u32, sqlite_synchronous: bool) -> Result<Self, StoreError> {
        let database = if url.expose().starts_with("sqlite:") {
            Self(open_sqlite(url.expose(), max_connections, sqlite_synchronous)?)
        } else {
            Self::postgres(url, max_connections)?
        };
        database.migrate().await?;
        Ok(database)
    }

    /// Opens what is at `url` as it is, to look at it: on SQLite nothing can be written. `None` if none of our tables
    /// are there yet.
    ///
    /// # Errors
    /// As [`Self::open`], and [`StoreError::Internal`] if the tables are not up to date.
    pub async fn open_existing(url: &Secret) -> Result<Option<Self>, StoreError> {
        let database = if url.expose().starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url.expose()).map_err(|_| invalid_url())?;
            if is_in_memory(url.expose()) || !options.get_filename().exists() {
                return Ok(None);
            }
            let pool = SqlitePoolOptions::new().max_connections(1).acquire_timeout(ACQUIRE_TIMEOUT);
            let options = options.read_only(true).busy_timeout(ACQUIRE_TIMEOUT).log_statements(LevelFilter::Trace);
            let pool = pool.connect_lazy_with(options);
            Self(Kind::Sqlite { writer: pool.clone(), readers: pool })
        } else {
            Self::postgres(url, 1)?
        };
        let steps = Migrator::get_migration_with_status_read_only(&database.store(1).reader).await?;
        let applied = steps.iter().filter(|step| step.status() == MigrationStatus::Applied).count();
        match applied {
            0 => Ok(None),
            all if all == steps.len() => Ok(Some(database)),
            _ => Err(StoreError::Internal(
                "its tables are not up to date; starting the service once mends that".to_owned(),
            )),
        }
    }

    fn postgres(url: &Secret, max_connections: u32) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url.expose()).map_err(|_| invalid_url())?;
        let options = Box::new(options.log_statements(LevelFilter::Trace).application_name("vouchsafe"));
        Ok(Self(Kind::Postgres { options, max_connections: max_connections.max(1) }))
    }

    /// A store for one of `workers` threads, opened on that thread.
    #[must_use]
    pub fn store(&self, workers: usize) -> Store {
        match &self.0 {
            Kind::Sqlite { writer, readers } => Store {
                writer: SqlxSqliteConnector::from_sqlx_sqlite_pool(writer.clone()),
                reader: SqlxSqliteConnector::from_sqlx_sqlite_pool(readers.clone()),
            },
            Kind::Postgres { options, max_connections } => {
                let share = (*max_connections / u32::try_from(workers.max(1)).unwrap_or(u32::MAX)).max(1);
                let pool = PgPoolOptions::new()
                    .max_connections(share)
                    .acquire_timeout(ACQUIRE_TIMEOUT)
                    .test_before_acquire(false)
                    .before_acquire(|connection, about| Box::pin(is_alive(connection, about.idle_for)));
                on_postgres(pool.connect_lazy_with(options.as_ref().clone()))
            }
        }
    }

    /// A store that looks after the database: on PostgreSQL with one connection, which is nobody else's.
    #[must_use]
    pub fn health_check_store(&self) -> Store {
        self.store(usize::MAX)
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        let store = match &self.0 {
            Kind::Sqlite { .. } => self.store(1),
            // One connection, so that the lock and the steps share it.
            Kind::Postgres { options, .. } => {
                let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(ACQUIRE_TIMEOUT);
                let pool = pool.connect_with(options.as_ref().clone()).await;
                let pool = pool.map_err(|error| StoreError::Unavailable(error.to_string()))?;
                let store = on_postgres(pool);
                // Nodes that start together take their turn; the lock goes with the connection.
                store.writer.execute_unprepared(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK_ID})")).await?;
                store
            }
        };
        Migrator::up(&store.writer, None).await?;
        if matches!(self.0, Kind::Postgres { .. }) {
            store.writer.close().await?;
        }
        Ok(())
    }
}

/// The server may have ended a connection that lay idle. Nobody asks about one that was in use a moment ago.
async fn is_alive(connection: &mut PgConnection, idle_for: Duration) -> Result<bool, sqlx::Error> {
    if idle_for > PING_AFTER_IDLE {
        connection.ping().await?;
    }
    Ok(true)
}

fn on_postgres(pool: PgPool) -> Store {
    let connection = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
    Store { writer: connection.clone(), reader: connection }
}

fn open_sqlite(url: &str, max_connections: u32, sqlite_synchronous: bool) -> Result<Kind, StoreError> {
    let options = SqliteConnectOptions::from_str(url).map_err(|_| invalid_url())?;
    let options = options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(if sqlite_synchronous { SqliteSynchronous::Full } else { SqliteSynchronous::Normal })
        .busy_timeout(ACQUIRE_TIMEOUT)
        .foreign_keys(true)
        .log_statements(LevelFilter::Trace);
    // A database in memory lives as long as its one connection.
    let in_memory = is_in_memory(url);
    if !in_memory {
        create_private(options.get_filename()).map_err(|error| StoreError::Unavailable(error.to_string()))?;
    }
    let pool = |max_connections| {
        SqlitePoolOptions::new()
            .max_connections(max_connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
    };
    if in_memory {
        let one = pool(1).connect_lazy_with(options);
        return Ok(Kind::Sqlite { writer: one.clone(), readers: one });
    }
    let writer = pool(1).after_release(|connection, _| Box::pin(is_outside_transaction(connection)));
    let readers = pool(max_connections.saturating_sub(1).clamp(1, 8));
    Ok(Kind::Sqlite {
        writer: writer.connect_lazy_with(options.clone()),
        readers: readers.connect_lazy_with(options.pragma("query_only", "ON")),
    })
}

/// A commit that the disk refused has ended the transaction, and nobody counts that: what came next would be part of one
/// that never ends. Such a connection is closed.
async fn is_outside_transaction(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // It may only be on its way: a transaction that was dropped.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

fn is_in_memory(url: &str) -> bool {
    url.contains(":memory:") || url.contains("mode=memory")
}

/// A new database is its owner's alone; SQLite gives its companions the same mode.
fn create_private(file: &Path) -> std::io::Result<()> {
    if cfg!(unix) && parent_folder(file).is_dir() && !file.exists() {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(file)?;
    }
    Ok(())
}

/// Where a file is; a bare name is in the working folder.
fn parent_folder(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

pub(super) fn invalid_url() -> StoreError {
    StoreError::Unavailable("the address of the database is not understood".to_owned())
}

#[cfg(test)]
mod tests {
    use sea_orm::Statement;

    use super::*;

    #[test]
    fn a_new_database_is_its_owners_alone_and_a_bare_name_is_here() {
        assert_eq!(parent_folder(Path::new("vouchsafe.db")), Path::new("."));
        assert_eq!(parent_folder(Path::new("/var/lib/v.db")), Path::new("/var/lib"));
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("new.db");
        create_private(&file).expect("made");
        #[cfg(unix)]
        {
            let permissions = std::fs::metadata(&file).expect("there").permissions();
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&permissions) & 0o777, 0o600);
        }
    }

    #[actix_rt::test]
    async fn a_commit_waits_for_the_disk_if_that_is_wanted() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = Secret::new(format!("sqlite://{}", folder.path().join("v.db").display()));
        for (sqlite_synchronous, full) in [(true, 2), (false, 1)] {
            let store = Database::open(&url, 4, sqlite_synchronous).await.expect("open").store(1);
            let question = Statement::from_string(store.writer.get_database_backend(), "PRAGMA synchronous");
            let answer = store.writer.query_one_raw(question).await.expect("asked").expect("a row");
            assert_eq!(answer.try_get_by_index::<i32>(0), Ok(full));
        }
    }

    #[actix_rt::test]
    async fn of_sqlites_connections_one_writes_and_the_others_only_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = Secret::new(format!("sqlite://{}", folder.path().join("v.db").display()));
        let store = Database::open(&url, 4, false).await.expect("open").store(1);
        let deletion = "DELETE FROM used_flows";
        store.writer.execute_unprepared(deletion).await.expect("it writes");
        let refusal = store.reader.execute_unprepared(deletion).await.expect_err("it only reads").to_string();
        assert!(refusal.contains("readonly"), "{refusal}");
    }
}
