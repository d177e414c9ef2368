//! The actor `ProviderRegistry`: fetches endpoints and keys into the [metadata cache](super::metadata_cache).
//!
//! Callers read the cache first ([`super::providers`]). One fetch per provider and purpose runs at a time, for all who
//! wait. The actor answers at once with a [`PendingFetch`], so that a provider that hangs occupies no place in its
//! mailbox.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use actix::{Actor, Context, Handler, Message};
use tokio::sync::watch;

use super::breaker::Breakers;
use super::jwks_cooldown::may_refetch_jwks;
use super::metadata_cache::{
    CacheEntry, CachedJwks, FetchTimes, Freshness, MetadataCache, Required, ResolveError, Resolved,
};
use super::{Endpoints, Protocol, Provider};
use crate::actor::handle::SendError;
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::id::ProviderName;
use crate::domain::log;
use crate::metrics::Metrics;
use crate::oauth::discovery::discover;
use crate::oauth::http::HttpClient;
use crate::oauth::jwks::fetch_jwks;

/// What outlives the actor: after a restart it continues with what it had fetched.
#[derive(Clone, Debug)]
pub struct RegistryState {
    pub(super) all: Arc<BTreeMap<ProviderName, Arc<Provider>>>,
    pub(super) cache: MetadataCache,
    pub(super) breakers: Breakers,
}

impl RegistryState {
    /// With nothing fetched yet. From now on `metrics` exports a series for each provider.
    #[must_use]
    pub fn new(providers: Vec<Provider>, metrics: &Metrics) -> Self {
        let with_metrics = |provider: Provider| {
            let metrics = metrics.provider(&provider.name);
            (provider.name.clone(), Arc::new(Provider { metrics, ..provider }))
        };
        let all: BTreeMap<_, _> = providers.into_iter().map(with_metrics).collect();
        Self { cache: MetadataCache::new(&all), all: Arc::new(all), breakers: Breakers::default() }
    }

    /// With what was fetched for the providers of `before` that are the same here.
    #[must_use]
    pub fn succeeding(before: &Self, providers: Vec<Provider>, metrics: &Metrics) -> Self {
        let state = Self { breakers: before.breakers.clone(), ..Self::new(providers, metrics) };
        for (name, provider) in state.all.iter() {
            let earlier = before.all.get(name).filter(|earlier| earlier.has_metadata_of(provider));
            match earlier.and_then(|_| before.cache.read(name)) {
                Some(entry) => state.cache.write(name, entry),
                None => state.breakers.record_success(name),
            }
        }
        state
    }

    /// Sets the metrics of the circuit breakers.
    pub fn report_breakers(&self, now: Timestamp) {
        for (name, provider) in self.all.iter() {
            provider.metrics.circuit_open.set(self.breakers.is_open(name, now).into());
        }
    }
}

type Outcome = Result<Resolved, ResolveError>;

/// A fetch that is under way. Clones wait for the same one.
#[derive(Clone, Debug)]
pub struct PendingFetch(watch::Receiver<Option<Outcome>>);

impl PendingFetch {
    /// False for a fetch that has panicked.
    fn is_running(&self) -> bool {
        self.0.has_changed().is_ok()
    }

    /// Waits for the outcome, at most as long as two calls to the provider take.
    ///
    /// # Errors
    /// [`ResolveError`]
    pub async fn outcome(mut self) -> Result<Resolved, ResolveError> {
        let outcome = self.0.wait_for(Option::is_some).await.map_err(|_| SendError::Closed)?;
        outcome.clone().unwrap_or(Err(SendError::Closed.into()))
    }
}

/// The actor.
pub struct ProviderRegistry {
    state: RegistryState,
    clock: Arc<dyn Clock>,
    clients: HashMap<ProviderName, HttpClient>,
    in_flight: Rc<RefCell<HashMap<(ProviderName, Required), PendingFetch>>>,
}

impl std::fmt::Debug for ProviderRegistry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProviderRegistry").field("state", &self.state).finish_non_exhaustive()
    }
}

impl ProviderRegistry {
    /// An actor that fetches into `state`.
    #[must_use]
    pub fn new(state: RegistryState, clock: Arc<dyn Clock>) -> Self {
        let client = |provider: &Arc<Provider>| (provider.name.clone(), provider.http_client());
        let clients = state.all.values().map(client).collect();
        Self { state, clock, clients, in_flight: Rc::default() }
    }
}

impl Actor for ProviderRegistry {
    type Context = Context<Self>;
}

/// Fetches what is required of a provider.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<PendingFetch, ResolveError>")]
pub struct Resolve {
    /// The provider.
    pub name: ProviderName,
    /// What must be known.
    pub required: Required,
}

impl Handler<Resolve> for ProviderRegistry {
    type Result = Result<PendingFetch, ResolveError>;

    fn handle(&mut self, request: Resolve, _: &mut Self::Context) -> Self::Result {
        let Resolve { name, required } = request;
        let provider = self.state.all.get(&name).ok_or(ResolveError::Unknown)?;
        let http = self.clients.get(&name).ok_or(ResolveError::Unknown)?;
        let key = (name, required);
        if let Some(pending) = self.in_flight.borrow().get(&key).filter(|pending| pending.is_running()) {
            return Ok(pending.clone());
        }
        let (sender, receiver) = watch::channel(None);
        let pending = PendingFetch(receiver);
        self.in_flight.borrow_mut().insert(key.clone(), pending.clone());
        let fetch = Fetch {
            state: self.state.clone(),
            provider: Arc::clone(provider),
            http: http.clone(),
            now: self.clock.now(),
        };
        let in_flight = Rc::clone(&self.in_flight);
        actix::spawn(async move {
            let outcome = fetch.run(required).await;
            in_flight.borrow_mut().remove(&key);
            sender.send_replace(Some(outcome));
        });
        Ok(pending)
    }
}

/// One fetch for one provider.
struct Fetch {
    state: RegistryState,
    provider: Arc<Provider>,
    http: HttpClient,
    now: Timestamp,
}

impl Fetch {
    async fn run(&self, required: Required) -> Outcome {
        let mut entry = self.endpoints(self.state.cache.read(&self.provider.name)).await?;
        let result = self.keys(&mut entry, required).await;
        self.state.cache.write(&self.provider.name, entry.clone());
        result.map(|()| entry.resolve(&self.provider, self.now))
    }

    /// The cached endpoints, or those that discovery names now.
    async fn endpoints(&self, cached: Option<CacheEntry>) -> Result<CacheEntry, ResolveError> {
        match cached {
            Some(entry) if !entry.discovered.is_some_and(|times| times.is_due(self.now)) => Ok(entry),
            cached => {
                let discovered = self.discover(cached).await;
                match &discovered {
                    Err(_) => self.state.breakers.record_failure(&self.provider.name, self.now),
                    Ok(_) => self.state.breakers.record_success(&self.provider.name),
                }
                discovered
            }
        }
    }

    async fn discover(&self, cached: Option<CacheEntry>) -> Result<CacheEntry, ResolveError> {
        let Protocol::Oidc { issuer, .. } = &self.provider.protocol else { return Err(ResolveError::Unknown) };
        let usable = cached.filter(|entry| entry.endpoints_freshness(self.now) != Freshness::Missing);
        match (discover(&self.http, issuer).await, usable) {
            (Ok(metadata), cached) => {
                let endpoints = Endpoints::discovered(&self.provider, metadata);
                // Keys belong to the URL that they came from.
                let keys = cached.filter(|entry| entry.endpoints.jwks == endpoints.jwks).map(|entry| entry.keys);
                Ok(CacheEntry {
                    endpoints: Arc::new(endpoints),
                    discovered: Some(FetchTimes::at(self.now)),
                    keys: keys.unwrap_or_default(),
                })
            }
            (Err(error), None) => Err(ResolveError::Discovery { issuer: issuer.clone(), error }),
            (Err(error), Some(mut entry)) => {
                log::warn!(provider:% = self.provider.name, issuer:%; "discovery failed, the cached metadata stays: {error}");
                entry.discovered = entry.discovered.map(|times| FetchTimes { failed_at: Some(self.now), ..times });
                Ok(entry)
            }
        }
    }

    /// Fetches the keys if that is due; the cached ones are kept on failure, until they are a day old.
    async fn keys(&self, entry: &mut CacheEntry, required: Required) -> Result<(), ResolveError> {
        let Some(jwks_uri) = entry.endpoints.jwks.clone() else { return Ok(()) };
        let is_due = match required {
            Required::Endpoints => entry.keys.set.is_some() && entry.keys.times.is_due(self.now),
            Required::Keys => entry.keys.times.is_due(self.now),
            Required::FreshKeys => may_refetch_jwks(entry.keys.refetched_at, self.now),
        };
        if !is_due {
            return Ok(());
        }
        let refetched_at = if required == Required::FreshKeys { Some(self.now) } else { entry.keys.refetched_at };
        match fetch_jwks(&self.http, &jwks_uri).await {
            Ok(keys) => {
                entry.keys = CachedJwks { set: Some(Arc::new(keys)), times: FetchTimes::at(self.now), refetched_at };
                Ok(())
            }
            Err(error) if entry.keys.times.freshness(self.now) == Freshness::Missing => {
                entry.keys = CachedJwks { refetched_at, ..CachedJwks::default() };
                let jwks_uri = jwks_uri.into();
                if required == Required::Endpoints { Ok(()) } else { Err(ResolveError::Keys { jwks_uri, error }) }
            }
            Err(error) => {
                log::warn!(provider:% = self.provider.name, url:% = jwks_uri; "fetching keys failed, the cached ones stay: {error}");
                entry.keys.times.failed_at = Some(self.now);
                entry.keys.refetched_at = refetched_at;
                Ok(())
            }
        }
    }
}
