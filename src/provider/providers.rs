//! The configured providers, as the rest of the service reads them: from the cache, and from the registry what is not
//! cached.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::Provider;
use super::breaker::Breakers;
use super::identify::{IdTokenContext, IdentifyError};
#[cfg(feature = "pages")]
use super::metadata_cache::CacheEntry;
use super::metadata_cache::{Freshness, MetadataCache, Required, ResolveError, Resolved};
use super::registry::{ProviderRegistry, RegistryState, Resolve};
use crate::actor::handle::{ActorHandle, SendError};
use crate::domain::clock::Clock;
use crate::domain::id::ProviderName;
use crate::oauth::id_token::IdTokenError;
use crate::oauth::token_endpoint::exchange::TokenResponse;

/// How many callers may wait for one provider's metadata at once. More are refused, and no other provider notices.
pub(super) const MAX_WAITING: usize = 64;

/// The configured providers. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Providers {
    all: Arc<BTreeMap<ProviderName, Arc<Provider>>>,
    waiting: Arc<BTreeMap<ProviderName, Semaphore>>,
    cache: MetadataCache,
    breakers: Breakers,
    clock: Arc<dyn Clock>,
    registry: ActorHandle<ProviderRegistry>,
}

impl Providers {
    /// The providers of `state`, with the actor that fetches into it.
    #[must_use]
    pub fn new(state: &RegistryState, clock: Arc<dyn Clock>, registry: ActorHandle<ProviderRegistry>) -> Self {
        let waiting = state.all.keys().map(|name| (name.clone(), Semaphore::new(MAX_WAITING)));
        Self {
            all: Arc::clone(&state.all),
            waiting: Arc::new(waiting.collect()),
            cache: state.cache.clone(),
            breakers: state.breakers.clone(),
            clock,
            registry,
        }
    }

    /// A configured provider.
    #[must_use]
    pub fn get(&self, name: &ProviderName) -> Option<&Arc<Provider>> {
        self.all.get(name)
    }

    /// Whether a provider may be called: false while its circuit breaker is open.
    #[must_use]
    pub fn is_available(&self, name: &ProviderName) -> bool {
        !self.breakers.is_open(name, self.clock.now())
    }

    /// Records for the circuit breaker whether a call found the provider out of reach.
    pub fn record_outcome(&self, name: &ProviderName, is_outage: bool) {
        if is_outage {
            self.breakers.record_failure(name, self.clock.now())
        } else {
            self.breakers.record_success(name)
        }
    }

    /// What is cached of a provider.
    #[cfg(feature = "pages")]
    pub(super) fn cached(&self, name: &ProviderName) -> Option<CacheEntry> {
        self.cache.read(name)
    }

    /// All configured providers by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Provider>> {
        self.all.values()
    }

    /// A provider with its endpoints and keys. What is stale is served while one fetch for it runs; what is missing is
    /// waited for.
    ///
    /// # Errors
    /// [`ResolveError`]
    pub async fn resolve(&self, name: &ProviderName, required: Required) -> Result<Resolved, ResolveError> {
        let provider = self.all.get(name).ok_or(ResolveError::Unknown)?;
        if required == Required::Endpoints && !self.is_available(name) {
            return Err(ResolveError::CircuitOpen);
        }
        let now = self.clock.now();
        if let (Some(entry), true) = (self.cache.read(name), required != Required::FreshKeys) {
            let freshness = entry.freshness(&provider.protocol, required, now);
            if freshness == Freshness::Stale && entry.is_fetch_due(required, now) {
                let (registry, name) = (self.registry.clone(), name.clone());
                actix::spawn(async move { registry.send(Resolve { name, required }).await.map(drop) });
            }
            if freshness != Freshness::Missing {
                return Ok(entry.resolve(provider, now));
            }
        }
        let waiting = self.waiting.get(name).and_then(|waiting| waiting.try_acquire().ok());
        let _permit = waiting.ok_or(SendError::Overloaded)?;
        self.registry.send(Resolve { name: name.clone(), required }).await??.outcome().await
    }

    /// Verifies an id_token with the cached keys, and once more with fresh ones if its key is not among them: the
    /// provider may have rotated its keys since they were fetched, or they never were.
    ///
    /// # Errors
    /// [`ResolveError`] if the keys cannot be fetched.
    pub async fn with_current_keys<T>(
        &self,
        resolved: &Resolved,
        verify: impl Fn(&Resolved) -> Result<T, IdentifyError>,
    ) -> Result<Result<T, IdentifyError>, ResolveError> {
        match verify(resolved) {
            Err(IdentifyError::IdToken(IdTokenError::UnknownKey)) => {
                let required = if resolved.keys().is_some() { Required::FreshKeys } else { Required::Keys };
                Ok(verify(&self.resolve(&resolved.provider.name, required).await?))
            }
            verified => Ok(verified),
        }
    }

    /// Checks the id_token of a refresh, if there is one: it must be about one of `subjects`, the ids at this provider
    /// of the user who refreshes (OpenID Connect Core section 12.2).
    ///
    /// # Errors
    /// [`ResolveError`] if the keys cannot be fetched.
    pub async fn check_refreshed_user(
        &self,
        resolved: &Resolved,
        response: &TokenResponse,
        subjects: &[String],
    ) -> Result<Result<(), IdentifyError>, ResolveError> {
        let check = |resolved: &Resolved| {
            let context = IdTokenContext {
                tokens: response,
                nonce: None,
                max_age: None,
                endpoints: &resolved.endpoints,
                keys: resolved.keys(),
                now: self.clock.now(),
            };
            resolved.provider.check_refreshed_id_token(context, subjects)
        };
        self.with_current_keys(resolved, check).await
    }
}
