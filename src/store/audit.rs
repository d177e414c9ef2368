//! The audit trail: lines are added, and removed when they are old.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use vouchsafe_entity::audit_event::{self, Column};

use super::{Executor, StoreError};
use crate::domain::audit::Event;
use crate::domain::clock::Timestamp;

/// Adds a line.
///
/// # Errors
/// [`StoreError`]
pub async fn add(executor: &impl Executor, event: Event, now: Timestamp) -> Result<(), StoreError> {
    let row = audit_event::ActiveModel {
        occurred_at: Set(now.millis()),
        action: Set(event.action.as_str().to_owned()),
        outcome: Set(event.outcome),
        user_id: Set(event.user_id.map(|id| id.0)),
        session_id: Set(event.session_id.map(|id| id.0)),
        provider: Set(event.provider.map(Into::into)),
        client_ip: Set(event.origin.client_ip.map(|ip| ip.to_string())),
        flow_id: Set(event.origin.flow),
        ..Default::default()
    };
    audit_event::Entity::insert(row).exec_without_returning(executor.writer()).await?;
    Ok(())
}

/// Removes the lines before `then`. Answers how many there were.
///
/// # Errors
/// [`StoreError`]
pub async fn delete_before(executor: &impl Executor, then: Timestamp) -> Result<u64, StoreError> {
    let swept =
        audit_event::Entity::delete_many().filter(Column::OccurredAt.lt(then.millis())).exec(executor.writer()).await?;
    Ok(swept.rows_affected)
}
