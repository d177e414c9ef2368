//! One-time codes that an app exchanges for a session.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use vouchsafe_entity::pkce_code;

use super::sessions::{read_claims, write_claims};
use super::{Access, StoreError};
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
    /// What the provider said of the person that access tokens repeat.
    pub claims: Claims,
}

/// Lays a code down.
///
/// # Errors
/// [`StoreError`]
pub async fn add(access: &impl Access, code: NewCode) -> Result<(), StoreError> {
    let row = pkce_code::ActiveModel {
        code_hash: Set(code.code_hash.to_vec()),
        user_id: Set(code.user_id.0),
        challenge: Set(code.challenge),
        expires_at: Set(code.expires_at.millis()),
        claims: Set(write_claims(&code.claims)),
    };
    pkce_code::Entity::insert(row).exec_without_returning(access.writer()).await?;
    Ok(())
}

/// Takes a code away, if the challenge fits and it is still good. The one who gets the person is the only one.
///
/// A wrong challenge leaves the code where it is, so that a guess does not take it from its owner.
///
/// # Errors
/// [`StoreError`]
pub async fn take(
    access: &impl Access,
    code_hash: [u8; 32],
    challenge: &str,
    now: Timestamp,
) -> Result<Option<(UserId, Claims)>, StoreError> {
    let taken = pkce_code::Entity::delete_many()
        .filter(pkce_code::Column::CodeHash.eq(code_hash.to_vec()))
        .filter(pkce_code::Column::Challenge.eq(challenge))
        .filter(pkce_code::Column::ExpiresAt.gt(now.millis()))
        .exec_with_returning(access.writer())
        .await?;
    Ok(taken.into_iter().next().map(|row| (UserId(row.user_id), read_claims(row.claims))))
}

/// Throws away the codes that are no longer good. Answers how many there were.
///
/// # Errors
/// [`StoreError`]
pub async fn sweep(access: &impl Access, now: Timestamp) -> Result<u64, StoreError> {
    let swept = pkce_code::Entity::delete_many()
        .filter(pkce_code::Column::ExpiresAt.lte(now.millis()))
        .exec(access.writer())
        .await?;
    Ok(swept.rows_affected)
}
