//! The parts that all workers share.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::Receiver;

use super::local_workers::LocalWorkers;
use super::reload::{LoadSettings, OnReload};
use super::snapshot::{Snapshot, SnapshotParts};
use crate::flow::active_flows::ActiveFlows;
use crate::flow::record::Attempt;
use crate::flow::record::archive::FlowArchive;
use crate::flow::record::ring::FlowRecords;
#[cfg(feature = "pages")]
use crate::http::admin::inspector::EndedSessions;
use crate::store::webhook_messages::NewMessage;
use crate::store::{Database, Store};
use crate::user::hooks::Hooks;

/// Shared by all workers of the process.
pub(super) struct AppState {
    pub(super) parts: SnapshotParts,
    pub(super) snapshots: Snapshots,
    pub(super) database: Database,
    pub(super) hooks: Hooks,
    pub(super) active_flows: ActiveFlows,
    pub(super) records: FlowRecords,
    /// The sessions of operators that were signed out.
    #[cfg(feature = "pages")]
    pub(super) ended_sessions: EndedSessions,
    /// Attempts on their way to the database, until a worker takes over to write them.
    pub(super) unwritten: Mutex<Option<Receiver<Attempt>>>,
    /// The same for messages of webhooks.
    pub(super) unwritten_messages: Mutex<Option<Receiver<NewMessage>>>,
    /// Whether records are in the database.
    pub(super) is_archived: bool,
    pub(super) workers: usize,
    /// How many were started.
    pub(super) started_workers: AtomicUsize,
    pub(super) local_workers: LocalWorkers,
    pub(super) maintenance_started: AtomicBool,
    /// Where settings are read from again.
    pub(super) load_settings: Option<LoadSettings>,
    pub(super) on_reload: OnReload,
    /// Held by the reload that runs.
    pub(super) reloading: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for AppState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppState").field("settings", &self.snapshot().1.settings).finish_non_exhaustive()
    }
}

/// The current snapshot, and the number by which a worker notices that there is another one.
pub(super) struct Snapshots {
    version: AtomicU64,
    current: Mutex<Arc<Snapshot>>,
}

impl Snapshots {
    pub(super) fn new(first: Snapshot) -> Self {
        Self { version: AtomicU64::new(0), current: Mutex::new(Arc::new(first)) }
    }
}

impl AppState {
    /// The records in the database, if they are there.
    pub(super) fn archive(&self, store: impl FnOnce() -> Store) -> Option<FlowArchive> {
        self.is_archived.then(|| FlowArchive(store()))
    }

    /// The connections of this thread's worker, else new ones.
    pub(super) fn store(&self) -> Store {
        self.local_workers.store().unwrap_or_else(|| self.database.store(1))
    }

    pub(super) fn version(&self) -> u64 {
        self.snapshots.version.load(Ordering::Acquire)
    }

    /// The current snapshot with its version. Requests use that of their worker.
    pub(super) fn snapshot(&self) -> (u64, Arc<Snapshot>) {
        let current = self.snapshots.current.lock().unwrap_or_else(PoisonError::into_inner);
        (self.version(), Arc::clone(&current))
    }

    pub(super) fn replace_snapshot(&self, next: Snapshot) {
        let mut current = self.snapshots.current.lock().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(next);
        self.snapshots.version.fetch_add(1, Ordering::Release);
    }
}
