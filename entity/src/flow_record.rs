//! What one request did for a sign-in, for whoever has to explain it.

use sea_orm::entity::prelude::*;

/// A row of `flow_records`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "flow_records")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The flow's id, as in the audit trail.
    pub flow_id: String,
    /// The provider.
    pub provider: String,
    /// When the request was done with the flow.
    pub ended_at: i64,
    /// When the row may be deleted.
    pub expires_at: i64,
    /// The events, as JSON. It holds no text from outside.
    #[sea_orm(column_type = "Text")]
    pub record: String,
}

/// Joins are written where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
