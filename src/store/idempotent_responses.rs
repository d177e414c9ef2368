//! Answers of the vault that can be had again for a short while.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use vouchsafe_entity::idempotent_response::{self, Column};

use super::{Executor, StoreError, sessions};
use crate::domain::clock::Timestamp;
use crate::domain::id::{ProviderName, SessionId, UserId};

/// Which answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseKey {
    /// The session that got it.
    pub session_id: SessionId,
    /// Whose tokens they are.
    pub provider: ProviderName,
    /// The name that the app gave to its request.
    pub key: String,
}

/// Keeps an answer, sealed; it takes the place of one under the same name that is over.
///
/// # Errors
/// [`StoreError`]
pub async fn put(
    executor: &impl Executor,
    replay: &ResponseKey,
    sealed: Vec<u8>,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    let row = idempotent_response::ActiveModel {
        session_id: Set(replay.session_id.0),
        provider: Set(replay.provider.as_str().to_owned()),
        key: Set(replay.key.clone()),
        sealed: Set(sealed),
        expires_at: Set(expires_at.millis()),
    };
    let replace = OnConflict::columns([Column::SessionId, Column::Provider, Column::Key])
        .update_columns([Column::Sealed, Column::ExpiresAt])
        .to_owned();
    idempotent_response::Entity::insert(row).on_conflict(replace).exec_without_returning(executor.writer()).await?;
    Ok(())
}

/// The answer that was given under this name, if its session is live.
///
/// # Errors
/// [`StoreError`]
pub async fn find(
    executor: &impl Executor,
    user_id: UserId,
    replay: &ResponseKey,
    now: Timestamp,
) -> Result<Option<Vec<u8>>, StoreError> {
    let row = idempotent_response::Entity::find()
        .filter(Column::SessionId.eq(replay.session_id.0))
        .filter(Column::Provider.eq(replay.provider.as_str()))
        .filter(Column::Key.eq(replay.key.as_str()))
        .filter(Column::ExpiresAt.gt(now.millis()))
        .filter(sessions::is_live(user_id, replay.session_id, now))
        .one(executor.reader())
        .await?;
    Ok(row.map(|row| row.sealed))
}

/// Throws away what can no longer be had. Answers how many rows.
///
/// # Errors
/// [`StoreError`]
pub async fn delete_expired(executor: &impl Executor, now: Timestamp) -> Result<u64, StoreError> {
    let swept = idempotent_response::Entity::delete_many()
        .filter(Column::ExpiresAt.lte(now.millis()))
        .exec(executor.writer())
        .await?;
    Ok(swept.rows_affected)
}
