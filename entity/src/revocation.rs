//! Provider tokens that are to be given back to their provider.

use sea_orm::entity::prelude::*;

/// A row of `revocations`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revocations")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose tokens they were; the person may be gone.
    pub user_id: Uuid,
    /// The provider that gave them.
    pub provider: String,
    /// The tokens, sealed for this person and provider.
    pub sealed: Vec<u8>,
    /// How often it was tried.
    pub attempts: i32,
    /// When it may be tried next.
    pub next_at: i64,
    /// When it is given up.
    pub expires_at: i64,
}

/// Rows are joined by hand where it is needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
