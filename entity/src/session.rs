//! A session: one family of refresh tokens.

use sea_orm::entity::prelude::*;

/// A row of `sessions`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// The session's id, the same for all its refresh tokens.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The user it belongs to.
    pub user_id: Uuid,
    /// SHA-256 of the handle in every refresh token of the session; unique.
    pub handle_hash: Vec<u8>,
    /// The generation of the current refresh token; tokens of smaller ones were used.
    pub generation: i64,
    /// When the last generations were superseded: milliseconds of 13 digits each, the latest first.
    pub superseded_at: String,
    /// When it began.
    pub created_at: i64,
    /// When the refresh token was last rotated.
    pub rotated_at: i64,
    /// When it ends unless it is used.
    pub expires_at: i64,
    /// Claims of the provider's profile for its access tokens.
    pub claims: Option<Json>,
}

/// Joins are written where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
