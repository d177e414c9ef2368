//! Flows whose callback was accepted.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use vouchsafe_entity::used_flow::{self, Column};

use super::private::HasConnection as _;
use super::sets::{column, statement};
use super::{Store, StoreError};
use crate::domain::clock::Timestamp;

/// On PostgreSQL the commit does not wait for the disk. Whatever is issued for a flow is committed after its mark, to the
/// same log, and waits for both; if the database fails before, neither is there, and the provider refuses a code that
/// was used. The order of the rows keeps two statements from waiting for each other.
const MARK: &str = r#"
    WITH "setting" AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
    INSERT INTO "used_flows" (flow_hash, expires_at)
    SELECT m.flow_hash, m.expires_at
    FROM "setting", unnest($1::bytea[], $2::bigint[]) AS m(flow_hash, expires_at) ORDER BY m.flow_hash
    ON CONFLICT (flow_hash) DO NOTHING RETURNING flow_hash"#;

/// A flow to be marked.
#[derive(Clone, Copy, Debug)]
pub struct FlowMark {
    /// The hash of its state.
    pub flow_hash: [u8; 32],
    /// Until when the mark is kept.
    pub expires_at: Timestamp,
}

/// Marks flows as used, no two of which are the same. Each is `true` for exactly one caller until its mark expires.
///
/// # Errors
/// [`StoreError`]; then this call marked none.
pub async fn mark_used(store: &Store, flows: &[FlowMark]) -> Result<Vec<bool>, StoreError> {
    let marked = if store.has_sets() {
        let columns =
            [column(flows, |flow| Some(flow.flow_hash.to_vec())), column(flows, |flow| Some(flow.expires_at.millis()))];
        let rows = store.writer().query_all_raw(statement(MARK, columns)).await?;
        rows.iter().map(|row| row.try_get("", "flow_hash")).collect::<Result<Vec<Vec<u8>>, _>>()?
    } else {
        let rows = flows.iter().map(|flow| used_flow::ActiveModel {
            flow_hash: Set(flow.flow_hash.to_vec()),
            expires_at: Set(flow.expires_at.millis()),
        });
        let insert = used_flow::Entity::insert_many(rows)
            .on_conflict(OnConflict::column(Column::FlowHash).do_nothing().to_owned());
        insert.exec_with_returning(store.writer()).await?.into_iter().map(|row| row.flow_hash).collect()
    };
    Ok(flows.iter().map(|flow| marked.iter().any(|hash| *hash == flow.flow_hash)).collect())
}
