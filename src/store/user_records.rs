//! Users as operators look for them.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;
use vouchsafe_entity::user::Column;
use vouchsafe_entity::{identity, user, user_role};

use super::users::User;
use super::{Executor, StoreError};
use crate::domain::clock::Timestamp;
use crate::domain::id::{ProviderName, UserId};

/// A user, and when they last signed in.
#[derive(Clone, Debug, PartialEq)]
pub struct UserRecord {
    /// The user.
    pub user: User,
    /// When they last signed in.
    pub last_seen_at: Timestamp,
}

/// Which users are listed, in the order of their ids.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only those after this id.
    pub after: Option<UserId>,
    /// How many at most.
    pub limit: u64,
    /// Only those who are disabled, or only those who are not.
    pub is_disabled: Option<bool>,
    /// Only those with an identity at this provider.
    pub provider: Option<ProviderName>,
}

/// Finds a user.
///
/// # Errors
/// [`StoreError`]
pub async fn find(executor: &impl Executor, id: UserId) -> Result<Option<UserRecord>, StoreError> {
    let row = user::Entity::find_by_id(id.0).one(executor.reader()).await?;
    Ok(with_roles(executor, row.into_iter().collect()).await?.pop())
}

/// Finds the users who claim an email, by its canonical form; the one who has proven it comes first.
///
/// # Errors
/// [`StoreError`]
pub async fn find_by_email(
    executor: &impl Executor,
    canonical: &str,
    limit: u64,
) -> Result<Vec<UserRecord>, StoreError> {
    with_roles(executor, select_by_email(canonical, limit).all(executor.reader()).await?).await
}

pub(super) fn select_by_email(canonical: &str, limit: u64) -> Select<user::Entity> {
    let claimed = user::Entity::find().filter(Column::EmailCanonical.eq(canonical));
    claimed.order_by_desc(Column::EmailVerified).order_by_asc(Column::Id).limit(limit)
}

/// Lists users in the order of their ids.
///
/// # Errors
/// [`StoreError`]
pub async fn list(executor: &impl Executor, filter: &Filter) -> Result<Vec<UserRecord>, StoreError> {
    with_roles(executor, select(filter).all(executor.reader()).await?).await
}

pub(super) fn select(filter: &Filter) -> Select<user::Entity> {
    let mut query = user::Entity::find().order_by_asc(Column::Id).limit(filter.limit);
    if let Some(after) = filter.after {
        query = query.filter(Column::Id.gt(after.0));
    }
    match filter.is_disabled {
        // Written as in the condition of the index of disabled users.
        Some(true) => query = query.filter(Expr::col((user::Entity, Column::Disabled))),
        Some(false) => query = query.filter(Column::Disabled.eq(false)),
        None => {}
    }
    if let Some(provider) = &filter.provider {
        let owner = Expr::col((identity::Entity, identity::Column::UserId));
        let linked = Query::select()
            .expr(Expr::val(1))
            .from(identity::Entity)
            .and_where(owner.equals((user::Entity, Column::Id)))
            .and_where(identity::Column::Provider.eq(provider.as_str()))
            .to_owned();
        query = query.filter(Expr::exists(linked));
    }
    query
}

/// Adds the roles to users.
async fn with_roles(executor: &impl Executor, rows: Vec<user::Model>) -> Result<Vec<UserRecord>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
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
