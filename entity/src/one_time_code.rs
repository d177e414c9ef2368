//! A one-time code that an app exchanges for a session, with the verifier of its challenge.

use sea_orm::entity::prelude::*;

/// A row of `one_time_codes`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_codes")]
pub struct Model {
    /// SHA-256 of the code.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code_hash: Vec<u8>,
    /// Whom it signs in.
    pub user_id: Uuid,
    /// The `S256` challenge of the app (RFC 7636).
    pub challenge: String,
    /// When it is no longer good.
    pub expires_at: i64,
    /// What the provider said of the person that access tokens repeat.
    pub claims: Option<Json>,
}

/// Rows are joined by hand where it is needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
