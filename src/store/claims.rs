//! Flows whose callback was taken.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use vouchsafe_entity::flow_claim;

use super::private::Connected as _;
use super::{Access, Store, StoreError};
use crate::domain::clock::Timestamp;

/// Takes a flow by the hash of its state. `true` for exactly one caller, ever, until `expires_at`.
///
/// # Errors
/// [`StoreError`]; then nobody took it by this call.
pub async fn claim(store: &Store, flow_hash: [u8; 32], expires_at: Timestamp) -> Result<bool, StoreError> {
    let row = flow_claim::ActiveModel { flow_hash: Set(flow_hash.to_vec()), expires_at: Set(expires_at.millis()) };
    let inserted = flow_claim::Entity::insert(row)
        .on_conflict(OnConflict::column(flow_claim::Column::FlowHash).do_nothing().to_owned())
        .exec_without_returning(store.writer())
        .await?;
    Ok(inserted == 1)
}

/// Forgets the flows that are over. Answers how many there were.
///
/// # Errors
/// [`StoreError`]
pub async fn sweep(access: &impl Access, now: Timestamp) -> Result<u64, StoreError> {
    let swept = flow_claim::Entity::delete_many()
        .filter(flow_claim::Column::ExpiresAt.lte(now.millis()))
        .exec(access.writer())
        .await?;
    Ok(swept.rows_affected)
}
