//! Somebody whom a provider vouched for and who has not come in yet; the row is the referee of the one entry.

use sea_orm::entity::prelude::*;

/// A row of `tickets`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tickets")]
pub struct Model {
    /// SHA-256 of the ticket's sort and handle.
    #[sea_orm(primary_key, auto_increment = false)]
    pub handle_hash: Vec<u8>,
    /// Profile and provider tokens, sealed.
    pub sealed: Vec<u8>,
    /// When it is no longer good.
    pub expires_at: i64,
}

/// Rows are joined by hand where it is needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
