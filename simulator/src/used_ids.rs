//! Remembers single-use ids until they expire, in memory.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Expired entries are removed every so many inserts.
const PURGE_INTERVAL: usize = 1024;

/// A set of ids with expiry; empty after a restart.
#[derive(Debug, Default)]
pub(super) struct UsedIds(Mutex<HashMap<String, i64>>);

impl UsedIds {
    /// Adds `id` until `expires_at` (Unix seconds); `false` if it was present.
    pub(super) fn insert(&self, id: &str, expires_at: i64, now: i64) -> bool {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() % PURGE_INTERVAL == PURGE_INTERVAL - 1 {
            entries.retain(|_, expires_at| *expires_at > now);
        }
        entries.insert(id.to_owned(), expires_at).is_none()
    }

    /// Removes all.
    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Whether `id` is present.
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
