//! Deletes rows whose time is over, for the periodic maintenance.

use std::time::Duration;

use sea_orm::sea_query::{Alias, Expr, LockBehavior, LockType, Query};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, ExprTrait, QueryFilter};
use tokio::time::sleep;
use vouchsafe_entity::{
    audit_event, flow_record, idempotent_response, one_time_code, pending_name, revocation, session, ticket, used_flow,
    vault_entry,
};

use super::{Store, StoreError};
use crate::domain::clock::Timestamp;

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
        + delete_until(store, audit_event::Column::OccurredAt, oldest_event).await?;
    Ok(Deleted { rows, unrevoked, sessions, vault_entries, tickets })
}

/// Deletes the rows whose `column` is at most `time`. Rows that another transaction holds are left to the next turn.
async fn delete_until<C: ColumnTrait>(store: &Store, column: C, time: Timestamp) -> Result<u64, StoreError>
where
    C::EntityName: EntityTrait,
{
    let row_id = Alias::new(if store.backend() == DbBackend::Sqlite { "rowid" } else { "ctid" });
    let expired = Query::select()
        .column(row_id.clone())
        .from(C::EntityName::default())
        .and_where(column.lte(time.millis()))
        .limit(BATCH)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .to_owned();
    let mut total = 0;
    loop {
        let deleted = C::EntityName::delete_many()
            .filter(Expr::col(row_id.clone()).in_subquery(expired.clone()))
            .exec(&store.writer)
            .await?
            .rows_affected;
        total += deleted;
        if deleted < BATCH {
            return Ok(total);
        }
        sleep(PAUSE).await;
    }
}
