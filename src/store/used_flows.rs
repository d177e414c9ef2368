//! Flows whose callback was accepted.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait};
use vouchsafe_entity::used_flow::{self, Column};

use super::private::HasConnection as _;
use super::{Store, StoreError};
use crate::domain::clock::Timestamp;

/// Marks a flow as used, by the hash of its state. `true` for exactly one caller until `expires_at`.
///
/// # Errors
/// [`StoreError`]; then this call did not mark it.
pub async fn mark_used(store: &Store, flow_hash: [u8; 32], expires_at: Timestamp) -> Result<bool, StoreError> {
    let row = used_flow::ActiveModel { flow_hash: Set(flow_hash.to_vec()), expires_at: Set(expires_at.millis()) };
    let inserted = used_flow::Entity::insert(row)
        .on_conflict(OnConflict::column(Column::FlowHash).do_nothing().to_owned())
        .exec_without_returning(store.writer())
        .await?;
    Ok(inserted == 1)
}
