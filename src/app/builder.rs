//! Builds the house from settings, and from what a test or an embedding app puts in the place of the system's own.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use actix::Actor;

use super::{House, Vouchsafe, development, mount_point};
use crate::actor::health::Health;
use crate::actor::root::{Budget, OnGivingUp, Root};
use crate::domain::clock::{Clock, SystemClock};
use crate::domain::entropy::{Entropy, SystemEntropy};
use crate::domain::hooks::{NoHooks, SignUpHooks};
use crate::domain::id::ProviderName;
use crate::domain::seal::{SealError, Sealer};
use crate::flow::link;
use crate::flow::live::Live;
use crate::flow::snapshot;
use crate::http::{aufy, posted_form};
use crate::oauth::http::{HttpError, HttpPolicy};
use crate::provider::page::PageError;
use crate::provider::registry::{ProviderRegistry, Published};
use crate::session::access::AccessTokens;
use crate::session::account::AccountTokens;
use crate::session::keys::{KeyError, SigningKeys};
use crate::session::refresh::RefreshTokens;
use crate::settings::{Mode, Settings};
use crate::store::{Database, StoreError};
use crate::vault::shelf::Shelf;
use crate::vault::ticket::{Lives, Tickets};

/// Why the house could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The database is out of reach, or its tables could not be brought up to date.
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
    /// A provider's settings do not make a whole.
    #[error("providers.{0}: {1}")]
    Provider(ProviderName, PageError),
    /// Something that development mode makes up could not be written.
    #[error("development: {0}")]
    Development(#[from] std::io::Error),
}

/// The dialect that asks for its person when it is ready, if it is turned on.
fn aufy_dialect(settings: &Settings, keys: Arc<SigningKeys>, entropy: &Arc<dyn Entropy>) -> Option<aufy::Dialect> {
    let (own, session) = (settings.aufy.clone(), &settings.session);
    let (issuer, audience, ttl) = (session.issuer.clone(), own.audience.clone(), session.access_token_ttl);
    let tokens = AccountTokens::new(keys, Arc::clone(entropy), issuer, audience, ttl);
    let place = (&settings.server.public_url, mount_point(settings));
    let master = settings.keys.vault.first().filter(|_| own.enabled)?;
    Some(aufy::Dialect::new(own, tokens, session.refresh_token_ttl, place, master))
}

/// Settings, and what a test or an embedding app may put in the place of the system's own.
pub struct Builder {
    settings: Settings,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    budget: Budget,
    on_giving_up: OnGivingUp,
    hooks: Arc<dyn SignUpHooks>,
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Builder {
    /// Starts from settings, with the machine's own clock and chance.
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            budget: Budget::default(),
            on_giving_up: Arc::new(|| {}),
            hooks: Arc::new(NoHooks),
        }
    }

    /// Takes the time from here.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Takes chance from here.
    #[must_use]
    pub fn entropy(mut self, entropy: Arc<dyn Entropy>) -> Self {
        self.entropy = entropy;
        self
    }

    /// Lets the embedding app have its say when somebody becomes a new person, whatever way they come.
    #[must_use]
    pub fn sign_up_hooks(mut self, hooks: Arc<dyn SignUpHooks>) -> Self {
        self.hooks = hooks;
        self
    }

    /// What to do when an actor broke too often to be replaced. Readiness is red already. The default is nothing.
    #[must_use]
    pub fn on_giving_up(mut self, act: impl Fn() + Send + Sync + 'static) -> Self {
        self.on_giving_up = Arc::new(act);
        self
    }

    /// Builds: opens the database, brings its tables up to date, reads keys and providers, starts the registry.
    ///
    /// It has to be called inside an actix system, which the embedding app and `actix_web::main` have.
    ///
    /// # Errors
    /// [`BuildError`]
    pub async fn build(self) -> Result<Vouchsafe, BuildError> {
        let Self { mut settings, clock, entropy, budget, on_giving_up, hooks } = self;
        let upstream = &settings.upstream;
        let http = HttpPolicy::new(upstream.timeout, upstream.allow_private_networks, upstream.extra_roots.as_deref())?;
        let mut providers =
            crate::provider::configured(&settings.providers, &settings.session.custom_claims.profile, &http)
                .map_err(|(name, error)| BuildError::Provider(name, error))?;
        let mut simulator = None;
        if settings.mode == Mode::Development {
            development::make_keys(&mut settings, entropy.as_ref())?;
            if settings.development.simulator {
                let played = development::Played::new(&settings, Arc::clone(&clock), Arc::clone(&entropy))?;
                providers.extend(played.providers);
                simulator = Some(played.simulator);
            }
        }
        let keys = Arc::new(SigningKeys::new(&settings.keys.jwt)?);
        let aufy = aufy_dialect(&settings, Arc::clone(&keys), &entropy);
        let session = &settings.session;
        let access_tokens =
            AccessTokens::new(keys, session.issuer.clone(), session.claims_namespace.clone(), session.access_token_ttl);
        let refresh_tokens = RefreshTokens::new(&settings.keys.vault);
        let shelf = Shelf::new(&settings.keys.vault, Arc::clone(&entropy))?;
        let lives = Lives {
            sign_in: settings.aufy.sign_in_ticket_ttl,
            sign_up: settings.aufy.sign_up_ticket_ttl,
            link: link::TTL,
        };
        let tickets = Tickets::new(&settings.keys.vault, Arc::clone(&entropy), lives)?;
        let flow_sealer = Sealer::new(&settings.keys.vault, snapshot::PURPOSE)?;
        let link_sealer = Sealer::new(&settings.keys.vault, link::PURPOSE)?;
        let form_sealer = Sealer::new(&settings.keys.vault, posted_form::PURPOSE)?;
        let place = &settings.database;
        let database = Database::open(&place.url, place.max_connections, place.waits_for_disk).await?;

        let (health, published) = (Health::default(), Published::new(providers));
        let mut root = Root::new(budget, Arc::clone(&clock), health.clone(), Arc::clone(&on_giving_up));
        let (inner, time) = (published.clone(), Arc::clone(&clock));
        // Discovery and keys are two calls at most.
        let deadline = 2 * settings.upstream.timeout + Duration::from_secs(1);
        let registry = root.raise("ProviderRegistry", settings.server.max_in_flight, deadline, move || {
            ProviderRegistry::new(inner.clone(), Arc::clone(&time)).start()
        });
        root.start();

        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Vouchsafe(Arc::new(House {
            workers: if settings.server.workers == 0 { cores() } else { settings.server.workers },
            live: Live::new(settings.flow.max_live),
            return_urls: Arc::new(settings.client.clone()),
            settings,
            clock,
            entropy,
            database,
            published,
            registry,
            access_tokens,
            aufy,
            refresh_tokens,
            shelf,
            tickets,
            hooks,
            flow_sealer,
            link_sealer,
            form_sealer,
            health,
            budget,
            on_giving_up,
            is_swept: AtomicBool::new(false),
            simulator,
        })))
    }
}
