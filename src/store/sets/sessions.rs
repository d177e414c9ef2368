//! Finds sessions with their users.

use std::sync::LazyLock;

use super::{ACCOUNT_COLUMNS, Columns, OF_USER, ROLES, answers, column, read_user, sqlite, statement};
use crate::domain::clock::Timestamp;
use crate::domain::id::{SessionId, UserId};
use crate::store::sessions::SessionSummary;
use crate::store::users::User;
use crate::store::{Store, StoreError};

/// The columns of a session that its summary needs.
const SUMMARY_COLUMNS: &str = "s.id, s.created_at, s.rotated_at, s.expires_at";

static SQL: LazyLock<String> = LazyLock::new(|| {
    format!(
        r#"SELECT m.n, {SUMMARY_COLUMNS}, {ACCOUNT_COLUMNS}, {ROLES}
        FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS m(user_id, session_id, n)
        JOIN "users" u ON u.id = m.user_id
        LEFT JOIN "sessions" s ON s.id = m.session_id AND {OF_USER} AND s.expires_at > $3"#
    )
});

pub(super) static ON_SQLITE: LazyLock<String> = LazyLock::new(|| {
    format!(
        r#"SELECT m.key + 1 AS n, {SUMMARY_COLUMNS}, {ACCOUNT_COLUMNS}, {}
        FROM json_each(?1) m CROSS JOIN "users" u ON u.id = unhex(m.value ->> 0)
        LEFT JOIN "sessions" s ON s.id = unhex(m.value ->> 1) AND s.user_id = u.id AND s.expires_at > ?2"#,
        sqlite::ROLES
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
            return answers(&self.reader, statement, count, |columns| read(columns, sqlite::read_user)).await;
        }
        let columns =
            [column(sessions, |(user, _)| Some(user.0)), column(sessions, |(_, id)| Some(id.0)), now.millis().into()];
        answers(&self.reader, statement(&SQL, columns), count, |columns| read(columns, read_user)).await
    }
}

fn read(
    mut columns: Columns<'_>,
    read_user: fn(&mut Columns<'_>) -> Result<User, StoreError>,
) -> Result<SessionOwner, StoreError> {
    let (id, times): (Option<uuid::Uuid>, [Option<i64>; 3]) =
        (columns.next()?, [columns.next()?, columns.next()?, columns.next()?]);
    let session = match (id, times.map(|time| time.map(Timestamp::from_millis))) {
        (Some(id), [Some(created_at), Some(used_at), Some(expires_at)]) => {
            Some(SessionSummary { id: SessionId(id), created_at, used_at, expires_at })
        }
        _ => None,
    };
    Ok(SessionOwner { user: read_user(&mut columns)?, session })
}
