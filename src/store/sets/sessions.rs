//! Finds sessions with their users.

use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, QueryResult, Statement};
use vouchsafe_entity::user;

use super::{OF_USER, USER_COLUMNS, answers, column, read_user, statement};
use crate::domain::clock::Timestamp;
use crate::domain::id::{SessionId, UserId};
use crate::store::sessions::SessionSummary;
use crate::store::users::User;
use crate::store::{Store, StoreError};

const ON_SQLITE: &str = r#"
    SELECT s.id AS session_id, s.created_at AS began_at, s.rotated_at, s.expires_at, u.*,
        (SELECT json_group_array(r.role) FROM "user_roles" r WHERE r.user_id = u.id) AS roles
    FROM "users" u LEFT JOIN "sessions" s ON s.id = ?2 AND s.user_id = u.id AND s.expires_at > ?3 WHERE u.id = ?1"#;

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

impl Store {
    /// Finds a user and a session by one statement, on both databases. `None`: there is no such user.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn find_session_owner(
        &self,
        user_id: UserId,
        id: SessionId,
        now: Timestamp,
    ) -> Result<Option<SessionOwner>, StoreError> {
        if self.has_sets() {
            return Ok(self.find_session_owners(&[(user_id, id)], now).await?.into_iter().next().flatten());
        }
        let values = [user_id.0.into(), id.0.into(), now.millis().into()];
        let statement = Statement::from_sql_and_values(DbBackend::Sqlite, ON_SQLITE, values);
        let Some(row) = self.reader.query_one_raw(statement).await? else { return Ok(None) };
        let roles: String = row.try_get("", "roles")?;
        let roles = serde_json::from_str(&roles).map_err(|error| StoreError::Internal(error.to_string()))?;
        let user = User::new(user::Model::from_query_result(&row, "")?, roles);
        Ok(Some(SessionOwner { user, session: read_session(&row)? }))
    }
}

fn read(row: &QueryResult) -> Result<SessionOwner, StoreError> {
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
