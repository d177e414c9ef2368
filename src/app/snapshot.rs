//! What the settings determine. A reload replaces it as a whole.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ArbiterHandle};
use tokio::sync::oneshot;
use url::Url;
#[cfg(feature = "simulator")]
use vouchsafe_simulator::Simulator;

#[cfg(feature = "simulator")]
use super::simulated_providers;
use super::{BuildError, generated_keys, mount_point};
use crate::actor::handle::ActorHandle;
use crate::actor::health::Health;
use crate::actor::supervisor::{OnFatal, RestartBudget, RestartSupervisor, Supervision};
use crate::clients::{ClientRegistry, UnusableKey};
use crate::domain::clock::Clock;
use crate::domain::random::RandomSource;
use crate::domain::return_url::AllowList;
use crate::domain::seal::{SealError, Sealer};
use crate::events::{Events, Outbox, Recipients, Webhooks};
use crate::flow::{cookie, link};
#[cfg(feature = "pages")]
use crate::http::admin::inspector;
#[cfg(feature = "aufy")]
use crate::http::aufy;
use crate::http::form_post;
use crate::http::oauth::TOKEN_PATH;
use crate::http::ops::openapi::ApiDescription;
#[cfg(feature = "pages")]
use crate::http::pages::Theme;
use crate::http::rate_limit::RateLimits;
use crate::metrics::Metrics;
use crate::oauth::http::{HttpError, HttpPolicy, NetworkAccess};
use crate::provider::registry::{ProviderRegistry, RegistryState};
use crate::provider::{Provider, build_providers};
use crate::session::access_token::AccessTokens;
#[cfg(feature = "aufy")]
use crate::session::aufy_access_token::AufyAccessTokens;
use crate::session::keys::SigningKeys;
use crate::session::refresh::RefreshTokens;
use crate::session::verifier::TokenVerifier;
use crate::settings::{CustomProvider, Mode, Settings};
use crate::vault::cipher::TokenCipher;
use crate::vault::grant_cipher::GrantCipher;
use crate::vault::ticket::{TicketTtls, Tickets};

/// What all workers share until the next reload.
pub(super) struct Snapshot {
    pub(super) settings: Arc<Settings>,
    pub(super) published: RegistryState,
    pub(super) registry: ActorHandle<ProviderRegistry>,
    pub(super) access_tokens: AccessTokens,
    pub(super) token_verifier: TokenVerifier,
    pub(super) clients: ClientRegistry,
    #[cfg(feature = "aufy")]
    pub(super) aufy: Option<aufy::Dialect>,
    pub(super) refresh_tokens: RefreshTokens,
    pub(super) cipher: TokenCipher,
    pub(super) grant_cipher: GrantCipher,
    pub(super) tickets: Tickets,
    pub(super) flow_sealer: Sealer,
    pub(super) link_sealer: Sealer,
    pub(super) form_sealer: Sealer,
    #[cfg(feature = "pages")]
    pub(super) inspector_sealer: Sealer,
    pub(super) return_urls: Arc<AllowList>,
    pub(super) rate_limits: Option<Arc<RateLimits>>,
    #[cfg(feature = "pages")]
    pub(super) theme: Arc<Theme>,
    pub(super) api: Arc<ApiDescription>,
    pub(super) events: Events,
    /// The rules for calls to receivers of webhooks.
    pub(super) http_policy: HttpPolicy,
    _supervision: Supervision,
}

/// Says which return URLs are allowed besides those of the settings.
pub(super) type RedirectCheck = dyn Fn(&Url) -> bool + Send + Sync;

/// What a snapshot is made with, besides the settings.
#[derive(Clone)]
pub(super) struct SnapshotParts {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn RandomSource>,
    pub(super) health: Health,
    pub(super) metrics: Arc<Metrics>,
    pub(super) recipients: Recipients,
    pub(super) outbox: Outbox,
    pub(super) restart_budget: RestartBudget,
    pub(super) on_fatal: OnFatal,
    /// Providers that the app defines in code; they replace those of the settings by the same name.
    pub(super) providers: Arc<[CustomProvider]>,
    pub(super) redirect_check: Option<Arc<RedirectCheck>>,
    /// The thread on which the app was built, where its registry lives; `None` if only its caller's runtime knows.
    pub(super) home: Option<ArbiterHandle>,
    #[cfg(feature = "simulator")]
    pub(super) simulator: Option<Simulator>,
}

impl Snapshot {
    /// The first snapshot, or the one after `before`.
    ///
    /// # Errors
    /// [`BuildError`]; nothing was started.
    pub(super) async fn new(
        mut settings: Settings,
        before: Option<&Self>,
        parts: &SnapshotParts,
    ) -> Result<Self, BuildError> {
        if settings.aufy.enabled && cfg!(not(feature = "aufy")) {
            return Err(BuildError::MissingFeature("aufy.enabled", "aufy"));
        }
        let SnapshotParts { clock, random, .. } = parts;
        if settings.mode == Mode::Development {
            generated_keys::add_missing(&mut settings, random.as_ref())?;
        }
        for custom in parts.providers.iter() {
            let (name, provider) = custom.read(&settings)?;
            settings.providers.insert(name, provider);
        }
        let providers = providers(&settings, parts)?;
        let http_policy = http_policy(&settings)?;
        let keys = Arc::new(SigningKeys::new(&settings.keys.jwt)?);
        let (session, vault_keys) = (&settings.session, &settings.keys.vault);
        let ttls = TicketTtls {
            sign_in: settings.aufy.sign_in_ticket_ttl,
            sign_up: settings.aufy.sign_up_ticket_ttl,
            link: link::TTL,
        };
        let published = match before {
            None => RegistryState::new(providers, &parts.metrics),
            Some(before) => RegistryState::succeeding(&before.published, providers, &parts.metrics),
        };
        let rate_limits = match before {
            // The budgets of clients stay as they are.
            Some(before) if before.settings.rate_limit == settings.rate_limit => before.rate_limits.clone(),
            _ => RateLimits::new(&settings.rate_limit, clock).map(Arc::new),
        };
        #[cfg(feature = "aufy")]
        let aufy = aufy_dialect(&settings, Arc::clone(&keys), random)?;
        let (issuer, namespace) = (session.issuer.clone(), session.claims_namespace.clone());
        let access_tokens = AccessTokens::new(keys, random.as_ref(), issuer, namespace, session.access_token_ttl);
        let nhost_tokens = cfg!(feature = "nhost").then(|| access_tokens.clone());
        #[cfg(feature = "aufy")]
        let aufy_tokens = aufy.as_ref().map(|dialect| dialect.tokens.clone());
        #[cfg(not(feature = "aufy"))]
        let aufy_tokens = None;
        let cipher = TokenCipher::new(vault_keys, Arc::clone(random))?;
        let grant_cipher = GrantCipher::new(vault_keys, Arc::clone(random))?;
        let tickets = Tickets::new(vault_keys, Arc::clone(random), ttls)?;
        let flow_sealer = Sealer::new(vault_keys, cookie::PURPOSE)?;
        let link_sealer = Sealer::new(vault_keys, link::PURPOSE)?;
        let form_sealer = Sealer::new(vault_keys, form_post::PURPOSE)?;
        let (registry, supervision) = start_registry(&settings, &published, parts).await?;
        Ok(Self {
            published,
            registry,
            access_tokens,
            token_verifier: TokenVerifier::new(nhost_tokens, aufy_tokens),
            clients: clients(&settings)?,
            #[cfg(feature = "aufy")]
            aufy,
            refresh_tokens: RefreshTokens::new(vault_keys),
            cipher,
            grant_cipher,
            tickets,
            flow_sealer,
            link_sealer,
            form_sealer,
            #[cfg(feature = "pages")]
            inspector_sealer: Sealer::new(vault_keys, inspector::PURPOSE)?,
            return_urls: Arc::new(settings.client.return_urls.clone().with_check(parts.redirect_check.clone())),
            rate_limits,
            #[cfg(feature = "pages")]
            theme: Arc::new(Theme::new(&settings.pages)),
            api: Arc::new(ApiDescription::new(&settings, &mount_point(&settings))),
            http_policy,
            events: Events::new(parts.recipients.clone(), Webhooks::new(&settings.webhooks, random, &parts.outbox)),
            settings: Arc::new(settings),
            _supervision: supervision,
        })
    }
}

/// Checks what the service makes of valid settings before it opens the database: its providers and keys.
///
/// # Errors
/// The [`BuildError`] with which it would not start.
#[cfg(feature = "cli")]
pub(crate) fn check(settings: &Settings) -> Result<(), BuildError> {
    configured_providers(settings)?;
    clients(settings)?;
    let are_keys_generated = settings.mode == Mode::Development && settings.keys.jwt.is_empty();
    if !are_keys_generated {
        SigningKeys::new(&settings.keys.jwt)?;
    }
    Ok(())
}

/// The backends, and the names by which their assertions may call this server: its issuer, its public URL and the URL of its
/// token endpoint, wherever that is mounted.
fn clients(settings: &Settings) -> Result<ClientRegistry, UnusableKey> {
    let base = settings.server.public_base();
    let root = format!("{}{}", settings.server.public_url.origin().ascii_serialization(), mount_point(settings));
    let mounts = settings.nhost.paths.iter().map(|path| format!("{root}{path}{TOKEN_PATH}"));
    let named =
        [settings.session.issuer.clone(), base.clone(), format!("{base}{TOKEN_PATH}"), format!("{root}{TOKEN_PATH}")];
    ClientRegistry::new(&settings.clients, named.into_iter().chain(mounts).collect())
}

/// The rules for calls to providers.
pub(super) fn http_policy(settings: &Settings) -> Result<HttpPolicy, HttpError> {
    let upstream = &settings.upstream;
    let networks = match (settings.mode, upstream.allow_private_networks) {
        (_, true) => NetworkAccess::Any,
        (Mode::Development, false) => NetworkAccess::PublicAndLoopback,
        (Mode::Production, false) => NetworkAccess::Public,
    };
    HttpPolicy::new(upstream.timeout, networks, upstream.extra_roots.as_deref())
}

fn configured_providers(settings: &Settings) -> Result<Vec<Provider>, BuildError> {
    let http = http_policy(settings)?;
    build_providers(&settings.providers, &settings.session.custom_claims.profile, &http)
        .map_err(|(name, error)| BuildError::Provider(name, error))
}

fn providers(settings: &Settings, parts: &SnapshotParts) -> Result<Vec<Provider>, BuildError> {
    #[cfg_attr(not(feature = "simulator"), expect(unused_mut, reason = "extended by the simulated providers"))]
    let mut providers = configured_providers(settings)?;
    #[cfg(feature = "simulator")]
    if let Some(simulator) = &parts.simulator {
        providers.extend(simulated_providers::providers(simulator, settings)?);
    }
    #[cfg(not(feature = "simulator"))]
    let _ = parts;
    Ok(providers)
}

/// Starts the registry on the thread that built the app: a worker's thread may end before the process does.
async fn start_registry(
    settings: &Settings,
    published: &RegistryState,
    parts: &SnapshotParts,
) -> Result<(ActorHandle<ProviderRegistry>, Supervision), BuildError> {
    // Discovery and key set: at most two upstream calls.
    let (max_in_flight, deadline) =
        (settings.server.max_in_flight, 2 * settings.upstream.timeout + Duration::from_secs(1));
    let SnapshotParts { clock, health, restart_budget, on_fatal, .. } = parts.clone();
    let published = published.clone();
    let start = move || {
        let mut supervisor = RestartSupervisor::new(restart_budget, Arc::clone(&clock), health, on_fatal);
        let registry = supervisor.start_child("ProviderRegistry", max_in_flight, deadline, move || {
            ProviderRegistry::new(published.clone(), Arc::clone(&clock)).start()
        });
        (registry, supervisor.supervise())
    };
    let Some(home) = &parts.home else { return Ok(start()) };
    let (started, registry) = oneshot::channel();
    home.spawn_fn(move || drop(started.send(start())));
    registry.await.map_err(|_| BuildError::Ended)
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
    aufy::Dialect::new(own, tokens, session.refresh_token_ttl, location, &settings.keys.vault).map(Some)
}
