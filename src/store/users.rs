//! Users and their roles.

use std::collections::HashSet;

use sea_orm::sea_query::LockType;
use sea_orm::{ActiveValue::Set, ColumnTrait, DerivePartialModel, EntityTrait, JoinType, QueryFilter, QuerySelect};
use serde_json::Value;
use uuid::Uuid;
use vouchsafe_entity::user::{self, Column};
use vouchsafe_entity::user_role;

use super::private::HasConnection as _;
use super::{Executor, StoreError, Transaction};
use crate::domain::clock::Timestamp;
use crate::domain::id::UserId;

/// A user with roles.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// The user's id.
    pub id: UserId,
    /// When the user signed up.
    pub created_at: Timestamp,
    /// The display name.
    pub display_name: String,
    /// A picture's URL, or empty.
    pub avatar_url: String,
    /// Two or three letters.
    pub locale: String,
    /// The email address as written.
    pub email: Option<String>,
    /// Its canonical form, for comparison.
    pub email_canonical: Option<String>,
    /// Whether a provider proved that the user controls the address.
    pub email_verified: bool,
    /// The role that access tokens name first.
    pub default_role: String,
    /// All roles, sorted.
    pub roles: Vec<String>,
    /// JSON of the app.
    pub metadata: Option<Value>,
    /// Whether the user may not sign in.
    pub is_disabled: bool,
}

/// What the policy needs to know about a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountStatus {
    /// The user's id.
    pub id: UserId,
    /// Whether the user may not sign in.
    pub is_disabled: bool,
    /// The canonical form of the email address.
    pub email_canonical: Option<String>,
    /// Whether a provider proved that the user controls the address.
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

impl From<user::Model> for AccountStatus {
    fn from(row: user::Model) -> Self {
        Self {
            id: UserId(row.id),
            is_disabled: row.disabled,
            email_canonical: row.email_canonical,
            is_email_verified: row.email_verified,
        }
    }
}

/// The columns of an [`AccountStatus`].
#[derive(DerivePartialModel)]
#[sea_orm(entity = "user::Entity")]
pub(super) struct StatusRow {
    id: Uuid,
    disabled: bool,
    email_canonical: Option<String>,
    email_verified: bool,
}

impl From<StatusRow> for AccountStatus {
    fn from(row: StatusRow) -> Self {
        Self {
            id: UserId(row.id),
            is_disabled: row.disabled,
            email_canonical: row.email_canonical,
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
    Ok(found.into_iter().next().map(|(row, roles)| User::new(row, roles.into_iter().map(|role| role.role).collect())))
}

/// Returns which of these users exist.
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

/// Finds a user's status and locks the user's row until the transaction ends, so that decisions about one user are made
/// one after the other. (SQLite has one writer anyhow.)
///
/// # Errors
/// [`StoreError`]
pub async fn lock_for_update(transaction: &Transaction, id: UserId) -> Result<Option<AccountStatus>, StoreError> {
    // On SQLite the statement has no such clause, and its lock is the transaction's.
    #[cfg(debug_assertions)]
    transaction.writer().check_lock_order(r#"SELECT * FROM "users" FOR UPDATE"#);
    let row = user::Entity::find_by_id(id.0)
        .lock(LockType::Update)
        .into_partial_model::<StatusRow>()
        .one(transaction.writer())
        .await?;
    Ok(row.map(AccountStatus::from))
}

/// Finds the status of the user who has verified an email, by its canonical form. There is at most one.
///
/// # Errors
/// [`StoreError`]
pub async fn find_status_by_verified_email(
    executor: &impl Executor,
    canonical: &str,
) -> Result<Option<AccountStatus>, StoreError> {
    let row = user::Entity::find()
        .filter(Column::EmailCanonical.eq(canonical))
        .filter(Column::EmailVerified.eq(true))
        .into_partial_model::<StatusRow>()
        .one(executor.reader())
        .await?;
    Ok(row.map(AccountStatus::from))
}

/// Marks a user's address as proven if it is still this one. Returns whether it is.
///
/// # Errors
/// [`StoreError::Conflict`] if another user has proven it.
pub async fn mark_email_verified(executor: &impl Executor, id: UserId, canonical: &str) -> Result<bool, StoreError> {
    let updated = user::Entity::update_many()
        .col_expr(Column::EmailVerified, true.into())
        .filter(Column::Id.eq(id.0))
        .filter(Column::EmailCanonical.eq(canonical))
        .exec(executor.writer())
        .await?;
    Ok(updated.rows_affected > 0)
}

/// Disables or enables a user.
///
/// # Errors
/// [`StoreError`]
pub async fn set_disabled(executor: &impl Executor, id: UserId, is_disabled: bool) -> Result<(), StoreError> {
    let update = user::Entity::update_many().col_expr(Column::Disabled, is_disabled.into());
    update.filter(Column::Id.eq(id.0)).exec(executor.writer()).await?;
    Ok(())
}

/// Sets the role that access tokens name first.
///
/// # Errors
/// [`StoreError`]
pub async fn set_default_role(executor: &impl Executor, id: UserId, role: &str) -> Result<(), StoreError> {
    let update = user::Entity::update_many().col_expr(Column::DefaultRole, role.into());
    update.filter(Column::Id.eq(id.0)).exec(executor.writer()).await?;
    Ok(())
}

/// Deletes a user with everything that refers to them. Returns whether there was one.
///
/// # Errors
/// [`StoreError`]
pub async fn remove(executor: &impl Executor, id: UserId) -> Result<bool, StoreError> {
    Ok(user::Entity::delete_by_id(id.0).exec(executor.writer()).await?.rows_affected > 0)
}

impl User {
    pub(super) fn new(row: user::Model, mut roles: Vec<String>) -> Self {
        roles.sort();
        Self {
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
}

/// Adds a user with roles.
///
/// # Errors
/// [`StoreError::Conflict`] if the id is taken, or another user has proven the same address.
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

/// Sets when a user last signed in.
///
/// # Errors
/// [`StoreError::Collision`] if the user is gone.
pub async fn record_activity(executor: &impl Executor, id: UserId, now: Timestamp) -> Result<(), StoreError> {
    let updated = user::Entity::update_many()
        .col_expr(Column::LastSeenAt, now.millis().into())
        .filter(Column::Id.eq(id.0))
        .exec(executor.writer())
        .await?;
    if updated.rows_affected == 0 {
        return Err(StoreError::Collision("the user was deleted".to_owned()));
    }
    Ok(())
}
