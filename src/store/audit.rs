//! The audit trail: events are appended, and deleted when their retention ends.

use sea_orm::{ActiveValue::Set, EntityTrait};
use vouchsafe_entity::audit_event;

use super::{Executor, StoreError};
use crate::domain::audit::Event;
use crate::domain::clock::Timestamp;

/// Appends an event.
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
