//! Facts about identities.

use sea_orm::Value;
use serde::Serialize;

use super::rows;
use crate::store::StoreError;
use crate::store::sets::IdentityQuery;

pub(in crate::store::sets) const SQL: &str = r#"
    WITH m AS (
        SELECT key + 1 AS n, value ->> 'provider' AS provider, value ->> 'subject' AS subject,
            value ->> 'email' AS email
        FROM json_each(?1))
    SELECT m.n, u.id, u.disabled, u.email_canonical, u.email_verified,
        EXISTS(SELECT 1 FROM "users" e WHERE e.email_canonical = m.email AND e.email_verified) AS is_owned,
        EXISTS(SELECT 1 FROM "pending_names" p WHERE p.provider = m.provider AND p.subject = m.subject) AS is_named
    FROM m
    LEFT JOIN "identities" i ON i.provider = m.provider AND i.subject = m.subject
    LEFT JOIN "users" u ON u.id = i.user_id"#;

#[derive(Serialize)]
struct Row<'a> {
    provider: &'a str,
    subject: &'a str,
    email: Option<&'a str>,
}

pub(in crate::store::sets) fn parameter(queries: &[IdentityQuery]) -> Result<Value, StoreError> {
    rows(queries.iter().map(|query| Row {
        provider: query.provider.as_str(),
        subject: &query.subject,
        email: query.email_canonical.as_deref(),
    }))
}
