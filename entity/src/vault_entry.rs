//! The provider tokens that wait for a person: at most one row per person and provider.

use sea_orm::entity::prelude::*;

/// A row of `vault_entries`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "vault_entries")]
pub struct Model {
    /// Whose tokens they are.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The provider that gave them.
    #[sea_orm(primary_key, auto_increment = false)]
    pub provider: String,
    /// The tokens, sealed for this person and provider.
    pub sealed: Vec<u8>,
    /// When they were laid there.
    pub created_at: i64,
    /// When they are thrown away.
    pub expires_at: i64,
}

/// Rows are joined by hand where it is needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
