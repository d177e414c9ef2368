//! Exchanges one-time codes for sessions.

use std::sync::LazyLock;

use sea_orm::{QueryResult, Value};
use serde::Serialize;

use super::{ROLES, rows, write};
use crate::domain::claims::Claims;
use crate::domain::clock::Timestamp;
use crate::store::sessions::read_claims;
use crate::store::sets::{ACCOUNT_COLUMNS, CodeHash, Exchange};
use crate::store::{Store, StoreError};

pub(in crate::store::sets) static OWNERS: LazyLock<String> = LazyLock::new(|| {
    format!(
        r#"SELECT m.key + 1 AS n, {ACCOUNT_COLUMNS}, {ROLES} FROM json_each(?1) m
        CROSS JOIN "one_time_codes" c ON c.code_hash = unhex(m.value) AND c.expires_at > ?2
        CROSS JOIN "users" u ON u.id = c.user_id"#
    )
});

pub(in crate::store::sets) fn parameter(codes: &[CodeHash]) -> Result<Value, StoreError> {
    rows(codes.iter().map(hex::encode))
}

/// The codes of the set that can be exchanged.
const VALID: &str = r#"
    FROM json_each(?1) m
    CROSS JOIN "one_time_codes" c ON c.code_hash = unhex(m.value ->> 'code_hash')
    CROSS JOIN "users" u ON u.id = c.user_id
    WHERE c.user_id = unhex(m.value ->> 'user_id') AND c.challenge = m.value ->> 'challenge' AND c.expires_at > ?2
        AND NOT u.disabled AND u.email_verified = m.value ->> 'is_known_verified'
        AND u.email_canonical IS m.value ->> 'known_email'"#;

pub(super) static EXCHANGE: LazyLock<String> = LazyLock::new(|| {
    format!(
        r#"
        INSERT INTO "sessions"
            (id, user_id, handle_hash, generation, superseded_at, created_at, rotated_at, expires_at, claims)
        SELECT unhex(m.value ->> 'session_id'), c.user_id, unhex(m.value ->> 'handle_hash'), 0, '', ?2, ?2,
            m.value ->> 'ends_at', c.claims {VALID};
        DELETE FROM "one_time_codes" WHERE code_hash IN (SELECT c.code_hash {VALID}) RETURNING code_hash, claims"#
    )
});

#[derive(Serialize)]
struct Row<'a> {
    code_hash: String,
    challenge: &'a str,
    user_id: String,
    known_email: Option<&'a str>,
    is_known_verified: bool,
    session_id: String,
    handle_hash: String,
    ends_at: i64,
}

impl Store {
    /// [`Store::exchange_codes`] on SQLite.
    pub(in crate::store::sets) async fn exchange_codes_on_sqlite(
        &self,
        exchanges: &[Exchange],
        now: Timestamp,
    ) -> Result<Vec<Option<Claims>>, StoreError> {
        let taken = write(self, &EXCHANGE, || Ok(vec![rows(exchanges.iter().map(row))?, now.millis().into()])).await?;
        let mut taken = taken.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let mut claims = |exchange: &Exchange| {
            let position = taken.iter().position(|(code_hash, _)| *code_hash == exchange.code_hash)?;
            Some(taken.swap_remove(position).1)
        };
        Ok(exchanges.iter().map(&mut claims).collect())
    }
}

fn row(exchange: &Exchange) -> Row<'_> {
    Row {
        code_hash: hex::encode(exchange.code_hash),
        challenge: &exchange.challenge,
        user_id: hex::encode(exchange.owner.id.0),
        known_email: exchange.owner.email_canonical.as_deref(),
        is_known_verified: exchange.owner.is_email_verified,
        session_id: hex::encode(exchange.session.id.0),
        handle_hash: hex::encode(exchange.session.handle_hash),
        ends_at: exchange.session.expires_at.millis(),
    }
}

fn read(row: &QueryResult) -> Result<(Vec<u8>, Claims), StoreError> {
    Ok((row.try_get("", "code_hash")?, read_claims(row.try_get("", "claims")?)))
}
