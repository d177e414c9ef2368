//! Rotates refresh tokens, and finds the users of their sessions.

use std::time::Duration;

use super::{ACCOUNT_COLUMNS, Columns, ROLES, SESSION_COLUMNS, answers, column, read_session, read_user, statement};
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
            SELECT s.n, {SESSION_COLUMNS}, {ACCOUNT_COLUMNS}, {ROLES}
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

fn read(mut columns: Columns<'_>) -> Result<Option<Refreshed>, StoreError> {
    let Some(session) = read_session(&mut columns)? else { return Ok(None) };
    Ok(Some(Refreshed { session, user: read_user(&mut columns)? }))
}
