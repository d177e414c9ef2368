//! Records of sign-ins, for all nodes.

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;
use vouchsafe_entity::flow_record::{ActiveModel, Column, Entity};

use super::{Executor, StoreError};
use crate::domain::clock::Timestamp;
use crate::domain::id::{FlowTag, ProviderName};

/// A record to be stored.
#[derive(Clone, Debug)]
pub struct NewFlowRecord {
    /// The id of its row.
    pub id: Uuid,
    /// The flow.
    pub flow: FlowTag,
    /// The provider.
    pub provider: ProviderName,
    /// When the request was done with the flow.
    pub ended_at: Timestamp,
    /// Until when it is kept.
    pub expires_at: Timestamp,
    /// Its events, as JSON.
    pub record: String,
}

/// Stores records.
///
/// # Errors
/// [`StoreError`]; then none is stored.
pub async fn add(executor: &impl Executor, records: Vec<NewFlowRecord>) -> Result<(), StoreError> {
    let rows = records.into_iter().map(|record| ActiveModel {
        id: Set(record.id),
        flow_id: Set(record.flow.to_string()),
        provider: Set(record.provider.as_str().to_owned()),
        ended_at: Set(record.ended_at.millis()),
        expires_at: Set(record.expires_at.millis()),
        record: Set(record.record),
    });
    Entity::insert_many(rows).exec_without_returning(executor.writer()).await?;
    Ok(())
}

/// The records of a flow, oldest first, as JSON.
///
/// # Errors
/// [`StoreError`]
pub async fn of_flow(executor: &impl Executor, flow: FlowTag) -> Result<Vec<String>, StoreError> {
    let rows = Entity::find().filter(Column::FlowId.eq(flow.to_string())).order_by_asc(Column::EndedAt);
    Ok(rows.all(executor.reader()).await?.into_iter().map(|row| row.record).collect())
}

/// The latest records since a time, the newest first, as JSON.
///
/// # Errors
/// [`StoreError`]
pub async fn latest(
    executor: &impl Executor,
    provider: Option<&ProviderName>,
    since: Timestamp,
    limit: u64,
) -> Result<Vec<String>, StoreError> {
    let mut rows = Entity::find().filter(Column::EndedAt.gte(since.millis()));
    if let Some(provider) = provider {
        rows = rows.filter(Column::Provider.eq(provider.as_str()));
    }
    let rows = rows.order_by_desc(Column::EndedAt).limit(limit).all(executor.reader()).await?;
    Ok(rows.into_iter().map(|row| row.record).collect())
}
