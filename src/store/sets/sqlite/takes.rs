//! Takes provider tokens from the vault.

use serde::Serialize;

use super::{rows, run};
use crate::domain::clock::Timestamp;
use crate::store::sets::messages_of;
use crate::store::sets::takes::Take;
use crate::store::sets::{client_ip, flow_id};
use crate::store::{Store, StoreError, webhook_messages};

pub(super) const SQL: &str = r#"
    WITH m AS (
        SELECT unhex(value ->> 'user_id') AS user_id, unhex(value ->> 'session_id') AS session_id,
            value ->> 'provider' AS provider, unhex(value ->> 'sealed') AS sealed, value ->> 'action' AS action,
            value ->> 'outcome' AS outcome, value ->> 'client_ip' AS client_ip, value ->> 'flow_id' AS flow_id
        FROM json_each(?1))
    INSERT INTO "audit_events" (occurred_at, action, outcome, user_id, session_id, provider, client_ip, flow_id)
    SELECT ?2, m.action, m.outcome, m.user_id, m.session_id, m.provider, m.client_ip, m.flow_id
    FROM m
    CROSS JOIN "sessions" s ON s.id = m.session_id
    CROSS JOIN "users" u ON u.id = m.user_id
    CROSS JOIN "vault_entries" v ON v.user_id = m.user_id AND v.provider = m.provider
    WHERE s.user_id = m.user_id AND s.expires_at > ?2 AND NOT u.disabled AND v.sealed = m.sealed AND v.expires_at > ?2;
    DELETE FROM "vault_entries" WHERE expires_at > ?2 AND (user_id, provider, sealed) IN (
        SELECT s.user_id, m.value ->> 'provider', unhex(m.value ->> 'sealed')
        FROM json_each(?1) m
        CROSS JOIN "sessions" s ON s.id = unhex(m.value ->> 'session_id')
        CROSS JOIN "users" u ON u.id = s.user_id
        WHERE s.user_id = unhex(m.value ->> 'user_id') AND s.expires_at > ?2 AND NOT u.disabled)
    RETURNING user_id, provider"#;

#[derive(Serialize)]
struct Row<'a> {
    user_id: String,
    session_id: String,
    provider: &'a str,
    sealed: String,
    action: &'static str,
    outcome: &'a str,
    client_ip: Option<String>,
    flow_id: Option<String>,
}

impl Store {
    /// [`Store::take_all`] on SQLite: the numbers of the requests that took tokens.
    pub(in crate::store::sets) async fn take_all_on_sqlite(
        &self,
        requests: &[Take],
        now: Timestamp,
    ) -> Result<Vec<usize>, StoreError> {
        let transaction = self.begin().await?;
        let mut taken = Vec::new();
        for row in run(&transaction, SQL, vec![rows(requests.iter().map(row))?, now.millis().into()]).await? {
            let (owner, provider): (uuid::Uuid, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            let is_of = |request: &Take| request.user_id.0 == owner && request.provider.as_str() == provider;
            taken.extend(requests.iter().position(is_of));
        }
        webhook_messages::add(&transaction, &messages_of(&taken, requests, |request| &request.messages)).await?;
        transaction.commit().await?;
        Ok(taken)
    }
}

fn row(request: &Take) -> Row<'_> {
    Row {
        user_id: hex::encode(request.user_id.0),
        session_id: hex::encode(request.session_id.0),
        provider: request.provider.as_str(),
        sealed: hex::encode(&request.sealed),
        action: request.event.action.as_str(),
        outcome: &request.event.outcome,
        client_ip: client_ip(&request.event),
        flow_id: flow_id(&request.event),
    }
}
