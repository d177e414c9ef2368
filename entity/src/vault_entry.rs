//! Provider tokens that an app can take once: at most one row per user and provider.

use sea_orm::entity::prelude::*;

/// A row of `vault_entries`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "vault_entries")]
pub struct Model {
    /// The user they were issued for.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The provider that issued them.
    #[sea_orm(primary_key, auto_increment = false)]
    pub provider: String,
    /// The tokens, sealed for this user and provider.
    pub sealed: Vec<u8>,
    /// When they were stored.
    pub created_at: i64,
    /// When they expire.
    pub expires_at: i64,
}

/// Joins are written where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
