//! Checks whether the database can be written, at the least cost, for the readiness probe.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
#[cfg(feature = "postgres")]
use sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::time::timeout;

#[cfg(feature = "postgres")]
use super::database::connect;
use super::{Store, StoreError, Transaction};

/// How long PostgreSQL may take. Nobody else uses the connection, and the statement touches no table.
const SERVER_TIMEOUT: Duration = Duration::from_millis(700);

/// How long SQLite may take: the check waits its turn among the writers, which are refused after five seconds. The pool of
/// an embedding app may have no connection free for as long.
const STORE_TIMEOUT: Duration = Duration::from_secs(6);

/// A check that can be repeated.
#[derive(Debug)]
pub struct HealthCheck(Target);

/// Whether PostgreSQL is a standby.
const IS_STANDBY: &str = "SELECT pg_is_in_recovery()";

#[derive(Debug)]
enum Target {
    /// SQLite, or the pool of an embedding app.
    Store(Store),
    #[cfg(feature = "postgres")]
    Server { options: Box<PgConnectOptions>, connection: Option<PgConnection> },
}

impl HealthCheck {
    pub(super) fn of_store(store: Store) -> Self {
        Self(Target::Store(store))
    }

    #[cfg(feature = "postgres")]
    pub(super) fn of_server(options: PgConnectOptions) -> Self {
        Self(Target::Server { options: Box::new(options), connection: None })
    }

    /// How often to check. PostgreSQL more often, because a check there writes nothing.
    #[must_use]
    pub fn interval(&self) -> Duration {
        match self.0 {
            Target::Store(_) => Duration::from_secs(1),
            #[cfg(feature = "postgres")]
            Target::Server { .. } => Duration::from_millis(250),
        }
    }

    /// Checks whether rows could be written now.
    ///
    /// # Errors
    /// [`StoreError`] says why not.
    pub async fn run(&mut self) -> Result<(), StoreError> {
        let late = |_| Err(StoreError::Unavailable("it did not answer in time".to_owned()));
        match &mut self.0 {
            Target::Store(store) => {
                let check = async {
                    if store.backend() == DbBackend::Sqlite { write(store).await } else { ask_pool(store).await }
                };
                timeout(STORE_TIMEOUT, check).await.unwrap_or_else(late)
            }
            #[cfg(feature = "postgres")]
            Target::Server { options, connection } => {
                let mut open = connection.take();
                timeout(SERVER_TIMEOUT, ask(options, &mut open)).await.unwrap_or_else(late)?;
                *connection = open;
                Ok(())
            }
        }
    }
}

/// Only a write notices a locked file or a full disk. This one writes the page of the file's header and changes nothing:
/// the number may belong to an app that shares the file.
async fn write(store: &Store) -> Result<(), StoreError> {
    let Transaction { connection: transaction, .. } = store.begin().await?;
    let query = Statement::from_string(DbBackend::Sqlite, "PRAGMA user_version");
    let version =
        transaction.inner.query_one_raw(query).await?.map(|row| row.try_get_by_index::<i32>(0)).transpose()?;
    transaction.inner.execute_unprepared(&format!("PRAGMA user_version = {}", version.unwrap_or(0))).await?;
    Ok(transaction.inner.commit().await?)
}

/// The same as [`ask`], over the pool of an embedding app.
async fn ask_pool(store: &Store) -> Result<(), StoreError> {
    let query = Statement::from_string(DbBackend::Postgres, IS_STANDBY);
    let row = store.reader.inner.query_one_raw(query).await?;
    refuse_standby(row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or(false))
}

/// A server that cannot write its log ends, so an answer is enough; a standby answers too, and cannot write.
#[cfg(feature = "postgres")]
async fn ask(options: &PgConnectOptions, connection: &mut Option<PgConnection>) -> Result<(), StoreError> {
    let open = match connection {
        Some(open) => open,
        None => connection.insert(connect(options).await?),
    };
    refuse_standby(sqlx::query_scalar(IS_STANDBY).fetch_one(open).await?)
}

fn refuse_standby(is_standby: bool) -> Result<(), StoreError> {
    if is_standby { Err(StoreError::Unavailable("the server is a read-only standby".to_owned())) } else { Ok(()) }
}
