//! Rows: the only module that knows SeaORM, and what decides everything that happens once.
//!
//! Each file holds one table and takes either a [`Store`] (one statement, committed at once) or a [`Transaction`] (several
//! statements, all or nothing). What may be done once is decided by the one statement that does it. "Not found" is an
//! `Option`, never an error. [`sets`] does the same for many requests by one statement.
//!
//! # Lock order
//!
//! Transactions lock rows in the order of their tables in [`table_names`]: tickets, pending names, **users**, roles,
//! identities, vault entries, grants, idempotent responses, revocations, one-time codes, sessions, used flows, audit events, messages
//! of webhooks. A
//! transaction that changes anything of an existing user first locks the user's row ([`users::lock_for_update`]). Debug
//! builds check each statement of a transaction, so that every test holds the order. New rows are in nobody's way.
//!
//! PostgreSQL runs at READ COMMITTED, said on each connection: a statement sees what was committed before it, and a
//! transaction that waited for a lock reads again what it decides by. Whoever loses a race all the same
//! ([`StoreError::is_lost_race`]) carries out the whole transaction again.

pub mod audit;
mod connection;
mod database;
mod error;
pub mod flow_records;
pub mod grants;
mod health_check;
pub mod idempotent_responses;
pub mod identities;
#[cfg(feature = "postgres")]
pub mod import;
pub mod one_time_codes;
pub mod pending_names;
mod pools;
pub mod retention;
mod retry;
pub mod revocations;
pub mod sessions;
pub mod sets;
mod table_names;
pub mod tickets;
mod turns;
pub mod used_flows;
pub mod user_records;
pub mod user_roles;
pub mod users;
pub mod vault;
pub mod webhook_messages;

use std::sync::Arc;

pub use sea_orm;
pub use sea_orm::DatabaseConnection;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};
use sea_orm::{SqliteTransactionMode, TransactionOptions, TransactionTrait};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::connection::{Connection, measured};
#[cfg(feature = "cli")]
pub use self::database::inspect;
pub use self::database::{Database, DatabaseOptions};
pub use self::error::StoreError;
pub use self::retry::{LostRace, retry_lost_races, unless_lost_race};
use self::turns::Turns;
use crate::domain::fail_point;
use crate::metrics::Operation;

/// A handle to the rows. Cheap to clone; on PostgreSQL it belongs to the thread that made it.
#[derive(Clone, Debug)]
pub struct Store {
    writer: Connection<DatabaseConnection>,
    reader: Connection<DatabaseConnection>,
    turns: Turns,
    /// On SQLite: held by the batch that writes, of all workers.
    batch_permit: Option<Arc<Semaphore>>,
    max_batch: usize,
    /// On SQLite: whether each commit waits for the disk, and this crate may change that.
    flushes_commits: bool,
    /// Whether the pool is the embedding app's.
    is_of_app: bool,
}

/// Several statements that are committed together or not at all. Dropped without [`Transaction::commit`] it is rolled back.
#[derive(Debug)]
pub struct Transaction {
    connection: Connection<DatabaseTransaction>,
    /// What its commit is measured as: one within another transaction ends with a statement.
    end: Operation,
    permit: Option<OwnedSemaphorePermit>,
}

impl Store {
    /// Begins a transaction that may write. On SQLite it takes the write lock at once, because a reader that turns into
    /// a writer cannot wait for it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if there is no free connection in time.
    pub async fn begin(&self) -> Result<Transaction, StoreError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let begin = self.writer.inner.begin_with_options(options);
        let transaction = measured(&self.writer.metrics, Operation::Begin, begin).await?;
        let connection = self.writer.in_transaction(transaction);
        if self.is_of_app && self.backend() == DbBackend::Postgres {
            connection.inner.execute_unprepared(database::POSTGRES_TRANSACTION).await?;
        }
        Ok(Transaction { connection, end: Operation::Commit, permit: None })
    }

    /// Waits until a batch can write at once. While another batch writes, what arrives can still join the next one.
    pub async fn batch_permit(&self) -> Option<OwnedSemaphorePermit> {
        let permit = Arc::clone(self.batch_permit.as_ref()?);
        permit.acquire_owned().await.ok()
    }

    /// How many requests share a statement at most (`database.max_batch`).
    #[must_use]
    pub fn max_batch(&self) -> usize {
        self.max_batch
    }

    /// Whether transactions wait for one writer, as on SQLite, so that they gain from [`Store::in_one_transaction`].
    #[must_use]
    pub fn has_one_writer(&self) -> bool {
        self.backend() == DbBackend::Sqlite
    }

    /// Carries out `work` for each item, in a savepoint of its own, and commits once for all of them: one wait for the
    /// disk. Where `work` fails, nothing of that item is written; where the transaction does, each item has its error.
    pub async fn in_one_transaction<I, T, E>(
        &self,
        items: &[I],
        work: impl AsyncFn(&Transaction, &I) -> Result<T, E>,
    ) -> Vec<Result<T, E>>
    where
        E: From<StoreError>,
    {
        match self.try_in_one_transaction(items, work).await {
            Ok(results) => results,
            Err(error) => items.iter().map(|_| Err(error.clone().into())).collect(),
        }
    }

    async fn try_in_one_transaction<I, T, E>(
        &self,
        items: &[I],
        work: impl AsyncFn(&Transaction, &I) -> Result<T, E>,
    ) -> Result<Vec<Result<T, E>>, StoreError> {
        let transaction = self.begin().await?;
        if let [item] = items {
            let result = work(&transaction, item).await;
            match &result {
                Ok(_) => transaction.commit().await?,
                Err(_) => transaction.rollback().await?,
            }
            return Ok(vec![result]);
        }
        let mut results = Vec::with_capacity(items.len());
        for item in items {
            let savepoint = transaction.savepoint().await?;
            let result = work(&savepoint, item).await;
            match &result {
                Ok(_) => savepoint.commit().await?,
                Err(_) => savepoint.rollback().await?,
            }
            results.push(result);
        }
        transaction.commit().await?;
        Ok(results)
    }

    fn backend(&self) -> DbBackend {
        self.writer.get_database_backend()
    }
}

impl Transaction {
    /// Begins a transaction within this one.
    async fn savepoint(&self) -> Result<Self, StoreError> {
        let begin = self.connection.inner.begin();
        let savepoint = measured(&self.connection.metrics, Operation::Statement, begin).await?;
        let connection = self.connection.in_transaction(savepoint);
        Ok(Self { connection, end: Operation::Statement, permit: None })
    }

    /// Commits.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written, or after a lost connection possibly all of it.
    pub async fn commit(self) -> Result<(), StoreError> {
        fail_point::reached("commit");
        let Connection { inner, metrics, .. } = self.connection;
        measured(&metrics, self.end, inner.commit()).await?;
        drop(self.permit);
        Ok(())
    }

    /// Rolls back, and releases the connection at once.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written all the same.
    pub async fn rollback(self) -> Result<(), StoreError> {
        Ok(self.connection.inner.rollback().await?)
    }
}

/// Runs statements: a [`Store`] or a [`Transaction`]. Only this module can use its methods.
pub trait Executor: private::HasConnection {}

impl Executor for Store {}
impl Executor for Transaction {}

mod private {
    use super::{Connection, ConnectionTrait, DatabaseConnection, DatabaseTransaction, Store, Transaction};

    pub trait HasConnection {
        type Connection: ConnectionTrait;
        /// For statements that change rows, or that must see what the same transaction changed.
        fn writer(&self) -> &Self::Connection;
        /// For statements that only read.
        fn reader(&self) -> &Self::Connection;
    }

    impl HasConnection for Store {
        type Connection = Connection<DatabaseConnection>;
        fn writer(&self) -> &Self::Connection {
            &self.writer
        }
        fn reader(&self) -> &Self::Connection {
            &self.reader
        }
    }

    impl HasConnection for Transaction {
        type Connection = Connection<DatabaseTransaction>;
        fn writer(&self) -> &Self::Connection {
            &self.connection
        }
        fn reader(&self) -> &Self::Connection {
            &self.connection
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
