//! A user's account at a provider; `(provider, subject)` is unique.

use sea_orm::entity::prelude::*;

/// A row of `identities`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "identities")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The user it signs in.
    pub user_id: Uuid,
    /// The provider's name.
    pub provider: String,
    /// The provider's immutable id of the user, compared byte for byte.
    pub subject: String,
    /// The email address in the provider's last answer.
    pub email: Option<String>,
    /// Whether the provider stated that the user controls that address.
    pub email_verified: bool,
    /// When it was linked.
    pub created_at: i64,
    /// When it last signed in.
    pub updated_at: i64,
}

/// Joins are written where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
