//! People as providers know them.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;
use vouchsafe_entity::identity::{self, Column};

use super::{Access, StoreError};
use crate::domain::clock::Timestamp;
use crate::domain::id::{ProviderName, UserId};
use crate::domain::profile::{EmailTrust, ExternalProfile};

/// Finds who has this identity.
///
/// # Errors
/// [`StoreError`]
pub async fn find_owner(
    access: &impl Access,
    provider: &ProviderName,
    subject: &str,
) -> Result<Option<UserId>, StoreError> {
    let row = identity::Entity::find()
        .filter(Column::Provider.eq(provider.as_str()))
        .filter(Column::Subject.eq(subject))
        .one(access.connection())
        .await?;
    Ok(row.map(|row| UserId(row.user_id)))
}

/// Gives an identity to a person.
///
/// # Errors
/// [`StoreError::Taken`] if somebody has it already.
pub async fn add(
    access: &impl Access,
    id: Uuid,
    user_id: UserId,
    profile: &ExternalProfile,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = identity::ActiveModel {
        id: Set(id),
        user_id: Set(user_id.0),
        provider: Set(profile.provider.as_str().to_owned()),
        subject: Set(profile.subject.clone()),
        email: Set(profile.email.clone()),
        email_verified: Set(profile.email_trust == EmailTrust::Verified),
        created_at: Set(now.millis()),
        updated_at: Set(now.millis()),
    };
    identity::Entity::insert(row).exec_without_returning(access.connection()).await?;
    Ok(())
}

/// Notes what the provider says of a known identity today.
///
/// # Errors
/// [`StoreError`]
pub async fn note_seen(access: &impl Access, profile: &ExternalProfile, now: Timestamp) -> Result<(), StoreError> {
    identity::Entity::update_many()
        .col_expr(Column::Email, profile.email.clone().into())
        .col_expr(Column::EmailVerified, (profile.email_trust == EmailTrust::Verified).into())
        .col_expr(Column::UpdatedAt, now.millis().into())
        .filter(Column::Provider.eq(profile.provider.as_str()))
        .filter(Column::Subject.eq(profile.subject.as_str()))
        .exec(access.connection())
        .await?;
    Ok(())
}
