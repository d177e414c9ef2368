//! The shelf of the vault: sealed provider tokens, at limit one row per person and provider.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use vouchsafe_entity::vault_entry::{self, Column};

use super::{Executor, StoreError, sessions};
use crate::domain::clock::Timestamp;
use crate::domain::id::{ProviderName, SessionId, UserId};

/// Sealed tokens as they are kept.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// Whose tokens they are.
    pub user_id: UserId,
    /// Who gave them.
    pub provider: ProviderName,
    /// The tokens, sealed.
    pub sealed: Vec<u8>,
    /// Now.
    pub created_at: Timestamp,
    /// When they are thrown away.
    pub expires_at: Timestamp,
}

/// Lays tokens on the shelf; what lay there for the same person and provider is gone.
///
/// # Errors
/// [`StoreError`]
pub async fn put(executor: &impl Executor, entry: NewEntry) -> Result<(), StoreError> {
    let row = vault_entry::ActiveModel {
        user_id: Set(entry.user_id.0),
        provider: Set(entry.provider.into()),
        sealed: Set(entry.sealed),
        created_at: Set(entry.created_at.millis()),
        expires_at: Set(entry.expires_at.millis()),
    };
    let replace = OnConflict::columns([Column::UserId, Column::Provider])
        .update_columns([Column::Sealed, Column::CreatedAt, Column::ExpiresAt])
        .to_owned();
    vault_entry::Entity::insert(row).on_conflict(replace).exec_without_returning(executor.writer()).await?;
    Ok(())
}

/// Takes the tokens, if the session of their user is live. Of all who ask, one gets them.
///
/// # Errors
/// [`StoreError`]; then they are still there.
pub async fn take(
    executor: &impl Executor,
    (user_id, session_id): (UserId, SessionId),
    provider: &ProviderName,
    now: Timestamp,
) -> Result<Option<Vec<u8>>, StoreError> {
    let taken = vault_entry::Entity::delete_many()
        .filter(Column::UserId.eq(user_id.0))
        .filter(Column::Provider.eq(provider.as_str()))
        .filter(Column::ExpiresAt.gt(now.millis()))
        .filter(sessions::is_live(user_id, session_id, now))
        .exec_with_returning(executor.writer())
        .await?;
    Ok(taken.into_iter().next().map(|row| row.sealed))
}

/// Where a row lies; the shelf is in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryKey {
    /// Whose tokens they are.
    pub user_id: UserId,
    /// Who gave them.
    pub provider: String,
}

/// A row, to be sealed anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedEntry {
    /// Where it lies.
    pub key: EntryKey,
    /// The provider; `None` if the name is none any more.
    pub provider: Option<ProviderName>,
    /// The tokens, sealed.
    pub sealed: Vec<u8>,
}

/// Up to `limit` rows after `after`, in order.
///
/// # Errors
/// [`StoreError`]
pub async fn page(
    executor: &impl Executor,
    after: Option<&EntryKey>,
    limit: u64,
) -> Result<Vec<SealedEntry>, StoreError> {
    let mut pages = vault_entry::Entity::find().cursor_by((Column::UserId, Column::Provider));
    if let Some(after) = after {
        pages.after((after.user_id.0, after.provider.clone()));
    }
    let rows = pages.first(limit).all(executor.reader()).await?;
    Ok(rows
        .into_iter()
        .map(|row| SealedEntry {
            provider: row.provider.parse().ok(),
            key: EntryKey { user_id: UserId(row.user_id), provider: row.provider },
            sealed: row.sealed,
        })
        .collect())
}

/// Puts `new` where `old` lies, if it still does. Answers whether it did.
///
/// # Errors
/// [`StoreError`]
pub async fn replace(executor: &impl Executor, key: &EntryKey, old: &[u8], new: Vec<u8>) -> Result<bool, StoreError> {
    let exchanged = vault_entry::Entity::update_many()
        .col_expr(Column::Sealed, new.into())
        .filter(Column::UserId.eq(key.user_id.0))
        .filter(Column::Provider.eq(key.provider.as_str()))
        .filter(Column::Sealed.eq(old.to_vec()))
        .exec(executor.writer())
        .await?;
    Ok(exchanged.rows_affected > 0)
}

/// Throws away what nobody fetched in time. Answers how many rows there were.
///
/// # Errors
/// [`StoreError`]
pub async fn delete_expired(executor: &impl Executor, now: Timestamp) -> Result<u64, StoreError> {
    let swept =
        vault_entry::Entity::delete_many().filter(Column::ExpiresAt.lte(now.millis())).exec(executor.writer()).await?;
    Ok(swept.rows_affected)
}
