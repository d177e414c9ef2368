//! Tokens that are to be given back: from the shelf of the vault into this table in one transaction, and out of it
//! when the provider took them, however often that has to be tried and by whichever node.

use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter};
use uuid::Uuid;
use vouchsafe_entity::{revocation, vault_entry};

use super::{Executor, StoreError, Transaction};
use crate::domain::clock::Timestamp;
use crate::domain::id::{ProviderName, UserId};
use crate::domain::random::RandomSource;

/// Tokens to be given back, as they are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingRevocation {
    /// The row.
    pub id: Uuid,
    /// Whose tokens they were.
    pub user_id: UserId,
    /// Who gave them; `None` if the name is none any more.
    pub provider: Option<ProviderName>,
    /// The tokens, sealed.
    pub sealed: Vec<u8>,
    /// How often it was tried, this time included.
    pub attempts: u32,
}

/// Moves what lies on the shelf for a person (of one provider, or of all) into the table. Answers how many rows.
///
/// # Errors
/// [`StoreError`]
pub async fn queue(
    transaction: &Transaction,
    user_id: UserId,
    provider: Option<&ProviderName>,
    random: &dyn RandomSource,
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<usize, StoreError> {
    use super::private::AsConnection as _;
    let mut taking = vault_entry::Entity::delete_many().filter(vault_entry::Column::UserId.eq(user_id.0));
    if let Some(provider) = provider {
        taking = taking.filter(vault_entry::Column::Provider.eq(provider.as_str()));
    }
    let taken = taking.exec_with_returning(transaction.writer()).await?;
    let count = taken.len();
    if count > 0 {
        let rows = taken.into_iter().map(|entry| revocation::ActiveModel {
            id: Set(random.uuid()),
            user_id: Set(entry.user_id),
            provider: Set(entry.provider),
            sealed: Set(entry.sealed),
            attempts: Set(0),
            next_at: Set(now.millis()),
            expires_at: Set(expires_at.millis()),
        });
        revocation::Entity::insert_many(rows).exec_without_returning(transaction.writer()).await?;
    }
    Ok(count)
}

/// Takes up to `limit` rows whose time has come, for the caller alone until `until`; then they come again.
///
/// # Errors
/// [`StoreError`]
pub async fn lease(
    executor: &impl Executor,
    limit: u64,
    now: Timestamp,
    until: Timestamp,
) -> Result<Vec<PendingRevocation>, StoreError> {
    use revocation::Column;
    let due = Query::select()
        .column(Column::Id)
        .from(revocation::Entity)
        .and_where(Column::NextAt.lte(now.millis()))
        .order_by(Column::NextAt, sea_orm::Order::Asc)
        .limit(limit)
        .to_owned();
    let leased = revocation::Entity::update_many()
        .col_expr(Column::NextAt, until.millis().into())
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .filter(Column::Id.in_subquery(due))
        // Who waited for another node's update looks again, and finds the time moved.
        .filter(Column::NextAt.lte(now.millis()))
        .exec_with_returning(executor.writer())
        .await?;
    Ok(leased
        .into_iter()
        .map(|row| PendingRevocation {
            id: row.id,
            user_id: UserId(row.user_id),
            provider: row.provider.parse().ok(),
            sealed: row.sealed,
            attempts: row.attempts.unsigned_abs(),
        })
        .collect())
}

/// The provider has them back, or there is no way to give them: the tokens are destroyed.
///
/// # Errors
/// [`StoreError`]
pub async fn complete(executor: &impl Executor, id: Uuid) -> Result<(), StoreError> {
    revocation::Entity::delete_by_id(id).exec(executor.writer()).await?;
    Ok(())
}

/// Sets when it is tried again.
///
/// # Errors
/// [`StoreError`]
pub async fn postpone(executor: &impl Executor, id: Uuid, next_at: Timestamp) -> Result<(), StoreError> {
    revocation::Entity::update_many()
        .col_expr(revocation::Column::NextAt, next_at.millis().into())
        .filter(revocation::Column::Id.eq(id))
        .exec(executor.writer())
        .await?;
    Ok(())
}

/// Gives up what was tried for too long. Answers how many rows there were.
///
/// # Errors
/// [`StoreError`]
pub async fn delete_expired(executor: &impl Executor, now: Timestamp) -> Result<u64, StoreError> {
    let given_up = revocation::Entity::delete_many()
        .filter(revocation::Column::ExpiresAt.lte(now.millis()))
        .exec(executor.writer())
        .await?;
    Ok(given_up.rows_affected)
}
