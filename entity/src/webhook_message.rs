//! A message about an event for one webhook, until its receiver has confirmed it.

use sea_orm::entity::prelude::*;

/// A row of `webhook_messages`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_messages")]
pub struct Model {
    /// The row's number, ascending.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The id that the receiver sees, the same at each attempt.
    pub message_id: Uuid,
    /// The name of the webhook in the settings.
    pub webhook: String,
    /// The type of the event.
    pub event: String,
    /// The user whom the event is about, who may have been erased since.
    pub user_id: Option<Uuid>,
    /// The body, as JSON: ids and times only.
    #[sea_orm(column_type = "Text")]
    pub body: String,
    /// When the event happened.
    pub created_at: i64,
    /// How many attempts were made.
    pub attempts: i32,
    /// When the next attempt is due.
    pub next_at: i64,
    /// When attempts end.
    pub give_up_at: i64,
    /// When they ended without success; none while there are attempts.
    pub failed_at: Option<i64>,
    /// Why the last attempt failed.
    #[sea_orm(column_type = "Text", nullable)]
    pub last_error: Option<String>,
    /// When the row may be deleted.
    pub expires_at: i64,
}

/// Joins are written where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
