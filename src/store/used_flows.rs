//! Flows whose callback was taken.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use vouchsafe_entity::used_flow;

use super::private::AsConnection as _;
use super::{Executor, Store, StoreError};
use crate::domain::clock::Timestamp;

/// Takes a flow by the hash of its state. `true` for exactly one caller, ever, until `expires_at`.
///
/// # Errors
/// [`StoreError`]; then nobody took it by this call.
pub async fn mark_used(store: &Store, flow_hash: [u8; 32], expires_at: Timestamp) -> Result<bool, StoreError> {
    let row = used_flow::ActiveModel { flow_hash: Set(flow_hash.to_vec()), expires_at: Set(expires_at.millis()) };
    let inserted = used_flow::Entity::insert(row)
        .on_conflict(OnConflict::column(used_flow::Column::FlowHash).do_nothing().to_owned())
        .exec_without_returning(store.writer())
        .await?;
    Ok(inserted == 1)
}

/// Forgets the flows that are over. Answers how many there were.
///
/// # Errors
/// [`StoreError`]
pub async fn delete_expired(executor: &impl Executor, now: Timestamp) -> Result<u64, StoreError> {
    let swept = used_flow::Entity::delete_many()
        .filter(used_flow::Column::ExpiresAt.lte(now.millis()))
        .exec(executor.writer())
        .await?;
    Ok(swept.rows_affected)
}
