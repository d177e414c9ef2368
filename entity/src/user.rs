//! A person.

use sea_orm::entity::prelude::*;

/// A row of `users`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// The account's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// When the account was made.
    pub created_at: i64,
    /// When a session of theirs was last begun or refreshed.
    pub last_seen_at: i64,
    /// The name to show.
    pub display_name: String,
    /// A picture's URL, or empty.
    pub avatar_url: String,
    /// Two or three letters.
    pub locale: String,
    /// The address as it was written.
    pub email: Option<String>,
    /// The form of the address that is compared; unique.
    pub email_canonical: Option<String>,
    /// Whether a provider proved that the person holds the address.
    pub email_verified: bool,
    /// The role that a token names first.
    pub default_role: String,
    /// Whatever the app wanted to remember.
    pub metadata: Option<Json>,
    /// Whether the person is shut out.
    pub disabled: bool,
}

/// Rows are joined by hand where it is needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
