//! A user.

use sea_orm::entity::prelude::*;

/// A row of `users`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// The user's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// When the user signed up.
    pub created_at: i64,
    /// When the user last signed in.
    pub last_seen_at: i64,
    /// The display name.
    pub display_name: String,
    /// A picture's URL, or empty.
    pub avatar_url: String,
    /// Two or three letters.
    pub locale: String,
    /// The email address as written.
    pub email: Option<String>,
    /// Its canonical form, for comparison; unique among verified ones.
    pub email_canonical: Option<String>,
    /// Whether a provider proved that the user controls the address.
    pub email_verified: bool,
    /// The role that access tokens name first.
    pub default_role: String,
    /// JSON of the app.
    pub metadata: Option<Json>,
    /// Whether the user may not sign in.
    pub disabled: bool,
}

/// Joins are written where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
