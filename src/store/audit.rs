//! The audit trail: events are appended, and deleted when their retention ends.

use sea_orm::sea_query::{Expr, Order};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use vouchsafe_entity::audit_event::{self, Column};

use super::{Executor, StoreError};
use crate::domain::audit::Event;
use crate::domain::clock::Timestamp;
use crate::domain::id::{SessionId, UserId};

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
        flow_id: Set(event.origin.flow.map(|flow| flow.to_string())),
        actor: Set(event.actor.map(|actor| actor.to_string())),
        ..Default::default()
    };
    audit_event::Entity::insert(row).exec_without_returning(executor.writer()).await?;
    Ok(())
}

/// An event as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedEvent {
    /// Its number.
    pub id: i64,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What was attempted.
    pub action: String,
    /// `done`, or what came of it.
    pub outcome: String,
    /// The operator who acted.
    pub actor: Option<String>,
    /// The session.
    pub session_id: Option<SessionId>,
    /// The provider.
    pub provider: Option<String>,
    /// The client's address.
    pub client_ip: Option<String>,
    /// The flow.
    pub flow: Option<String>,
}

impl From<audit_event::Model> for RecordedEvent {
    fn from(row: audit_event::Model) -> Self {
        Self {
            id: row.id,
            occurred_at: Timestamp::from_millis(row.occurred_at),
            action: row.action,
            outcome: row.outcome,
            actor: row.actor,
            session_id: row.session_id.map(SessionId),
            provider: row.provider,
            client_ip: row.client_ip,
            flow: row.flow_id,
        }
    }
}

/// Lists the events about a user with numbers below `before`, the latest first.
///
/// # Errors
/// [`StoreError`]
pub async fn list(
    executor: &impl Executor,
    user_id: UserId,
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<RecordedEvent>, StoreError> {
    let rows = select(user_id, before, limit).all(executor.reader()).await?;
    Ok(rows.into_iter().map(RecordedEvent::from).collect())
}

pub(super) fn select(user_id: UserId, before: Option<i64>, limit: u64) -> Select<audit_event::Entity> {
    let mut query = audit_event::Entity::find().filter(Column::UserId.eq(user_id.0));
    if let Some(before) = before {
        query = query.filter(Column::Id.lt(before));
    }
    // Sorted by an expression, so that the index of the user is used and never that of the number, which would read
    // the events of all users.
    let number = Expr::col((audit_event::Entity, Column::Id)).add(0_i64);
    query.order_by(number, Order::Desc).limit(limit)
}
