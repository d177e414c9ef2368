//! People and their roles.

use std::collections::HashSet;

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, JoinType, QueryFilter, QuerySelect};
use serde_json::Value;
use uuid::Uuid;
use vouchsafe_entity::user::{self, Column};
use vouchsafe_entity::user_role;

use super::{Access, StoreError, Transaction};
use crate::domain::clock::Timestamp;
use crate::domain::id::UserId;

/// A person with their roles.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
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
    /// Whether a provider proved that the person holds the address.
    pub email_verified: bool,
    /// The role that a token names first.
    pub default_role: String,
    /// All roles, sorted.
    pub roles: Vec<String>,
    /// Whatever the app wanted to remember.
    pub metadata: Option<Value>,
    /// Whether the person is shut out.
    pub is_disabled: bool,
}

/// A person as far as the rules look at them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whose account it is.
    pub id: UserId,
    /// Whether the person is shut out.
    pub is_disabled: bool,
    /// The form of the address that is compared.
    pub email_canonical: Option<String>,
    /// Whether that address was proven.
    pub is_address_verified: bool,
}

impl From<&Person> for Standing {
    fn from(person: &Person) -> Self {
        Self {
            id: person.id,
            is_disabled: person.is_disabled,
            email_canonical: person.email_canonical.clone(),
            is_address_verified: person.email_verified,
        }
    }
}

impl Standing {
    pub(super) fn from_row(row: &user::Model) -> Self {
        Self {
            id: UserId(row.id),
            is_disabled: row.disabled,
            email_canonical: row.email_canonical.clone(),
            is_address_verified: row.email_verified,
        }
    }
}

/// Finds a person.
///
/// # Errors
/// [`StoreError`]
pub async fn find(access: &impl Access, id: UserId) -> Result<Option<Person>, StoreError> {
    let roles = user_role::Entity::belongs_to(user::Entity).from(user_role::Column::UserId).to(Column::Id);
    let found = user::Entity::find_by_id(id.0)
        .join_rev(JoinType::LeftJoin, roles.into())
        .select_with(user_role::Entity)
        .all(access.reader())
        .await?;
    Ok(found.into_iter().next().map(|(row, roles)| with_roles(row, roles)))
}

/// Which of these people there are.
///
/// # Errors
/// [`StoreError`]
pub async fn of_these(access: &impl Access, ids: &[UserId]) -> Result<HashSet<UserId>, StoreError> {
    let found: Vec<Uuid> = user::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Id.is_in(ids.iter().map(|id| id.0)))
        .into_tuple()
        .all(access.reader())
        .await?;
    Ok(found.into_iter().map(UserId).collect())
}

/// Finds how a person stands.
///
/// # Errors
/// [`StoreError`]
pub async fn find_standing(access: &impl Access, id: UserId) -> Result<Option<Standing>, StoreError> {
    let row = user::Entity::find_by_id(id.0).one(access.reader()).await?;
    Ok(row.as_ref().map(Standing::from_row))
}

/// Finds how a person stands and holds their row until the transaction ends, so that what is decided about them
/// is decided one after the other. (SQLite has one writer anyhow.)
///
/// # Errors
/// [`StoreError`]
pub async fn hold(transaction: &Transaction, id: UserId) -> Result<Option<Standing>, StoreError> {
    use super::private::Connected as _;
    let row = user::Entity::find_by_id(id.0).lock_exclusive().one(transaction.writer()).await?;
    Ok(row.as_ref().map(Standing::from_row))
}

/// Notes that a person holds their address, if it still is this one. Answers whether it is.
///
/// # Errors
/// [`StoreError`]
pub async fn confirm_address(access: &impl Access, id: UserId, canonical: &str) -> Result<bool, StoreError> {
    let confirmed = user::Entity::update_many()
        .col_expr(Column::EmailVerified, true.into())
        .filter(Column::Id.eq(id.0))
        .filter(Column::EmailCanonical.eq(canonical))
        .exec(access.writer())
        .await?;
    Ok(confirmed.rows_affected > 0)
}

/// Removes a person, with everything that is theirs. Answers whether there was one.
///
/// # Errors
/// [`StoreError`]
pub async fn remove(access: &impl Access, id: UserId) -> Result<bool, StoreError> {
    Ok(user::Entity::delete_by_id(id.0).exec(access.writer()).await?.rows_affected > 0)
}

/// Finds how the person stands who has an address, by its canonical form.
///
/// # Errors
/// [`StoreError`]
pub async fn find_standing_by_address(access: &impl Access, canonical: &str) -> Result<Option<Standing>, StoreError> {
    let row = user::Entity::find().filter(Column::EmailCanonical.eq(canonical)).one(access.reader()).await?;
    Ok(row.as_ref().map(Standing::from_row))
}

fn with_roles(row: user::Model, roles: Vec<user_role::Model>) -> Person {
    let mut roles: Vec<String> = roles.into_iter().map(|role| role.role).collect();
    roles.sort();
    Person {
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

/// Adds a person.
///
/// # Errors
/// [`StoreError::Taken`] if somebody has the address already.
pub async fn add(access: &impl Access, person: &Person) -> Result<(), StoreError> {
    let row = user::ActiveModel {
        id: Set(person.id.0),
        created_at: Set(person.created_at.millis()),
        last_seen_at: Set(person.created_at.millis()),
        display_name: Set(person.display_name.clone()),
        avatar_url: Set(person.avatar_url.clone()),
        locale: Set(person.locale.clone()),
        email: Set(person.email.clone()),
        email_canonical: Set(person.email_canonical.clone()),
        email_verified: Set(person.email_verified),
        default_role: Set(person.default_role.clone()),
        metadata: Set(person.metadata.clone()),
        disabled: Set(person.is_disabled),
    };
    user::Entity::insert(row).exec_without_returning(access.writer()).await?;
    let roles =
        person.roles.iter().map(|role| user_role::ActiveModel { user_id: Set(person.id.0), role: Set(role.clone()) });
    user_role::Entity::insert_many(roles).exec_without_returning(access.writer()).await?;
    Ok(())
}

/// Notes that a person was here.
///
/// # Errors
/// [`StoreError`]
pub async fn note_seen(access: &impl Access, id: UserId, now: Timestamp) -> Result<(), StoreError> {
    user::Entity::update_many()
        .col_expr(Column::LastSeenAt, now.millis().into())
        .filter(Column::Id.eq(id.0))
        .exec(access.writer())
        .await?;
    Ok(())
}
