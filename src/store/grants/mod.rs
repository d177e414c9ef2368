//! Provider tokens that the service keeps and refreshes: one row per user, provider and subject.
//!
//! `fence` numbers leases and consents, and only grows. `written` is the number under which the tokens of the row were
//! written: a result never replaces that of a greater number. [`lease`] holds the statements of a refresh.

pub mod lease;

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;
use vouchsafe_entity::grant::{self, Column};

use super::private::HasConnection as _;
use super::{Executor, StoreError, Transaction};
use crate::domain::clock::Timestamp;
use crate::domain::grant_state::GrantState;
use crate::domain::id::{ProviderName, UserId};

/// A grant as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The row's id.
    pub id: Uuid,
    /// The user.
    pub user_id: UserId,
    /// The provider's name.
    pub provider: String,
    /// The provider's id of the user.
    pub subject: String,
    /// Its state.
    pub state: GrantState,
    /// What was granted.
    pub scopes: Vec<String>,
    /// The tokens, sealed.
    pub sealed: Vec<u8>,
    /// Whether there is a refresh token.
    pub can_refresh: bool,
    /// Until when the access token is taken to be valid; `None`: until it is revoked.
    pub good_until: Option<Timestamp>,
    /// The number of the last lease or consent.
    pub fence: i64,
    /// The number under which the tokens were written.
    pub written: i64,
    /// How many refreshes of these tokens ended without a known result.
    pub attempts: u32,
    /// When the refresh that is under way counts as ended.
    pub lease_until: Option<Timestamp>,
    /// Before that time no refresh is tried.
    pub retry_at: Option<Timestamp>,
    /// Why the last refresh failed.
    pub last_error: Option<String>,
    /// When the account was first granted.
    pub created_at: Timestamp,
    /// When the row last changed.
    pub updated_at: Timestamp,
}

impl From<grant::Model> for Grant {
    fn from(row: grant::Model) -> Self {
        Self {
            id: row.id,
            user_id: UserId(row.user_id),
            provider: row.provider,
            subject: row.subject,
            state: GrantState::of(&row.state),
            scopes: row.scopes.split_ascii_whitespace().map(str::to_owned).collect(),
            sealed: row.sealed,
            can_refresh: row.can_refresh,
            good_until: row.good_until.map(Timestamp::from_millis),
            fence: row.fence,
            written: row.written,
            attempts: row.attempts.unsigned_abs(),
            lease_until: row.lease_until.map(Timestamp::from_millis),
            retry_at: row.retry_at.map(Timestamp::from_millis),
            last_error: row.last_error,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
        }
    }
}

/// Tokens to be stored, sealed.
#[derive(Clone, Debug)]
pub struct GrantTokens {
    /// The tokens, sealed for user, provider and subject.
    pub sealed: Vec<u8>,
    /// What was granted.
    pub scopes: Vec<String>,
    /// Whether there is a refresh token.
    pub can_refresh: bool,
    /// Until when the access token is taken to be valid.
    pub good_until: Option<Timestamp>,
    /// When they are to be refreshed ahead of that.
    pub refresh_at: Option<Timestamp>,
}

/// Who has a grant, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantOwner {
    /// The user.
    pub user_id: UserId,
    /// The provider.
    pub provider: ProviderName,
    /// The provider's id of the user.
    pub subject: String,
}

fn is_of(user_id: UserId, provider: &str) -> Condition {
    Condition::all().add(Column::UserId.eq(user_id.0)).add(Column::Provider.eq(provider))
}

/// The grants of each user at a provider, the oldest first.
///
/// # Errors
/// [`StoreError`]
pub async fn find(executor: &impl Executor, keys: &[(UserId, ProviderName)]) -> Result<Vec<Grant>, StoreError> {
    let any =
        keys.iter().fold(Condition::any(), |any, (user_id, provider)| any.add(is_of(*user_id, provider.as_str())));
    let rows = grant::Entity::find().filter(any).order_by_asc(Column::CreatedAt).order_by_asc(Column::Id);
    Ok(rows.all(executor.reader()).await?.into_iter().map(Grant::from).collect())
}

/// All grants of a user, by provider, the oldest first.
///
/// # Errors
/// [`StoreError`]
pub async fn list(executor: &impl Executor, user_id: UserId) -> Result<Vec<Grant>, StoreError> {
    let rows = grant::Entity::find().filter(Column::UserId.eq(user_id.0));
    let rows = rows.order_by_asc(Column::Provider).order_by_asc(Column::CreatedAt).order_by_asc(Column::Id);
    Ok(rows.all(executor.reader()).await?.into_iter().map(Grant::from).collect())
}

/// The grant of an account, locked until the transaction ends.
///
/// # Errors
/// [`StoreError`]
pub async fn lock(transaction: &Transaction, owner: &GrantOwner) -> Result<Option<Grant>, StoreError> {
    let row = grant::Entity::find()
        .filter(is_of(owner.user_id, owner.provider.as_str()))
        .filter(Column::Subject.eq(owner.subject.as_str()))
        .lock_exclusive()
        .one(transaction.writer())
        .await?;
    Ok(row.map(Grant::from))
}

/// Stores the tokens of the first consent.
///
/// # Errors
/// [`StoreError::Conflict`] if there is such a grant.
pub async fn add(
    transaction: &Transaction,
    id: Uuid,
    owner: &GrantOwner,
    tokens: GrantTokens,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = grant::ActiveModel {
        id: Set(id),
        user_id: Set(owner.user_id.0),
        provider: Set(owner.provider.as_str().to_owned()),
        subject: Set(owner.subject.clone()),
        state: Set(GrantState::Live.as_str().to_owned()),
        scopes: Set(tokens.scopes.join(" ")),
        sealed: Set(tokens.sealed),
        can_refresh: Set(tokens.can_refresh),
        good_until: Set(tokens.good_until.map(Timestamp::millis)),
        fence: Set(1),
        written: Set(1),
        attempts: Set(0),
        lease_until: Set(None),
        retry_at: Set(None),
        refresh_at: Set(tokens.refresh_at.map(Timestamp::millis)),
        last_error: Set(None),
        created_at: Set(now.millis()),
        updated_at: Set(now.millis()),
    };
    grant::Entity::insert(row).exec_without_returning(transaction.writer()).await?;
    Ok(())
}

/// Stores the tokens of a further consent, under a number that outranks every refresh that is under way.
///
/// # Errors
/// [`StoreError`]
pub async fn consent(
    transaction: &Transaction,
    id: Uuid,
    tokens: GrantTokens,
    now: Timestamp,
) -> Result<(), StoreError> {
    let change = with_tokens(grant::Entity::update_many(), tokens, now)
        .col_expr(Column::Fence, Expr::col(Column::Fence).add(1))
        .col_expr(Column::Written, Expr::col(Column::Fence).add(1))
        .col_expr(Column::State, GrantState::Live.as_str().into())
        .col_expr(Column::LeaseUntil, Option::<i64>::None.into());
    change.filter(Column::Id.eq(id)).exec(transaction.writer()).await?;
    Ok(())
}

/// Replaces the access token of a live grant whose refresh token stays. Leases are counted on, because the answer to an
/// earlier one may bring a newer refresh token.
///
/// # Errors
/// [`StoreError`]
pub async fn replace_access_token(
    transaction: &Transaction,
    id: Uuid,
    tokens: GrantTokens,
    now: Timestamp,
) -> Result<(), StoreError> {
    let change = with_times(grant::Entity::update_many(), tokens, now);
    change.filter(Column::Id.eq(id)).exec(transaction.writer()).await?;
    Ok(())
}

type Update = sea_orm::UpdateMany<grant::Entity>;

fn with_tokens(update: Update, tokens: GrantTokens, now: Timestamp) -> Update {
    with_times(update, tokens, now)
        .col_expr(Column::Attempts, 0.into())
        .col_expr(Column::RetryAt, Option::<i64>::None.into())
        .col_expr(Column::LastError, Option::<String>::None.into())
}

fn with_times(update: Update, tokens: GrantTokens, now: Timestamp) -> Update {
    update
        .col_expr(Column::Sealed, tokens.sealed.into())
        .col_expr(Column::Scopes, tokens.scopes.join(" ").into())
        .col_expr(Column::CanRefresh, tokens.can_refresh.into())
        .col_expr(Column::GoodUntil, tokens.good_until.map(Timestamp::millis).into())
        .col_expr(Column::RefreshAt, tokens.refresh_at.map(Timestamp::millis).into())
        .col_expr(Column::UpdatedAt, now.millis().into())
}

/// A grant to be sealed with another key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedGrant {
    /// The row's id.
    pub id: Uuid,
    /// Who has it; `None` if no provider can have this name any more.
    pub owner: Option<GrantOwner>,
    /// The tokens, sealed.
    pub sealed: Vec<u8>,
}

/// Up to `limit` grants with tokens after `after`, by id.
///
/// # Errors
/// [`StoreError`]
pub async fn page(executor: &impl Executor, after: Option<Uuid>, limit: u64) -> Result<Vec<SealedGrant>, StoreError> {
    let mut pages = grant::Entity::find().filter(Column::State.ne(GrantState::Revoked.as_str())).cursor_by(Column::Id);
    if let Some(after) = after {
        pages.after(after);
    }
    let sealed = |row: grant::Model| SealedGrant {
        id: row.id,
        owner: row.provider.parse().ok().map(|provider| GrantOwner {
            user_id: UserId(row.user_id),
            provider,
            subject: row.subject,
        }),
        sealed: row.sealed,
    };
    Ok(pages.first(limit).all(executor.reader()).await?.into_iter().map(sealed).collect())
}

/// Replaces `old` by `new` if it is still there. Returns whether it was.
///
/// # Errors
/// [`StoreError`]
pub async fn replace(executor: &impl Executor, id: Uuid, old: &[u8], new: Vec<u8>) -> Result<bool, StoreError> {
    let replaced = grant::Entity::update_many()
        .col_expr(Column::Sealed, new.into())
        .filter(Column::Id.eq(id))
        .filter(Column::Sealed.eq(old.to_vec()))
        .exec(executor.writer())
        .await?;
    Ok(replaced.rows_affected > 0)
}

/// Ends all grants of a user: their rows stay, without tokens. What they held is to be revoked by the caller.
///
/// # Errors
/// [`StoreError`]
pub(super) async fn end(transaction: &Transaction, user_id: UserId, now: Timestamp) -> Result<Vec<Grant>, StoreError> {
    let is_held = || {
        let of_user = Condition::all().add(Column::UserId.eq(user_id.0));
        of_user.add(Column::State.ne(GrantState::Revoked.as_str()))
    };
    let held = grant::Entity::find().filter(is_held()).lock_exclusive().all(transaction.writer()).await?;
    grant::Entity::update_many()
        .col_expr(Column::State, GrantState::Revoked.as_str().into())
        .col_expr(Column::Sealed, Vec::<u8>::new().into())
        .col_expr(Column::LeaseUntil, Option::<i64>::None.into())
        .col_expr(Column::RefreshAt, Option::<i64>::None.into())
        .col_expr(Column::UpdatedAt, now.millis().into())
        .filter(is_held())
        .exec(transaction.writer())
        .await?;
    Ok(held.into_iter().map(Grant::from).collect())
}

/// Takes a user's grants away: of one provider or of all, and of one account there or of all. What they held is to be
/// revoked by the caller.
///
/// # Errors
/// [`StoreError`]
pub(super) async fn take(
    transaction: &Transaction,
    user_id: UserId,
    provider: Option<&ProviderName>,
    subject: Option<&str>,
) -> Result<Vec<Grant>, StoreError> {
    let mut taking = grant::Entity::delete_many().filter(Column::UserId.eq(user_id.0));
    if let Some(provider) = provider {
        taking = taking.filter(Column::Provider.eq(provider.as_str()));
    }
    if let Some(subject) = subject {
        taking = taking.filter(Column::Subject.eq(subject));
    }
    let taken = taking.exec_with_returning(transaction.writer()).await?;
    Ok(taken.into_iter().map(Grant::from).collect())
}
