//! Exchanges one-time codes for sessions.

use super::{ACCOUNT_COLUMNS, ROLES, answers, column, read_user, sqlite, statement};
use crate::domain::claims::Claims;
use crate::domain::clock::Timestamp;
use crate::store::sessions::{Session, read_claims};
use crate::store::users::{AccountStatus, User};
use crate::store::{Store, StoreError};

/// The SHA-256 of a one-time code.
pub type CodeHash = [u8; 32];

/// A code to be exchanged.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// SHA-256 of the code.
    pub code_hash: CodeHash,
    /// The challenge of the verifier that was presented with it.
    pub challenge: String,
    /// The code's user, who is enabled; the exchange has no effect if the user has changed.
    pub owner: AccountStatus,
    /// The session that begins; its claims come from the code.
    pub session: Session,
}

impl Store {
    /// Finds the user of each code that has not expired.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn find_code_owners(&self, codes: &[CodeHash], now: Timestamp) -> Result<Vec<Option<User>>, StoreError> {
        if self.has_one_writer() {
            let values = [sqlite::exchanges::parameter(codes)?, now.millis().into()];
            let statement = sqlite::statement(&*sqlite::exchanges::OWNERS, values);
            return answers(&self.reader, statement, codes.len(), |mut columns| sqlite::read_user(&mut columns)).await;
        }
        let sql = format!(
            r#"SELECT m.n, {ACCOUNT_COLUMNS}, {ROLES} FROM unnest($1::bytea[]) WITH ORDINALITY AS m(code_hash, n)
            JOIN "one_time_codes" c ON c.code_hash = m.code_hash AND c.expires_at > $2
            JOIN "users" u ON u.id = c.user_id"#
        );
        let columns = [column(codes, |code| Some(code.to_vec())), now.millis().into()];
        answers(&self.reader, statement(&sql, columns), codes.len(), |mut columns| read_user(&mut columns)).await
    }

    /// Takes each code, and begins its session with the claims of the code. `None`: the code is gone, the challenge is
    /// another, or the user is not what it was; that exchange had no effect. No two are of the same code.
    ///
    /// # Errors
    /// [`StoreError`]; then none had an effect.
    pub async fn exchange_codes(
        &self,
        exchanges: &[Exchange],
        now: Timestamp,
    ) -> Result<Vec<Option<Claims>>, StoreError> {
        if self.has_one_writer() {
            return self.exchange_codes_on_sqlite(exchanges, now).await;
        }
        let sql = r#"
            WITH "m" AS MATERIALIZED (
                SELECT m.* FROM unnest($2::bytea[], $3::text[], $4::uuid[], $5::text[], $6::bool[], $7::uuid[],
                    $8::bytea[], $9::bigint[]) WITH ORDINALITY AS m(code_hash, challenge, user_id, known_email,
                    is_known_verified, session_id, handle_hash, ends_at, n)
                JOIN "users" u ON u.id = m.user_id
                WHERE NOT u.disabled AND u.email_verified = m.is_known_verified
                    AND u.email_canonical IS NOT DISTINCT FROM NULLIF(m.known_email, '')
                FOR NO KEY UPDATE OF u SKIP LOCKED),
            "taken" AS (
                DELETE FROM "one_time_codes" c USING "m"
                WHERE c.code_hash = m.code_hash AND c.user_id = m.user_id AND c.challenge = m.challenge
                    AND c.expires_at > $1
                RETURNING m.n, c.claims),
            "begun" AS (
                INSERT INTO "sessions"
                    (id, user_id, handle_hash, generation, superseded_at, created_at, rotated_at, expires_at, claims)
                SELECT m.session_id, m.user_id, m.handle_hash, 0, '', $1, $1, m.ends_at, t.claims
                FROM "m" JOIN "taken" t USING (n))
            SELECT n, claims FROM "taken""#;
        let columns = [
            now.millis().into(),
            column(exchanges, |exchange| Some(exchange.code_hash.to_vec())),
            column(exchanges, |exchange| Some(exchange.challenge.clone())),
            column(exchanges, |exchange| Some(exchange.owner.id.0)),
            column(exchanges, |exchange| exchange.owner.email_canonical.clone()),
            column(exchanges, |exchange| Some(exchange.owner.is_email_verified)),
            column(exchanges, |exchange| Some(exchange.session.id.0)),
            column(exchanges, |exchange| Some(exchange.session.handle_hash.to_vec())),
            column(exchanges, |exchange| Some(exchange.session.expires_at.millis())),
        ];
        answers(&self.writer, statement(sql, columns), exchanges.len(), |mut columns| Ok(read_claims(columns.next()?)))
            .await
    }
}
