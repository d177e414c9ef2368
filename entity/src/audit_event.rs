//! An audit event. Rows are appended, never updated, and deleted when their retention ends.

use sea_orm::entity::prelude::*;

/// A row of `audit_events`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_events")]
pub struct Model {
    /// The row's number, ascending.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// When it happened.
    pub occurred_at: i64,
    /// `sign-in`, `sign-up`, `link`, `unlink`, `reuse`, `sign-out`, `fetch`, `erase`, `confirm`, `disable`, `enable` or
    /// `roles`.
    pub action: String,
    /// `done`, or why not.
    pub outcome: String,
    /// The user concerned, who may have been erased since.
    pub user_id: Option<Uuid>,
    /// The session, which may have ended since.
    pub session_id: Option<Uuid>,
    /// The provider's name.
    pub provider: Option<String>,
    /// The client's IP address.
    pub client_ip: Option<String>,
    /// The flow's id, as the log prints it.
    pub flow_id: Option<String>,
    /// The operator who acted, such as `cli:root` or `admin:mira`; none if the user did, or the app.
    pub actor: Option<String>,
}

/// Joins are written where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
