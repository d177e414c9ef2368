//! Rotates refresh tokens.

use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;

use sea_orm::QueryResult;

use super::{ROLES, read_user, rows, write};
use crate::domain::clock::Clock;
use crate::domain::id::UserId;
use crate::store::sessions::{REMEMBERED_LENGTH, superseded_now};
use crate::store::sets::{ACCOUNT_COLUMNS, Columns, Refresh, Refreshed, read_session};
use crate::store::users::User;
use crate::store::{Store, StoreError};

/// The sessions that were moved, and the users of all sessions that were named.
pub(super) static SQL: LazyLock<String> = LazyLock::new(|| {
    format!(
        r#"
        UPDATE "sessions" SET generation = generation + 1, rotated_at = ?2, expires_at = ?3,
            superseded_at = substr(?4 || superseded_at, 1, {REMEMBERED_LENGTH})
        WHERE (handle_hash, generation) IN (SELECT unhex(value ->> 0), value ->> 1 FROM json_each(?1))
            AND expires_at > ?2
        RETURNING id AS session_id, user_id, handle_hash, generation, rotated_at, expires_at, claims;
        SELECT {ACCOUNT_COLUMNS}, {ROLES} FROM json_each(?1) m
        CROSS JOIN "sessions" s ON s.handle_hash = unhex(m.value ->> 0)
        CROSS JOIN "users" u ON u.id = s.user_id"#
    )
});

impl Store {
    /// [`Store::rotate_all`] on SQLite.
    pub(in crate::store::sets) async fn rotate_all_on_sqlite(
        &self,
        tokens: &[Refresh],
        clock: &dyn Clock,
        ttl: Duration,
    ) -> Result<Vec<Option<Refreshed>>, StoreError> {
        let found = write(self, &SQL, || {
            let now = clock.now();
            let tokens = rows(tokens.iter().map(|token| (hex::encode(token.handle_hash), token.generation)))?;
            Ok(vec![tokens, now.millis().into(), now.plus(ttl).millis().into(), superseded_now(now).into()])
        });
        let (mut sessions, mut users) = (HashMap::new(), HashMap::<UserId, User>::new());
        for row in found.await? {
            let columns = &mut Columns::of(&row);
            if is_of_session(&row) {
                sessions.extend(read_session(columns)?.map(|session| (session.handle_hash, session)));
            } else {
                let user = read_user(columns)?;
                users.insert(user.id, user);
            }
        }
        let mut refreshed = |token: &Refresh| {
            let session = sessions.remove(&token.handle_hash)?;
            let user = users.get(&session.user_id)?.clone();
            Some(Refreshed { session, user })
        };
        Ok(tokens.iter().map(&mut refreshed).collect())
    }
}

/// Whether it is a row of the first statement.
fn is_of_session(row: &QueryResult) -> bool {
    row.try_get::<uuid::Uuid>("", "session_id").is_ok()
}
