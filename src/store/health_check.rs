//! Whether rows could be written now, found out at the least expense.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::{Store, StoreError};

impl Store {
    /// How often to check. PostgreSQL more often, because a check there writes nothing.
    #[must_use]
    pub fn health_check_interval(&self) -> Duration {
        if self.is_sqlite() { Duration::from_secs(1) } else { Duration::from_millis(250) }
    }

    /// How long a check may take. On SQLite longer than it waits for the writer; on PostgreSQL the check has a
    /// connection of its own, and the driver would retry a refused one for seconds.
    #[must_use]
    pub fn health_check_timeout(&self) -> Duration {
        if self.is_sqlite() { Duration::from_secs(6) } else { Duration::from_millis(700) }
    }

    /// Looks whether rows could be written.
    ///
    /// On SQLite one page is written that nobody reads, because a file that is locked, or a disk that is full, is
    /// noticed by writing alone. It takes its turn among all who write: where that takes too long, they are refused as
    /// well. PostgreSQL is asked whether it is a follower: it ends when
    /// it cannot write its log, so that an answer tells enough.
    ///
    /// # Errors
    /// [`StoreError`] says why not.
    pub async fn check_writable(&self) -> Result<(), StoreError> {
        if self.is_sqlite() {
            self.writer.execute_unprepared("PRAGMA user_version = 0").await?;
            return Ok(());
        }
        let question = Statement::from_string(DbBackend::Postgres, "SELECT pg_is_in_recovery()");
        let answer = self.writer.query_one_raw(question).await?;
        match answer.map(|row| row.try_get_by_index::<bool>(0)).transpose()? {
            Some(false) => Ok(()),
            _ => Err(StoreError::Unavailable("it can only be read".to_owned())),
        }
    }

    fn is_sqlite(&self) -> bool {
        self.writer.get_database_backend() == DbBackend::Sqlite
    }
}
