//! The vault's rows: sealed provider tokens, at most one row per user and provider.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use vouchsafe_entity::vault_entry::{self, Column};

use super::{Executor, StoreError, sessions};
use crate::domain::clock::Timestamp;
use crate::domain::id::{ProviderName, SessionId, UserId};

/// Sealed tokens to be stored.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// The user they were issued for.
    pub user_id: UserId,
    /// The provider that issued them.
    pub provider: ProviderName,
    /// The tokens, sealed.
    pub sealed: Vec<u8>,
    /// Now.
    pub created_at: Timestamp,
    /// When they expire.
    pub expires_at: Timestamp,
}

/// Stores tokens in place of earlier ones of the same user and provider.
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

/// Takes tokens that have not expired, if the session of their user is live. Only one caller receives them.
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

/// The primary key of an entry; [`page`] goes in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryKey {
    /// The user they were issued for.
    pub user_id: UserId,
    /// The provider that issued them.
    pub provider: String,
}

/// An entry, to be sealed with another key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedEntry {
    /// Its primary key.
    pub key: EntryKey,
    /// The provider; `None` if no provider can have this name any more.
    pub provider: Option<ProviderName>,
    /// The tokens, sealed.
    pub sealed: Vec<u8>,
}

/// Up to `limit` entries after `after`, in order.
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

/// Replaces `old` by `new` if it is still there. Returns whether it was.
///
/// # Errors
/// [`StoreError`]
pub async fn replace(executor: &impl Executor, key: &EntryKey, old: &[u8], new: Vec<u8>) -> Result<bool, StoreError> {
    let replaced = vault_entry::Entity::update_many()
        .col_expr(Column::Sealed, new.into())
        .filter(Column::UserId.eq(key.user_id.0))
        .filter(Column::Provider.eq(key.provider.as_str()))
        .filter(Column::Sealed.eq(old.to_vec()))
        .exec(executor.writer())
        .await?;
    Ok(replaced.rows_affected > 0)
}
