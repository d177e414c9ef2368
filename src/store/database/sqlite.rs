//! SQLite: one connection that writes and a pool that reads, for all threads.
//!
//! SQLite has one writer at a time and lets the others poll, the luckiest first; waiting for the one connection is a queue.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use log::LevelFilter;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection as _};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::{Kind, invalid_url};
use crate::domain::secret::Secret;
use crate::store::StoreError;

/// How long a statement waits for its connection, and the writer for other processes.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long the change to a write-ahead log waits before it tries again.
const RETRY_INTERVAL: Duration = Duration::from_millis(20);

/// A database file, or a database in memory.
pub(super) struct File {
    options: SqliteConnectOptions,
    is_in_memory: bool,
}

impl File {
    pub(super) fn parse(url: &Secret) -> Result<Self, StoreError> {
        let url = url.expose();
        let options = SqliteConnectOptions::from_str(url).map_err(|_| invalid_url())?;
        let options = options.busy_timeout(ACQUIRE_TIMEOUT).log_statements(LevelFilter::Trace);
        Ok(Self { options, is_in_memory: url.contains(":memory:") || url.contains("mode=memory") })
    }

    pub(super) fn open(&self, max_connections: u32, is_synchronous: bool) -> Result<Kind, StoreError> {
        let options = self.options.clone();
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(if is_synchronous { SqliteSynchronous::Full } else { SqliteSynchronous::Normal })
            .foreign_keys(true);
        let pool = |max_connections| {
            SqlitePoolOptions::new()
                .max_connections(max_connections)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .test_before_acquire(false)
                .idle_timeout(None)
                .max_lifetime(None)
        };
        if self.is_in_memory {
            // The database lives as long as its one connection.
            let only = pool(1).connect_lazy_with(options);
            return Ok(kind(only.clone(), only));
        }
        let path = self.options.get_filename();
        create_private(path).map_err(|error| unavailable(path, &error))?;
        let writer = pool(1).after_release(|connection, _| Box::pin(is_outside_transaction(connection)));
        let readers = pool(max_connections.saturating_sub(1).clamp(1, 8));
        let readers = readers.connect_lazy_with(options.clone().pragma("query_only", "ON"));
        // Rows of a batch that several statements read.
        Ok(kind(writer.connect_lazy_with(options.pragma("temp_store", "MEMORY")), readers))
    }

    /// Whether there is such a file.
    pub(super) fn exists(&self) -> bool {
        !self.is_in_memory && self.options.get_filename().exists()
    }

    pub(super) fn read_only_options(&self) -> SqliteConnectOptions {
        self.options.clone().read_only(true)
    }

    /// The file; `None` for a database in memory.
    #[cfg(feature = "cli")]
    pub(super) fn path(&self) -> Option<&Path> {
        Some(self.options.get_filename()).filter(|_| !self.is_in_memory)
    }

    /// How to connect.
    #[cfg(feature = "cli")]
    pub(super) fn options(&self) -> &SqliteConnectOptions {
        &self.options
    }

    /// `None` if there is no such file.
    pub(super) fn open_read_only(&self) -> Option<Kind> {
        if !self.exists() {
            return None;
        }
        let pool = SqlitePoolOptions::new().max_connections(1).acquire_timeout(ACQUIRE_TIMEOUT);
        let pool = pool.connect_lazy_with(self.read_only_options());
        Some(kind(pool.clone(), pool))
    }

    /// Changes a new file to a write-ahead log. While another process does that, SQLite answers "locked" at once, without the
    /// busy timeout.
    pub(super) async fn use_write_ahead_log(&self) -> Result<(), StoreError> {
        if self.is_in_memory {
            return Ok(());
        }
        let options = self.options.clone().journal_mode(SqliteJournalMode::Wal);
        let change = async {
            loop {
                match options.connect().await {
                    Ok(connection) => return connection.close().await,
                    Err(error) if is_locked(&error) => sleep(RETRY_INTERVAL).await,
                    Err(error) => return Err(error),
                }
            }
        };
        let changed = timeout(ACQUIRE_TIMEOUT, change).await.unwrap_or(Err(sqlx::Error::PoolTimedOut));
        changed.map_err(|error| StoreError::Unavailable(error.to_string()))
    }

    /// Adds the file's path to an error of its first use.
    pub(super) fn explain(&self, error: StoreError) -> StoreError {
        match error {
            StoreError::Unavailable(text) if !self.is_in_memory => unavailable(self.options.get_filename(), &text),
            error => error,
        }
    }
}

fn kind(writer: SqlitePool, readers: SqlitePool) -> Kind {
    Kind::Sqlite { writer, readers, batch_permit: Arc::new(Semaphore::new(1)) }
}

/// `SQLITE_BUSY` (5), also in its extended forms.
pub(super) fn is_locked(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()).and_then(|code| code.parse::<u32>().ok());
    code.is_some_and(|code| code & 0xff == 5)
}

pub(super) fn unavailable(path: &Path, error: &dyn std::fmt::Display) -> StoreError {
    let path = std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path));
    StoreError::Unavailable(format!("SQLite file {}: {error}", path.display()))
}

/// A commit that the disk refused has ended the transaction, and sqlx counts it as open: every later statement would be
/// part of a transaction that never ends. Such a connection is closed.
async fn is_outside_transaction(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // The rollback of a transaction that was dropped may still be under way.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

/// Creates a missing file that only its owner can read. SQLite gives the files beside it the same mode.
fn create_private(path: &Path) -> std::io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let folder = parent_folder(path);
    if !folder.is_dir() {
        return Err(std::io::Error::other(format!("the folder {} does not exist", folder.display())));
    }
    private().create(true).truncate(false).open(path)?;
    Ok(())
}

/// Creates a file that only its owner can read.
pub(super) fn create_new_private(path: &Path) -> std::io::Result<std::fs::File> {
    private().create_new(true).open(path)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Whether a file could be created at `path`: creates another one beside it and removes it.
#[cfg(feature = "cli")]
pub(super) fn try_to_create_beside(path: &Path) -> std::io::Result<()> {
    let folder = parent_folder(path);
    if !folder.is_dir() {
        return Err(std::io::Error::other(format!("the folder {} does not exist", folder.display())));
    }
    let probe = folder.join(format!(".vouchsafe-doctor-{}", std::process::id()));
    std::fs::OpenOptions::new().write(true).create_new(true).open(&probe)?;
    std::fs::remove_file(probe)
}

/// A bare file name is in the working folder.
fn parent_folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait, DbErr, Statement};

    use super::*;
    use crate::domain::clock::Timestamp;
    use crate::store::Store;
    use crate::store::testing::open_sqlite;
    use crate::store::used_flows::{FlowMark, mark_used};

    #[test]
    fn new_file_is_readable_by_its_owner_alone() {
        assert_eq!(parent_folder(Path::new("vouchsafe.db")), Path::new("."));
        assert_eq!(parent_folder(Path::new("/var/lib/v.db")), Path::new("/var/lib"));
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("new.db");
        create_private(&file).expect("created");
        #[cfg(unix)]
        {
            let permissions = std::fs::metadata(&file).expect("metadata").permissions();
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&permissions) & 0o777, 0o600);
        }
    }

    #[test]
    fn missing_folder_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = Secret::new(format!("sqlite://{}/missing/v.db", folder.path().display()));
        let error = File::parse(&url).expect("a URL").open(2, true).err().expect("refused").to_string();
        assert!(error.contains(&format!("{}/missing does not exist", folder.path().display())), "{error}");
    }

    async fn synchronous(store: &Store) -> Result<i32, DbErr> {
        let query = Statement::from_string(store.writer.get_database_backend(), "PRAGMA synchronous");
        let row = store.writer.query_one_raw(query).await.expect("answered").expect("a row");
        row.try_get_by_index(0)
    }

    #[actix_rt::test]
    async fn synchronous_setting_reaches_the_writer() {
        let folder = tempfile::tempdir().expect("a folder");
        for (is_synchronous, pragma) in [(true, 2), (false, 1)] {
            let store = open_sqlite(folder.path(), is_synchronous).await;
            assert_eq!(synchronous(&store).await, Ok(pragma));
        }
    }

    #[actix_rt::test]
    async fn synchronous_setting_is_the_same_after_flows_were_marked() {
        let folder = tempfile::tempdir().expect("a folder");
        for (is_synchronous, pragma) in [(true, 2), (false, 1)] {
            let store = open_sqlite(folder.path(), is_synchronous).await;
            let mark = |number| FlowMark { flow_hash: [number; 32], expires_at: Timestamp::from_seconds(1) };
            let number = u8::from(is_synchronous);
            assert!(matches!(mark_used(&store, &[mark(number), mark(9)]).await.as_deref(), Ok([true, _])));
            assert_eq!(synchronous(&store).await, Ok(pragma));
            let broken = r#"ALTER TABLE "used_flows" RENAME TO "renamed""#;
            store.writer.execute_unprepared(broken).await.expect("renamed");
            mark_used(&store, &[mark(7)]).await.expect_err("no such table");
            assert_eq!(synchronous(&store).await, Ok(pragma));
            let mended = r#"ALTER TABLE "renamed" RENAME TO "vouchsafe_used_flows""#;
            store.writer.execute_unprepared(mended).await.expect("renamed");
        }
    }

    #[actix_rt::test]
    async fn reader_connections_cannot_write() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = open_sqlite(folder.path(), false).await;
        let deletion = r#"DELETE FROM "used_flows""#;
        store.writer.execute_unprepared(deletion).await.expect("deleted");
        let error = store.reader.execute_unprepared(deletion).await.expect_err("refused").to_string();
        assert!(error.contains("readonly"), "{error}");
    }
}
