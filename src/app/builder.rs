//! Builds a [`Vouchsafe`] from settings. Tests and embedding apps may replace the clock, the random source and hooks.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix::{Arbiter, Recipient};
use url::Url;

use super::Vouchsafe;
use super::local_workers::LocalWorkers;
use super::reload::{LoadSettings, OnReload};
#[cfg(feature = "simulator")]
use super::simulated_providers;
use super::snapshot::{RedirectCheck, Snapshot, SnapshotParts};
use super::state::{AppState, Snapshots};
use crate::actor::health::Health;
use crate::actor::supervisor::{OnFatal, RestartBudget};
use crate::clients::UnusableKey;
use crate::domain::clock::{Clock, SystemClock};
use crate::domain::event::Event;
use crate::domain::hooks::{SignUpHooks, TokenHooks};
use crate::domain::id::ProviderName;
use crate::domain::random::{OsRandom, RandomSource};
use crate::domain::seal::SealError;
use crate::events::{Outbox, Recipients};
use crate::flow::active_flows::ActiveFlows;
use crate::flow::record::archive;
use crate::flow::record::ring::FlowRecords;
#[cfg(feature = "pages")]
use crate::http::admin::inspector::EndedSessions;
use crate::metrics::Metrics;
use crate::oauth::http::HttpError;
use crate::provider::definition::DefinitionError;
use crate::session::keys::KeyError;
#[cfg(feature = "simulator")]
use crate::settings::Mode;
use crate::settings::{self, CustomProvider, Records, Settings, SettingsErrors, SqliteSynchronous};
use crate::store::{Database, DatabaseConnection, DatabaseOptions, StoreError};
use crate::user::hooks::Hooks;

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
    /// The key of a backend client cannot be used.
    #[error(transparent)]
    Client(#[from] UnusableKey),
    /// A provider of [`Builder::provider`] is not valid; one line for each error.
    #[error("Builder::provider: {0}")]
    CustomProvider(#[from] SettingsErrors),
    /// A setting needs a feature that this build lacks.
    #[error("{0} needs a build with the feature `{1}`")]
    MissingFeature(&'static str, &'static str),
    /// A generated key of development mode could not be read or written.
    #[error("development: {0}")]
    Development(#[from] std::io::Error),
    /// The thread on which the app was built has ended.
    #[error("the thread that built the app has ended")]
    Ended,
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

/// Settings and replaceable parts of a [`Vouchsafe`].
pub struct Builder {
    settings: Settings,
    clock: Arc<dyn Clock>,
    random: Arc<dyn RandomSource>,
    restart_budget: RestartBudget,
    on_fatal: OnFatal,
    hooks: Hooks,
    recipients: Vec<Recipient<Event>>,
    database: Option<DatabaseConnection>,
    providers: Vec<CustomProvider>,
    redirect_check: Option<Arc<RedirectCheck>>,
    load_settings: Option<LoadSettings>,
    on_reload: OnReload,
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
            hooks: Hooks::default(),
            recipients: Vec::new(),
            database: None,
            providers: Vec::new(),
            redirect_check: None,
            load_settings: None,
            on_reload: Box::new(|_| {}),
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

    /// Asks the embedding app who may sign up, and what becomes of their profile. For a value that the app keeps using, pass
    /// an `Arc`.
    #[must_use]
    pub fn sign_up_hooks(mut self, hooks: impl SignUpHooks + 'static) -> Self {
        self.hooks.sign_up = Some(Arc::new(hooks));
        self
    }

    /// Asks the embedding app what each access token says besides.
    #[must_use]
    pub fn token_hooks(mut self, hooks: impl TokenHooks + 'static) -> Self {
        self.hooks.tokens = Some(Arc::new(hooks));
        self
    }

    /// How long the hooks of one request may take together: 2 s unless set, at most 8 s.
    #[must_use]
    pub fn hook_deadline(mut self, deadline: Duration) -> Self {
        self.hooks.deadline = deadline.min(Hooks::MAX_DEADLINE);
        self
    }

    /// Tells an actor of the app what happens. It may be called several times, once for each actor.
    ///
    /// An actor gets one event after the other, each after the commit that it tells of. Those about one user come in the
    /// order in which the app's requests were answered. Nothing waits for the actor: for each, 10,000 events may wait;
    /// what is more is dropped, logged, and counted in `vouchsafe_events_total`. What must not be lost belongs into a
    /// webhook (`docs/webhooks.md`).
    #[must_use]
    pub fn events(mut self, recipient: Recipient<Event>) -> Self {
        self.recipients.push(recipient);
        self
    }

    /// Called when an actor panicked too often to be restarted; readiness has failed by then. Does nothing by default.
    #[must_use]
    pub fn on_fatal(mut self, act: impl Fn() + Send + Sync + 'static) -> Self {
        self.on_fatal = Arc::new(act);
        self
    }

    /// Uses the app's own connection, instead of opening one at `database.url` (which may then be `app:`). Our tables are
    /// in the schema `database.schema`, on SQLite behind that prefix, with a migration table of their own.
    ///
    /// All workers share the pool; each needs about two connections when busy, and background work one more. On SQLite
    /// foreign keys must be on (sqlx's default), and a write-ahead log is advisable, so that readers do not wait.
    #[must_use]
    pub fn database(mut self, connection: DatabaseConnection) -> Self {
        self.database = Some(connection);
        self
    }

    /// Adds a provider that is defined in code. It replaces one of the settings by the same name, and stays at a reload.
    #[must_use]
    pub fn provider(mut self, provider: CustomProvider) -> Self {
        self.providers.push(provider);
        self
    }

    /// Allows return URLs besides those of `client.allowed_redirect_urls`, for instance the domains of the app's tenants. The
    /// function sees `http` and `https` URLs without user name, dot segments or other things that parsers disagree on; it is
    /// asked at the start of a sign-in and once more before the redirect, and must return at once. Whoever controls a URL
    /// that it allows can sign people in who open a link of theirs. CORS and the origins for cookies stay with the settings.
    #[must_use]
    pub fn redirect_check(mut self, is_allowed: impl Fn(&Url) -> bool + Send + Sync + 'static) -> Self {
        self.redirect_check = Some(Arc::new(is_allowed));
        self
    }

    /// Where [`Vouchsafe::reload_from_source`] reads settings again. The error lists all that is wrong with them.
    #[must_use]
    pub fn load_settings(mut self, load: impl Fn() -> Result<Settings, String> + Send + Sync + 'static) -> Self {
        self.load_settings = Some(Box::new(load));
        self
    }

    /// Called with the settings of each reload, for what the app takes from them itself, such as `log`.
    #[must_use]
    pub fn on_reload(mut self, act: impl Fn(&Settings) + Send + Sync + 'static) -> Self {
        self.on_reload = Box::new(act);
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
        let Self { settings, clock, random, restart_budget, on_fatal, hooks, recipients, database, .. } = self;
        let (providers, redirect_check) = (self.providers.into(), self.redirect_check);
        let (load_settings, on_reload) = (self.load_settings, self.on_reload);
        let (health, metrics) = (Health::default(), Arc::new(Metrics::new(clock.now())));
        let (outbox, unwritten_messages) = Outbox::new();
        #[cfg(feature = "simulator")]
        let simulator = (settings.mode == Mode::Development && settings.development.simulator)
            .then(|| simulated_providers::simulator(&settings, Arc::clone(&clock), Arc::clone(&random)));
        let parts = SnapshotParts {
            clock,
            random,
            health,
            metrics: Arc::clone(&metrics),
            recipients: Recipients::start(recipients, &metrics),
            outbox,
            restart_budget,
            on_fatal,
            providers,
            redirect_check,
            home: Arbiter::try_current(),
            #[cfg(feature = "simulator")]
            simulator,
        };
        let snapshot = Snapshot::new(settings, None, &parts).await?;
        let settings = &snapshot.settings;
        let options = database_options(&settings.database);
        let database = match database {
            Some(connection) => Database::on_app_connection(connection, &options).await?,
            None => Database::open(&options).await?,
        };
        let database = database.with_metrics(Arc::clone(&metrics.database));
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let workers = if settings.server.workers == 0 { cores() } else { settings.server.workers };
        let records = match settings.flow.records {
            Records::Off => FlowRecords::off(),
            Records::Memory | Records::Database => {
                FlowRecords::new(workers, settings.flow.record_ttl, Arc::clone(&parts.clock))
            }
        };
        let is_archived = settings.flow.records == Records::Database;
        let (records, unwritten) = if is_archived {
            let (queue, unwritten) = archive::queue();
            (records.with_queue(queue), Some(unwritten))
        } else {
            (records, None)
        };
        Ok(Vouchsafe(Arc::new(AppState {
            workers,
            started_workers: AtomicUsize::new(0),
            active_flows: ActiveFlows::new(
                (settings.flow.max_active, settings.flow.ttl),
                workers,
                records.clone(),
                metrics.evicted_flows.clone(),
            ),
            records,
            #[cfg(feature = "pages")]
            ended_sessions: EndedSessions::default(),
            unwritten: Mutex::new(unwritten),
            unwritten_messages: Mutex::new(Some(unwritten_messages)),
            is_archived,
            parts,
            snapshots: Snapshots::new(snapshot),
            database,
            hooks,
            local_workers: LocalWorkers::default(),
            maintenance_started: AtomicBool::new(false),
            load_settings,
            on_reload,
            reloading: tokio::sync::Mutex::default(),
        })))
    }
}
