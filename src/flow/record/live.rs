//! Tells whoever watches that something happened to a flow. While nobody does, a sign-in pays one load of a number.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::broadcast::{self, Receiver, Sender};

use super::Attempt;
use crate::domain::id::FlowTag;

/// How many may watch at once.
const MAX_WATCHERS: usize = 32;

/// How many changes are kept for the slowest of them. Whoever is further behind is told so.
const MAX_BEHIND: usize = 256;

/// Something happened to a flow.
#[derive(Clone, Debug)]
pub struct Change {
    /// The flow.
    pub flow: FlowTag,
    /// It began, and there is no record of it yet.
    pub began: Option<Arc<Attempt>>,
}

/// What a watcher is told.
#[derive(Clone, Debug)]
pub enum Told {
    /// A change.
    Change(Change),
    /// There were more changes than are kept.
    Missed,
    /// There will be none any more.
    Over,
}

/// Those who watch. Clones share them.
#[derive(Clone)]
pub(super) struct Watchers(Arc<Shared>);

struct Shared {
    count: AtomicUsize,
    changes: Sender<Change>,
}

impl fmt::Debug for Watchers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watchers").field("count", &self.0.count).finish_non_exhaustive()
    }
}

impl Default for Watchers {
    fn default() -> Self {
        let (changes, _) = broadcast::channel(MAX_BEHIND);
        Self(Arc::new(Shared { count: AtomicUsize::new(0), changes }))
    }
}

impl Watchers {
    /// Tells all who watch.
    pub(super) fn tell(&self, change: impl FnOnce() -> Change) {
        if self.0.count.load(Ordering::Relaxed) > 0 {
            // It fails if the last receiver has just been dropped.
            drop(self.0.changes.send(change()));
        }
    }

    /// One more who watches; `None` if there are too many.
    pub(super) fn join(&self) -> Option<Watcher> {
        let (acquire, relaxed) = (Ordering::AcqRel, Ordering::Relaxed);
        let add = |count| (count < MAX_WATCHERS).then_some(count + 1);
        self.0.count.fetch_update(acquire, relaxed, add).ok()?;
        Some(Watcher { changes: self.0.changes.subscribe(), watchers: self.clone() })
    }
}

/// A subscription to the changes, which ends when it is dropped.
#[derive(Debug)]
pub struct Watcher {
    changes: Receiver<Change>,
    watchers: Watchers,
}

impl Watcher {
    /// Waits for the next change. Nothing is lost if that is cancelled.
    pub async fn next(&mut self) -> Told {
        match self.changes.recv().await {
            Ok(change) => Told::Change(change),
            Err(RecvError::Lagged(_)) => Told::Missed,
            Err(RecvError::Closed) => Told::Over,
        }
    }

    /// The next change, if there is one already.
    pub fn try_next(&mut self) -> Option<Told> {
        match self.changes.try_recv() {
            Ok(change) => Some(Told::Change(change)),
            Err(TryRecvError::Lagged(_)) => Some(Told::Missed),
            Err(TryRecvError::Empty | TryRecvError::Closed) => None,
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.watchers.0.count.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(state: &str) -> Change {
        Change { flow: FlowTag::of(state), began: None }
    }

    #[test]
    fn nothing_is_made_while_nobody_watches() {
        let watchers = Watchers::default();
        watchers.tell(|| panic!("made a change for nobody"));
        drop(watchers.join());
        watchers.tell(|| panic!("made a change for nobody"));
    }

    #[test]
    fn number_of_watchers_is_bounded_and_one_that_leaves_makes_room() {
        let watchers = Watchers::default();
        let mut all: Vec<_> = (0..MAX_WATCHERS).map(|_| watchers.join().expect("room")).collect();
        assert!(watchers.join().is_none());
        all.pop();
        assert!(watchers.join().is_some());
    }

    #[test]
    fn slow_watcher_is_told_that_it_missed_changes() {
        let watchers = Watchers::default();
        let mut watcher = watchers.join().expect("room");
        assert!(watcher.try_next().is_none());
        for number in 0..=MAX_BEHIND {
            watchers.tell(|| change(&number.to_string()));
        }
        assert!(matches!(watcher.try_next(), Some(Told::Missed)));
        assert!(matches!(watcher.try_next(), Some(Told::Change(_))), "and goes on with what is kept");
    }
}
