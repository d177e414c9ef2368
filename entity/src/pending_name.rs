//! A name that a provider tells once, kept for the day on which its person signs up.

use sea_orm::entity::prelude::*;

/// A row of `pending_names`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pending_names")]
pub struct Model {
    /// The provider's name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub provider: String,
    /// The provider's immutable id of the person.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
    /// The name to show.
    pub name: String,
    /// When it is forgotten.
    pub expires_at: i64,
}

/// Rows are joined by hand where it is needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
