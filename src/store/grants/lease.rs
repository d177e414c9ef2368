//! The statements of a refresh: one node at a time has the lease of a grant, and each result is accepted or refused by
//! the one statement that writes it.

use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;
use vouchsafe_entity::grant::{self, Column};
use vouchsafe_entity::session;

use super::{Grant, GrantTokens, with_tokens};
use crate::domain::clock::Timestamp;
use crate::domain::grant_state::GrantState;
use crate::store::private::HasConnection as _;
use crate::store::{Executor, StoreError, Transaction};

/// A grant as a caller saw it. What is done to it has no effect if it has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The row's id.
    pub id: Uuid,
    /// Its fence.
    pub fence: i64,
}

impl From<&Grant> for Seen {
    fn from(grant: &Grant) -> Self {
        Self { id: grant.id, fence: grant.fence }
    }
}

fn is_seen(seen: Seen) -> Condition {
    Condition::all().add(Column::Id.eq(seen.id)).add(Column::Fence.eq(seen.fence))
}

fn is_in(state: GrantState) -> Expr {
    Column::State.eq(state.as_str())
}

fn is_past(column: Column, now: Timestamp) -> Condition {
    Condition::any().add(column.is_null()).add(column.lte(now.millis()))
}

/// Leases grants until `until`: those that are live, as they were seen, and whose refresh is not put off. This is what is
/// written before the provider is asked. Returns the grants that the caller has the lease of.
///
/// # Errors
/// [`StoreError`]
pub async fn claim(
    executor: &impl Executor,
    seen: &[Seen],
    now: Timestamp,
    until: Timestamp,
) -> Result<Vec<Grant>, StoreError> {
    let any = seen.iter().fold(Condition::any(), |any, seen| any.add(is_seen(*seen)));
    let claimed = leased(now, until)
        .filter(any)
        .filter(is_in(GrantState::Live))
        .filter(Column::CanRefresh.eq(true))
        .filter(is_past(Column::RetryAt, now))
        .exec_with_returning(executor.writer())
        .await?;
    Ok(claimed.into_iter().map(Grant::from).collect())
}

/// Leases a grant whose refresh ended without a known result, for another attempt.
///
/// # Errors
/// [`StoreError`]
pub async fn claim_again(
    executor: &impl Executor,
    seen: Seen,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Grant>, StoreError> {
    let claimed = leased(now, until)
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .filter(is_seen(seen))
        .filter(has_expired_lease(now))
        .exec_with_returning(executor.writer())
        .await?;
    Ok(claimed.into_iter().next().map(Grant::from))
}

fn leased(now: Timestamp, until: Timestamp) -> sea_orm::UpdateMany<grant::Entity> {
    grant::Entity::update_many()
        .col_expr(Column::State, GrantState::Refreshing.as_str().into())
        .col_expr(Column::Fence, Expr::col(Column::Fence).add(1))
        .col_expr(Column::LeaseUntil, until.millis().into())
        .col_expr(Column::UpdatedAt, now.millis().into())
}

fn has_expired_lease(now: Timestamp) -> Condition {
    Condition::all().add(is_in(GrantState::Refreshing)).add(Column::LeaseUntil.lte(now.millis()))
}

/// Stores the tokens that the holder of the lease `seen` received, also if it ended meanwhile: unless a later lease or
/// consent wrote its own, they are the newest. The grant is live then, whoever has a lease: the result of a later one
/// comes after this one, or finds that the tokens have changed. Returns whether they were stored.
///
/// # Errors
/// [`StoreError`]
pub async fn complete(
    executor: &impl Executor,
    seen: Seen,
    tokens: GrantTokens,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let completed = with_tokens(grant::Entity::update_many(), tokens, now)
        .col_expr(Column::State, GrantState::Live.as_str().into())
        .col_expr(Column::LeaseUntil, Option::<i64>::None.into())
        .col_expr(Column::Written, seen.fence.into())
        .filter(Column::Id.eq(seen.id))
        .filter(Column::Written.lt(seen.fence))
        .filter(Column::State.ne(GrantState::Revoked.as_str()))
        .exec(executor.writer())
        .await?;
    Ok(completed.rows_affected > 0)
}

/// Whether a grant is there and was not ended.
///
/// # Errors
/// [`StoreError`]
pub async fn exists(executor: &impl Executor, id: Uuid) -> Result<bool, StoreError> {
    let found = grant::Entity::find_by_id(id).filter(Column::State.ne(GrantState::Revoked.as_str()));
    Ok(found.one(executor.writer()).await?.is_some())
}

/// What is noted of a refresh that brought no tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutOff {
    /// No refresh is tried before.
    pub retry_at: Timestamp,
    /// How many refreshes of the stored tokens ended without a known result.
    pub attempts: u32,
    /// Why there were none.
    pub error: String,
}

/// Ends the lease `seen` without new tokens: what is stored can be sent again.
///
/// # Errors
/// [`StoreError`]
pub async fn release(executor: &impl Executor, seen: Seen, put_off: &PutOff, now: Timestamp) -> Result<(), StoreError> {
    grant::Entity::update_many()
        .col_expr(Column::State, GrantState::Live.as_str().into())
        .col_expr(Column::LeaseUntil, Option::<i64>::None.into())
        .col_expr(Column::RetryAt, put_off.retry_at.millis().into())
        .col_expr(Column::Attempts, i32::try_from(put_off.attempts).unwrap_or(i32::MAX).into())
        .col_expr(Column::LastError, put_off.error.as_str().into())
        .col_expr(Column::UpdatedAt, now.millis().into())
        .filter(is_seen(seen))
        .filter(is_in(GrantState::Refreshing))
        .exec(executor.writer())
        .await?;
    Ok(())
}

/// What must hold for a grant to be given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The caller has its lease, and its tokens are still those that were written under this number.
    Refused(i64),
    /// Its lease is over without a known result.
    UnknownResult,
    /// Its access token has expired, and there is no refresh token.
    Expired,
}

/// Gives a grant up. Returns it, if that was still to be done.
///
/// # Errors
/// [`StoreError`]
pub async fn lose(
    transaction: &Transaction,
    seen: Seen,
    loss: Loss,
    error: &str,
    now: Timestamp,
) -> Result<Option<Grant>, StoreError> {
    let condition = match loss {
        Loss::Refused(written) => Condition::all().add(is_in(GrantState::Refreshing)).add(Column::Written.eq(written)),
        Loss::UnknownResult => has_expired_lease(now),
        Loss::Expired => Condition::all()
            .add(is_in(GrantState::Live))
            .add(Column::CanRefresh.eq(false))
            .add(Column::GoodUntil.lte(now.millis())),
    };
    let lost = grant::Entity::update_many()
        .col_expr(Column::State, GrantState::NeedsReauthorization.as_str().into())
        .col_expr(Column::LeaseUntil, Option::<i64>::None.into())
        .col_expr(Column::RefreshAt, Option::<i64>::None.into())
        .col_expr(Column::LastError, error.into())
        .col_expr(Column::UpdatedAt, now.millis().into())
        .filter(is_seen(seen))
        .filter(condition)
        .exec_with_returning(transaction.writer())
        .await?;
    Ok(lost.into_iter().next().map(Grant::from))
}

/// Up to `limit` grants whose lease is over.
///
/// # Errors
/// [`StoreError`]
pub async fn expired(executor: &impl Executor, now: Timestamp, limit: u64) -> Result<Vec<Grant>, StoreError> {
    let rows = grant::Entity::find().filter(Column::LeaseUntil.is_not_null()).filter(has_expired_lease(now));
    let rows = rows.order_by_asc(Column::LeaseUntil).limit(limit).all(executor.reader()).await?;
    Ok(rows.into_iter().map(Grant::from).collect())
}

/// Up to `limit` grants of a provider that are to be refreshed ahead, of users with a session.
///
/// # Errors
/// [`StoreError`]
pub async fn due(
    executor: &impl Executor,
    provider: &str,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<Grant>, StoreError> {
    let has_session = Query::select()
        .expr(Expr::val(1))
        .from(session::Entity)
        .and_where(Expr::col((session::Entity, session::Column::UserId)).equals((grant::Entity, Column::UserId)))
        .and_where(session::Column::ExpiresAt.gt(now.millis()))
        .to_owned();
    let rows = grant::Entity::find()
        .filter(Column::RefreshAt.lte(now.millis()))
        .filter(Column::Provider.eq(provider))
        .filter(is_in(GrantState::Live))
        .filter(Column::CanRefresh.eq(true))
        .filter(is_past(Column::RetryAt, now))
        .filter(Expr::exists(has_session));
    let rows = rows.order_by_asc(Column::RefreshAt).limit(limit).all(executor.reader()).await?;
    Ok(rows.into_iter().map(Grant::from).collect())
}
