//! Tickets: sealed sign-ins of people who have not come in yet.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use vouchsafe_entity::ticket::{self, Column};

use super::{Executor, StoreError};
use crate::domain::clock::Timestamp;

/// A ticket as it is kept.
#[derive(Clone, Debug)]
pub struct NewTicket {
    /// SHA-256 of its sort and handle.
    pub handle_hash: [u8; 32],
    /// What it stands for, sealed.
    pub sealed: Vec<u8>,
    /// When it is no longer good.
    pub expires_at: Timestamp,
}

/// Lays a ticket down.
///
/// # Errors
/// [`StoreError::Conflict`] if the handle is in use.
pub async fn add(executor: &impl Executor, new: NewTicket) -> Result<(), StoreError> {
    let row = ticket::ActiveModel {
        handle_hash: Set(new.handle_hash.to_vec()),
        sealed: Set(new.sealed),
        expires_at: Set(new.expires_at.millis()),
    };
    ticket::Entity::insert(row).exec_without_returning(executor.writer()).await?;
    Ok(())
}

/// Takes a ticket away, if it is still good. Of all who show its handle, one gets it.
///
/// # Errors
/// [`StoreError`]; then it is still there.
pub async fn take(
    executor: &impl Executor,
    handle_hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<Vec<u8>>, StoreError> {
    let taken = ticket::Entity::delete_many()
        .filter(Column::HandleHash.eq(handle_hash.to_vec()))
        .filter(Column::ExpiresAt.gt(now.millis()))
        .exec_with_returning(executor.writer())
        .await?;
    Ok(taken.into_iter().next().map(|row| row.sealed))
}

/// A ticket that is still good. It stays, so nothing may be decided by this.
///
/// # Errors
/// [`StoreError`]
pub async fn peek(
    executor: &impl Executor,
    handle_hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<Vec<u8>>, StoreError> {
    let row = ticket::Entity::find()
        .filter(Column::HandleHash.eq(handle_hash.to_vec()))
        .filter(Column::ExpiresAt.gt(now.millis()))
        .one(executor.reader())
        .await?;
    Ok(row.map(|row| row.sealed))
}

/// Throws away the tickets that nobody showed in time. Answers how many there were.
///
/// # Errors
/// [`StoreError`]
pub async fn delete_expired(executor: &impl Executor, now: Timestamp) -> Result<u64, StoreError> {
    let swept =
        ticket::Entity::delete_many().filter(Column::ExpiresAt.lte(now.millis())).exec(executor.writer()).await?;
    Ok(swept.rows_affected)
}
