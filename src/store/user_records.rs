//! Users as operators look for them.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;
use vouchsafe_entity::{user, user_role};

use super::users::User;
use super::{Executor, StoreError};
use crate::domain::clock::Timestamp;
use crate::domain::id::UserId;

/// A user, and when they last signed in.
#[derive(Clone, Debug, PartialEq)]
pub struct UserRecord {
    /// The user.
    pub user: User,
    /// When they last signed in.
    pub last_seen_at: Timestamp,
}

/// Finds a user.
///
/// # Errors
/// [`StoreError`]
pub async fn find(executor: &impl Executor, id: UserId) -> Result<Option<UserRecord>, StoreError> {
    let row = user::Entity::find_by_id(id.0).one(executor.reader()).await?;
    Ok(with_roles(executor, row.into_iter().collect()).await?.pop())
}

/// Adds the roles to users.
async fn with_roles(executor: &impl Executor, rows: Vec<user::Model>) -> Result<Vec<UserRecord>, StoreError> {
    let found = user_role::Entity::find()
        .filter(user_role::Column::UserId.is_in(rows.iter().map(|row| row.id)))
        .all(executor.reader())
        .await?;
    let mut roles: HashMap<Uuid, Vec<String>> = HashMap::new();
    for row in found {
        roles.entry(row.user_id).or_default().push(row.role);
    }
    let record = |row: user::Model| {
        let (roles, last_seen_at) = (roles.remove(&row.id).unwrap_or_default(), row.last_seen_at);
        UserRecord { user: User::new(row, roles), last_seen_at: Timestamp::from_millis(last_seen_at) }
    };
    Ok(rows.into_iter().map(record).collect())
}
