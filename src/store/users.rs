//! People and their roles.

use std::collections::HashSet;

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, JoinType, QueryFilter, QuerySelect};
use serde_json::Value;
use uuid::Uuid;
use vouchsafe_entity::user::{self, Column};
use vouchsafe_entity::user_role;

use super::{Executor, StoreError, Transaction};
use crate::domain::clock::Timestamp;
use crate::domain::id::UserId;

/// A user with their roles.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// The account's id.
    pub id: UserId,
    /// When the account was made.
    pub created_at: Timestamp,
    /// The name to show.
    pub display_name: String,
    /// A picture's URL, or empty.
    pub avatar_url: String,
    /// Two or three letters.
    pub locale: String,
    /// The address as it was written.
    pub email: Option<String>,
    /// The form of the address that is compared.
    pub email_canonical: Option<String>,
    /// Whether a provider proved that the user holds the address.
    pub email_verified: bool,
    /// The role that a token names first.
    pub default_role: String,
    /// All roles, sorted.
    pub roles: Vec<String>,
    /// Whatever the app wanted to remember.
    pub metadata: Option<Value>,
    /// Whether the user is shut out.
    pub is_disabled: bool,
}

/// A user as far as the rules look at them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountStatus {
    /// Whose account it is.
    pub id: UserId,
    /// Whether the user is shut out.
    pub is_disabled: bool,
    /// The form of the address that is compared.
    pub email_canonical: Option<String>,
    /// Whether that address was proven.
    pub is_email_verified: bool,
}

impl From<&User> for AccountStatus {
    fn from(user: &User) -> Self {
        Self {
            id: user.id,
            is_disabled: user.is_disabled,
            email_canonical: user.email_canonical.clone(),
            is_email_verified: user.email_verified,
        }
    }
}

impl AccountStatus {
    pub(super) fn from_row(row: &user::Model) -> Self {
        Self {
            id: UserId(row.id),
            is_disabled: row.disabled,
            email_canonical: row.email_canonical.clone(),
            is_email_verified: row.email_verified,
        }
    }
}

/// Finds a user.
///
/// # Errors
/// [`StoreError`]
pub async fn find(executor: &impl Executor, id: UserId) -> Result<Option<User>, StoreError> {
    let roles = user_role::Entity::belongs_to(user::Entity).from(user_role::Column::UserId).to(Column::Id);
    let found = user::Entity::find_by_id(id.0)
        .join_rev(JoinType::LeftJoin, roles.into())
        .select_with(user_role::Entity)
        .all(executor.reader())
        .await?;
    Ok(found.into_iter().next().map(|(row, roles)| with_roles(row, roles)))
}

/// Which of these people there are.
///
/// # Errors
/// [`StoreError`]
pub async fn find_existing(executor: &impl Executor, ids: &[UserId]) -> Result<HashSet<UserId>, StoreError> {
    let found: Vec<Uuid> = user::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Id.is_in(ids.iter().map(|id| id.0)))
        .into_tuple()
        .all(executor.reader())
        .await?;
    Ok(found.into_iter().map(UserId).collect())
}

/// Finds how a user stands.
///
/// # Errors
/// [`StoreError`]
pub async fn find_status(executor: &impl Executor, id: UserId) -> Result<Option<AccountStatus>, StoreError> {
    let row = user::Entity::find_by_id(id.0).one(executor.reader()).await?;
    Ok(row.as_ref().map(AccountStatus::from_row))
}

/// Finds how a user stands and holds their row until the transaction ends, so that what is decided about them
/// is decided one after the other. (SQLite has one writer anyhow.)
///
/// # Errors
/// [`StoreError`]
pub async fn lock_for_update(transaction: &Transaction, id: UserId) -> Result<Option<AccountStatus>, StoreError> {
    use super::private::AsConnection as _;
    let row = user::Entity::find_by_id(id.0).lock_exclusive().one(transaction.writer()).await?;
    Ok(row.as_ref().map(AccountStatus::from_row))
}

/// Notes that a user holds their address, if it still is this one. Answers whether it is.
///
/// # Errors
/// [`StoreError`]
pub async fn mark_email_verified(executor: &impl Executor, id: UserId, canonical: &str) -> Result<bool, StoreError> {
    let confirmed = user::Entity::update_many()
        .col_expr(Column::EmailVerified, true.into())
        .filter(Column::Id.eq(id.0))
        .filter(Column::EmailCanonical.eq(canonical))
        .exec(executor.writer())
        .await?;
    Ok(confirmed.rows_affected > 0)
}

/// Removes a user, with everything that is theirs. Answers whether there was one.
///
/// # Errors
/// [`StoreError`]
pub async fn remove(executor: &impl Executor, id: UserId) -> Result<bool, StoreError> {
    Ok(user::Entity::delete_by_id(id.0).exec(executor.writer()).await?.rows_affected > 0)
}

/// Finds how the user stands who has an address, by its canonical form.
///
/// # Errors
/// [`StoreError`]
pub async fn find_status_by_email(
    executor: &impl Executor,
    canonical: &str,
) -> Result<Option<AccountStatus>, StoreError> {
    let row = user::Entity::find().filter(Column::EmailCanonical.eq(canonical)).one(executor.reader()).await?;
    Ok(row.as_ref().map(AccountStatus::from_row))
}

fn with_roles(row: user::Model, roles: Vec<user_role::Model>) -> User {
    let mut roles: Vec<String> = roles.into_iter().map(|role| role.role).collect();
    roles.sort();
    User {
        id: UserId(row.id),
        created_at: Timestamp::from_millis(row.created_at),
        display_name: row.display_name,
        avatar_url: row.avatar_url,
        locale: row.locale,
        email: row.email,
        email_canonical: row.email_canonical,
        email_verified: row.email_verified,
        default_role: row.default_role,
        roles,
        metadata: row.metadata,
        is_disabled: row.disabled,
    }
}

/// Adds a user.
///
/// # Errors
/// [`StoreError::Conflict`] if somebody has the address already.
pub async fn add(executor: &impl Executor, user: &User) -> Result<(), StoreError> {
    let row = user::ActiveModel {
        id: Set(user.id.0),
        created_at: Set(user.created_at.millis()),
        last_seen_at: Set(user.created_at.millis()),
        display_name: Set(user.display_name.clone()),
        avatar_url: Set(user.avatar_url.clone()),
        locale: Set(user.locale.clone()),
        email: Set(user.email.clone()),
        email_canonical: Set(user.email_canonical.clone()),
        email_verified: Set(user.email_verified),
        default_role: Set(user.default_role.clone()),
        metadata: Set(user.metadata.clone()),
        disabled: Set(user.is_disabled),
    };
    user::Entity::insert(row).exec_without_returning(executor.writer()).await?;
    let roles =
        user.roles.iter().map(|role| user_role::ActiveModel { user_id: Set(user.id.0), role: Set(role.clone()) });
    user_role::Entity::insert_many(roles).exec_without_returning(executor.writer()).await?;
    Ok(())
}

/// Notes that a user was here.
///
/// # Errors
/// [`StoreError`]
pub async fn record_activity(executor: &impl Executor, id: UserId, now: Timestamp) -> Result<(), StoreError> {
    user::Entity::update_many()
        .col_expr(Column::LastSeenAt, now.millis().into())
        .filter(Column::Id.eq(id.0))
        .exec(executor.writer())
        .await?;
    Ok(())
}
