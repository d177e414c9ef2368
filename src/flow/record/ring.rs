//! The attempts of this process, in memory: the last ones, for a while. Adding one takes a lock that only its worker holds.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::Sender;

use super::Attempt;
#[cfg(feature = "pages")]
use super::live::{Change, Watcher, Watchers};
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::id::FlowTag;
use crate::domain::log;

/// Attempts that are kept on a node, in equal parts on its workers.
const MAX_ATTEMPTS: usize = 10_000;

/// Attempts that anybody can cause as often as they like. They have a place of their own, so that they push out no others.
const MAX_UNFOUNDED: usize = 1_000;

type Ring = Mutex<VecDeque<Attempt>>;

/// The attempts of this process. Clones share them.
#[derive(Clone)]
pub struct FlowRecords(Option<Shared>);

#[derive(Clone)]
struct Shared {
    rings: Arc<[Ring]>,
    unfounded: Arc<Ring>,
    /// The index of the worker's own ring.
    own: usize,
    capacity: usize,
    ttl: Duration,
    clock: Arc<dyn Clock>,
    /// Where attempts wait to be written to the database.
    queue: Option<Sender<Attempt>>,
    #[cfg(feature = "pages")]
    watchers: Watchers,
}

impl fmt::Debug for FlowRecords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowRecords").field("is_on", &self.0.is_some()).finish_non_exhaustive()
    }
}

fn locked(ring: &Ring) -> MutexGuard<'_, VecDeque<Attempt>> {
    ring.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Adds an attempt; the oldest make room, and those that are over go.
fn push(ring: &Ring, attempt: Attempt, capacity: usize, oldest: Timestamp) {
    let mut ring = locked(ring);
    while ring.len() >= capacity || ring.front().is_some_and(|first| is_over(first, oldest)) {
        ring.pop_front();
    }
    ring.push_back(attempt);
}

fn is_over(attempt: &Attempt, oldest: Timestamp) -> bool {
    attempt.ended_at().is_none_or(|at| at < oldest)
}

impl FlowRecords {
    /// Keeps nothing.
    #[must_use]
    pub fn off() -> Self {
        Self(None)
    }

    /// Keeps attempts for `ttl`.
    #[must_use]
    pub fn new(workers: usize, ttl: Duration, clock: Arc<dyn Clock>) -> Self {
        let workers = workers.max(1);
        let rings = std::iter::repeat_with(Ring::default).take(workers).collect();
        let capacity = MAX_ATTEMPTS.div_ceil(workers);
        Self(Some(Shared {
            rings,
            unfounded: Arc::default(),
            own: 0,
            capacity,
            ttl,
            clock,
            queue: None,
            #[cfg(feature = "pages")]
            watchers: Watchers::default(),
        }))
    }

    /// The same, and what is added goes to the database as well.
    #[must_use]
    pub fn with_queue(self, queue: Sender<Attempt>) -> Self {
        Self(self.0.map(|shared| Shared { queue: Some(queue), ..shared }))
    }

    /// The same for the worker with this number.
    #[must_use]
    pub fn of_worker(&self, number: usize) -> Self {
        Self(self.0.clone().map(|shared| Shared { own: number % shared.rings.len(), ..shared }))
    }

    /// Whether anything is kept.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Adds what a request did for a flow of its browser.
    pub fn add(&self, attempt: Attempt) {
        if let Some(shared) = &self.0
            && let Some(ring) = shared.rings.get(shared.own)
        {
            if let Some(queue) = &shared.queue
                && queue.try_send(attempt.clone()).is_err()
            {
                log::debug!("too many records wait to be written; one is in memory only");
            }
            let flow = attempt.flow;
            push(ring, attempt, shared.capacity, shared.oldest());
            shared.tell_changed(flow);
        }
    }

    /// Adds what a request did that did not prove to belong to a flow.
    pub fn add_unfounded(&self, attempt: Attempt) {
        if let Some(shared) = &self.0 {
            let flow = attempt.flow;
            push(&shared.unfounded, attempt, MAX_UNFOUNDED, shared.oldest());
            shared.tell_changed(flow);
        }
    }

    /// Tells whoever watches that a flow began; nothing is kept of it.
    #[cfg(feature = "pages")]
    pub fn tell_began(&self, began: impl FnOnce() -> Attempt) {
        if let Some(shared) = &self.0 {
            shared.watchers.tell(|| {
                let began = began();
                Change { flow: began.flow, began: Some(Arc::new(began)) }
            });
        }
    }

    /// Watches what is added. `None` if nothing is kept, or too many watch.
    #[cfg(feature = "pages")]
    #[must_use]
    pub fn watch(&self) -> Option<Watcher> {
        self.0.as_ref()?.watchers.join()
    }

    /// The attempts of a flow.
    #[must_use]
    pub fn of_flow(&self, flow: FlowTag) -> Vec<Attempt> {
        self.select(|attempt| attempt.flow == flow)
    }

    /// The attempts of these flows.
    #[cfg(feature = "pages")]
    #[must_use]
    pub fn of_flows(&self, flows: &[FlowTag]) -> Vec<Attempt> {
        let flows: std::collections::HashSet<_> = flows.iter().collect();
        self.select(|attempt| flows.contains(&attempt.flow))
    }

    /// The attempts that ended in this period and pass the filter.
    #[must_use]
    pub fn since(&self, since: Timestamp, filter: impl Fn(&Attempt) -> bool) -> Vec<Attempt> {
        self.select(|attempt| attempt.ended_at().is_some_and(|at| at >= since) && filter(attempt))
    }

    fn select(&self, filter: impl Fn(&Attempt) -> bool) -> Vec<Attempt> {
        let Some(shared) = &self.0 else { return Vec::new() };
        let oldest = shared.oldest();
        let rings = shared.rings.iter().chain([shared.unfounded.as_ref()]);
        let select = |ring| {
            let is_wanted = |attempt: &&Attempt| !is_over(attempt, oldest) && filter(attempt);
            locked(ring).iter().filter(is_wanted).cloned().collect::<Vec<_>>()
        };
        rings.flat_map(select).collect()
    }
}

impl Shared {
    #[cfg(feature = "pages")]
    fn tell_changed(&self, flow: FlowTag) {
        self.watchers.tell(|| Change { flow, began: None });
    }

    #[cfg(not(feature = "pages"))]
    fn tell_changed(&self, _: FlowTag) {}

    fn oldest(&self) -> Timestamp {
        self.clock.now().minus(self.ttl)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Event;
    use super::*;
    use crate::domain::clock::ManualClock;

    fn fixture(workers: usize) -> (Arc<ManualClock>, FlowRecords) {
        let clock = Arc::new(ManualClock::new(Timestamp::from_seconds(1_800_000_000)));
        let records = FlowRecords::new(workers, Duration::from_secs(60), Arc::clone(&clock) as Arc<dyn Clock>);
        (clock, records)
    }

    fn attempt(clock: &ManualClock, state: &str) -> Attempt {
        let provider = "google".parse().expect("a name");
        let events = vec![(clock.now(), Event::SignedIn)];
        Attempt { flow: FlowTag::of(state), provider, dialect: None, user: None, events }
    }

    #[test]
    fn attempt_of_any_worker_is_found_until_its_time_is_over() {
        let (clock, records) = fixture(2);
        records.of_worker(1).add(attempt(&clock, "a"));
        records.of_worker(0).add_unfounded(attempt(&clock, "a"));
        assert_eq!(records.of_flow(FlowTag::of("a")).len(), 2);
        assert_eq!(records.of_flow(FlowTag::of("b")).len(), 0);
        clock.advance(Duration::from_secs(60));
        assert_eq!(records.of_flow(FlowTag::of("a")).len(), 2);
        clock.advance(Duration::from_millis(1));
        assert_eq!(records.of_flow(FlowTag::of("a")).len(), 0);
    }

    #[test]
    fn worker_adds_to_a_ring_of_its_own() {
        let (clock, records) = fixture(3);
        for number in [1, 2, 4] {
            records.of_worker(number).add(attempt(&clock, "a"));
        }
        let rings = records.0.expect("records").rings;
        assert_eq!([&rings[0], &rings[1], &rings[2]].map(|ring| locked(ring).len()), [0, 2, 1]);
    }

    #[test]
    fn attempts_are_selected_by_time_and_filter() {
        let (clock, records) = fixture(1);
        records.add(attempt(&clock, "a"));
        let later = clock.now().plus(Duration::from_millis(1));
        assert_eq!(records.since(clock.now(), |_| true).len(), 1);
        assert_eq!(records.since(clock.now(), |_| false).len(), 0);
        assert_eq!(records.since(later, |_| true).len(), 0);
        #[cfg(feature = "pages")]
        assert_eq!(["a", "b"].map(|state| records.of_flows(&[FlowTag::of(state)]).len()), [1, 0]);
    }

    #[test]
    fn attempt_of_a_flow_goes_to_the_database_as_well() {
        let (clock, records) = fixture(1);
        let (sender, mut queue) = tokio::sync::mpsc::channel(1);
        let records = records.with_queue(sender);
        records.add_unfounded(attempt(&clock, "unfounded"));
        records.add(attempt(&clock, "a"));
        assert_eq!(queue.try_recv().map(|attempt| attempt.flow), Ok(FlowTag::of("a")));
    }

    #[cfg(feature = "pages")]
    #[test]
    fn watcher_is_told_of_each_attempt_and_of_each_flow_that_began() {
        let (clock, records) = fixture(1);
        let mut watcher = records.watch().expect("room");
        let mut told = || match watcher.try_next() {
            Some(super::super::live::Told::Change(change)) => Some((change.flow, change.began.is_some())),
            _ => None,
        };
        records.tell_began(|| attempt(&clock, "a"));
        assert_eq!(told(), Some((FlowTag::of("a"), true)));
        records.add(attempt(&clock, "b"));
        assert_eq!(told(), Some((FlowTag::of("b"), false)));
        records.add_unfounded(attempt(&clock, "c"));
        assert_eq!(told(), Some((FlowTag::of("c"), false)));
    }

    #[test]
    fn memory_is_bounded_and_unfounded_attempts_push_out_no_others() {
        let (clock, records) = fixture(1);
        records.add(attempt(&clock, "first"));
        for number in 0..MAX_UNFOUNDED + 5 {
            records.add_unfounded(attempt(&clock, &number.to_string()));
        }
        assert_eq!(records.of_flow(FlowTag::of("first")).len(), 1);
        assert_eq!(records.since(clock.now(), |_| true).len(), MAX_UNFOUNDED + 1);
        for number in 0..MAX_ATTEMPTS {
            records.add(attempt(&clock, &number.to_string()));
        }
        assert_eq!(records.of_flow(FlowTag::of("first")).len(), 0, "the oldest made room");
        assert_eq!(records.since(clock.now(), |_| true).len(), MAX_UNFOUNDED + MAX_ATTEMPTS);
    }

    #[test]
    fn records_that_are_off_keep_nothing() {
        let (clock, _) = fixture(1);
        assert!(fixture(1).1.is_on());
        let records = FlowRecords::off();
        records.add(attempt(&clock, "a"));
        assert!(records.of_flow(FlowTag::of("a")).is_empty() && !records.is_on());
    }
}
