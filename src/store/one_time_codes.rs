//! One-time codes that an app exchanges for a session.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use vouchsafe_entity::one_time_code;

use super::sessions::{read_claims, write_claims};
use super::{Executor, StoreError};
use crate::domain::claims::Claims;
use crate::domain::clock::Timestamp;
use crate::domain::id::UserId;

/// A code as it is kept.
#[derive(Clone, Debug)]
pub struct NewCode {
    /// SHA-256 of the code.
    pub code_hash: [u8; 32],
    /// Whom it signs in.
    pub user_id: UserId,
    /// The app's `S256` challenge.
    pub challenge: String,
    /// When it is no longer good.
    pub expires_at: Timestamp,
    /// What the provider said of the person that executor tokens repeat.
    pub claims: Claims,
}

/// Lays a code down.
///
/// # Errors
/// [`StoreError`]
pub async fn add(executor: &impl Executor, code: NewCode) -> Result<(), StoreError> {
    let row = one_time_code::ActiveModel {
        code_hash: Set(code.code_hash.to_vec()),
        user_id: Set(code.user_id.0),
        challenge: Set(code.challenge),
        expires_at: Set(code.expires_at.millis()),
        claims: Set(write_claims(&code.claims)),
    };
    one_time_code::Entity::insert(row).exec_without_returning(executor.writer()).await?;
    Ok(())
}

/// Takes a code away, if the challenge fits and it is still good. The one who gets the person is the only one.
///
/// A wrong challenge leaves the code where it is, so that a guess does not take it from its owner.
///
/// # Errors
/// [`StoreError`]
pub async fn take(
    executor: &impl Executor,
    code_hash: [u8; 32],
    challenge: &str,
    now: Timestamp,
) -> Result<Option<(UserId, Claims)>, StoreError> {
    let taken = one_time_code::Entity::delete_many()
        .filter(one_time_code::Column::CodeHash.eq(code_hash.to_vec()))
        .filter(one_time_code::Column::Challenge.eq(challenge))
        .filter(one_time_code::Column::ExpiresAt.gt(now.millis()))
        .exec_with_returning(executor.writer())
        .await?;
    Ok(taken.into_iter().next().map(|row| (UserId(row.user_id), read_claims(row.claims))))
}

/// Throws away the codes that are no longer good. Answers how many there were.
///
/// # Errors
/// [`StoreError`]
pub async fn delete_expired(executor: &impl Executor, now: Timestamp) -> Result<u64, StoreError> {
    let swept = one_time_code::Entity::delete_many()
        .filter(one_time_code::Column::ExpiresAt.lte(now.millis()))
        .exec(executor.writer())
        .await?;
    Ok(swept.rows_affected)
}
