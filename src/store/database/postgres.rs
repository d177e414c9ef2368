//! PostgreSQL: a pool for each worker thread, because a connection belongs to the runtime that opened it.

use std::str::FromStr;
use std::time::Duration;

use log::LevelFilter;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection as _};

use super::invalid_url;
use crate::domain::secret::Secret;
use crate::store::StoreError;

/// How long a statement waits for a connection of the pool.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a connection outside the pool may take to be opened.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection that was idle for longer is pinged before it is used: the server may have closed it.
const PING_AFTER_IDLE: Duration = Duration::from_millis(100);

/// Settings of every connection. Whatever the server's defaults are: each statement sees what was committed before it,
/// a locked row holds a connection for two seconds at most, and a node that hangs in a transaction loses its locks.
/// Every statement of ours finds its rows by an index: its plan must not depend on what the server knows of a table that
/// has grown since, and is made once for each connection instead of for each set of parameters.
const SESSION_SETTINGS: [(&str, &str); 9] = [
    ("default_transaction_isolation", "read committed"),
    ("lock_timeout", "2s"),
    ("statement_timeout", "10s"),
    ("idle_in_transaction_session_timeout", "30s"),
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("jit", "off"),
];

/// A server's database, and how many connections to it this process opens.
#[derive(Clone)]
pub(super) struct Postgres {
    pub(super) options: Box<PgConnectOptions>,
    max_connections: u32,
}

impl Postgres {
    pub(super) fn parse(url: &Secret, max_connections: u32) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url.expose()).map_err(|_| invalid_url())?;
        let options =
            options.log_statements(LevelFilter::Trace).application_name("vouchsafe").options(SESSION_SETTINGS);
        Ok(Self { options: Box::new(options), max_connections: max_connections.max(1) })
    }

    /// The pool of one of `workers` threads.
    pub(super) fn pool(&self, workers: usize) -> PgPool {
        let share = self.max_connections / u32::try_from(workers.max(1)).unwrap_or(u32::MAX);
        PgPoolOptions::new()
            .max_connections(share.max(1))
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .before_acquire(|connection, meta| Box::pin(is_alive(connection, meta.idle_for)))
            .connect_lazy_with(self.options.as_ref().clone())
    }
}

async fn is_alive(connection: &mut PgConnection, idle_for: Duration) -> Result<bool, sqlx::Error> {
    if idle_for > PING_AFTER_IDLE {
        connection.ping().await?;
    }
    Ok(true)
}

/// Opens one connection. The error names the server and says why, without the password.
///
/// # Errors
/// [`StoreError::Unavailable`]
pub(in crate::store) async fn connect(options: &PgConnectOptions) -> Result<PgConnection, StoreError> {
    let server = || match options.get_socket() {
        Some(folder) => folder.join(format!(".s.PGSQL.{}", options.get_port())).display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    let error = match tokio::time::timeout(CONNECT_TIMEOUT, options.connect()).await {
        Ok(Ok(connection)) => return Ok(connection),
        Ok(Err(sqlx::Error::Database(refusal))) => {
            format!("PostgreSQL at {} refuses the connection: {}", server(), refusal.message())
        }
        Ok(Err(error)) => format!("no connection to PostgreSQL at {}: {}", server(), innermost(&error)),
        Err(_) => format!("PostgreSQL at {} did not answer within {} s", server(), CONNECT_TIMEOUT.as_secs()),
    };
    Err(StoreError::Unavailable(error))
}

/// The cause that says most: sqlx prefixes its own.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
