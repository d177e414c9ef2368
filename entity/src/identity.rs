//! A person as a provider knows them; `(provider, subject)` is unique.

use sea_orm::entity::prelude::*;

/// A row of `identities`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identities")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose identity it is.
    pub user_id: Uuid,
    /// The provider's name.
    pub provider: String,
    /// The provider's immutable id of the person, compared byte for byte.
    pub subject: String,
    /// The address that the provider named last.
    pub email: Option<String>,
    /// Whether the provider vouched for that address.
    pub email_verified: bool,
    /// When it was first seen.
    pub created_at: i64,
    /// When it was last seen.
    pub updated_at: i64,
}

/// Rows are joined by hand where it is needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
