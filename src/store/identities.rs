//! People as providers know them.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;
use vouchsafe_entity::identity::{self, Column};
use vouchsafe_entity::user;

use super::users::AccountStatus;
use super::{Executor, StoreError};
use crate::domain::clock::Timestamp;
use crate::domain::email::EmailAddress;
use crate::domain::id::{ProviderName, UserId};
use crate::domain::profile::ExternalProfile;

/// Finds how the person stands who has this identity.
///
/// # Errors
/// [`StoreError`]
pub async fn find_owner(
    executor: &impl Executor,
    provider: &ProviderName,
    subject: &str,
) -> Result<Option<AccountStatus>, StoreError> {
    let owner = identity::Entity::belongs_to(user::Entity).from(Column::UserId).to(user::Column::Id);
    let row = user::Entity::find()
        .join_rev(JoinType::InnerJoin, owner.into())
        .filter(Column::Provider.eq(provider.as_str()))
        .filter(Column::Subject.eq(subject))
        .one(executor.reader())
        .await?;
    Ok(row.as_ref().map(AccountStatus::from_row))
}

/// Gives an identity to a person.
///
/// # Errors
/// [`StoreError::Conflict`] if somebody has it already.
pub async fn add(
    executor: &impl Executor,
    id: Uuid,
    user_id: UserId,
    profile: &ExternalProfile,
    address: Option<&EmailAddress>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = identity::ActiveModel {
        id: Set(id),
        user_id: Set(user_id.0),
        provider: Set(profile.provider.as_str().to_owned()),
        subject: Set(profile.subject.clone()),
        email: Set(address.map(|address| address.written().to_owned())),
        email_verified: Set(is_proven(profile, address)),
        created_at: Set(now.millis()),
        updated_at: Set(now.millis()),
    };
    identity::Entity::insert(row).exec_without_returning(executor.writer()).await?;
    Ok(())
}

/// Notes what the provider says of a known identity today.
///
/// # Errors
/// [`StoreError`]
pub async fn refresh(
    executor: &impl Executor,
    profile: &ExternalProfile,
    address: Option<&EmailAddress>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let written = address.map(|address| address.written().to_owned());
    identity::Entity::update_many()
        .col_expr(Column::Email, written.into())
        .col_expr(Column::EmailVerified, is_proven(profile, address).into())
        .col_expr(Column::UpdatedAt, now.millis().into())
        .filter(Column::Provider.eq(profile.provider.as_str()))
        .filter(Column::Subject.eq(profile.subject.as_str()))
        .exec(executor.writer())
        .await?;
    Ok(())
}

/// An identity as its person may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The row.
    pub id: Uuid,
    /// Who vouches.
    pub provider: String,
    /// The provider's id of the person.
    pub subject: String,
    /// The address that the provider named last.
    pub email: Option<String>,
    /// Whether the provider vouched for that address.
    pub is_email_verified: bool,
    /// When it was first seen.
    pub created_at: Timestamp,
    /// When it was last seen.
    pub last_seen_at: Timestamp,
}

/// The identities of a person, oldest first.
///
/// # Errors
/// [`StoreError`]
pub async fn list(executor: &impl Executor, user_id: UserId) -> Result<Vec<Identity>, StoreError> {
    let rows = identity::Entity::find()
        .filter(Column::UserId.eq(user_id.0))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .all(executor.reader())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Identity {
            id: row.id,
            provider: row.provider,
            subject: row.subject,
            email: row.email,
            is_email_verified: row.email_verified,
            created_at: Timestamp::from_millis(row.created_at),
            last_seen_at: Timestamp::from_millis(row.updated_at),
        })
        .collect())
}

/// Takes a person's identities at a provider away. Answers how many there were.
///
/// # Errors
/// [`StoreError`]
pub async fn remove(executor: &impl Executor, user_id: UserId, provider: &ProviderName) -> Result<u64, StoreError> {
    let removed = identity::Entity::delete_many()
        .filter(Column::UserId.eq(user_id.0))
        .filter(Column::Provider.eq(provider.as_str()))
        .exec(executor.writer())
        .await?;
    Ok(removed.rows_affected)
}

fn is_proven(profile: &ExternalProfile, address: Option<&EmailAddress>) -> bool {
    address.is_some() && profile.is_email_verified()
}
