//! The flows that have an actor in this process, and which of them end when they expire or are too many.
//!
//! An actor lives as long as it is listed here or works on a callback. None has a timer of its own: thousands wait at
//! once, and nothing depends on the second in which one ends. Each worker has a list of the flows that began on it, so
//! that making room stops an actor of its own thread; a callback finds its flow on any list.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix::{Actor, Addr};
use foldhash::fast::RandomState;

use super::record::report::FlowFilter;
use super::record::ring::FlowRecords;
use super::record::{Attempt, Event};
use super::state::FlowId;
use super::supervisor::FlowSupervisor;
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::id::{FlowTag, ProviderName};
use crate::metrics::Counter;

/// Time between two removals of expired flows.
const EXPIRY_INTERVAL: Duration = Duration::from_secs(5);

struct Entry<A: Actor> {
    addr: Addr<A>,
    provider: ProviderName,
    is_busy: Arc<AtomicBool>,
}

struct Inner<A: Actor> {
    /// The server chose the keys, so the hash need not withstand chosen ones.
    entries: HashMap<FlowId, Entry<A>, RandomState>,
    oldest_first: VecDeque<FlowId>,
}

/// The flows that have an actor in this process, and the list to which a worker adds its own. Clones share the lists.
pub struct ActiveFlows<A: Actor = FlowSupervisor> {
    lists: Arc<[Mutex<Inner<A>>]>,
    /// The index of the worker's own list.
    own: usize,
    max: usize,
    ttl: Duration,
    records: FlowRecords,
    /// Counts those that made room.
    evicted: Counter,
}

impl<A: Actor> Clone for ActiveFlows<A> {
    fn clone(&self) -> Self {
        Self { lists: Arc::clone(&self.lists), records: self.records.clone(), evicted: self.evicted.clone(), ..*self }
    }
}

impl<A: Actor> fmt::Debug for ActiveFlows<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActiveFlows").field("max", &self.max).field("ttl", &self.ttl).finish_non_exhaustive()
    }
}

impl<A: Actor> ActiveFlows<A> {
    /// At most `max` at once, in equal parts on `workers` workers, each for `ttl` after its start. Those that nobody ends
    /// are recorded.
    #[must_use]
    pub fn new((max, ttl): (usize, Duration), workers: usize, records: FlowRecords, evicted: Counter) -> Self {
        let list = || Mutex::new(Inner { entries: HashMap::default(), oldest_first: VecDeque::new() });
        let workers = workers.max(1);
        let lists = std::iter::repeat_with(list).take(workers).collect();
        Self { lists, own: 0, max: (max / workers).max(1), ttl, records, evicted }
    }

    /// The same for the worker with this number.
    #[must_use]
    pub fn of_worker(&self, number: usize) -> Self {
        Self { own: number % self.lists.len(), ..self.clone() }
    }

    /// The lists, the worker's own first.
    fn locked(&self) -> impl Iterator<Item = MutexGuard<'_, Inner<A>>> {
        let (before, own) = self.lists.split_at(self.own);
        own.iter().chain(before).map(|list| list.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn find(&self, id: &FlowId) -> Option<Addr<A>> {
        let found = self.locked().find_map(|list| list.entries.get(id).map(|entry| entry.addr.clone()))?;
        found.connected().then_some(found)
    }

    /// Adds an actor; where there are too many, the oldest idle one is removed, and stops. `false`: all are busy.
    ///
    /// If a callback is just arriving at that one, it is still carried out.
    pub(super) fn insert(&self, id: &FlowId, provider: ProviderName, addr: &Addr<A>, is_busy: Arc<AtomicBool>) -> bool {
        let Some(mut inner) = self.locked().next() else { return false };
        let mut busy = 0;
        while inner.entries.len() >= self.max {
            let Some(oldest) = inner.oldest_first.pop_front() else { return false };
            match inner.entries.get(&oldest) {
                None => {}
                Some(entry) if entry.is_busy.load(Ordering::Acquire) => {
                    inner.oldest_first.push_back(oldest);
                    busy += 1;
                    if busy > inner.entries.len() {
                        return false;
                    }
                }
                Some(_) => {
                    inner.entries.remove(&oldest);
                    self.evicted.inc();
                }
            }
        }
        #[cfg(feature = "pages")]
        self.records.tell_began(|| waiting(id, &provider));
        inner.entries.insert(*id, Entry { addr: addr.clone(), provider, is_busy });
        inner.oldest_first.push_back(*id);
        // The ids of flows that have ended stay in the queue and are removed in bulk.
        if inner.oldest_first.len() > 2 * inner.entries.len() + 64 {
            let Inner { entries, oldest_first } = &mut *inner;
            oldest_first.retain(|id| entries.contains_key(id));
        }
        true
    }

    /// Removes a stopped actor, known by its flag: if its flow has been restored meanwhile, the new entry stays.
    pub(super) fn remove(&self, id: &FlowId, is_busy: &Arc<AtomicBool>) {
        let is_same = |entry: &Entry<A>| Arc::ptr_eq(&entry.is_busy, is_busy);
        if let Some(mut list) = self.locked().find(|list| list.entries.get(id).is_some_and(is_same)) {
            list.entries.remove(id);
        }
    }

    /// What this node knows of a flow: attempts, or that its browser is at the provider.
    #[must_use]
    pub fn attempts(&self, flow: FlowTag) -> Vec<Attempt> {
        let known = self.records.of_flow(flow);
        if known.is_empty() { self.waiting(flow).into_iter().collect() } else { known }
    }

    /// The attempts that this node knows and that may belong to what is filtered.
    #[must_use]
    pub fn latest_attempts(&self, filter: &FlowFilter) -> Vec<Attempt> {
        let is_provider = |attempt: &Attempt| filter.provider.as_ref().is_none_or(|name| *name == attempt.provider);
        self.records.since(filter.since.unwrap_or(Timestamp::from_millis(0)), is_provider)
    }

    /// A flow whose browser is at the provider, as an attempt that has not ended. Looks at all of them.
    fn waiting(&self, flow: FlowTag) -> Option<Attempt> {
        self.locked().find_map(|list| {
            let (id, entry) = list.entries.iter().find(|(id, _)| id.tag() == flow)?;
            Some(waiting(id, &entry.provider))
        })
    }

    /// The latest flows whose browsers are at providers and that pass the filter, apart from its outcome.
    #[cfg(feature = "pages")]
    #[must_use]
    pub fn latest_waiting(&self, filter: &FlowFilter) -> Vec<Attempt> {
        let is_wanted = |id: &FlowId, entry: &Entry<A>| {
            filter.provider.as_ref().is_none_or(|name| *name == entry.provider)
                && filter.since.is_none_or(|since| id.began_at() >= since)
        };
        let latest_of = |list: MutexGuard<'_, Inner<A>>| {
            let newest_first = list.oldest_first.iter().rev().filter_map(|id| list.entries.get_key_value(id));
            let wanted = newest_first.filter(|(id, entry)| is_wanted(id, entry)).take(filter.limit);
            wanted.map(|(id, entry)| waiting(id, &entry.provider)).collect::<Vec<_>>()
        };
        self.locked().flat_map(latest_of).collect()
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.locked().map(|list| list.entries.len()).sum()
    }

    /// Removes expired flows, again and again, until the process ends.
    pub async fn expire_regularly(self, clock: Arc<dyn Clock>) {
        let mut ticks = tokio::time::interval(EXPIRY_INTERVAL);
        loop {
            ticks.tick().await;
            self.remove_expired(clock.now());
        }
    }

    /// Removes the flows whose time is over, and so stops their actors. A callback that is running is left to its end.
    fn remove_expired(&self, now: Timestamp) {
        self.locked().for_each(|mut list| self.remove_expired_of(&mut list, now));
    }

    fn remove_expired_of(&self, inner: &mut Inner<A>, now: Timestamp) {
        inner.entries.retain(|id, entry| id.began_at().plus(self.ttl) > now || entry.is_busy.load(Ordering::Acquire));
        let Inner { entries, oldest_first } = inner;
        oldest_first.retain(|id| entries.contains_key(id));
        // After a rush, its memory is returned.
        if entries.capacity() > 4 * entries.len() + 1_024 {
            entries.shrink_to_fit();
            oldest_first.shrink_to_fit();
        }
    }
}

/// A flow whose browser is at the provider, as an attempt that has not ended.
fn waiting(id: &FlowId, provider: &ProviderName) -> Attempt {
    let events = vec![(id.began_at(), Event::Started)];
    Attempt { flow: id.tag(), provider: provider.clone(), dialect: None, user: None, events }
}

#[cfg(test)]
mod tests {
    use actix::Context;
    use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

    use super::*;
    use crate::domain::clock::ManualClock;
    use crate::domain::random::OsRandom;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
    const TTL: Duration = Duration::from_secs(600);

    /// Reports its number when it stops.
    struct Waiting(u8, UnboundedSender<u8>);

    impl Actor for Waiting {
        type Context = Context<Self>;

        fn stopped(&mut self, _: &mut Self::Context) {
            self.1.send(self.0).expect("the test listens");
        }
    }

    struct Fixture {
        flows: ActiveFlows<Waiting>,
        stopped: UnboundedReceiver<u8>,
        sender: UnboundedSender<u8>,
    }

    impl Fixture {
        fn new(max: usize) -> Self {
            let (sender, stopped) = unbounded_channel();
            Self { flows: ActiveFlows::new((max, TTL), 1, FlowRecords::off(), Counter::default()), stopped, sender }
        }

        /// Starts a flow; `None` if there is no room.
        fn begin(&self, number: u8, began_at: Timestamp) -> Option<(FlowId, Arc<AtomicBool>)> {
            let (id, is_busy) = (FlowId::new(began_at, &OsRandom), Arc::new(AtomicBool::new(false)));
            let addr = Waiting(number, self.sender.clone()).start();
            self.flows
                .insert(&id, "google".parse().expect("a name"), &addr, Arc::clone(&is_busy))
                .then_some((id, is_busy))
        }
    }

    #[actix_rt::test]
    async fn expired_flow_stops_unless_it_is_busy() {
        let mut fixture = Fixture::new(9);
        let (old, _) = fixture.begin(1, NOW).expect("room");
        let (busy, is_busy) = fixture.begin(2, NOW).expect("room");
        let (young, _) = fixture.begin(3, NOW.plus(Duration::from_secs(1))).expect("room");
        is_busy.store(true, Ordering::Release);
        fixture.flows.remove_expired(NOW.plus(TTL));
        assert_eq!(fixture.stopped.recv().await, Some(1));
        let has = |id: &FlowId| fixture.flows.find(id).is_some();
        assert_eq!((has(&old), has(&busy), has(&young)), (false, true, true));
        assert_eq!(fixture.flows.count(), 2);
        assert!(fixture.stopped.try_recv().is_err(), "no other has stopped");
    }

    #[actix_rt::test]
    async fn oldest_idle_flow_makes_room_and_stops() {
        let mut fixture = Fixture::new(2);
        let (_, is_busy) = fixture.begin(1, NOW).expect("room");
        is_busy.store(true, Ordering::Release);
        fixture.begin(2, NOW).expect("room");
        let (_, third_is_busy) = fixture.begin(3, NOW).expect("room");
        assert_eq!(fixture.stopped.recv().await, Some(2));
        third_is_busy.store(true, Ordering::Release);
        assert!(fixture.begin(4, NOW).is_none());
        assert_eq!(fixture.stopped.recv().await, Some(4), "a flow without a place stops at once");
    }

    #[actix_rt::test]
    async fn expired_flows_are_removed_without_being_asked_for() {
        let mut fixture = Fixture::new(9);
        let (old, _) = fixture.begin(1, NOW).expect("room");
        let clock = Arc::new(ManualClock::new(NOW.plus(TTL)));
        let sweep = actix_rt::spawn(fixture.flows.clone().expire_regularly(clock));
        assert_eq!(fixture.stopped.recv().await, Some(1));
        assert!(fixture.flows.find(&old).is_none());
        sweep.abort();
    }

    #[cfg(feature = "pages")]
    #[actix_rt::test]
    async fn waiting_flows_are_listed_by_provider_and_time() {
        let fixture = Fixture::new(9);
        fixture.begin(1, NOW).expect("room");
        let listed = |provider: Option<&str>, since: Option<Timestamp>| {
            let provider = provider.map(|name| name.parse().expect("a name"));
            fixture.flows.latest_waiting(&FlowFilter { provider, since, limit: 9, ..FlowFilter::default() }).len()
        };
        assert_eq!((listed(None, None), listed(Some("google"), Some(NOW))), (1, 1));
        let later = NOW.plus(Duration::from_millis(1));
        assert_eq!((listed(Some("github"), None), listed(None, Some(later))), (0, 0));
    }

    #[actix_rt::test]
    async fn queue_holds_few_flows_that_have_ended() {
        let fixture = Fixture::new(9);
        let queued = || fixture.flows.lists[0].lock().expect("a lock").oldest_first.len();
        let _waiting = [1, 2].map(|number| fixture.begin(number, NOW).expect("room"));
        let lengths = (0..200).map(|_| {
            let (id, is_busy) = fixture.begin(3, NOW).expect("room");
            fixture.flows.remove(&id, &is_busy);
            queued()
        });
        assert_eq!(lengths.max(), Some(2 * 3 + 64));
    }

    #[actix_rt::test]
    async fn memory_of_a_rush_is_returned_after_it() {
        for (left, is_returned) in [(2, true), (700, false)] {
            let fixture = Fixture::new(5_000);
            let capacity = || fixture.flows.lists[0].lock().expect("a lock").oldest_first.capacity();
            for number in 0..3_000 {
                let began_at = if number < left { NOW.plus(TTL) } else { NOW };
                fixture.begin(0, began_at).expect("room");
            }
            let before = capacity();
            fixture.flows.remove_expired(NOW.plus(TTL));
            assert_eq!((fixture.flows.count(), capacity() < before), (left, is_returned));
        }
    }

    #[actix_rt::test]
    async fn flow_of_another_worker_is_found_and_does_not_make_room() {
        let fixture =
            Fixture { flows: ActiveFlows::new((2, TTL), 2, FlowRecords::off(), Counter::default()), ..Fixture::new(1) };
        let (first, _) = fixture.begin(1, NOW).expect("room");
        let other = Fixture { flows: fixture.flows.of_worker(1), ..Fixture::new(1) };
        let (second, is_busy) = other.begin(2, NOW).expect("room");
        for flows in [&fixture.flows, &other.flows] {
            assert!(flows.find(&first).is_some() && flows.find(&second).is_some());
        }
        fixture.flows.remove(&second, &is_busy);
        assert!(other.flows.find(&second).is_none() && other.flows.find(&first).is_some());
    }
}
