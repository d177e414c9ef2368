//! Answers of the vault that the same session can read again with its `Idempotency-Key` for a short time.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use vouchsafe_entity::idempotent_response::{self, Column};

use super::{Executor, StoreError, sessions};
use crate::domain::clock::Timestamp;
use crate::domain::id::{ProviderName, SessionId, UserId};

/// Which answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseKey {
    /// The session that received it.
    pub session_id: SessionId,
    /// The provider that issued the tokens.
    pub provider: ProviderName,
    /// The app's `Idempotency-Key`.
    pub key: String,
}

/// Stores an answer, sealed, in place of an expired one with the same key.
///
/// # Errors
/// [`StoreError`]
pub async fn put(
    executor: &impl Executor,
    key: &ResponseKey,
    sealed: Vec<u8>,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    let row = idempotent_response::ActiveModel {
        session_id: Set(key.session_id.0),
        provider: Set(key.provider.as_str().to_owned()),
        key: Set(key.key.clone()),
        sealed: Set(sealed),
        expires_at: Set(expires_at.millis()),
    };
    let replace = OnConflict::columns([Column::SessionId, Column::Provider, Column::Key])
        .update_columns([Column::Sealed, Column::ExpiresAt])
        .to_owned();
    idempotent_response::Entity::insert(row).on_conflict(replace).exec_without_returning(executor.writer()).await?;
    Ok(())
}

/// Finds an answer that has not expired, if the session of its user is live.
///
/// # Errors
/// [`StoreError`]
pub async fn find(
    executor: &impl Executor,
    user_id: UserId,
    key: &ResponseKey,
    now: Timestamp,
) -> Result<Option<Vec<u8>>, StoreError> {
    let row = idempotent_response::Entity::find()
        .filter(Column::SessionId.eq(key.session_id.0))
        .filter(Column::Provider.eq(key.provider.as_str()))
        .filter(Column::Key.eq(key.key.as_str()))
        .filter(Column::ExpiresAt.gt(now.millis()))
        .filter(sessions::is_live(user_id, key.session_id, now))
        .one(executor.reader())
        .await?;
    Ok(row.map(|row| row.sealed))
}
