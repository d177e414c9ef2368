//! Readiness of the process, shared by all its parts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// An actor panicked too often to be restarted.
const FAILED: u8 = 1;
/// The process is shutting down.
const SHUTTING_DOWN: u8 = 1 << 1;
/// The database is unreachable.
const DATABASE_DOWN: u8 = 1 << 2;
/// The database lacks a migration, as one that was restored from an old backup does.
const SCHEMA_OUTDATED: u8 = 1 << 3;

/// The reasons by the names that operators see. They tell a stranger no more than the status does.
const NAMES: [(u8, &str); 4] =
    [(DATABASE_DOWN, "database"), (SCHEMA_OUTDATED, "migrations"), (FAILED, "actors"), (SHUTTING_DOWN, "shutdown")];

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
    pub(crate) fn mark_failed(&self) {
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
    pub(crate) fn set_database_reachable(&self, is_reachable: bool) -> bool {
        self.set(DATABASE_DOWN, !is_reachable)
    }

    /// Records whether all migrations were applied; `true` if that changed.
    pub(crate) fn set_migrated(&self, is_migrated: bool) -> bool {
        self.set(SCHEMA_OUTDATED, !is_migrated)
    }

    /// What is not ready, of `database`, `migrations`, `actors` and `shutdown`.
    #[must_use]
    pub fn failing(&self) -> Vec<&'static str> {
        let reasons = self.0.load(Ordering::Acquire);
        NAMES.into_iter().filter(|(reason, _)| reasons & reason != 0).map(|(_, name)| name).collect()
    }

    /// Adds or removes a reason; `true` if that changed something.
    fn set(&self, reason: u8, holds: bool) -> bool {
        let before =
            if holds { self.0.fetch_or(reason, Ordering::AcqRel) } else { self.0.fetch_and(!reason, Ordering::AcqRel) };
        (before & reason != 0) != holds
    }

    /// Whether the last check reached the database.
    #[must_use]
    pub fn is_database_reachable(&self) -> bool {
        !self.has(DATABASE_DOWN)
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

    #[test]
    fn failing_parts_are_named() {
        let health = Health::default();
        assert!(health.failing().is_empty());
        health.set_database_reachable(false);
        assert!(health.set_migrated(false) && !health.set_migrated(false));
        assert_eq!(health.failing(), ["database", "migrations"]);
        health.set_database_reachable(true);
        health.set_migrated(true);
        health.mark_failed();
        health.begin_shutdown();
        assert_eq!(health.failing(), ["actors", "shutdown"]);
    }
}
