//! What a statement that failed means for its caller.

use sea_orm::{DbErr, RuntimeErr, SqlErr};
use sqlx::error::DatabaseError;
#[cfg(feature = "postgres")]
use sqlx::postgres::PgDatabaseError;

/// Why a statement or a transaction did not do its work.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique constraint was violated: another transaction wrote the same value first.
    #[error("a unique constraint was violated")]
    Conflict,
    /// The row that the new row refers to has been deleted.
    #[error("a row that is referred to has been deleted")]
    MissingParent,
    /// The transaction collided with a concurrent one and wrote nothing: a deadlock, a serialization failure, or a row
    /// that is not there any more.
    #[error("a concurrent transaction interfered: {0}")]
    Collision(String),
    /// The database did not answer, or not in time.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The database refused a statement that it should accept.
    #[error("the database failed: {0}")]
    Internal(String),
}

impl StoreError {
    /// Whether the whole transaction may succeed if it is carried out again: what won the race is now visible to it.
    #[must_use]
    pub(crate) fn is_lost_race(&self) -> bool {
        matches!(self, Self::Conflict | Self::MissingParent | Self::Collision(_))
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        Self::from(&error)
    }
}

impl From<&DbErr> for StoreError {
    fn from(error: &DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => return Self::Conflict,
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => return Self::MissingParent,
            _ => {}
        }
        let text = error.to_string();
        let (DbErr::Conn(cause) | DbErr::Exec(cause) | DbErr::Query(cause)) = error else {
            let is_outage = matches!(error, DbErr::ConnectionAcquire(_));
            return if is_outage { Self::Unavailable(text) } else { Self::Internal(text) };
        };
        match cause {
            RuntimeErr::SqlxError(cause) => classify(cause, text),
            RuntimeErr::Internal(_) if matches!(error, DbErr::Conn(_)) => Self::Unavailable(text),
            RuntimeErr::Internal(_) => Self::Internal(text),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let text = error.to_string();
        classify(&error, text)
    }
}

fn classify(error: &sqlx::Error, text: String) -> StoreError {
    match error {
        sqlx::Error::Database(found) if is_collision(found.as_ref()) => StoreError::Collision(text),
        sqlx::Error::Database(found) if is_outage(found.as_ref()) => StoreError::Unavailable(text),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => StoreError::Unavailable(text),
        _ => StoreError::Internal(text),
    }
}

/// SQLite's primary codes for a file that cannot be written or read just now: busy, locked, read-only, a failed
/// read or write, full, cannot be opened. <https://www.sqlite.org/rescode.html>
const SQLITE_OUTAGES: [u32; 6] = [5, 6, 8, 10, 13, 14];

/// The beginnings of PostgreSQL's codes for the same: a lost connection, too few resources (a full disk among them),
/// a server that shuts down or starts, one that only reads, a lock or a statement that took too long.
/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
const POSTGRES_OUTAGES: [&str; 6] = ["08", "53", "57P", "25006", "55P03", "57014"];

/// A serialization failure and a deadlock.
const POSTGRES_COLLISIONS: [&str; 2] = ["40001", "40P01"];

fn is_outage(error: &dyn DatabaseError) -> bool {
    let code = error.code().unwrap_or_default();
    if is_postgres(error) {
        POSTGRES_OUTAGES.iter().any(|prefix| code.starts_with(prefix))
    } else {
        code.parse::<u32>().is_ok_and(|code| SQLITE_OUTAGES.contains(&(code & 0xff)))
    }
}

fn is_collision(error: &dyn DatabaseError) -> bool {
    is_postgres(error) && error.code().is_some_and(|code| POSTGRES_COLLISIONS.contains(&code.as_ref()))
}

#[cfg(feature = "postgres")]
fn is_postgres(error: &dyn DatabaseError) -> bool {
    error.try_downcast_ref::<PgDatabaseError>().is_some()
}

#[cfg(not(feature = "postgres"))]
fn is_postgres(_error: &dyn DatabaseError) -> bool {
    false
}
