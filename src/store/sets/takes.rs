//! Takes provider tokens from the vault.

use super::{answers, client_ip, column, flow_id, statement};
use crate::domain::audit::Event;
use crate::domain::clock::Timestamp;
use crate::domain::id::{ProviderName, SessionId, UserId};
use crate::store::{Store, StoreError, Transaction};

const SQL: &str = r#"
    WITH "m" AS MATERIALIZED (
        SELECT m.* FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
            WITH ORDINALITY AS m(user_id, session_id, provider, action, outcome, client_ip, flow_id, n)
        JOIN "sessions" s ON s.id = m.session_id AND s.user_id IS NOT DISTINCT FROM m.user_id
            AND s.expires_at > $1
        JOIN "users" u ON u.id = m.user_id AND NOT u.disabled
        JOIN "vault_entries" v ON v.user_id = m.user_id AND v.provider = m.provider AND v.expires_at > $1
        FOR UPDATE OF v SKIP LOCKED),
    "taken" AS (
        DELETE FROM "vault_entries" v USING "m" WHERE v.user_id = m.user_id AND v.provider = m.provider
        RETURNING m.n, v.sealed),
    "audited" AS (
        INSERT INTO "audit_events" (occurred_at, action, outcome, user_id, session_id, provider, client_ip, flow_id)
        SELECT $1, action, outcome, user_id, session_id, provider, NULLIF(client_ip, ''), NULLIF(flow_id, '')
        FROM "m" JOIN "taken" USING (n))
    SELECT n, sealed FROM "taken""#;

/// A request to take tokens.
#[derive(Clone, Debug)]
pub struct Take {
    /// The user.
    pub user_id: UserId,
    /// A session of the user, which must be live.
    pub session_id: SessionId,
    /// The provider.
    pub provider: ProviderName,
    /// The event of the audit trail, if they are taken.
    pub event: Event,
}

/// The sealed tokens that each request took, which are lost to others when they are committed.
#[derive(Debug)]
pub struct TakenTokens {
    /// In the order of the requests. `None`: there are none, the session has ended, or another statement holds them.
    pub sealed: Vec<Option<Vec<u8>>>,
    /// To be committed.
    pub transaction: Transaction,
}

impl Store {
    /// Takes tokens for each request. No two requests are about the same entry.
    ///
    /// # Errors
    /// [`StoreError`]; then none were taken.
    pub async fn take_all(&self, requests: &[Take], now: Timestamp) -> Result<TakenTokens, StoreError> {
        if self.has_one_writer() {
            return self.take_all_on_sqlite(requests, now).await;
        }
        let columns = [
            now.millis().into(),
            column(requests, |request| Some(request.user_id.0)),
            column(requests, |request| Some(request.session_id.0)),
            column(requests, |request| Some(request.provider.as_str().to_owned())),
            column(requests, |request| Some(request.event.action.as_str().to_owned())),
            column(requests, |request| Some(request.event.outcome.clone())),
            column(requests, |request| client_ip(&request.event)),
            column(requests, |request| flow_id(&request.event)),
        ];
        let transaction = self.begin().await?;
        let sealed =
            answers(&transaction.connection, statement(SQL, columns), requests.len(), |mut columns| columns.next())
                .await?;
        Ok(TakenTokens { sealed, transaction })
    }
}
