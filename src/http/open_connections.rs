//! Counts open connections, so that slow requests are dropped early when connections run short.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The number of open connections of the process. Clones share it.
#[derive(Clone, Debug)]
pub struct OpenConnections {
    count: Arc<AtomicUsize>,
    max: usize,
}

/// One open connection, counted until it is dropped.
#[derive(Debug)]
pub struct OpenConnection(Arc<AtomicUsize>);

impl OpenConnections {
    /// A counter for a server with at most `max` connections.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self { count: Arc::default(), max }
    }

    /// Counts a connection.
    #[must_use]
    pub fn open(&self) -> OpenConnection {
        self.count.fetch_add(1, Ordering::Relaxed);
        OpenConnection(Arc::clone(&self.count))
    }

    /// Whether three quarters of all connections are in use.
    #[must_use]
    pub fn is_scarce(&self) -> bool {
        self.count.load(Ordering::Relaxed) >= self.max - self.max / 4
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_scarce_from_three_quarters_on() {
        let connections = OpenConnections::new(4);
        let mut open: Vec<_> = (0..3).map(|_| connections.clone().open()).collect();
        assert!(connections.is_scarce());
        open.pop();
        assert!(!connections.is_scarce());
    }
}
