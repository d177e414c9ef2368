//! Admission by count: how much may be inside at once.
//!
//! A mailbox is no bound (each clone of an address adds a slot), so every long-lived actor has a gate before it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Lets at most so many in; clones count together.
#[derive(Clone, Debug)]
pub struct Gate {
    inside: Arc<AtomicUsize>,
    most: usize,
}

/// A place inside; it is given back when dropped.
#[derive(Debug)]
pub struct Permit(Arc<AtomicUsize>);

impl Gate {
    /// A gate that lets at most `most` in.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { inside: Arc::default(), most }
    }

    /// Goes in, or `None` when it is full.
    #[must_use]
    pub fn enter(&self) -> Option<Permit> {
        self.inside
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |inside| (inside < self.most).then_some(inside + 1))
            .ok()
            .map(|_| Permit(Arc::clone(&self.inside)))
    }

    /// How many are inside.
    #[must_use]
    pub fn inside(&self) -> usize {
        self.inside.load(Ordering::Acquire)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_gate_opens_again_when_someone_leaves() {
        let gate = Gate::new(2);
        let first = gate.enter();
        let second = gate.clone().enter();
        assert!(first.is_some() && second.is_some());
        assert!(gate.enter().is_none());
        drop(first);
        assert_eq!(gate.inside(), 1);
        assert!(gate.enter().is_some());
    }
}
