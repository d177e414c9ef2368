//! What the process counts and measures, for Prometheus. The table of all metrics is `docs/metrics.md`.
//!
//! There is one [`Metrics`] for each `Vouchsafe`; it is passed to whoever counts. A series is resolved once, at the start:
//! counting is an atomic increment, and a label never has a value that a client chose. Imports `domain`.

mod database;
mod events;
mod http;
mod label;
mod process;
mod provider;
mod registry;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use prometheus_client::encoding::prometheus_text;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

pub use prometheus_client::metrics::counter::Counter;

pub use self::database::{DatabaseMetrics, Failure, Operation, Pool, PoolSize};
pub use self::events::{
    BatchKind, EventOutcome, ExchangeOutcome, GrantEvent, SessionEvent, TicketEvent, VaultEvent, WebhookEvent,
};
pub use self::http::{HttpMetrics, Route};
pub use self::label::ByLabel;
use self::process::ProcessMetrics;
use self::provider::ProviderFamilies;
pub use self::provider::{Dialect, Endpoint, Outcome, ProviderMetrics, UpstreamError, UpstreamMetrics};
use self::registry::{counters, histograms, register, sizes};
use crate::domain::clock::Timestamp;
use crate::domain::id::ProviderName;

/// The `Content-Type` of the metrics as text.
pub const CONTENT_TYPE: &str = prometheus_text::CONTENT_TYPE;

/// All metrics of one `Vouchsafe`.
pub struct Metrics {
    /// Requests to our routes.
    pub http: HttpMetrics,
    /// The database.
    pub database: Arc<DatabaseMetrics>,
    /// What happened to sessions.
    pub sessions: ByLabel<SessionEvent, Counter>,
    /// What happened to the tokens in the vault.
    pub vault: ByLabel<VaultEvent, Counter>,
    /// What happened to grants.
    pub grants: ByLabel<GrantEvent, Counter>,
    /// Refreshes of grants whose result is not written yet.
    pub grant_refreshes: Gauge,
    /// What happened to tickets.
    pub tickets: ByLabel<TicketEvent, Counter>,
    /// Events for actors of the embedding app.
    pub events: ByLabel<EventOutcome, Counter>,
    /// Requests of backends for tokens of providers.
    pub exchanges: ByLabel<ExchangeOutcome, Counter>,
    /// Attempts to deliver messages of webhooks.
    pub webhooks: ByLabel<WebhookEvent, Counter>,
    /// Messages of webhooks that wait for an attempt.
    pub webhooks_pending: Gauge,
    /// Flows that wait for their browsers.
    pub active_flows: Gauge,
    /// Flows that lost their actor because there were too many.
    pub evicted_flows: Counter,
    /// Starts that name no configured provider.
    pub unknown_providers: Counter,
    batch_sizes: ByLabel<BatchKind, Histogram>,
    left_out: ByLabel<BatchKind, Counter>,
    process: ProcessMetrics,
    providers: ProviderFamilies,
    registry: Registry,
}

/// The batches of one kind.
#[derive(Clone, Debug)]
pub struct BatchMetrics {
    size: Histogram,
    /// Items that their batch left to be carried out alone.
    pub left_out: Counter,
}

impl BatchMetrics {
    /// Records a batch of `size` items.
    pub fn record(&self, size: usize) {
        self.size.observe(f64::from(u32::try_from(size).unwrap_or(u32::MAX)));
    }
}

#[cfg(test)]
impl Default for BatchMetrics {
    fn default() -> Self {
        Self { size: sizes(), left_out: Counter::default() }
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Metrics {
    /// Everything at zero, for a process that started at `started_at`.
    #[must_use]
    pub fn new(started_at: Timestamp) -> Self {
        let mut own = Registry::default();
        let registry = &mut own;
        Self {
            process: ProcessMetrics::new(registry, started_at),
            http: HttpMetrics::new(registry),
            providers: ProviderFamilies::new(registry),
            unknown_providers: register(
                registry,
                "unknown_provider_starts",
                "Starts of sign-ins that name a provider which is not configured",
                Counter::default(),
            ),
            active_flows: register(
                registry,
                "active_flows",
                "Flows whose browser is at the provider",
                Gauge::default(),
            ),
            evicted_flows: register(
                registry,
                "evicted_flows",
                "Flows that made room for newer ones (flow.max_active). They continue from the browser's cookie",
                Counter::default(),
            ),
            sessions: counters(registry, "sessions", "What happened to sessions", "event"),
            vault: counters(registry, "vault_entries", "What happened to provider tokens in the vault", "event"),
            grants: counters(
                registry,
                "grants",
                "What happened to provider tokens that the service keeps and refreshes",
                "event",
            ),
            grant_refreshes: register(
                registry,
                "grant_refreshes_under_way",
                "Refreshes of kept provider tokens whose result is not written yet",
                Gauge::default(),
            ),
            tickets: counters(
                registry,
                "tickets",
                "What happened to tickets: sign-ins that the app, or links that the user, has yet to complete",
                "event",
            ),
            events: counters(
                registry,
                "events",
                "Events for actors of the embedding app: handled, or dropped because the actor does not keep up or has \
                 stopped",
                "outcome",
            ),
            exchanges: counters(
                registry,
                "token_exchanges",
                "Requests of backends for tokens of providers: issued, or the error that was answered",
                "outcome",
            ),
            webhooks: counters(
                registry,
                "webhooks",
                "Attempts to deliver a message of a webhook: confirmed, to be made again, or given up after a day",
                "event",
            ),
            webhooks_pending: register(
                registry,
                "webhooks_pending",
                "Messages of webhooks that wait for an attempt, counted once a minute. All nodes on one database report the \
                 same rows",
                Gauge::default(),
            ),
            batch_sizes: histograms(
                registry,
                "batch_size",
                "How many requests a database statement or transaction carried out together",
                "kind",
                sizes,
            ),
            left_out: counters(
                registry,
                "batch_left_out",
                "Requests that their batch left out, because of a lock, a collision or a failure; each was carried out alone",
                "kind",
            ),
            database: Arc::new(DatabaseMetrics::new(registry)),
            registry: own,
        }
    }

    /// The metrics of a provider, which are exported from now on.
    #[must_use]
    pub fn provider(&self, name: &ProviderName) -> Arc<ProviderMetrics> {
        Arc::new(self.providers.provider(name.as_str()))
    }

    /// The metrics of one kind of batches.
    #[must_use]
    pub fn batches(&self, kind: BatchKind) -> BatchMetrics {
        BatchMetrics { size: self.batch_sizes.of(kind).clone(), left_out: self.left_out.of(kind).clone() }
    }

    /// Sets whether the node is ready and whether the database is reachable.
    pub fn set_health(&self, is_ready: bool, is_database_up: bool) {
        self.process.ready.set(is_ready.into());
        self.database.up.set(is_database_up.into());
    }

    /// All series in the text format of Prometheus.
    #[must_use]
    pub fn encode(&self) -> String {
        self.process.sample();
        self.database.sample();
        let mut text = String::new();
        if let Err(error) = prometheus_text::encode(&mut text, &self.registry) {
            log::error!("metrics cannot be written: {error}");
        }
        text
    }
}
