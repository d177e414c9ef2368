//! One-time codes that an app exchanges for a session.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use vouchsafe_entity::one_time_code::{self, Column};

use super::sessions::{read_claims, write_claims};
use super::{Executor, StoreError};
use crate::domain::claims::Claims;
use crate::domain::clock::Timestamp;
use crate::domain::id::UserId;

/// A code to be stored.
#[derive(Clone, Debug)]
pub struct NewCode {
    /// SHA-256 of the code.
    pub code_hash: [u8; 32],
    /// The user it signs in.
    pub user_id: UserId,
    /// The app's `S256` challenge.
    pub challenge: String,
    /// When it expires.
    pub expires_at: Timestamp,
    /// Claims of the provider's profile for the access tokens of the session.
    pub claims: Claims,
}

/// Stores a code.
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

/// Takes a code if the challenge matches and it has not expired. Only one caller receives its user.
///
/// A wrong challenge leaves the code in place, so that a guess does not take it from its owner.
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
        .filter(Column::CodeHash.eq(code_hash.to_vec()))
        .filter(Column::Challenge.eq(challenge))
        .filter(Column::ExpiresAt.gt(now.millis()))
        .exec_with_returning(executor.writer())
        .await?;
    Ok(taken.into_iter().next().map(|row| (UserId(row.user_id), read_claims(row.claims))))
}

/// Removes all codes of a user.
///
/// # Errors
/// [`StoreError`]
pub async fn remove_all(executor: &impl Executor, user_id: UserId) -> Result<(), StoreError> {
    one_time_code::Entity::delete_many().filter(Column::UserId.eq(user_id.0)).exec(executor.writer()).await?;
    Ok(())
}

/// Finds the user of a code, which stays in place.
///
/// # Errors
/// [`StoreError`]
pub async fn find_owner(executor: &impl Executor, code_hash: [u8; 32]) -> Result<Option<UserId>, StoreError> {
    let row = one_time_code::Entity::find_by_id(code_hash.to_vec()).one(executor.reader()).await?;
    Ok(row.map(|row| UserId(row.user_id)))
}
