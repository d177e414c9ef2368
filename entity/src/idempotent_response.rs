//! An answer of the vault that the same session can read again with its `Idempotency-Key` for a short time.

use sea_orm::entity::prelude::*;

/// A row of `idempotent_responses`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotent_responses")]
pub struct Model {
    /// The session that received it, which may have ended since.
    #[sea_orm(primary_key, auto_increment = false)]
    pub session_id: Uuid,
    /// The provider that issued the tokens.
    #[sea_orm(primary_key, auto_increment = false)]
    pub provider: String,
    /// The app's `Idempotency-Key`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// The tokens, sealed as in the vault.
    pub sealed: Vec<u8>,
    /// When it expires.
    pub expires_at: i64,
}

/// Joins are written where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
