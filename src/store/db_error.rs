//! What an error of the database means: whether it is out of reach, or does not understand us.

use sea_orm::{DbErr, RuntimeErr};
use sqlx::postgres::PgDatabaseError;

/// SQLite's primary codes for a file that cannot be written or read just now: busy, locked, read-only, a failed
/// read or write, full, cannot be opened. <https://www.sqlite.org/rescode.html>
const SQLITE: [u32; 6] = [5, 6, 8, 10, 13, 14];

/// The beginnings of PostgreSQL's codes for the same: a lost connection, too few resources (a full disk among them),
/// a server that shuts down or starts, one that only reads. <https://www.postgresql.org/docs/current/errcodes-appendix.html>
const POSTGRES: [&str; 4] = ["08", "53", "57P", "25006"];

/// Whether it may go by itself.
pub(super) fn is_outage(error: &DbErr) -> bool {
    let (DbErr::Conn(cause) | DbErr::Exec(cause) | DbErr::Query(cause)) = error else {
        return matches!(error, DbErr::ConnectionAcquire(_));
    };
    let RuntimeErr::SqlxError(cause) = cause else { return matches!(error, DbErr::Conn(_)) };
    match cause.as_ref() {
        sqlx::Error::Database(told) => {
            let code = told.code().unwrap_or_default();
            if told.try_downcast_ref::<PgDatabaseError>().is_some() {
                POSTGRES.iter().any(|begin| code.starts_with(begin))
            } else {
                code.parse::<u32>().is_ok_and(|code| SQLITE.contains(&(code & 0xff)))
            }
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        _ => matches!(error, DbErr::Conn(_)),
    }
}
