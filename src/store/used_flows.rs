//! Flows whose callback was accepted, and assertions of backend clients, which are marked alike.

use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryResult, Statement};
use vouchsafe_entity::used_flow::{Column, Entity};

use super::private::HasConnection as _;
use super::sets::{column, statement};
use super::{Store, StoreError};
use crate::domain::clock::Timestamp;

/// The commit does not wait for the disk. What is issued for a flow, or recorded of a client, is committed after the mark, to
/// the same log, and waits for both; if the database fails before, neither is there, and the provider refuses a code that was
/// used. The order of the rows keeps two statements from waiting for each other.
const MARK_ON_POSTGRES: &str = r#"
    WITH "setting" AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
    INSERT INTO "used_flows" (flow_hash, expires_at)
    SELECT m.flow_hash, m.expires_at
    FROM "setting", unnest($1::bytea[], $2::bigint[]) AS m(flow_hash, expires_at) ORDER BY m.flow_hash
    ON CONFLICT (flow_hash) DO NOTHING RETURNING flow_hash"#;

/// The same for SQLite, on the one connection that writes.
const MARK_ON_SQLITE: &str = r#"
    INSERT INTO "used_flows" (flow_hash, expires_at) SELECT unhex(value ->> 0), value ->> 1 FROM json_each(?) WHERE true
    ON CONFLICT (flow_hash) DO NOTHING RETURNING flow_hash"#;
const FLUSH_LATER: &str = "PRAGMA synchronous = NORMAL";
const FLUSH_AT_ONCE: &str = "PRAGMA synchronous = FULL";

/// A flow to be marked.
#[derive(Clone, Copy, Debug)]
pub struct FlowMark {
    /// The hash of its state, or of what names an assertion.
    pub flow_hash: [u8; 32],
    /// Until when the mark is kept.
    pub expires_at: Timestamp,
}

/// Which of these flows, by the hashes of their states, were marked, by whichever node.
///
/// # Errors
/// [`StoreError`]
pub async fn find_used(store: &Store, flow_hashes: &[[u8; 32]]) -> Result<Vec<bool>, StoreError> {
    let is_listed = Column::FlowHash.is_in(flow_hashes.iter().map(|hash| hash.to_vec()));
    let used = Entity::find().filter(is_listed).all(store.reader()).await?;
    Ok(flow_hashes.iter().map(|hash| used.iter().any(|row| row.flow_hash == hash)).collect())
}

/// Marks flows as used, no two of which are the same. Each is `true` for exactly one caller until its mark expires.
///
/// # Errors
/// [`StoreError`]; then this call marked none.
pub async fn mark_used(store: &Store, flows: &[FlowMark]) -> Result<Vec<bool>, StoreError> {
    let marked = if store.has_one_writer() {
        mark_on_sqlite(store, flows).await?
    } else {
        mark_on_postgres(store, flows).await?
    };
    Ok(flows.iter().map(|flow| marked.iter().any(|hash| *hash == flow.flow_hash)).collect())
}

async fn mark_on_postgres(store: &Store, flows: &[FlowMark]) -> Result<Vec<Vec<u8>>, StoreError> {
    let columns =
        [column(flows, |flow| Some(flow.flow_hash.to_vec())), column(flows, |flow| Some(flow.expires_at.millis()))];
    hashes(store.writer().query_all_raw(statement(MARK_ON_POSTGRES, columns)).await?)
}

async fn mark_on_sqlite(store: &Store, flows: &[FlowMark]) -> Result<Vec<Vec<u8>>, StoreError> {
    let rows: Vec<_> = flows.iter().map(|flow| (hex::encode(flow.flow_hash), flow.expires_at.millis())).collect();
    let rows = serde_json::to_string(&rows).map_err(|error| StoreError::Internal(error.to_string()))?;
    if !store.flushes_commits {
        let statement = Statement::from_sql_and_values(DbBackend::Sqlite, MARK_ON_SQLITE, [rows.into()]);
        return hashes(store.writer().query_all_raw(statement).await?);
    }
    let sql = format!("{FLUSH_LATER}; {MARK_ON_SQLITE}; {FLUSH_AT_ONCE}");
    let statement = Statement::from_sql_and_values(DbBackend::Sqlite, sql, [rows.into()]);
    let result = store.writer().query_all_raw(statement).await;
    if result.is_err() {
        // The last statement was not reached.
        store.writer().execute_unprepared(FLUSH_AT_ONCE).await?;
    }
    hashes(result?)
}

fn hashes(rows: Vec<QueryResult>) -> Result<Vec<Vec<u8>>, StoreError> {
    Ok(rows.iter().map(|row| row.try_get("", "flow_hash")).collect::<Result<_, _>>()?)
}
