//! A flow whose callback was accepted, or an assertion of a backend client; the row makes it single-use.

use sea_orm::entity::prelude::*;

/// A row of `used_flows`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "used_flows")]
pub struct Model {
    /// SHA-256 of the flow's `state`, or of the client and the id of its assertion.
    #[sea_orm(primary_key, auto_increment = false)]
    pub flow_hash: Vec<u8>,
    /// When the flow or the assertion itself has expired and the row may be deleted.
    pub expires_at: i64,
}

/// Joins are written where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
