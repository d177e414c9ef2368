//! An answer of the vault that the same session may have again for a short while.

use sea_orm::entity::prelude::*;

/// A row of `idempotent_responses`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotent_responses")]
pub struct Model {
    /// The session that got the answer; it may have ended.
    #[sea_orm(primary_key, auto_increment = false)]
    pub session_id: Uuid,
    /// The provider that gave the tokens.
    #[sea_orm(primary_key, auto_increment = false)]
    pub provider: String,
    /// The name that the app gave to its request.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// The tokens, sealed as they lay on the shelf.
    pub sealed: Vec<u8>,
    /// When they cannot be had any more.
    pub expires_at: i64,
}

/// Rows are joined by hand where it is needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
