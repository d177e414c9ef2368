//! Deletes rows whose time is over, for the periodic maintenance.

use std::time::Duration;

use sea_orm::sea_query::{Alias, Expr, LockBehavior, LockType, Query};
use sea_orm::{ColumnTrait, ConnectionTrait as _, DbBackend, EntityTrait, ExprTrait, QueryFilter};
use tokio::time::sleep;
use vouchsafe_entity::{
    audit_event, flow_record, idempotent_response, one_time_code, pending_name, revocation, session, ticket, used_flow,
    vault_entry, webhook_message,
};

use super::private::HasConnection as _;
use super::{Store, StoreError, Transaction};
use crate::domain::clock::Timestamp;
use crate::domain::id::{ProviderName, SessionId, UserId};

/// Rows that one statement deletes at most: a request that waits for SQLite's only writer or for the disk waits shortly.
pub(super) const BATCH: u64 = 1_000;

/// The time between two such statements, which belongs to requests.
const PAUSE: Duration = Duration::from_millis(10);

/// How far the clocks of two nodes may differ.
const MAX_CLOCK_SKEW: Duration = Duration::from_secs(60);

/// Rows that were deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// All of them.
    pub rows: u64,
    /// Tokens among them that could not be revoked in time.
    pub unrevoked: u64,
    /// Sessions among them.
    pub sessions: u64,
    /// Vault entries among them.
    pub vault_entries: u64,
    /// Tickets among them.
    pub tickets: u64,
}

impl Store {
    /// How far the clock of another node on this database may be from ours. Processes that share a SQLite file share
    /// the machine's clock.
    #[must_use]
    pub fn max_clock_skew(&self) -> Duration {
        if self.backend() == DbBackend::Sqlite { Duration::ZERO } else { MAX_CLOCK_SKEW }
    }
}

/// Deletes what has expired by `now` on the clock of every node, and audit events older than `audit_retention`.
///
/// # Errors
/// [`StoreError`]; what was deleted until then stays deleted.
pub async fn delete_expired(store: &Store, now: Timestamp, audit_retention: Duration) -> Result<Deleted, StoreError> {
    let oldest_event = now.minus(audit_retention);
    let now = now.minus(store.max_clock_skew());
    let unrevoked = delete_until(store, revocation::Column::ExpiresAt, now).await?;
    let sessions = delete_until(store, session::Column::ExpiresAt, now).await?;
    let vault_entries = delete_until(store, vault_entry::Column::ExpiresAt, now).await?;
    let tickets = delete_until(store, ticket::Column::ExpiresAt, now).await?;
    let rows = unrevoked
        + sessions
        + vault_entries
        + tickets
        + delete_until(store, used_flow::Column::ExpiresAt, now).await?
        + delete_until(store, one_time_code::Column::ExpiresAt, now).await?
        + delete_until(store, pending_name::Column::ExpiresAt, now).await?
        + delete_until(store, idempotent_response::Column::ExpiresAt, now).await?
        + delete_until(store, flow_record::Column::ExpiresAt, now).await?
        + delete_until(store, webhook_message::Column::ExpiresAt, now).await?
        + delete_until(store, audit_event::Column::OccurredAt, oldest_event).await?;
    Ok(Deleted { rows, unrevoked, sessions, vault_entries, tickets })
}

/// A row whose end others are told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// A session that nobody used in time.
    Session(UserId, SessionId),
    /// Tokens that nobody took in time.
    Tokens(UserId, ProviderName),
}

/// Deletes some of the sessions and vault entries that have expired by `now` on the clock of every node, and returns them
/// in a transaction, to be committed by the caller; `None` if there are none.
///
/// # Errors
/// [`StoreError`]; then none were deleted.
pub async fn take_expired(store: &Store, now: Timestamp) -> Result<Option<(Vec<Ended>, Transaction)>, StoreError> {
    let now = now.minus(store.max_clock_skew());
    let session = session::Entity::find().filter(session::Column::ExpiresAt.lte(now.millis()));
    let entry = vault_entry::Entity::find().filter(vault_entry::Column::ExpiresAt.lte(now.millis()));
    if session.one(store.reader()).await?.is_none() && entry.one(store.reader()).await?.is_none() {
        return Ok(None);
    }
    let transaction = store.begin().await?;
    let entries = delete_some(&transaction, vault_entry::Column::ExpiresAt, now).await?;
    let tokens = |row: vault_entry::Model| Some(Ended::Tokens(UserId(row.user_id), row.provider.parse().ok()?));
    let mut ended: Vec<_> = entries.into_iter().filter_map(tokens).collect();
    let sessions = delete_some(&transaction, session::Column::ExpiresAt, now).await?;
    ended.extend(sessions.into_iter().map(|row| Ended::Session(UserId(row.user_id), SessionId(row.id))));
    Ok(Some((ended, transaction)))
}

/// Deletes the rows whose `column` is at most `time`. Rows that another transaction holds are left to the next turn.
async fn delete_until<C: ColumnTrait>(store: &Store, column: C, time: Timestamp) -> Result<u64, StoreError>
where
    C::EntityName: EntityTrait,
{
    let expired = expired(store.backend(), column, time);
    let mut total = 0;
    loop {
        let deleted = C::EntityName::delete_many().filter(expired.clone()).exec(&store.writer).await?.rows_affected;
        total += deleted;
        if deleted < BATCH {
            return Ok(total);
        }
        sleep(PAUSE).await;
    }
}

/// The same for some of them, within a transaction. Returns them.
async fn delete_some<C: ColumnTrait>(
    transaction: &Transaction,
    column: C,
    time: Timestamp,
) -> Result<Vec<<C::EntityName as EntityTrait>::Model>, StoreError>
where
    C::EntityName: EntityTrait,
{
    let connection = transaction.writer();
    let expired = expired(connection.get_database_backend(), column, time);
    Ok(C::EntityName::delete_many().filter(expired).exec_with_returning(connection).await?)
}

/// Whether a row is among some whose `column` is at most `time`, and that no other transaction holds.
fn expired<C: ColumnTrait>(backend: DbBackend, column: C, time: Timestamp) -> Expr
where
    C::EntityName: EntityTrait,
{
    let row_id = Alias::new(if backend == DbBackend::Sqlite { "rowid" } else { "ctid" });
    let some = Query::select()
        .column(row_id.clone())
        .from(C::EntityName::default())
        .and_where(column.lte(time.millis()))
        .limit(BATCH)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .to_owned();
    Expr::col(row_id).in_subquery(some)
}
