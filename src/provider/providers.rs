//! The view on the registry: read what is known, and ask the actor only for what is not.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Provider;
use super::breaker::Breakers;
use super::known::{Answers, Need, ResolveError, Resolved, Snapshot};
use super::registry::{ProviderRegistry, Published, Resolve};
use crate::actor::door::Door;
use crate::domain::clock::Clock;
use crate::domain::id::ProviderName;

/// The shared view of the registry, and the way to ask it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Providers {
    all: Arc<BTreeMap<ProviderName, Arc<Provider>>>,
    snapshot: Snapshot,
    breakers: Breakers,
    clock: Arc<dyn Clock>,
    door: Door<ProviderRegistry>,
}

impl Providers {
    /// A view on what `registry` publishes.
    #[must_use]
    pub fn new(registry: &Published, clock: Arc<dyn Clock>, door: Door<ProviderRegistry>) -> Self {
        Self {
            all: Arc::clone(&registry.all),
            snapshot: registry.snapshot.clone(),
            breakers: registry.breakers.clone(),
            clock,
            door,
        }
    }

    /// A configured provider.
    #[must_use]
    pub fn get(&self, name: &ProviderName) -> Option<&Arc<Provider>> {
        self.all.get(name)
    }

    /// Whether a provider answered when it was last asked, as far as anybody knows.
    #[must_use]
    pub fn is_answering(&self, name: &ProviderName) -> bool {
        !self.breakers.is_open(name, self.clock.now())
    }

    /// Notes whether a provider answered a call.
    pub fn note(&self, name: &ProviderName, is_outage: bool) {
        if is_outage { self.breakers.failed(name, self.clock.now()) } else { self.breakers.answered(name) }
    }

    /// All configured providers by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Provider>> {
        self.all.values()
    }

    /// What is known of a provider, after fetching what `need` lacks.
    ///
    /// # Errors
    /// [`ResolveError`]
    pub async fn resolve(&self, name: &ProviderName, need: Need) -> Result<Resolved, ResolveError> {
        let provider = self.all.get(name).ok_or(ResolveError::Unknown)?;
        if need == Need::Endpoints && !self.is_answering(name) {
            return Err(ResolveError::Resting);
        }
        let known = self.snapshot.read(name);
        let known = known.or_else(|| Resolved::at_once(provider, self.clock.now()));
        if let (Some(known), true) = (known.clone(), need != Need::FreshKeys) {
            match known.answers(need, self.clock.now()) {
                Answers::Fresh => return Ok(known),
                Answers::Stale => {
                    // Served as it is; the registry fetches meanwhile, for whoever asks next.
                    let (door, name) = (self.door.clone(), name.clone());
                    actix::spawn(async move { door.ask(Resolve { name, need }).await.map(drop) });
                    return Ok(known);
                }
                Answers::No => {}
            }
        }
        self.door.ask(Resolve { name: name.clone(), need }).await?
    }
}
