//! Messages for webhooks: added in the transaction of the change that they tell of, and deleted when the receiver has
//! confirmed them, however many attempts that takes and whichever node makes them.

use std::time::Duration;

use sea_orm::sea_query::{Expr, LockBehavior, LockType, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;
use vouchsafe_entity::webhook_message::{self, ActiveModel, Column, Entity};

use super::{Executor, StoreError};
use crate::domain::clock::Timestamp;
use crate::domain::event::EventType;
use crate::domain::id::UserId;

/// How long a message is tried.
const TRIED_FOR: Duration = Duration::from_secs(24 * 3600);

/// How long a message that failed is kept.
const KEPT_FOR: Duration = Duration::from_secs(7 * 24 * 3600);

/// Rows that one statement adds at most: it has twelve parameters for each, and SQLite has a limit.
const MAX_ROWS: usize = 1_000;

/// A message to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMessage {
    /// The id that the receiver sees.
    pub message_id: Uuid,
    /// The name of the webhook.
    pub webhook: String,
    /// The type of the event.
    pub event: EventType,
    /// The user whom it is about.
    pub user_id: Option<UserId>,
    /// The body.
    pub body: String,
    /// When the event happened.
    pub created_at: Timestamp,
}

/// A message that is leased to the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueMessage {
    /// The row's number.
    pub id: i64,
    /// The id that the receiver sees.
    pub message_id: Uuid,
    /// The user whom it is about.
    pub user_id: Option<UserId>,
    /// The body.
    pub body: String,
    /// How many attempts were made, this one included.
    pub attempts: u32,
    /// When attempts end.
    pub give_up_at: Timestamp,
}

/// A message, for operators.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct MessageSummary {
    /// The id that the receiver sees.
    pub id: Uuid,
    /// The name of the webhook.
    pub webhook: String,
    /// The type of the event.
    pub event: String,
    /// The user whom it is about.
    pub user_id: Option<UserId>,
    /// When the event happened, as text.
    pub created_at: String,
    /// How many attempts were made.
    pub attempts: i32,
    /// When the next one is due, as text; none after it failed.
    pub next_at: Option<String>,
    /// When the last one failed for good, as text.
    pub failed_at: Option<String>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

/// Stores messages, due at once.
///
/// # Errors
/// [`StoreError`]; then none is stored.
pub async fn add(executor: &impl Executor, messages: &[NewMessage]) -> Result<(), StoreError> {
    let row = |message: &NewMessage| {
        let give_up_at = message.created_at.plus(TRIED_FOR);
        ActiveModel {
            message_id: Set(message.message_id),
            webhook: Set(message.webhook.clone()),
            event: Set(message.event.as_str().to_owned()),
            user_id: Set(message.user_id.map(|id| id.0)),
            body: Set(message.body.clone()),
            created_at: Set(message.created_at.millis()),
            attempts: Set(0),
            next_at: Set(message.created_at.millis()),
            give_up_at: Set(give_up_at.millis()),
            failed_at: Set(None),
            last_error: Set(None),
            expires_at: Set(give_up_at.plus(KEPT_FOR).millis()),
            ..Default::default()
        }
    };
    for some in messages.chunks(MAX_ROWS) {
        Entity::insert_many(some.iter().map(row)).exec_without_returning(executor.writer()).await?;
    }
    Ok(())
}

fn is_due(webhook: &str, now: Timestamp) -> Expr {
    Column::Webhook.eq(webhook).and(Column::FailedAt.is_null()).and(Column::NextAt.lte(now.millis()))
}

/// Leases up to `limit` due messages of a webhook to the caller alone until `until`; then they are due again. The oldest
/// come first, in the order in which they were stored.
///
/// # Errors
/// [`StoreError`]
pub async fn lease(
    executor: &impl Executor,
    webhook: &str,
    limit: u64,
    now: Timestamp,
    until: Timestamp,
) -> Result<Vec<DueMessage>, StoreError> {
    // Mostly there are none, and to find that out nothing need be locked.
    if Entity::find().filter(is_due(webhook, now)).one(executor.reader()).await?.is_none() {
        return Ok(Vec::new());
    }
    let due = Query::select()
        .column(Column::Id)
        .from(Entity)
        .and_where(is_due(webhook, now))
        .order_by(Column::NextAt, sea_orm::Order::Asc)
        .order_by(Column::Id, sea_orm::Order::Asc)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .to_owned();
    let mut leased = Entity::update_many()
        .col_expr(Column::NextAt, until.millis().into())
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .filter(Column::Id.in_subquery(due))
        .filter(Column::NextAt.lte(now.millis()))
        .exec_with_returning(executor.writer())
        .await?;
    leased.sort_by_key(|row| row.id);
    let message = |row: webhook_message::Model| DueMessage {
        id: row.id,
        message_id: row.message_id,
        user_id: row.user_id.map(UserId),
        body: row.body,
        attempts: row.attempts.unsigned_abs(),
        give_up_at: Timestamp::from_millis(row.give_up_at),
    };
    Ok(leased.into_iter().map(message).collect())
}

/// Deletes a message that its receiver has confirmed.
///
/// # Errors
/// [`StoreError`]; then it is sent again.
pub async fn complete(executor: &impl Executor, id: i64) -> Result<(), StoreError> {
    Entity::delete_by_id(id).exec(executor.writer()).await?;
    Ok(())
}

/// Notes why an attempt failed, and when the next one is due.
///
/// # Errors
/// [`StoreError`]
pub async fn postpone(executor: &impl Executor, id: i64, error: &str, next_at: Timestamp) -> Result<(), StoreError> {
    let change = Entity::update_many().col_expr(Column::NextAt, next_at.millis().into());
    change.col_expr(Column::LastError, error.into()).filter(Column::Id.eq(id)).exec(executor.writer()).await?;
    Ok(())
}

/// Notes that no further attempt is made, and why the last one failed.
///
/// # Errors
/// [`StoreError`]
pub async fn fail(executor: &impl Executor, id: i64, error: &str, now: Timestamp) -> Result<(), StoreError> {
    let change = Entity::update_many().col_expr(Column::FailedAt, now.millis().into());
    change.col_expr(Column::LastError, error.into()).filter(Column::Id.eq(id)).exec(executor.writer()).await?;
    Ok(())
}

/// How many wait for an attempt.
///
/// # Errors
/// [`StoreError`]
pub async fn count_pending(executor: &impl Executor) -> Result<u64, StoreError> {
    Ok(Entity::find().filter(Column::FailedAt.is_null()).count(executor.reader()).await?)
}

/// The messages of a webhook, or of all, oldest first; only those that failed, if `has_failed`.
///
/// # Errors
/// [`StoreError`]
pub async fn list(
    executor: &impl Executor,
    webhook: Option<&str>,
    has_failed: bool,
    limit: u64,
) -> Result<Vec<MessageSummary>, StoreError> {
    let mut rows = Entity::find();
    if let Some(webhook) = webhook {
        rows = rows.filter(Column::Webhook.eq(webhook));
    }
    if has_failed {
        rows = rows.filter(Column::FailedAt.is_not_null());
    }
    let rows = rows.order_by_asc(Column::Id).limit(limit).all(executor.reader()).await?;
    let text = |millis| Timestamp::from_millis(millis).rfc3339();
    let summary = |row: webhook_message::Model| MessageSummary {
        id: row.message_id,
        webhook: row.webhook,
        event: row.event,
        user_id: row.user_id.map(UserId),
        created_at: text(row.created_at),
        attempts: row.attempts,
        next_at: row.failed_at.is_none().then(|| text(row.next_at)),
        failed_at: row.failed_at.map(text),
        last_error: row.last_error,
    };
    Ok(rows.into_iter().map(summary).collect())
}

/// Which messages are tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Retry {
    /// These, whether they failed or wait.
    These(Vec<Uuid>),
    /// Those of this webhook that failed.
    FailedOf(String),
    /// All that failed.
    Failed,
}

/// Makes messages due now, for another day. Returns how many.
///
/// # Errors
/// [`StoreError`]; then none is.
pub async fn retry(executor: &impl Executor, which: &Retry, now: Timestamp) -> Result<u64, StoreError> {
    let which = match which {
        Retry::These(ids) => Column::MessageId.is_in(ids.iter().copied()),
        Retry::FailedOf(webhook) => Column::FailedAt.is_not_null().and(Column::Webhook.eq(webhook.as_str())),
        Retry::Failed => Column::FailedAt.is_not_null(),
    };
    let give_up_at = now.plus(TRIED_FOR);
    let retried = Entity::update_many()
        .col_expr(Column::FailedAt, Expr::val(None::<i64>))
        .col_expr(Column::Attempts, 0_i32.into())
        .col_expr(Column::NextAt, now.millis().into())
        .col_expr(Column::GiveUpAt, give_up_at.millis().into())
        .col_expr(Column::ExpiresAt, give_up_at.plus(KEPT_FOR).millis().into())
        .filter(which)
        .exec(executor.writer())
        .await?;
    Ok(retried.rows_affected)
}
