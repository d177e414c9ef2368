//! Builds a [`Vouchsafe`] from settings. Tests and embedding apps may replace the clock, the random source and hooks.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::time::Duration;

use actix::Actor;

#[cfg(feature = "simulator")]
use super::simulated_providers;
use super::state::AppState;
use super::{Vouchsafe, generated_keys, mount_point};
use crate::actor::health::Health;
use crate::actor::supervisor::{OnFatal, RestartBudget, RestartSupervisor};
use crate::domain::clock::{Clock, SystemClock};
use crate::domain::hooks::{NoHooks, SignUpHooks};
use crate::domain::id::ProviderName;
use crate::domain::random::{OsRandom, RandomSource};
use crate::domain::seal::{SealError, Sealer};
use crate::flow::active_flows::ActiveFlows;
use crate::flow::cookie;
use crate::flow::link;
#[cfg(feature = "aufy")]
use crate::http::aufy;
use crate::http::form_post;
use crate::http::rate_limit::RateLimits;
use crate::oauth::http::{HttpError, HttpPolicy, NetworkAccess};
use crate::provider::definition::DefinitionError;
use crate::provider::registry::{ProviderRegistry, RegistryState};
use crate::session::access_token::AccessTokens;
#[cfg(feature = "aufy")]
use crate::session::aufy_access_token::AufyAccessTokens;
use crate::session::keys::{KeyError, SigningKeys};
use crate::session::refresh::RefreshTokens;
use crate::settings::{self, Mode, Settings, SqliteSynchronous};
use crate::store::{Database, DatabaseOptions, StoreError};
use crate::vault::cipher::TokenCipher;
use crate::vault::ticket::{TicketTtls, Tickets};

/// Why [`Builder::build`] failed.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The database is unreachable, or a migration failed.
    #[error("the database: {0}")]
    Database(#[from] StoreError),
    /// A key for access tokens cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// There is no key for the vault.
    #[error("keys.vault: {0}")]
    Vault(#[from] SealError),
    /// The certificates of `upstream.ca_file` cannot be used.
    #[error("upstream: {0}")]
    Upstream(#[from] HttpError),
    /// A provider's settings are incomplete or contradictory.
    #[error("providers.{0}: {1}")]
    Provider(ProviderName, DefinitionError),
    /// A setting needs a feature that this build lacks.
    #[error("{0} needs a build with the feature `{1}`")]
    MissingFeature(&'static str, &'static str),
    /// A generated key of development mode could not be read or written.
    #[error("development: {0}")]
    Development(#[from] std::io::Error),
}

/// Whether the database of these settings exists and is ours. Nothing is created.
///
/// # Errors
/// [`StoreError`] if it cannot be reached.
pub(crate) async fn has_database(settings: &Settings) -> Result<bool, StoreError> {
    Ok(Database::open_existing(&database_options(&settings.database)).await?.is_some())
}

/// Creates or updates the tables.
///
/// # Errors
/// [`StoreError`]; then nothing was changed.
pub(crate) async fn migrate(settings: &Settings) -> Result<(), StoreError> {
    Database::open(&database_options(&settings.database)).await.map(drop)
}

/// Copies a SQLite database to a new file; see [`Database::back_up`].
///
/// # Errors
/// [`StoreError`]
pub(crate) async fn back_up(settings: &Settings, target: &Path) -> Result<(), StoreError> {
    Database::back_up(&settings.database.url, target).await
}

pub(super) fn database_options(settings: &settings::Database) -> DatabaseOptions<'_> {
    DatabaseOptions {
        url: &settings.url,
        schema: &settings.schema,
        max_connections: settings.max_connections,
        sqlite_synchronous: settings.sqlite_synchronous == SqliteSynchronous::Full,
        max_batch: settings.max_batch,
    }
}

/// The Aufy dialect, if it is enabled.
#[cfg(feature = "aufy")]
fn aufy_dialect(
    settings: &Settings,
    keys: Arc<SigningKeys>,
    random: &Arc<dyn RandomSource>,
) -> Result<Option<aufy::Dialect>, SealError> {
    if !settings.aufy.enabled {
        return Ok(None);
    }
    let (own, session) = (settings.aufy.clone(), &settings.session);
    let (issuer, audience, ttl) = (session.issuer.clone(), own.audience.clone(), session.access_token_ttl);
    let tokens = AufyAccessTokens::new(keys, Arc::clone(random), issuer, audience, ttl);
    let location = (&settings.server.public_url, mount_point(settings));
    aufy::Dialect::new(own, tokens, session.refresh_token_ttl, location, &settings.keys.vault, random).map(Some)
}

/// Settings and replaceable parts of a [`Vouchsafe`].
pub struct Builder {
    settings: Settings,
    clock: Arc<dyn Clock>,
    random: Arc<dyn RandomSource>,
    restart_budget: RestartBudget,
    on_fatal: OnFatal,
    hooks: Arc<dyn SignUpHooks>,
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Builder {
    /// Defaults: system clock, system random source, no hooks.
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            clock: Arc::new(SystemClock),
            random: Arc::new(OsRandom),
            restart_budget: RestartBudget::default(),
            on_fatal: Arc::new(|| {}),
            hooks: Arc::new(NoHooks),
        }
    }

    /// Replaces the system clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Replaces the system's random source.
    #[must_use]
    pub fn random(mut self, random: Arc<dyn RandomSource>) -> Self {
        self.random = random;
        self
    }

    /// Calls the embedding app before a user is created.
    #[must_use]
    pub fn sign_up_hooks(mut self, hooks: Arc<dyn SignUpHooks>) -> Self {
        self.hooks = hooks;
        self
    }

    /// Called when an actor panicked too often to be restarted; readiness has failed by then. Does nothing by default.
    #[must_use]
    pub fn on_fatal(mut self, act: impl Fn() + Send + Sync + 'static) -> Self {
        self.on_fatal = Arc::new(act);
        self
    }

    /// Opens and migrates the database, reads keys and providers, and starts the registry.
    ///
    /// Must be called inside an actix system, for example in `#[actix_web::main]`.
    ///
    /// # Errors
    /// [`BuildError`]
    pub async fn build(self) -> Result<Vouchsafe, BuildError> {
        for warning in &self.settings.warnings {
            log::warn!("{warning}");
        }
        let Self { mut settings, clock, random, restart_budget, on_fatal, hooks } = self;
        if settings.aufy.enabled && cfg!(not(feature = "aufy")) {
            return Err(BuildError::MissingFeature("aufy.enabled", "aufy"));
        }
        let upstream = &settings.upstream;
        let networks = match (settings.mode, upstream.allow_private_networks) {
            (_, true) => NetworkAccess::Any,
            (Mode::Development, false) => NetworkAccess::PublicAndLoopback,
            (Mode::Production, false) => NetworkAccess::Public,
        };
        let http = HttpPolicy::new(upstream.timeout, networks, upstream.extra_roots.as_deref())?;
        #[cfg_attr(not(feature = "simulator"), expect(unused_mut, reason = "extended by the simulated providers"))]
        let mut providers =
            crate::provider::build_providers(&settings.providers, &settings.session.custom_claims.profile, &http)
                .map_err(|(name, error)| BuildError::Provider(name, error))?;
        let is_development = settings.mode == Mode::Development;
        if is_development {
            generated_keys::add_missing(&mut settings, random.as_ref())?;
        }
        #[cfg(feature = "simulator")]
        let simulator = (is_development && settings.development.simulator)
            .then(|| simulated_providers::simulator(&settings, Arc::clone(&clock), Arc::clone(&random)));
        #[cfg(feature = "simulator")]
        if let Some(simulator) = &simulator {
            providers.extend(simulated_providers::providers(simulator, &settings)?);
        }
        let keys = Arc::new(SigningKeys::new(&settings.keys.jwt)?);
        #[cfg(feature = "aufy")]
        let aufy = aufy_dialect(&settings, Arc::clone(&keys), &random)?;
        let session = &settings.session;
        let access_tokens =
            AccessTokens::new(keys, session.issuer.clone(), session.claims_namespace.clone(), session.access_token_ttl);
        let refresh_tokens = RefreshTokens::new(&settings.keys.vault);
        let cipher = TokenCipher::new(&settings.keys.vault, Arc::clone(&random))?;
        let ttls = TicketTtls {
            sign_in: settings.aufy.sign_in_ticket_ttl,
            sign_up: settings.aufy.sign_up_ticket_ttl,
            link: link::TTL,
        };
        let tickets = Tickets::new(&settings.keys.vault, Arc::clone(&random), ttls)?;
        let flow_sealer = Sealer::new(&settings.keys.vault, cookie::PURPOSE)?;
        let link_sealer = Sealer::new(&settings.keys.vault, link::PURPOSE)?;
        let form_sealer = Sealer::new(&settings.keys.vault, form_post::PURPOSE)?;
        let database = Database::open(&database_options(&settings.database)).await?;

        let (health, published) = (Health::default(), RegistryState::new(providers));
        let mut supervisor =
            RestartSupervisor::new(restart_budget, Arc::clone(&clock), health.clone(), Arc::clone(&on_fatal));
        let (child_state, child_clock) = (published.clone(), Arc::clone(&clock));
        // Discovery and key set: at most two upstream calls.
        let deadline = 2 * settings.upstream.timeout + Duration::from_secs(1);
        let registry = supervisor.start_child("ProviderRegistry", settings.server.max_in_flight, deadline, move || {
            ProviderRegistry::new(child_state.clone(), Arc::clone(&child_clock)).start()
        });
        supervisor.start();

        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let workers = if settings.server.workers == 0 { cores() } else { settings.server.workers };
        Ok(Vouchsafe(Arc::new(AppState {
            workers,
            started_workers: AtomicUsize::new(0),
            active_flows: ActiveFlows::new(settings.flow.max_active, settings.flow.ttl, workers),
            return_urls: Arc::new(settings.client.return_urls.clone()),
            rate_limits: RateLimits::new(&settings.rate_limit, &clock).map(Arc::new),
            settings,
            clock,
            random,
            database,
            published,
            registry,
            access_tokens,
            #[cfg(feature = "aufy")]
            aufy,
            refresh_tokens,
            cipher,
            tickets,
            hooks,
            flow_sealer,
            link_sealer,
            form_sealer,
            health,
            restart_budget,
            on_fatal,
            maintenance_started: AtomicBool::new(false),
            #[cfg(feature = "simulator")]
            simulator,
        })))
    }
}
