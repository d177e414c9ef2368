//! Readiness of the process, shared by all its parts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// An actor panicked too often to be restarted.
const FAILED: u8 = 1;
/// The process is shutting down.
const SHUTTING_DOWN: u8 = 1 << 1;
/// The database is unreachable.
const DATABASE_DOWN: u8 = 1 << 2;

/// Readiness: a set of reasons not to be ready. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<AtomicU8>);

impl Health {
    /// Whether new requests should come here.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.load(Ordering::Acquire) == 0
    }

    /// Marks the process as failed; only a new process becomes ready again.
    pub fn mark_failed(&self) {
        self.0.fetch_or(FAILED, Ordering::AcqRel);
    }

    /// Whether the process failed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.has(FAILED)
    }

    /// Makes readiness fail because the process is about to end. Requests are still answered.
    pub fn begin_shutdown(&self) {
        self.0.fetch_or(SHUTTING_DOWN, Ordering::AcqRel);
    }

    /// Whether the process is about to end.
    #[must_use]
    pub fn is_shutting_down(&self) -> bool {
        self.has(SHUTTING_DOWN)
    }

    /// Records whether the database is reachable; `true` if that changed.
    pub fn set_database_reachable(&self, is_reachable: bool) -> bool {
        let before = if is_reachable {
            self.0.fetch_and(!DATABASE_DOWN, Ordering::AcqRel)
        } else {
            self.0.fetch_or(DATABASE_DOWN, Ordering::AcqRel)
        };
        (before & DATABASE_DOWN == 0) != is_reachable
    }

    fn has(&self, reason: u8) -> bool {
        self.0.load(Ordering::Acquire) & reason != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_reasons_are_independent() {
        let health = Health::default();
        assert!(!health.set_database_reachable(true), "unchanged");
        assert!(health.set_database_reachable(false) && !health.set_database_reachable(false));
        assert!(!health.is_ready() && !health.has_failed());
        assert!(health.set_database_reachable(true) && health.is_ready());
        health.begin_shutdown();
        health.set_database_reachable(false);
        health.set_database_reachable(true);
        assert!(health.is_shutting_down() && !health.is_ready());
    }
}
