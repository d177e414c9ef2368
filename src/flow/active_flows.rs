//! The flows that have an actor in this process, and which of them is stopped when there are too many.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix::Addr;

use super::state::FlowId;
use super::supervisor::{FlowSupervisor, Passivate};

#[derive(Debug)]
struct Entry {
    addr: Addr<FlowSupervisor>,
    is_busy: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
struct Inner {
    entries: HashMap<FlowId, Entry>,
    oldest_first: VecDeque<FlowId>,
}

/// The flows that have an actor in this process.
#[derive(Clone, Debug)]
pub struct ActiveFlows {
    inner: Arc<Mutex<Inner>>,
    max: usize,
}

impl ActiveFlows {
    /// At most `max` at once.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self { inner: Arc::default(), max }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn find(&self, id: &FlowId) -> Option<Addr<FlowSupervisor>> {
        self.lock().entries.get(id).filter(|entry| entry.addr.connected()).map(|entry| entry.addr.clone())
    }

    /// Adds an actor; where there are too many, the oldest idle one is stopped. `false`: all are busy.
    pub(super) fn insert(&self, id: &FlowId, addr: &Addr<FlowSupervisor>, is_busy: Arc<AtomicBool>) -> bool {
        let mut inner = self.lock();
        let mut busy = 0;
        while inner.entries.len() >= self.max {
            let Some(oldest) = inner.oldest_first.pop_front() else { return false };
            match inner.entries.get(&oldest) {
                None => {}
                // A full mailbox means that a callback is arriving, so the actor is not idle either.
                Some(entry) if entry.is_busy.load(Ordering::Acquire) || entry.addr.try_send(Passivate).is_err() => {
                    inner.oldest_first.push_back(oldest);
                    busy += 1;
                    if busy > inner.entries.len() {
                        return false;
                    }
                }
                Some(_) => {
                    inner.entries.remove(&oldest);
                }
            }
        }
        inner.entries.insert(*id, Entry { addr: addr.clone(), is_busy });
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
        let mut inner = self.lock();
        if inner.entries.get(id).is_some_and(|entry| Arc::ptr_eq(&entry.is_busy, is_busy)) {
            inner.entries.remove(id);
        }
    }
}
