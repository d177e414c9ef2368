//! Takes provider tokens from the vault.
//!
//! They are read first and opened, and only then deleted: a node without the key must not destroy what others can open.
//! What decides is the deletion, of exactly the row that was read.

use super::{answers, client_ip, column, flags, flow_id, sqlite, statement};
use crate::domain::audit::Event;
use crate::domain::clock::Timestamp;
use crate::domain::id::{ProviderName, SessionId, UserId};
use crate::store::webhook_messages::NewMessage;
use crate::store::{Store, StoreError};

const FIND: &str = r#"
    SELECT m.n, v.sealed
    FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS m(user_id, provider, n)
    JOIN "vault_entries" v ON v.user_id = m.user_id AND v.provider = m.provider AND v.expires_at > $3"#;

pub(super) const FIND_ON_SQLITE: &str = r#"
    SELECT m.key + 1 AS n, v.sealed
    FROM json_each(?1) m
    CROSS JOIN "vault_entries" v ON v.user_id = unhex(m.value ->> 0) AND v.provider = m.value ->> 1
    WHERE v.expires_at > ?2"#;

const TAKE: &str = r#"
    WITH "m" AS MATERIALIZED (
        SELECT m.* FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::bytea[], $6::text[], $7::text[], $8::text[],
            $9::text[])
            WITH ORDINALITY AS m(user_id, session_id, provider, sealed, action, outcome, client_ip, flow_id, n)
        JOIN "sessions" s ON s.id = m.session_id AND s.user_id IS NOT DISTINCT FROM m.user_id
            AND s.expires_at > $1
        JOIN "users" u ON u.id = m.user_id AND NOT u.disabled
        JOIN "vault_entries" v ON v.user_id = m.user_id AND v.provider = m.provider AND v.sealed = m.sealed
            AND v.expires_at > $1
        FOR UPDATE OF v SKIP LOCKED),
    "taken" AS (
        DELETE FROM "vault_entries" v USING "m" WHERE v.user_id = m.user_id AND v.provider = m.provider
        RETURNING m.n),
    "audited" AS (
        INSERT INTO "audit_events" (occurred_at, action, outcome, user_id, session_id, provider, client_ip, flow_id)
        SELECT $1, action, outcome, user_id, session_id, provider, NULLIF(client_ip, ''), NULLIF(flow_id, '')
        FROM "m" JOIN "taken" USING (n))
    SELECT n FROM "taken""#;

/// A request to take tokens that were read.
#[derive(Clone, Debug)]
pub struct Take {
    /// The user.
    pub user_id: UserId,
    /// A session of the user, which must be live.
    pub session_id: SessionId,
    /// The provider.
    pub provider: ProviderName,
    /// The tokens as they were read, sealed.
    pub sealed: Vec<u8>,
    /// The event of the audit trail, if they are taken.
    pub event: Event,
    /// What webhooks are told, if they are taken.
    pub messages: Vec<NewMessage>,
}

impl Store {
    /// The sealed tokens of each user and provider; `None` if there are none, or they have expired.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn find_entries(
        &self,
        owners: &[(UserId, ProviderName)],
        now: Timestamp,
    ) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let statement = if self.has_one_writer() {
            let rows = owners.iter().map(|(user_id, provider)| (hex::encode(user_id.0), provider.as_str()));
            sqlite::statement(FIND_ON_SQLITE, [sqlite::rows(rows)?, now.millis().into()])
        } else {
            let columns = [
                column(owners, |(user_id, _)| Some(user_id.0)),
                column(owners, |(_, provider)| Some(provider.as_str().to_owned())),
                now.millis().into(),
            ];
            statement(FIND, columns)
        };
        answers(&self.reader, statement, owners.len(), |mut columns| columns.next()).await
    }

    /// Takes tokens for each request. `false`: they are not what was read, the session has ended, or another statement
    /// holds them; then that request had no effect. No two are about the same entry.
    ///
    /// # Errors
    /// [`StoreError`]; then none were taken.
    pub async fn take_all(&self, requests: &[Take], now: Timestamp) -> Result<Vec<bool>, StoreError> {
        let taken = if self.has_one_writer() {
            self.take_all_on_sqlite(requests, now).await?
        } else {
            let columns = [
                now.millis().into(),
                column(requests, |request| Some(request.user_id.0)),
                column(requests, |request| Some(request.session_id.0)),
                column(requests, |request| Some(request.provider.as_str().to_owned())),
                column(requests, |request| Some(request.sealed.clone())),
                column(requests, |request| Some(request.event.action.as_str().to_owned())),
                column(requests, |request| Some(request.event.outcome.clone())),
                column(requests, |request| client_ip(&request.event)),
                column(requests, |request| flow_id(&request.event)),
            ];
            self.run_with_messages(statement(TAKE, columns), requests, |request| &request.messages).await?
        };
        Ok(flags(&taken, requests.len()))
    }
}
