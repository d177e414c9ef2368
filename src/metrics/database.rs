//! The database: how long it takes, what fails, and its connections.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::label::{ByLabel, Label as _, label};
use super::registry::{Gauges, counters, histograms, labels, local_seconds, register};

label! {
    /// A call to the database.
    Operation {
        /// The beginning of a transaction.
        Begin = "begin",
        /// A statement.
        Statement = "statement",
        /// A commit.
        Commit = "commit",
    }
}

label! {
    /// Why a statement failed.
    Failure {
        /// It collided with another transaction; the work was done again, or the answer says so.
        Collision = "collision",
        /// The database did not answer, or not in time.
        Unavailable = "unavailable",
        /// The database refused a statement that it should accept.
        Internal = "internal",
    }
}

label! {
    /// A pool of connections.
    Pool {
        /// SQLite: the one connection that writes.
        Writer = "writer",
        /// SQLite: the connections that read.
        Readers = "readers",
        /// PostgreSQL: the connections of all workers.
        Shared = "shared",
    }
}

/// The connections of a pool.
#[derive(Clone, Copy, Debug, Default)]
pub struct PoolSize {
    /// Open connections.
    pub open: u64,
    /// Those of them that nobody uses.
    pub idle: u64,
    /// The most that may be open.
    pub max: u64,
}

type Probe = Box<dyn Fn() -> PoolSize + Send + Sync>;

/// The database.
pub struct DatabaseMetrics {
    duration: ByLabel<Operation, Histogram>,
    /// Statements and commits that failed.
    pub failures: ByLabel<Failure, Counter>,
    /// Whether the last check reached the database.
    pub(super) up: Gauge,
    /// Tokens to be revoked.
    pub pending_revocations: Gauge,
    connections: Gauges,
    max_connections: Gauges,
    pools: Mutex<Vec<(Pool, Probe)>>,
}

impl fmt::Debug for DatabaseMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseMetrics").finish_non_exhaustive()
    }
}

impl Default for DatabaseMetrics {
    /// Metrics that are not exported.
    fn default() -> Self {
        Self::new(&mut Registry::default())
    }
}

impl DatabaseMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        Self {
            duration: histograms(
                registry,
                "database_operation_duration_seconds",
                "Time of a statement, or of the begin or commit of a transaction. The wait for a free connection is part of \
                 a begin, and of a statement outside of a transaction. A statement of a batch counts once",
                "operation",
                local_seconds,
            ),
            failures: counters(
                registry,
                "database_errors",
                "Statements, begins and commits that failed. A collision with another transaction is normal: the work is \
                 done again",
                "error",
            ),
            up: register(
                registry,
                "database_up",
                "1 if the last check, less than some seconds ago, could write to the database",
                Gauge::default(),
            ),
            pending_revocations: register(
                registry,
                "revocations_pending",
                "Provider tokens that are yet to be revoked at their providers, counted once a minute. All nodes on one \
                 database report the same rows",
                Gauge::default(),
            ),
            connections: register(
                registry,
                "database_connections",
                "Open connections, by pool and state. SQLite has a writer and readers, PostgreSQL one pool for each worker, \
                 which are added up",
                Gauges::default(),
            ),
            max_connections: register(
                registry,
                "database_connections_max",
                "The most connections that may be open",
                Gauges::default(),
            ),
            pools: Mutex::default(),
        }
    }

    /// Records a call to the database.
    pub fn record(&self, operation: Operation, duration: Duration) {
        self.duration.of(operation).observe(duration.as_secs_f64());
    }

    /// Reports a pool at each scrape. Pools of one kind are added up.
    pub fn watch(&self, pool: Pool, probe: impl Fn() -> PoolSize + Send + Sync + 'static) {
        self.pools.lock().unwrap_or_else(PoisonError::into_inner).push((pool, Box::new(probe)));
    }

    /// The connections of each kind of pool, added up.
    #[cfg(feature = "pages")]
    #[must_use]
    pub fn connections(&self) -> Vec<(&'static str, PoolSize)> {
        let pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        let of_kind = |kind: &Pool| {
            let sizes = pools.iter().filter(|(other, _)| other == kind).map(|(_, probe)| probe());
            let add = |one: PoolSize, other: PoolSize| PoolSize {
                open: one.open + other.open,
                idle: one.idle + other.idle,
                max: one.max + other.max,
            };
            sizes.reduce(add).map(|size| (kind.text(), size))
        };
        Pool::ALL.iter().filter_map(of_kind).collect()
    }

    /// Asks the pools.
    pub(super) fn sample(&self) {
        let pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        for pool in Pool::ALL {
            let of_kind = pools.iter().filter(|(kind, _)| kind == pool);
            let sizes: Vec<PoolSize> = of_kind.map(|(_, probe)| probe()).collect();
            if sizes.is_empty() {
                continue;
            }
            let set = |gauges: &Gauges, state: Option<&str>, value: u64| {
                let pool = ("pool", pool.text());
                let labels = state.map_or_else(|| labels([pool]), |state| labels([pool, ("state", state)]));
                gauges.get_or_create(&labels).set(i64::try_from(value).unwrap_or(i64::MAX));
            };
            let sum = |of: fn(&PoolSize) -> u64| sizes.iter().map(of).sum();
            set(&self.connections, Some("in_use"), sum(|size| size.open.saturating_sub(size.idle)));
            set(&self.connections, Some("idle"), sum(|size| size.idle));
            set(&self.max_connections, None, sum(|size| size.max));
        }
    }
}
