//! Wires it all: the one place where concrete parts meet.
//!
//! [`Vouchsafe`] is what the process shares; [`worker`] builds the actors of one thread; [`development`] makes up
//! for what a laptop lacks. The binary and every embedding app come in through here.

mod development;
pub mod import;
mod sweep;
#[cfg(test)]
mod tests;
mod watch;
mod worker;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use actix::Actor;
use actix_web::web;

use crate::actor::door::Door;
use crate::actor::health::Health;
use crate::actor::root::{Budget, OnGivingUp, Root};
use crate::domain::clock::{Clock, SystemClock};
use crate::domain::entropy::{Entropy, SystemEntropy};
use crate::domain::hooks::{NoHooks, SignUpHooks};
use crate::domain::id::{ProviderName, UserId};
use crate::domain::return_url::AllowList;
use crate::domain::seal::{SealError, Sealer};
use crate::flow::link;
use crate::flow::live::Live;
use crate::flow::snapshot;
use crate::http::{aufy, demo, nhost};
use crate::oauth::http::{HttpError, HttpPolicy};
use crate::provider::page::PageError;
use crate::provider::registry::{ProviderRegistry, Published};
use crate::session::access::AccessTokens;
use crate::session::account::AccountTokens;
use crate::session::keys::{KeyError, SigningKeys};
use crate::session::refresh::RefreshTokens;
use crate::settings::{Mode, Settings};
use crate::simulator::Simulator;
use crate::store::Database;
pub use crate::store::StoreError;
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

/// Puts a dialect where it belongs.
type Mount<'a> = dyn FnOnce(&mut web::ServiceConfig) + 'a;

/// The path at which the embedding app mounted us: the public URL may go on to the path of a dialect.
fn mount_point(settings: &Settings) -> String {
    let path = settings.server.public_url.path().trim_end_matches('/');
    let dialects = settings.nhost.paths.iter().filter_map(|dialect| path.strip_suffix(dialect.as_str()));
    dialects.min_by_key(|rest| rest.len()).unwrap_or(path).to_owned()
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

/// Vouchsafe, built from settings and ready to be mounted. Cheap to clone; each mount gets the same one.
#[derive(Clone, Debug)]
pub struct Vouchsafe(Arc<House>);

/// What the process shares.
struct House {
    settings: Settings,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    database: Database,
    published: Published,
    registry: Door<ProviderRegistry>,
    access_tokens: AccessTokens,
    aufy: Option<aufy::Dialect>,
    refresh_tokens: RefreshTokens,
    shelf: Shelf,
    tickets: Tickets,
    hooks: Arc<dyn SignUpHooks>,
    flow_sealer: Sealer,
    link_sealer: Sealer,
    return_urls: Arc<AllowList>,
    live: Live,
    health: Health,
    budget: Budget,
    on_giving_up: OnGivingUp,
    workers: usize,
    is_swept: AtomicBool,
    simulator: Option<Simulator>,
}

impl std::fmt::Debug for House {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("House").field("settings", &self.settings).finish_non_exhaustive()
    }
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
        let database = Database::open(&settings.database.url, settings.database.max_connections).await?;

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
            health,
            budget,
            on_giving_up,
            is_swept: AtomicBool::new(false),
            simulator,
        })))
    }
}

impl Vouchsafe {
    /// Starts from settings, with the machine's own clock and chance.
    #[must_use]
    pub fn builder(settings: Settings) -> Builder {
        Builder {
            settings,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            budget: Budget::default(),
            on_giving_up: Arc::new(|| {}),
            hooks: Arc::new(NoHooks),
        }
    }

    /// [`Builder::build`] without any change.
    ///
    /// # Errors
    /// [`BuildError`]
    pub async fn build(settings: Settings) -> Result<Self, BuildError> {
        Self::builder(settings).build().await
    }

    /// The settings it was built from.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// How many threads should answer requests.
    #[must_use]
    pub fn workers(&self) -> usize {
        self.0.workers
    }

    /// Whether it is fit to answer.
    #[must_use]
    pub fn health(&self) -> Health {
        self.0.health.clone()
    }

    /// Notes that a person proved their address, for instance by the link of a mail that the embedding app sent.
    /// `false`: it is not the address of the account, or not any more.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing changed.
    pub async fn confirm_address(&self, user_id: UserId, address: &str) -> Result<bool, StoreError> {
        worker::desk(&self.0, self.0.database.store(1)).confirm_address(user_id, address).await
    }

    /// Removes a person and everything that is theirs: sessions, identities, tokens. What the vault kept goes back
    /// to its providers, by this process or any other on the same database. `false`: there was no such person.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was removed.
    pub async fn erase(&self, user_id: UserId) -> Result<bool, StoreError> {
        worker::desk(&self.0, self.0.database.store(1)).erase(user_id).await
    }

    /// The routes, to be given to `App::configure` or `Scope::configure`; call it inside the app factory, once
    /// for each worker. `server.public_url` has to name the place where they are mounted.
    pub fn routes(&self) -> impl FnOnce(&mut web::ServiceConfig) + use<> {
        let house = Arc::clone(&self.0);
        move |config| {
            let front = web::Data::new(worker::start(&house));
            if let Some(simulator) = &house.simulator {
                config.service(web::scope(development::SIMULATOR_PATH).configure(simulator.routes()));
            }
            if house.settings.mode == Mode::Development {
                demo::mount(config, &front);
            }
            // The longest first, because an empty path would answer for all.
            let mut mounts: Vec<(&str, Box<Mount>)> = Vec::new();
            for path in &house.settings.nhost.paths {
                let front = front.clone();
                mounts.push((path, Box::new(move |config| nhost::mount(config, path, &front))));
            }
            if let Some(dialect) = house.aufy.clone().map(web::Data::new) {
                let (auth, account) = ((front.clone(), dialect.clone()), (front, dialect));
                let settings = &house.settings.aufy;
                mounts.push((&settings.auth_path, Box::new(move |config| aufy::mount_auth(config, &auth.0, &auth.1))));
                let mount = move |config: &mut _| aufy::mount_account(config, &account.0, &account.1);
                mounts.push((&settings.account_path, Box::new(mount)));
            }
            mounts.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
            for (_, mount) in mounts {
                mount(config);
            }
        }
    }
}
