//! Tickets: completed authorizations that wait for the app to sign their user in or up.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use vouchsafe_entity::ticket::{self, Column};

use super::{Executor, StoreError};
use crate::domain::clock::Timestamp;

/// A ticket to be stored.
#[derive(Clone, Debug)]
pub struct NewTicket {
    /// SHA-256 of its purpose and handle.
    pub handle_hash: [u8; 32],
    /// Profile and provider tokens, sealed.
    pub sealed: Vec<u8>,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// Stores a ticket.
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

/// Takes a ticket that has not expired. Only one caller receives it.
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

/// Reads a ticket that has not expired and leaves it in place, so nothing may be decided by this.
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
