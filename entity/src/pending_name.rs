//! A name that a provider sends only with the first authorization, kept until its user signs up.

use sea_orm::entity::prelude::*;

/// A row of `pending_names`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pending_names")]
pub struct Model {
    /// The provider's name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub provider: String,
    /// The provider's immutable id of the user.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
    /// The display name.
    pub name: String,
    /// When it expires.
    pub expires_at: i64,
}

/// Joins are written where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
