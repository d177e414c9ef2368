//! Finds sessions with their users.

use sea_orm::QueryResult;

use super::{OF_USER, USER_COLUMNS, answers, column, read_user, statement};
use crate::domain::clock::Timestamp;
use crate::domain::id::{SessionId, UserId};
use crate::store::sessions::SessionSummary;
use crate::store::users::User;
use crate::store::{Store, StoreError};

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
        let sql = format!(
            r#"SELECT m.n, s.id AS session_id, s.created_at AS began_at, s.rotated_at, s.expires_at, {USER_COLUMNS}
            FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS m(user_id, session_id, n)
            JOIN "users" u ON u.id = m.user_id
            LEFT JOIN "sessions" s ON s.id = m.session_id AND {OF_USER} AND s.expires_at > $3"#
        );
        let columns =
            [column(sessions, |(user, _)| Some(user.0)), column(sessions, |(_, id)| Some(id.0)), now.millis().into()];
        answers(&self.reader, statement(&sql, columns), sessions.len(), read).await
    }
}

fn read(row: &QueryResult) -> Result<SessionOwner, StoreError> {
    let id: Option<uuid::Uuid> = row.try_get("", "session_id")?;
    let time = |column| Ok::<_, StoreError>(Timestamp::from_millis(row.try_get("", column)?));
    let session = match id {
        Some(id) => Some(SessionSummary {
            id: SessionId(id),
            created_at: time("began_at")?,
            used_at: time("rotated_at")?,
            expires_at: time("expires_at")?,
        }),
        None => None,
    };
    Ok(SessionOwner { user: read_user(row)?, session })
}
