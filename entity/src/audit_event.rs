//! One line of the audit trail. Rows are added, and removed when they are old; they never change.

use sea_orm::entity::prelude::*;

/// A row of `audit_events`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_events")]
pub struct Model {
    /// The row's number; a later one is greater.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// When.
    pub occurred_at: i64,
    /// What: `sign-in`, `sign-up`, `link`, `unlink`, `reuse`, `sign-out`, `fetch`, `erase` or `confirm`.
    pub action: String,
    /// `done`, or why not.
    pub outcome: String,
    /// Whose account; the person may be gone.
    pub user_id: Option<Uuid>,
    /// In which session; it may have ended.
    pub session_id: Option<Uuid>,
    /// With which provider.
    pub provider: Option<String>,
    /// The client's address.
    pub client_ip: Option<String>,
    /// The flow, by the name under which the log speaks of it.
    pub flow_id: Option<String>,
}

/// Rows are joined by hand where it is needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
