//! Names that a provider sends only with the first authorization, kept until their user signs up.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait};
use vouchsafe_entity::pending_name::{self, Column};

use super::{Executor, StoreError};
use crate::domain::clock::Timestamp;
use crate::domain::id::ProviderName;

/// Stores a name, in place of an earlier one.
///
/// # Errors
/// [`StoreError`]
pub async fn put(
    executor: &impl Executor,
    provider: &ProviderName,
    subject: &str,
    name: &str,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    let row = pending_name::ActiveModel {
        provider: Set(provider.as_str().to_owned()),
        subject: Set(subject.to_owned()),
        name: Set(name.to_owned()),
        expires_at: Set(expires_at.millis()),
    };
    let replace = OnConflict::columns([Column::Provider, Column::Subject])
        .update_columns([Column::Name, Column::ExpiresAt])
        .to_owned();
    pending_name::Entity::insert(row).on_conflict(replace).exec_without_returning(executor.writer()).await?;
    Ok(())
}

/// Finds the name of a provider's subject.
///
/// # Errors
/// [`StoreError`]
pub async fn find(
    executor: &impl Executor,
    provider: &ProviderName,
    subject: &str,
) -> Result<Option<String>, StoreError> {
    let key = (provider.as_str().to_owned(), subject.to_owned());
    let found = pending_name::Entity::find_by_id(key).one(executor.reader()).await?;
    Ok(found.map(|row| row.name))
}

/// Removes the name of a provider's subject.
///
/// # Errors
/// [`StoreError`]
pub async fn remove(executor: &impl Executor, provider: &ProviderName, subject: &str) -> Result<(), StoreError> {
    let key = (provider.as_str().to_owned(), subject.to_owned());
    pending_name::Entity::delete_by_id(key).exec(executor.writer()).await?;
    Ok(())
}
