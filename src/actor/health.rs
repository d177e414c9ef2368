//! Whether this process is fit to answer, in one place that everybody may read.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// An actor broke too often to be replaced.
const GAVE_UP: u8 = 1;
/// The process was told to end.
const LEAVING: u8 = 1 << 1;
/// The database is out of reach.
const WITHOUT_DATABASE: u8 = 1 << 2;

/// Green until there is a reason for red. Clones show the same light.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<AtomicU8>);

impl Health {
    /// Whether new requests should come here.
    #[must_use]
    pub fn is_green(&self) -> bool {
        self.0.load(Ordering::Acquire) == 0
    }

    /// Gives up: something could not be repaired. There is no way back but a new process.
    pub fn turn_red(&self) {
        self.0.fetch_or(GAVE_UP, Ordering::AcqRel);
    }

    /// Whether it gave up.
    #[must_use]
    pub fn has_given_up(&self) -> bool {
        self.has(GAVE_UP)
    }

    /// Tells whoever asks that this process is about to end. Requests are answered as before.
    pub fn leave(&self) {
        self.0.fetch_or(LEAVING, Ordering::AcqRel);
    }

    /// Whether this process is about to end.
    #[must_use]
    pub fn is_leaving(&self) -> bool {
        self.has(LEAVING)
    }

    /// Notes whether the database answers. `true` if that is news.
    pub fn note_database(&self, is_in_reach: bool) -> bool {
        let before = if is_in_reach {
            self.0.fetch_and(!WITHOUT_DATABASE, Ordering::AcqRel)
        } else {
            self.0.fetch_or(WITHOUT_DATABASE, Ordering::AcqRel)
        };
        (before & WITHOUT_DATABASE == 0) != is_in_reach
    }

    fn has(&self, reason: u8) -> bool {
        self.0.load(Ordering::Acquire) & reason != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_comes_back_heals_nothing_but_itself() {
        let health = Health::default();
        assert!(!health.note_database(true), "no news");
        assert!(health.note_database(false) && !health.note_database(false));
        assert!(!health.is_green() && !health.has_given_up());
        assert!(health.note_database(true) && health.is_green());
        health.leave();
        health.note_database(false);
        health.note_database(true);
        assert!(health.is_leaving() && !health.is_green());
    }
}
