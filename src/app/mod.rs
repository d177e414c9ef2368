//! Builds the service from its parts, for the binary and for embedding apps.
//!
//! [`Builder`] makes a [`Vouchsafe`], which holds the shared [`state`]; [`worker`] starts the actors of one thread.

mod access;
mod builder;
mod db_monitor;
#[cfg(feature = "cli")]
pub(crate) mod doctor;
#[cfg(feature = "cli")]
pub(crate) mod flow_records;
mod generated_keys;
mod grants;
#[cfg(feature = "postgres")]
pub mod import;
mod local_workers;
mod maintenance;
mod metrics;
mod reload;
#[cfg(feature = "simulator")]
mod simulated_providers;
mod snapshot;
mod state;
#[cfg(all(feature = "sqlite", feature = "simulator"))]
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
#[cfg(feature = "cli")]
pub(crate) mod users;
pub(crate) mod webhooks;
mod worker;

use std::sync::Arc;

#[cfg(feature = "simulator")]
use actix_web::middleware::from_fn;
use actix_web::web;

pub use self::builder::{BuildError, Builder};
pub(crate) use self::builder::{back_up, has_database, migrate};
pub use self::reload::{ReloadError, Reloaded};
#[cfg(feature = "cli")]
pub(crate) use self::snapshot::check;
use self::state::AppState;
use crate::actor::health::Health;
pub use crate::domain::cause::{Cause, Outcome};
pub use crate::domain::event::{Event, EventType, SessionEnd};
use crate::domain::id::{FlowTag, UserId};
pub use crate::flow::record::report::{FlowFilter, FlowReport, ReportedEvent};
use crate::http::admin;
#[cfg(feature = "aufy")]
use crate::http::aufy;
#[cfg(feature = "simulator")]
use crate::http::host_guard::require_loopback_host;
#[cfg(feature = "nhost")]
use crate::http::nhost;
#[cfg(feature = "cli")]
pub(crate) use crate::http::open_connections::OpenConnections;
#[cfg(any(feature = "cli", not(feature = "nhost")))]
use crate::http::ops;
#[cfg(feature = "simulator")]
use crate::http::pages::demo;
use crate::http::routing::Selection;
pub use crate::metrics::CONTENT_TYPE as METRICS_CONTENT_TYPE;
#[cfg(feature = "simulator")]
use crate::settings::Mode;
use crate::settings::{ADMIN_PATH, Settings};
pub use crate::store::StoreError;

/// Mounts one dialect.
type Mount<'a> = dyn FnOnce(&mut web::ServiceConfig) + 'a;

/// The path where our routes are mounted: that of the public URL without the path of a dialect.
pub(crate) fn mount_point(settings: &Settings) -> String {
    let path = settings.server.public_url.path().trim_end_matches('/');
    let dialects = settings.nhost.paths.iter().filter_map(|dialect| path.strip_suffix(dialect.as_str()));
    dialects.min_by_key(|rest| rest.len()).unwrap_or(path).to_owned()
}

/// The service, built from settings and ready to be mounted. Cheap to clone; clones share their state.
#[derive(Clone, Debug)]
pub struct Vouchsafe(Arc<AppState>);

impl Vouchsafe {
    /// A builder with the system clock and the system's random source.
    #[must_use]
    pub fn builder(settings: Settings) -> Builder {
        Builder::new(settings)
    }

    /// Builds with the defaults of [`Builder`].
    ///
    /// # Errors
    /// [`BuildError`]
    pub async fn build(settings: Settings) -> Result<Self, BuildError> {
        Self::builder(settings).build().await
    }

    /// How many worker threads to start.
    #[must_use]
    pub fn workers(&self) -> usize {
        self.0.workers
    }

    /// The readiness of this process.
    #[must_use]
    pub fn health(&self) -> Health {
        self.0.parts.health.clone()
    }

    /// Whether a provider was asked for new tokens that are not written yet.
    #[cfg(feature = "cli")]
    pub(crate) fn has_refreshes_under_way(&self) -> bool {
        self.0.parts.metrics.grant_refreshes.get() > 0
    }

    /// What became of a sign-in, by the `flow` that the browser got with its error: timeline, likely reason and fix.
    /// `None` if it is not known: records are kept for `flow.record_ttl`, as `flow.records` says.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn flow(&self, flow: FlowTag) -> Result<Option<FlowReport>, StoreError> {
        let archive = self.0.archive(|| self.0.store());
        FlowReport::find(self.0.active_flows.attempts(flow), archive.as_ref(), flow).await
    }

    /// The sign-ins that pass the filter, the newest first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn flows(&self, filter: &FlowFilter) -> Result<Vec<FlowReport>, StoreError> {
        let archive = self.0.archive(|| self.0.store());
        FlowReport::list(self.0.active_flows.latest_attempts(filter), archive.as_ref(), filter).await
    }

    /// Marks a user's email as verified, for instance after a link mailed by the embedding app was opened.
    /// `false` if it is not the current email of the account.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was changed.
    pub async fn confirm_email(&self, user_id: UserId, address: &str) -> Result<bool, StoreError> {
        self.user_service().confirm_email(user_id, address).await
    }

    /// Deletes a user with all sessions, identities and tokens. Tokens in the vault are revoked at their providers, by
    /// this process or any other on the same database. `false` if there was no such user.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was deleted.
    pub async fn erase(&self, user_id: UserId) -> Result<bool, StoreError> {
        self.user_service().erase(user_id).await
    }

    /// The metrics in the text format of Prometheus, to be served as [`METRICS_CONTENT_TYPE`]. `vouchsafe serve` does that at
    /// `metrics.bind`; an embedding app serves them where it likes. They hold no personal data.
    #[must_use]
    pub fn metrics(&self) -> String {
        metrics::encode(&self.0)
    }

    /// The routes of the listener at `metrics.bind`.
    #[cfg(feature = "cli")]
    pub(crate) fn metrics_routes(&self) -> impl FnOnce(&mut web::ServiceConfig) + use<> {
        let vouchsafe = self.clone();
        move |config| ops::configure_metrics(config, vouchsafe.health(), move || vouchsafe.metrics())
    }

    /// The routes, for `App::configure` or `Scope::configure`. Call it inside the app factory, once per worker;
    /// `server.public_url` must name the path where they are mounted.
    pub fn routes(&self) -> impl FnOnce(&mut web::ServiceConfig) + use<> {
        let state = Arc::clone(&self.0);
        move |config| mount(&state, config, Selection::ALL)
    }

    /// The routes whose path `is_mounted` accepts; what is left out, and every path that is not ours, is the app's own. A
    /// path is the one below the place where everything is mounted, with parameters in braces, such as
    /// `/signup/provider/{provider}`, `/v1/token` or `/api/auth/signin/external`; `/admin`, `/simulator` and `/demo` stand
    /// for all below them. Otherwise as [`Self::routes`].
    pub fn routes_where<F>(&self, is_mounted: F) -> impl FnOnce(&mut web::ServiceConfig) + use<F>
    where
        F: Fn(&str) -> bool,
    {
        let state = Arc::clone(&self.0);
        move |config| mount(&state, config, Selection::of(&is_mounted))
    }
}

/// Starts the worker of this thread and mounts its routes.
fn mount(state: &Arc<AppState>, config: &mut web::ServiceConfig, routes: Selection<'_>) {
    let worker = worker::start(state);
    let (generation, current) = (worker.generation(), worker.current_state());
    let (http, settings) = (&generation.http, &generation.settings);
    if !routes.is_whole() {
        config.app_data(http.api.left_out(|path| routes.includes(path)));
    }
    #[cfg(feature = "simulator")]
    if let Some(simulator) = &state.parts.simulator
        && routes.includes(simulated_providers::PATH)
    {
        let scope = web::scope(simulated_providers::PATH).wrap(from_fn(require_loopback_host));
        config.service(scope.configure(simulator.routes()));
    }
    #[cfg(feature = "simulator")]
    if settings.mode == Mode::Development && routes.includes("/demo") {
        demo::mount(config, http, &current, state.parts.simulator.as_ref().map(simulated_providers::failures));
    }
    // Longest path first, because an empty path matches everything.
    let mut mounts: Vec<(&str, Box<Mount>)> = Vec::new();
    #[cfg(feature = "nhost")]
    for path in &settings.nhost.paths {
        let current = &current;
        mounts.push((path, Box::new(move |config| nhost::mount(config, path, http, current, routes))));
    }
    #[cfg(feature = "aufy")]
    if let Some(dialect) = current.get::<aufy::Dialect>() {
        let (current, auth, account) = (&current, dialect.clone(), dialect);
        let mount = move |config: &mut _| aufy::mount_auth(config, http, &auth, current, routes);
        mounts.push((&settings.aufy.auth_path, Box::new(mount)));
        let mount = move |config: &mut _| aufy::mount_account(config, http, &account, current, routes);
        mounts.push((&settings.aufy.account_path, Box::new(mount)));
    }
    // Also without a token, which a reload may bring, unless the path is that of a dialect.
    if routes.includes(ADMIN_PATH) && !mounts.iter().any(|(path, _)| *path == ADMIN_PATH) {
        let current = &current;
        mounts.push((ADMIN_PATH, Box::new(move |config| admin::mount(config, http, current))));
    }
    mounts.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
    for (_, mount) in mounts {
        mount(config);
    }
    #[cfg(not(feature = "nhost"))]
    ops::mount(config, http, &current, routes);
}
