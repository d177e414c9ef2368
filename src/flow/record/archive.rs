//! Attempts in the database, for all nodes. They are written behind the answers, many by one statement.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::sleep;

use super::Attempt;
use super::report::FlowFilter;
use crate::domain::clock::Timestamp;
use crate::domain::id::FlowTag;
use crate::domain::log;
use crate::domain::random::RandomSource;
use crate::store::flow_records::{self, NewFlowRecord};
use crate::store::{Store, StoreError};

/// Attempts that wait to be written. More are kept in memory only.
const MAX_WAITING: usize = 10_000;

/// How many one statement writes at most.
const MAX_BATCH: usize = 200;

/// The time between two statements, in which attempts gather.
const PAUSE: Duration = Duration::from_millis(200);

/// How many attempts a list looks at, more than one for each flow.
const ATTEMPTS_PER_FLOW: usize = 4;

/// A queue of attempts that are to be written.
#[must_use]
pub fn queue() -> (Sender<Attempt>, Receiver<Attempt>) {
    channel(MAX_WAITING)
}

/// Writes what comes until the process ends. What cannot be written is lost, but for the memory of this node.
pub async fn write(mut queue: Receiver<Attempt>, store: Store, random: Arc<dyn RandomSource>, ttl: Duration) {
    let mut attempts = Vec::with_capacity(MAX_BATCH);
    while queue.recv_many(&mut attempts, MAX_BATCH).await > 0 {
        let records = attempts.drain(..).filter_map(|attempt| new_record(&attempt, random.as_ref(), ttl)).collect();
        if let Err(error) = flow_records::add(&store, records).await {
            log::warn!("records of sign-ins were not written: {error}");
        }
        sleep(PAUSE).await;
    }
}

fn new_record(attempt: &Attempt, random: &dyn RandomSource, ttl: Duration) -> Option<NewFlowRecord> {
    let ended_at = attempt.ended_at()?;
    Some(NewFlowRecord {
        id: random.uuid(),
        flow: attempt.flow,
        provider: attempt.provider.clone(),
        ended_at,
        expires_at: ended_at.plus(ttl),
        record: serde_json::to_string(attempt).ok()?,
    })
}

/// The attempts in the database.
#[derive(Clone, Debug)]
pub struct FlowArchive(pub Store);

impl FlowArchive {
    /// The attempts of a flow.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn of_flow(&self, flow: FlowTag) -> Result<Vec<Attempt>, StoreError> {
        Ok(read(flow_records::of_flow(&self.0, flow).await?))
    }

    /// The latest attempts that may belong to what is filtered.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn latest(&self, filter: &FlowFilter) -> Result<Vec<Attempt>, StoreError> {
        let since = filter.since.unwrap_or(Timestamp::from_millis(0));
        // An outcome is derived from the record, so that the database cannot filter by it.
        let limit = if filter.outcome.is_some() { MAX_WAITING } else { filter.limit * ATTEMPTS_PER_FLOW };
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        Ok(read(flow_records::latest(&self.0, filter.provider.as_ref(), since, limit).await?))
    }
}

/// Another version may have written events that this one does not know.
fn read(records: Vec<String>) -> Vec<Attempt> {
    records.iter().filter_map(|record| serde_json::from_str(record).ok()).collect()
}

#[cfg(feature = "sqlite")]
#[cfg(test)]
mod tests {
    use super::super::Event;
    use super::super::report::FlowReport;
    use super::*;
    use crate::domain::random::OsRandom;
    use crate::store::testing::open_sqlite;

    fn attempt(state: &str, provider: &str, second: i64) -> Attempt {
        let events = vec![(Timestamp::from_seconds(1_800_000_000 + second), Event::SignedIn)];
        let provider = provider.parse().expect("a name");
        Attempt { flow: FlowTag::of(state), provider, dialect: None, user: None, events }
    }

    #[actix_rt::test]
    async fn attempts_that_were_written_are_found_once_by_flow_and_filter() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = open_sqlite(folder.path(), false).await;
        let (sender, receiver) = queue();
        for second in 0..6 {
            sender.send(attempt("a", "google", second)).await.expect("room");
        }
        sender.send(attempt("b", "github", 0)).await.expect("room");
        drop(sender);
        write(receiver, store.clone(), Arc::new(OsRandom), Duration::from_secs(60)).await;
        let archive = FlowArchive(store);
        assert_eq!(archive.of_flow(FlowTag::of("b")).await.expect("read"), [attempt("b", "github", 0)]);
        let google =
            FlowFilter { provider: Some("google".parse().expect("a name")), limit: 1, ..FlowFilter::default() };
        assert_eq!(archive.latest(&google).await.expect("read").len(), ATTEMPTS_PER_FLOW);
        let known = vec![attempt("b", "github", 0), attempt("b", "github", 1)];
        let report = FlowReport::find(known, Some(&archive), FlowTag::of("b")).await.expect("read").expect("known");
        assert_eq!(report.timeline.len(), 2, "what is in both places counts once");
        assert_eq!(FlowReport::list(Vec::new(), Some(&archive), &google).await.expect("read").len(), 1);
    }
}
