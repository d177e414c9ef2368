//! Ids that must not be presented again, until they would have expired anyway. In memory only.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Forgotten entries are swept out once in so many new ones.
const SWEEP_EVERY: usize = 1024;

/// Remembers ids; after a restart it has forgotten them.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<HashMap<String, i64>>);

impl Ledger {
    /// Writes `id` down until `until` (seconds since the epoch); `false` if it was there already.
    pub(super) fn write(&self, id: &str, until: i64, now: i64) -> bool {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() % SWEEP_EVERY == SWEEP_EVERY - 1 {
            entries.retain(|_, until| *until > now);
        }
        entries.insert(id.to_owned(), until).is_none()
    }

    /// Whether `id` was written down.
    pub(super) fn has(&self, id: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_only_once() {
        let ledger = Ledger::default();
        assert!(ledger.write("a", 10, 0));
        assert!(!ledger.write("a", 10, 0));
        assert!(ledger.has("a") && !ledger.has("b"));
    }

    #[test]
    fn what_expired_is_swept_out() {
        let ledger = Ledger::default();
        for id in 0..3 * SWEEP_EVERY {
            ledger.write(&id.to_string(), 10, 20);
        }
        assert!(ledger.0.lock().unwrap().len() <= SWEEP_EVERY);
    }
}
