//! Ids that must not be presented again, until they would have expired anyway. In memory only.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Forgotten entries are swept out once in so many new ones.
const PURGE_INTERVAL: usize = 1024;

/// Remembers ids; after a restart it has forgotten them.
#[derive(Debug, Default)]
pub(super) struct UsedIds(Mutex<HashMap<String, i64>>);

impl UsedIds {
    /// Writes `id` down until `until` (seconds since the epoch); `false` if it was there already.
    pub(super) fn insert(&self, id: &str, until: i64, now: i64) -> bool {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() % PURGE_INTERVAL == PURGE_INTERVAL - 1 {
            entries.retain(|_, until| *until > now);
        }
        entries.insert(id.to_owned(), until).is_none()
    }

    /// Whether `id` was written down.
    pub(super) fn contains(&self, id: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_insert_returns_false() {
        let used_ids = UsedIds::default();
        assert!(used_ids.insert("a", 10, 0));
        assert!(!used_ids.insert("a", 10, 0));
        assert!(used_ids.contains("a") && !used_ids.contains("b"));
    }

    #[test]
    fn expired_ids_are_purged() {
        let used_ids = UsedIds::default();
        for id in 0..3 * PURGE_INTERVAL {
            used_ids.insert(&id.to_string(), 10, 20);
        }
        assert!(used_ids.0.lock().unwrap().len() <= PURGE_INTERVAL);
    }
}
