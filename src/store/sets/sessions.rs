//! Finds sessions with their users.

use std::sync::LazyLock;

use sea_orm::QueryResult;

use super::{OF_USER, USER_COLUMNS, answers, column, read_user, sqlite, statement};
use crate::domain::clock::Timestamp;
use crate::domain::id::{SessionId, UserId};
use crate::store::sessions::SessionSummary;
use crate::store::users::User;
use crate::store::{Store, StoreError};

/// The columns of a session.
const SESSION_COLUMNS: &str = "s.id AS session_id, s.created_at AS began_at, s.rotated_at, s.expires_at";

static SQL: LazyLock<String> = LazyLock::new(|| {
    format!(
        r#"SELECT m.n, {SESSION_COLUMNS}, {USER_COLUMNS}
        FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS m(user_id, session_id, n)
        JOIN "users" u ON u.id = m.user_id
        LEFT JOIN "sessions" s ON s.id = m.session_id AND {OF_USER} AND s.expires_at > $3"#
    )
});

pub(super) static ON_SQLITE: LazyLock<String> = LazyLock::new(|| {
    format!(
        r#"SELECT m.key + 1 AS n, {SESSION_COLUMNS}, {}
        FROM json_each(?1) m CROSS JOIN "users" u ON u.id = unhex(m.value ->> 0)
        LEFT JOIN "sessions" s ON s.id = unhex(m.value ->> 1) AND s.user_id = u.id AND s.expires_at > ?2"#,
        sqlite::USER_COLUMNS
    )
});

/// A user, and a session of the user that has not ended.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionOwner {
    /// The user.
    pub user: User,
    /// The session; `None` if it has ended.
    pub session: Option<SessionSummary>,
}

impl Store {
    /// Finds each user and session. `None`: there is no such user.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn find_session_owners(
        &self,
        sessions: &[(UserId, SessionId)],
        now: Timestamp,
    ) -> Result<Vec<Option<SessionOwner>>, StoreError> {
        let count = sessions.len();
        if self.has_one_writer() {
            let rows = sqlite::rows(sessions.iter().map(|(user, id)| (hex::encode(user.0), hex::encode(id.0))))?;
            let statement = sqlite::statement(&*ON_SQLITE, [rows, now.millis().into()]);
            return answers(&self.reader, statement, count, |row| read(row, sqlite::read_user)).await;
        }
        let columns =
            [column(sessions, |(user, _)| Some(user.0)), column(sessions, |(_, id)| Some(id.0)), now.millis().into()];
        answers(&self.reader, statement(&SQL, columns), count, |row| read(row, read_user)).await
    }
}

fn read(
    row: &QueryResult,
    read_user: fn(&QueryResult) -> Result<User, StoreError>,
) -> Result<SessionOwner, StoreError> {
    Ok(SessionOwner { user: read_user(row)?, session: read_session(row)? })
}

fn read_session(row: &QueryResult) -> Result<Option<SessionSummary>, StoreError> {
    let id: Option<uuid::Uuid> = row.try_get("", "session_id")?;
    let Some(id) = id else { return Ok(None) };
    let time = |column| Ok::<_, StoreError>(Timestamp::from_millis(row.try_get("", column)?));
    Ok(Some(SessionSummary {
        id: SessionId(id),
        created_at: time("began_at")?,
        used_at: time("rotated_at")?,
        expires_at: time("expires_at")?,
    }))
}
