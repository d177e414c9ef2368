//! Whether this process is fit to answer, in one place that everybody may read.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// An actor broke too often to be replaced.
const FAILED: u8 = 1;
/// The process was told to end.
const SHUTTING_DOWN: u8 = 1 << 1;
/// The database is out of reach.
const DATABASE_DOWN: u8 = 1 << 2;

/// Green until there is a reason for red. Clones show the same light.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<AtomicU8>);

impl Health {
    /// Whether new requests should come here.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.load(Ordering::Acquire) == 0
    }

    /// Gives up: something could not be repaired. There is no way back but a new process.
    pub fn mark_failed(&self) {
        self.0.fetch_or(FAILED, Ordering::AcqRel);
    }

    /// Whether it gave up.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.has(FAILED)
    }

    /// Tells whoever asks that this process is about to end. Requests are answered as before.
    pub fn begin_shutdown(&self) {
        self.0.fetch_or(SHUTTING_DOWN, Ordering::AcqRel);
    }

    /// Whether this process is about to end.
    #[must_use]
    pub fn is_shutting_down(&self) -> bool {
        self.has(SHUTTING_DOWN)
    }

    /// Notes whether the database answers. `true` if that is news.
    pub fn set_database_reachable(&self, is_in_reach: bool) -> bool {
        let before = if is_in_reach {
            self.0.fetch_and(!DATABASE_DOWN, Ordering::AcqRel)
        } else {
            self.0.fetch_or(DATABASE_DOWN, Ordering::AcqRel)
        };
        (before & DATABASE_DOWN == 0) != is_in_reach
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
        assert!(!health.set_database_reachable(true), "no news");
        assert!(health.set_database_reachable(false) && !health.set_database_reachable(false));
        assert!(!health.is_ready() && !health.has_failed());
        assert!(health.set_database_reachable(true) && health.is_ready());
        health.begin_shutdown();
        health.set_database_reachable(false);
        health.set_database_reachable(true);
        assert!(health.is_shutting_down() && !health.is_ready());
    }
}
