//! Users' accounts at providers.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;
use vouchsafe_entity::identity::{self, Column};
use vouchsafe_entity::user;

use super::users::{AccountStatus, StatusRow};
use super::{Executor, StoreError};
use crate::domain::clock::Timestamp;
use crate::domain::email::EmailAddress;
use crate::domain::id::{ProviderName, UserId};
use crate::domain::profile::ExternalProfile;

/// Finds the user who has an identity.
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
        .into_partial_model::<StatusRow>()
        .one(executor.reader())
        .await?;
    Ok(row.map(AccountStatus::from))
}

/// Links an identity to a user.
///
/// # Errors
/// [`StoreError::Conflict`] if a user has it already, [`StoreError::MissingParent`] if the user is gone.
pub async fn add(
    executor: &impl Executor,
    id: Uuid,
    user_id: UserId,
    profile: &ExternalProfile,
    email: Option<&EmailAddress>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = identity::ActiveModel {
        id: Set(id),
        user_id: Set(user_id.0),
        provider: Set(profile.provider.as_str().to_owned()),
        subject: Set(profile.subject.clone()),
        email: Set(email.map(|email| email.written().to_owned())),
        email_verified: Set(is_verified(profile, email)),
        created_at: Set(now.millis()),
        updated_at: Set(now.millis()),
    };
    identity::Entity::insert(row).exec_without_returning(executor.writer()).await?;
    Ok(())
}

/// Updates a user's identity from the provider's latest answer.
///
/// # Errors
/// [`StoreError::Collision`] if the user does not have it any more.
pub async fn refresh(
    executor: &impl Executor,
    user_id: UserId,
    profile: &ExternalProfile,
    email: Option<&EmailAddress>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let written = email.map(|email| email.written().to_owned());
    let updated = identity::Entity::update_many()
        .col_expr(Column::Email, written.into())
        .col_expr(Column::EmailVerified, is_verified(profile, email).into())
        .col_expr(Column::UpdatedAt, now.millis().into())
        .filter(Column::UserId.eq(user_id.0))
        .filter(Column::Provider.eq(profile.provider.as_str()))
        .filter(Column::Subject.eq(profile.subject.as_str()))
        .exec(executor.writer())
        .await?;
    if updated.rows_affected == 0 {
        return Err(StoreError::Collision("the identity was unlinked".to_owned()));
    }
    Ok(())
}

/// An identity, as its user may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The row's id.
    pub id: Uuid,
    /// The provider's name.
    pub provider: String,
    /// The provider's id of the user.
    pub subject: String,
    /// The email address in the provider's last answer.
    pub email: Option<String>,
    /// Whether the provider stated that the user controls that address.
    pub is_email_verified: bool,
    /// When it was linked.
    pub created_at: Timestamp,
    /// When it last signed in.
    pub last_seen_at: Timestamp,
}

impl From<identity::Model> for Identity {
    fn from(row: identity::Model) -> Self {
        Self {
            id: row.id,
            provider: row.provider,
            subject: row.subject,
            email: row.email,
            is_email_verified: row.email_verified,
            created_at: Timestamp::from_millis(row.created_at),
            last_seen_at: Timestamp::from_millis(row.updated_at),
        }
    }
}

/// The identities of a user, oldest first.
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
    Ok(rows.into_iter().map(Identity::from).collect())
}

/// Removes a user's identities at a provider, or the one with this id there. Returns how many there were.
///
/// # Errors
/// [`StoreError`]
pub async fn remove(
    executor: &impl Executor,
    user_id: UserId,
    provider: &ProviderName,
    subject: Option<&str>,
) -> Result<u64, StoreError> {
    let mut removing = identity::Entity::delete_many()
        .filter(Column::UserId.eq(user_id.0))
        .filter(Column::Provider.eq(provider.as_str()));
    if let Some(subject) = subject {
        removing = removing.filter(Column::Subject.eq(subject));
    }
    Ok(removing.exec(executor.writer()).await?.rows_affected)
}

fn is_verified(profile: &ExternalProfile, email: Option<&EmailAddress>) -> bool {
    email.is_some() && profile.is_email_verified()
}
