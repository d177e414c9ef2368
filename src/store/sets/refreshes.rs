//! Rotates refresh tokens, and finds the users of their sessions.

use std::time::Duration;

use sea_orm::{FromQueryResult, QueryResult};

use super::{USER_COLUMNS, answers, column, read_user, statement};
use crate::domain::clock::Clock;
use crate::store::sessions::{REMEMBERED_LENGTH, Session, superseded_now};
use crate::store::users::User;
use crate::store::{Store, StoreError};

/// A refresh token that is presented.
#[derive(Clone, Copy, Debug)]
pub struct Refresh {
    /// SHA-256 of its handle.
    pub handle_hash: [u8; 32],
    /// Its generation.
    pub generation: u32,
}

/// A session whose refresh token was rotated.
#[derive(Clone, Debug, PartialEq)]
pub struct Refreshed {
    /// The session, in its new generation.
    pub session: Session,
    /// Its user.
    pub user: User,
}

impl Store {
    /// Moves each session to its next generation, to end after `ttl`, and finds its user. `None`: the token is not the
    /// current one, or another statement holds the session.
    ///
    /// # Errors
    /// [`StoreError`]; then none was moved.
    pub async fn rotate_all(
        &self,
        tokens: &[Refresh],
        clock: &dyn Clock,
        ttl: Duration,
    ) -> Result<Vec<Option<Refreshed>>, StoreError> {
        if self.has_one_writer() {
            return self.rotate_all_on_sqlite(tokens, clock, ttl).await;
        }
        let now = clock.now();
        let sql = format!(
            r#"WITH "m" AS MATERIALIZED (
                SELECT m.n, s.id FROM unnest($1::bytea[], $2::bigint[]) WITH ORDINALITY AS m(handle_hash, generation, n)
                JOIN "sessions" s ON s.handle_hash = m.handle_hash AND s.generation = m.generation
                WHERE s.expires_at > $3 FOR NO KEY UPDATE OF s SKIP LOCKED),
            "rotated" AS (
                UPDATE "sessions" s SET generation = s.generation + 1, rotated_at = $3, expires_at = $4,
                    superseded_at = substr($5::text || s.superseded_at, 1, {REMEMBERED_LENGTH})
                FROM "m" WHERE s.id = m.id RETURNING m.n, s.*)
            SELECT s.n, s.id AS s_id, s.user_id AS s_user_id, s.handle_hash AS s_handle_hash,
                s.generation AS s_generation, s.superseded_at AS s_superseded_at, s.created_at AS s_created_at,
                s.rotated_at AS s_rotated_at, s.expires_at AS s_expires_at, s.claims AS s_claims, {USER_COLUMNS}
            FROM "rotated" s JOIN "users" u ON u.id = s.user_id"#
        );
        let columns = [
            column(tokens, |token| Some(token.handle_hash.to_vec())),
            column(tokens, |token| Some(i64::from(token.generation))),
            now.millis().into(),
            now.plus(ttl).millis().into(),
            superseded_now(now).into(),
        ];
        let rotated = answers(&self.writer, statement(&sql, columns), tokens.len(), read).await?;
        Ok(rotated.into_iter().map(Option::flatten).collect())
    }
}

fn read(row: &QueryResult) -> Result<Option<Refreshed>, StoreError> {
    let session = Session::from_row(vouchsafe_entity::session::Model::from_query_result(row, "s_")?);
    let Some(session) = session else { return Ok(None) };
    Ok(Some(Refreshed { session, user: read_user(row)? }))
}
