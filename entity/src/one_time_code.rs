//! A one-time code that an app exchanges for a session, together with the verifier of its PKCE challenge.

use sea_orm::entity::prelude::*;

/// A row of `one_time_codes`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_codes")]
pub struct Model {
    /// SHA-256 of the code.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code_hash: Vec<u8>,
    /// The user it signs in.
    pub user_id: Uuid,
    /// The app's `S256` challenge (RFC 7636).
    pub challenge: String,
    /// When it expires.
    pub expires_at: i64,
    /// Claims of the provider's profile for the access tokens of the session.
    pub claims: Option<Json>,
}

/// Joins are written where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
