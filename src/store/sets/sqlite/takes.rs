//! Takes provider tokens from the vault.

use sea_orm::{ConnectionTrait as _, Value};
use serde::Serialize;

use super::{rows, statement};
use crate::domain::clock::Timestamp;
use crate::store::sets::takes::{Take, TakenTokens};
use crate::store::sets::{client_ip, flow_id};
use crate::store::{Store, StoreError};

pub(super) const SQL: &str = r#"
    WITH m AS (
        SELECT unhex(value ->> 'user_id') AS user_id, unhex(value ->> 'session_id') AS session_id,
            value ->> 'provider' AS provider, value ->> 'action' AS action, value ->> 'outcome' AS outcome,
            value ->> 'client_ip' AS client_ip, value ->> 'flow_id' AS flow_id
        FROM json_each(?1))
    INSERT INTO "audit_events" (occurred_at, action, outcome, user_id, session_id, provider, client_ip, flow_id)
    SELECT ?2, m.action, m.outcome, m.user_id, m.session_id, m.provider, m.client_ip, m.flow_id
    FROM m
    CROSS JOIN "sessions" s ON s.id = m.session_id
    CROSS JOIN "users" u ON u.id = m.user_id
    CROSS JOIN "vault_entries" v ON v.user_id = m.user_id AND v.provider = m.provider
    WHERE s.user_id = m.user_id AND s.expires_at > ?2 AND NOT u.disabled AND v.expires_at > ?2;
    DELETE FROM "vault_entries" WHERE expires_at > ?2 AND (user_id, provider) IN (
        SELECT s.user_id, m.value ->> 'provider'
        FROM json_each(?1) m
        CROSS JOIN "sessions" s ON s.id = unhex(m.value ->> 'session_id')
        CROSS JOIN "users" u ON u.id = s.user_id
        WHERE s.user_id = unhex(m.value ->> 'user_id') AND s.expires_at > ?2 AND NOT u.disabled)
    RETURNING user_id, provider, sealed"#;

#[derive(Serialize)]
struct Row<'a> {
    user_id: String,
    session_id: String,
    provider: &'a str,
    action: &'static str,
    outcome: &'a str,
    client_ip: Option<String>,
    flow_id: Option<String>,
}

impl Store {
    /// [`Store::take_all`] on SQLite.
    pub(in crate::store::sets) async fn take_all_on_sqlite(
        &self,
        requests: &[Take],
        now: Timestamp,
    ) -> Result<TakenTokens, StoreError> {
        let values: [Value; 2] = [rows(requests.iter().map(row))?, now.millis().into()];
        let transaction = self.begin().await?;
        let mut taken = Vec::new();
        for row in transaction.connection.query_all_raw(statement(SQL, values)).await? {
            let owner: uuid::Uuid = row.try_get("", "user_id")?;
            let provider: String = row.try_get("", "provider")?;
            let sealed: Vec<u8> = row.try_get("", "sealed")?;
            taken.push((owner, provider, sealed));
        }
        let mut sealed = |request: &Take| {
            let is_of = |(owner, provider, _): &(uuid::Uuid, String, _)| {
                *owner == request.user_id.0 && provider == request.provider.as_str()
            };
            let position = taken.iter().position(is_of)?;
            Some(taken.swap_remove(position).2)
        };
        Ok(TakenTokens { sealed: requests.iter().map(&mut sealed).collect(), transaction })
    }
}

fn row(request: &Take) -> Row<'_> {
    Row {
        user_id: hex::encode(request.user_id.0),
        session_id: hex::encode(request.session_id.0),
        provider: request.provider.as_str(),
        action: request.event.action.as_str(),
        outcome: &request.event.outcome,
        client_ip: client_ip(&request.event),
        flow_id: flow_id(&request.event),
    }
}
