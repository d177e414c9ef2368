//! A session: the life of one family of refresh tokens.

use sea_orm::entity::prelude::*;

/// A row of `sessions`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// The session's id; the same for all its refresh tokens.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose session it is.
    pub user_id: Uuid,
    /// SHA-256 of the handle that every refresh token of the session carries; unique.
    pub handle_hash: Vec<u8>,
    /// The generation of the refresh token that is good now; a smaller one was used before.
    pub generation: i64,
    /// When it began.
    pub created_at: i64,
    /// When the refresh token was last rotated.
    pub rotated_at: i64,
    /// When it ends unless it is used.
    pub expires_at: i64,
    /// What the provider said of the person that access tokens repeat.
    pub claims: Option<Json>,
}

/// Rows are joined by hand where it is needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
