//! A completed authorization that waits for the app to sign its user in or up; redeemed once.

use sea_orm::entity::prelude::*;

/// A row of `tickets`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tickets")]
pub struct Model {
    /// SHA-256 of the ticket's purpose and handle.
    #[sea_orm(primary_key, auto_increment = false)]
    pub handle_hash: Vec<u8>,
    /// Profile and provider tokens, sealed.
    pub sealed: Vec<u8>,
    /// When it expires.
    pub expires_at: i64,
}

/// Joins are written where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
