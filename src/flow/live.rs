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
struct Book {
    entries: HashMap<FlowId, Entry>,
    oldest_first: VecDeque<FlowId>,
}

/// The flows that have an actor in this process.
#[derive(Clone, Debug)]
pub struct Live {
    book: Arc<Mutex<Book>>,
    most: usize,
}

impl Live {
    /// At most `most` at once.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { book: Arc::default(), most }
    }

    /// The actor with this light has stopped. If its flow was woken again meanwhile, that one's entry stays.
    pub(super) fn forget(&self, id: &FlowId, light: &Arc<AtomicBool>) {
        let mut book = self.lock();
        if book.entries.get(id).is_some_and(|entry| Arc::ptr_eq(&entry.is_busy, light)) {
            book.entries.remove(id);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a new actor, putting the longest idle one to sleep if the book is full. `false`: all are busy.
    pub(super) fn enter(&self, id: &FlowId, address: &Addr<FlowSupervisor>, is_busy: Arc<AtomicBool>) -> bool {
        let mut book = self.lock();
        let mut looked_at = 0;
        while book.entries.len() >= self.most {
            let Some(oldest) = book.oldest_first.pop_front() else { return false };
            match book.entries.get(&oldest) {
                None => {}
                // A full mailbox means that a callback is on its way in; then it is not idle after all.
                Some(entry) if entry.is_busy.load(Ordering::Acquire) || entry.address.try_send(Passivate).is_err() => {
                    book.oldest_first.push_back(oldest);
                    looked_at += 1;
                    if looked_at > book.entries.len() {
                        return false;
                    }
                }
                Some(_) => {
                    book.entries.remove(&oldest);
                }
            }
        }
        book.entries.insert(id.clone(), Entry { address: address.clone(), is_busy });
        book.oldest_first.push_back(id.clone());
        // Flows that ended by themselves leave their names behind; they are cleared away in bulk.
        if book.oldest_first.len() > 2 * book.entries.len() + 64 {
            let Book { entries, oldest_first } = &mut *book;
            oldest_first.retain(|id| entries.contains_key(id));
        }
        true
    }

    pub(super) fn find(&self, id: &FlowId) -> Option<Addr<FlowSupervisor>> {
        self.lock().entries.get(id).filter(|entry| entry.address.connected()).map(|entry| entry.address.clone())
    }
}
