//! The rows: the only room that knows SeaORM, and the referee of everything that happens once.
//!
//! Each file keeps one kind of row and takes either a [`Store`] (one statement, committed at once) or a
//! [`Transaction`] (several statements, all or nothing). What may be done once is decided by the one
//! statement that does it. "Not there" is an `Option`, never an error. May call `domain` alone.

pub mod audit;
mod database;
mod db_error;
mod health_check;
pub mod idempotent_responses;
pub mod identities;
pub mod nhost;
pub mod one_time_codes;
pub mod pending_names;
pub mod revocations;
pub mod sessions;
pub mod tickets;
pub mod used_flows;
pub mod users;
pub mod vault;

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, TransactionOptions, TransactionTrait};
use sea_orm::{SqlErr, SqliteTransactionMode};

pub use database::Database;

/// What a statement came to when it did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique index refused the row: somebody else was first.
    #[error("somebody else was first")]
    Conflict,
    /// The database did not answer, or not in time.
    #[error("the database is out of reach: {0}")]
    Unavailable(String),
    /// The database answered with something that should not happen.
    #[error("the database refused: {0}")]
    Internal(String),
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) {
            return Self::Conflict;
        }
        let text = error.to_string();
        if db_error::is_outage(&error) { Self::Unavailable(text) } else { Self::Internal(text) }
    }
}

/// A handle to the rows. Cheap to clone; on PostgreSQL it belongs to the thread that made it.
#[derive(Clone, Debug)]
pub struct Store {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
}

/// Several statements that happen together or not at all. Dropped without [`Transaction::commit`], they did not happen.
#[derive(Debug)]
pub struct Transaction(DatabaseTransaction);

impl Store {
    /// Begins a transaction that may write. On SQLite it takes the write lock at once, because a reader that
    /// turns into a writer cannot wait for it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if no connection is to be had.
    pub async fn begin(&self) -> Result<Transaction, StoreError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(Transaction(self.writer.begin_with_options(options).await?))
    }
}

impl Transaction {
    /// Makes it all true.
    ///
    /// # Errors
    /// [`StoreError`] if it did not become true.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.0.commit().await?)
    }

    /// Makes none of it true, and gives the connection back at once.
    ///
    /// # Errors
    /// [`StoreError`]; it did not become true all the same.
    pub async fn rollback(self) -> Result<(), StoreError> {
        Ok(self.0.rollback().await?)
    }
}

/// Somewhere statements can be run. Only this room can make use of it.
pub trait Executor: private::AsConnection {}

impl Executor for Store {}
impl Executor for Transaction {}

mod private {
    use super::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, Store, Transaction};

    pub trait AsConnection {
        type Connection: ConnectionTrait;
        /// For statements that change rows, or that have to see what the same transaction changed.
        fn writer(&self) -> &Self::Connection;
        /// For statements that only look.
        fn reader(&self) -> &Self::Connection;
    }

    impl AsConnection for Store {
        type Connection = DatabaseConnection;
        fn writer(&self) -> &DatabaseConnection {
            &self.writer
        }
        fn reader(&self) -> &DatabaseConnection {
            &self.reader
        }
    }

    impl AsConnection for Transaction {
        type Connection = DatabaseTransaction;
        fn writer(&self) -> &DatabaseTransaction {
            &self.0
        }
        fn reader(&self) -> &DatabaseTransaction {
            &self.0
        }
    }
}

#[cfg(test)]
mod conformance;
#[cfg(test)]
#[path = "../../tests/it/support/postgres.rs"]
pub(crate) mod postgres;
#[cfg(test)]
pub(crate) mod testing;
