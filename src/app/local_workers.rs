//! The workers by their threads, for the embedding app's own handlers: these use the connections and the `UserRepo` of
//! the worker whose thread they run on.

use std::collections::HashMap;
use std::fmt;
use std::sync::{PoisonError, RwLock};
use std::thread::{self, ThreadId};

use crate::actor::handle::ActorHandle;
use crate::store::Store;
use crate::user::repo::UserRepo;

/// What is used of a worker. On PostgreSQL, connections belong to the thread that opened them.
struct LocalWorker {
    number: usize,
    /// The version of the snapshot that `users` was started for.
    version: u64,
    store: Store,
    users: ActorHandle<UserRepo>,
}

/// The workers that run.
#[derive(Default)]
pub(super) struct LocalWorkers(RwLock<HashMap<ThreadId, LocalWorker>>);

impl fmt::Debug for LocalWorkers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalWorkers").finish_non_exhaustive()
    }
}

impl LocalWorkers {
    /// The worker of this thread has started actors for this version.
    pub(super) fn set(&self, number: usize, version: u64, store: Store, users: ActorHandle<UserRepo>) {
        let worker = LocalWorker { number, version, store, users };
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(thread::current().id(), worker);
    }

    /// The worker has ended.
    pub(super) fn remove(&self, number: usize) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).retain(|_, worker| worker.number != number);
    }

    /// The connections of this thread's worker.
    pub(super) fn store(&self) -> Option<Store> {
        self.of_this_thread(|worker| Some(worker.store.clone()))
    }

    /// The `UserRepo` of this thread's worker, unless a reload has made it outdated.
    pub(super) fn users(&self, version: u64) -> Option<ActorHandle<UserRepo>> {
        self.of_this_thread(|worker| (worker.version == version).then(|| worker.users.clone()))
    }

    fn of_this_thread<T>(&self, read: impl FnOnce(&LocalWorker) -> Option<T>) -> Option<T> {
        let workers = self.0.read().unwrap_or_else(PoisonError::into_inner);
        workers.get(&thread::current().id()).and_then(read)
    }
}
