//! The flows that have an actor in this process, and which of them goes to sleep when there are too many.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix::Addr;

use super::state::FlowId;
use super::supervisor::{FlowSupervisor, Passivate};

#[derive(Debug)]
struct Entry {
    address: Addr<FlowSupervisor>,
    is_busy: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
struct Entries {
    entries: HashMap<FlowId, Entry>,
    oldest_first: VecDeque<FlowId>,
}

/// The flows that have an actor in this process.
#[derive(Clone, Debug)]
pub struct ActiveFlows {
    entries: Arc<Mutex<Entries>>,
    max: usize,
}

impl ActiveFlows {
    /// At max `max` at once.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self { entries: Arc::default(), max }
    }

    /// The actor with this busy_flag has stopped. If its flow was woken again meanwhile, that one's entry stays.
    pub(super) fn forget(&self, id: &FlowId, busy_flag: &Arc<AtomicBool>) {
        let mut entries = self.lock();
        if entries.entries.get(id).is_some_and(|entry| Arc::ptr_eq(&entry.is_busy, busy_flag)) {
            entries.entries.remove(id);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a new actor, putting the longest idle one to sleep if the entries is full. `false`: all are busy.
    pub(super) fn enter(&self, id: &FlowId, address: &Addr<FlowSupervisor>, is_busy: Arc<AtomicBool>) -> bool {
        let mut entries = self.lock();
        let mut looked_at = 0;
        while entries.entries.len() >= self.max {
            let Some(oldest) = entries.oldest_first.pop_front() else { return false };
            match entries.entries.get(&oldest) {
                None => {}
                // A full mailbox means that a callback is on its way in; then it is not idle after all.
                Some(entry) if entry.is_busy.load(Ordering::Acquire) || entry.address.try_send(Passivate).is_err() => {
                    entries.oldest_first.push_back(oldest);
                    looked_at += 1;
                    if looked_at > entries.entries.len() {
                        return false;
                    }
                }
                Some(_) => {
                    entries.entries.remove(&oldest);
                }
            }
        }
        entries.entries.insert(id.clone(), Entry { address: address.clone(), is_busy });
        entries.oldest_first.push_back(id.clone());
        // Flows that ended by themselves leave their names behind; they are cleared away in bulk.
        if entries.oldest_first.len() > 2 * entries.entries.len() + 64 {
            let Entries { entries, oldest_first } = &mut *entries;
            oldest_first.retain(|id| entries.contains_key(id));
        }
        true
    }

    pub(super) fn find(&self, id: &FlowId) -> Option<Addr<FlowSupervisor>> {
        self.lock().entries.get(id).filter(|entry| entry.address.connected()).map(|entry| entry.address.clone())
    }
}
