//! Tokens to be revoked: moved here from the vault and the grants in one transaction, and deleted when the provider has revoked them,
//! however many attempts that takes and whichever node makes them.

use sea_orm::sea_query::{Expr, LockBehavior, LockType, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;
use vouchsafe_entity::revocation::{self, Column};
use vouchsafe_entity::vault_entry;

use super::grants::{self, Grant, GrantOwner};
use super::private::HasConnection as _;
use super::{Executor, StoreError, Transaction};
use crate::domain::clock::Timestamp;
use crate::domain::id::{ProviderName, UserId};
use crate::domain::random::RandomSource;

/// Tokens to be revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingRevocation {
    /// The row's id.
    pub id: Uuid,
    /// The user they were issued for.
    pub user_id: UserId,
    /// The provider that issued them; `None` if no provider can have this name any more.
    pub provider: Option<ProviderName>,
    /// Of a grant's tokens: the provider's id of the user.
    pub subject: Option<String>,
    /// The tokens, sealed.
    pub sealed: Vec<u8>,
    /// How many attempts were made, this one included.
    pub attempts: u32,
}

/// Which tokens of a user are to be revoked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Which<'a> {
    /// Those of this provider; `None`: of all.
    pub provider: Option<&'a ProviderName>,
    /// The grants of this account there, by the provider's id; `None`: of all.
    pub subject: Option<&'a str>,
    /// Whether what the vault keeps stays there, because it is another account's. The vault does not know whose it is.
    pub leaves_vault: bool,
}

/// Moves a user's tokens from the vault and the grants to the pending revocations, to be tried from `now` until
/// `expires_at`. Returns how many.
///
/// # Errors
/// [`StoreError`]
pub async fn queue(
    transaction: &Transaction,
    user_id: UserId,
    which: Which<'_>,
    random: &dyn RandomSource,
    times: (Timestamp, Timestamp),
) -> Result<usize, StoreError> {
    let mut taking = vault_entry::Entity::delete_many().filter(vault_entry::Column::UserId.eq(user_id.0));
    if let Some(provider) = which.provider {
        taking = taking.filter(vault_entry::Column::Provider.eq(provider.as_str()));
    }
    let entries =
        if which.leaves_vault { Vec::new() } else { taking.exec_with_returning(transaction.writer()).await? };
    let entries = entries.into_iter().map(|entry| (entry.provider, None, entry.sealed));
    let grants = grants::take(transaction, user_id, which.provider, which.subject).await?;
    let rows = entries.chain(held(grants)).map(|tokens| row(user_id, tokens, random, times)).collect();
    insert(transaction, rows).await
}

/// Ends all grants of a user, and moves their tokens to the pending revocations. Returns how many.
///
/// # Errors
/// [`StoreError`]
pub async fn queue_grants(
    transaction: &Transaction,
    user_id: UserId,
    random: &dyn RandomSource,
    times: (Timestamp, Timestamp),
) -> Result<usize, StoreError> {
    let ended = grants::end(transaction, user_id, times.0).await?;
    let rows = held(ended).map(|tokens| row(user_id, tokens, random, times)).collect();
    insert(transaction, rows).await
}

/// Sealed tokens with their provider and subject.
type SealedTokens = (String, Option<String>, Vec<u8>);

fn held(grants: Vec<Grant>) -> impl Iterator<Item = SealedTokens> {
    let held = grants.into_iter().filter(|grant| !grant.sealed.is_empty());
    held.map(|grant| (grant.provider, Some(grant.subject), grant.sealed))
}

async fn insert(transaction: &Transaction, rows: Vec<revocation::ActiveModel>) -> Result<usize, StoreError> {
    let count = rows.len();
    if count > 0 {
        revocation::Entity::insert_many(rows).exec_without_returning(transaction.writer()).await?;
    }
    Ok(count)
}

/// Adds the sealed tokens of a grant that was ended while they were on their way.
///
/// # Errors
/// [`StoreError`]
pub async fn add(
    transaction: &Transaction,
    owner: &GrantOwner,
    sealed: Vec<u8>,
    random: &dyn RandomSource,
    times: (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    let tokens = (owner.provider.as_str().to_owned(), Some(owner.subject.clone()), sealed);
    let row = row(owner.user_id, tokens, random, times);
    revocation::Entity::insert(row).exec_without_returning(transaction.writer()).await?;
    Ok(())
}

fn row(
    user_id: UserId,
    (provider, subject, sealed): SealedTokens,
    random: &dyn RandomSource,
    (now, expires_at): (Timestamp, Timestamp),
) -> revocation::ActiveModel {
    revocation::ActiveModel {
        id: Set(random.uuid()),
        user_id: Set(user_id.0),
        provider: Set(provider),
        subject: Set(subject),
        sealed: Set(sealed),
        attempts: Set(0),
        next_at: Set(now.millis()),
        expires_at: Set(expires_at.millis()),
    }
}

/// Leases up to `limit` due rows to the caller alone until `until`; then they are due again.
///
/// # Errors
/// [`StoreError`]
pub async fn lease(
    executor: &impl Executor,
    limit: u64,
    now: Timestamp,
    until: Timestamp,
) -> Result<Vec<PendingRevocation>, StoreError> {
    let due = Query::select()
        .column(Column::Id)
        .from(revocation::Entity)
        .and_where(Column::NextAt.lte(now.millis()))
        .order_by(Column::NextAt, sea_orm::Order::Asc)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .to_owned();
    let leased = revocation::Entity::update_many()
        .col_expr(Column::NextAt, until.millis().into())
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .filter(Column::Id.in_subquery(due))
        .filter(Column::NextAt.lte(now.millis()))
        .exec_with_returning(executor.writer())
        .await?;
    Ok(leased
        .into_iter()
        .map(|row| PendingRevocation {
            id: row.id,
            user_id: UserId(row.user_id),
            provider: row.provider.parse().ok(),
            subject: row.subject,
            sealed: row.sealed,
            attempts: row.attempts.unsigned_abs(),
        })
        .collect())
}

/// How many there are.
///
/// # Errors
/// [`StoreError`]
pub async fn count(executor: &impl Executor) -> Result<u64, StoreError> {
    Ok(revocation::Entity::find().count(executor.reader()).await?)
}

/// Deletes a row whose tokens were revoked, or cannot be.
///
/// # Errors
/// [`StoreError`]
pub async fn complete(executor: &impl Executor, id: Uuid) -> Result<(), StoreError> {
    revocation::Entity::delete_by_id(id).exec(executor.writer()).await?;
    Ok(())
}

/// Sets when the next attempt is due.
///
/// # Errors
/// [`StoreError`]
pub async fn postpone(executor: &impl Executor, id: Uuid, next_at: Timestamp) -> Result<(), StoreError> {
    revocation::Entity::update_many()
        .col_expr(Column::NextAt, next_at.millis().into())
        .filter(Column::Id.eq(id))
        .exec(executor.writer())
        .await?;
    Ok(())
}
