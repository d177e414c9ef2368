//! Provider tokens to be revoked at their provider.

use sea_orm::entity::prelude::*;

/// A row of `revocations`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revocations")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The user they were issued for, who may have been erased since.
    pub user_id: Uuid,
    /// The provider that issued them.
    pub provider: String,
    /// Of tokens that the service kept: the provider's id of the user.
    pub subject: Option<String>,
    /// The tokens, sealed for this user and provider, and for the subject if there is one.
    pub sealed: Vec<u8>,
    /// How many attempts were made.
    pub attempts: i32,
    /// When the next attempt is due.
    pub next_at: i64,
    /// When no further attempt is made.
    pub expires_at: i64,
}

/// Joins are written where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
