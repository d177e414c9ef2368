//! Provider tokens that the service keeps and refreshes: one row per account at a provider.

use sea_orm::entity::prelude::*;

/// A row of `grants`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "grants")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The user they were issued for.
    pub user_id: Uuid,
    /// The provider that issued them.
    pub provider: String,
    /// The provider's id of the user.
    pub subject: String,
    /// `live`, `refreshing`, `needs_reauthorization` or `revoked`.
    pub state: String,
    /// What was granted, separated by spaces.
    pub scopes: String,
    /// The tokens, sealed for this user, provider and subject; empty once they are revoked.
    pub sealed: Vec<u8>,
    /// Whether there is a refresh token among them.
    pub can_refresh: bool,
    /// Until when the access token is taken to be valid; `None`: until it is revoked.
    pub good_until: Option<i64>,
    /// The number of the last lease or consent; it only grows.
    pub fence: i64,
    /// The number under which `sealed` was written.
    pub written: i64,
    /// How many refreshes of these tokens ended without a known result.
    pub attempts: i32,
    /// Of a refresh that is under way: when it counts as ended.
    pub lease_until: Option<i64>,
    /// Before that time no refresh is tried.
    pub retry_at: Option<i64>,
    /// When they are to be refreshed ahead of their expiry.
    pub refresh_at: Option<i64>,
    /// Why the last refresh failed.
    pub last_error: Option<String>,
    /// When the account was first granted.
    pub created_at: i64,
    /// When the row last changed.
    pub updated_at: i64,
}

/// Joins are written where they are needed.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
