//! The roles of users.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use vouchsafe_entity::user_role::{self, Column};

use super::{Executor, StoreError};
use crate::domain::id::UserId;

/// Replaces the roles `before` by the roles `after`.
///
/// # Errors
/// [`StoreError`]
pub async fn replace(
    executor: &impl Executor,
    user_id: UserId,
    before: &[String],
    after: &[String],
) -> Result<(), StoreError> {
    let removed: Vec<&str> = before.iter().filter(|role| !after.contains(role)).map(String::as_str).collect();
    if !removed.is_empty() {
        user_role::Entity::delete_many()
            .filter(Column::UserId.eq(user_id.0))
            .filter(Column::Role.is_in(removed))
            .exec(executor.writer())
            .await?;
    }
    let added: Vec<_> = after
        .iter()
        .filter(|role| !before.contains(role))
        .map(|role| user_role::ActiveModel { user_id: Set(user_id.0), role: Set(role.clone()) })
        .collect();
    if !added.is_empty() {
        user_role::Entity::insert_many(added).exec_without_returning(executor.writer()).await?;
    }
    Ok(())
}
