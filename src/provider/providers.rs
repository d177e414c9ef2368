//! The view on the registry: read what is known, and ask the actor only for what is not.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Provider;
use super::breaker::Breakers;
use super::metadata_cache::{Freshness, Required, ResolveError, Resolved, Snapshot};
use super::registry::{ProviderRegistry, RegistryState, Resolve};
use crate::actor::handle::ActorHandle;
use crate::domain::clock::Clock;
use crate::domain::id::ProviderName;

/// The shared view of the registry, and the way to ask it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Providers {
    all: Arc<BTreeMap<ProviderName, Arc<Provider>>>,
    snapshot: Snapshot,
    breakers: Breakers,
    clock: Arc<dyn Clock>,
    handle: ActorHandle<ProviderRegistry>,
}

impl Providers {
    /// A view on what `registry` publishes.
    #[must_use]
    pub fn new(registry: &RegistryState, clock: Arc<dyn Clock>, handle: ActorHandle<ProviderRegistry>) -> Self {
        Self {
            all: Arc::clone(&registry.all),
            snapshot: registry.snapshot.clone(),
            breakers: registry.breakers.clone(),
            clock,
            handle,
        }
    }

    /// A configured provider.
    #[must_use]
    pub fn get(&self, name: &ProviderName) -> Option<&Arc<Provider>> {
        self.all.get(name)
    }

    /// Whether a provider answered when it was last asked, as far as anybody knows.
    #[must_use]
    pub fn is_available(&self, name: &ProviderName) -> bool {
        !self.breakers.is_open(name, self.clock.now())
    }

    /// Notes whether a provider answered a call.
    pub fn record_outcome(&self, name: &ProviderName, is_outage: bool) {
        if is_outage {
            self.breakers.record_failure(name, self.clock.now())
        } else {
            self.breakers.record_success(name)
        }
    }

    /// All configured providers by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Provider>> {
        self.all.values()
    }

    /// What is known of a provider, after fetching what `need` lacks.
    ///
    /// # Errors
    /// [`ResolveError`]
    pub async fn resolve(&self, name: &ProviderName, required: Required) -> Result<Resolved, ResolveError> {
        let provider = self.all.get(name).ok_or(ResolveError::Unknown)?;
        if required == Required::Endpoints && !self.is_available(name) {
            return Err(ResolveError::CircuitOpen);
        }
        let known = self.snapshot.read(name);
        let known = known.or_else(|| Resolved::from_settings(provider, self.clock.now()));
        if let (Some(known), true) = (known.clone(), required != Required::FreshKeys) {
            match known.freshness(required, self.clock.now()) {
                Freshness::Fresh => return Ok(known),
                Freshness::Stale => {
                    // Served as it is; the registry fetches meanwhile, for whoever asks next.
                    let (handle, name) = (self.handle.clone(), name.clone());
                    actix::spawn(async move { handle.send(Resolve { name, required }).await.map(drop) });
                    return Ok(known);
                }
                Freshness::Missing => {}
            }
        }
        self.handle.send(Resolve { name: name.clone(), required }).await?
    }
}
