//! What is known of a provider, shared by all who ask and kept up to date by one.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::{Endpoints, Protocol, Provider};
use crate::actor::handle::SendError;
use crate::domain::clock::Timestamp;
use crate::domain::id::ProviderName;
use crate::oauth::discovery::DiscoveryError;
use crate::oauth::jwks::{Jwks, JwksError};

/// How long discovery and keys are taken as fresh.
pub(super) const FRESH_FOR: Duration = Duration::from_secs(3600);

/// What the registry knows of one provider.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The provider.
    pub provider: Arc<Provider>,
    /// Where it is.
    pub endpoints: Arc<Endpoints>,
    pub(super) keys: CachedJwks,
    pub(super) fetched_at: Timestamp,
}

/// The keys of a provider, and when we asked for them.
#[derive(Clone, Debug, Default)]
pub(super) struct CachedJwks {
    /// The keys, if they were ever needed.
    pub(super) set: Option<Arc<Jwks>>,
    /// When they were last asked for.
    pub(super) fetched_at: Option<Timestamp>,
    /// When an unknown key last made us ask; an ordinary fetch does not count.
    pub(super) refetched_at: Option<Timestamp>,
}

/// Why a provider cannot be spoken to now.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ResolveError {
    /// It is not configured.
    #[error("the provider is not configured")]
    Unknown,
    /// Discovery failed, and nothing older is known.
    #[error("discovery failed: {0}")]
    Discovery(Arc<DiscoveryError>),
    /// Its keys could not be fetched, and none are known.
    #[error("its keys could not be fetched: {0}")]
    Keys(Arc<JwksError>),
    /// It failed several times in a row and is left alone for a while.
    #[error("the provider does not answer and is left alone for a while")]
    CircuitOpen,
    /// The registry did not answer.
    #[error("the registry: {0}")]
    Send(#[from] SendError),
}

/// What must be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Required {
    /// Where the provider is.
    Endpoints,
    /// Its keys as well.
    Keys,
    /// Keys fetched anew, because one is missing; at most once per cool-down.
    FreshKeys,
}

/// How far what is known answers a need.
pub(super) enum Freshness {
    Fresh,
    Stale,
    Missing,
}

impl Resolved {
    /// Its keys, if they were ever needed.
    #[must_use]
    pub fn keys(&self) -> Option<&Jwks> {
        self.keys.set.as_deref()
    }

    /// What the settings alone tell.
    pub(super) fn from_settings(provider: &Arc<Provider>, now: Timestamp) -> Option<Self> {
        let endpoints = Arc::new(provider.endpoints()?);
        Some(Self { provider: Arc::clone(provider), endpoints, keys: CachedJwks::default(), fetched_at: now })
    }

    pub(super) fn freshness(&self, required: Required, now: Timestamp) -> Freshness {
        let is_proven_by_keys = matches!(self.provider.protocol, Protocol::Oidc { .. });
        let age = match (required, self.keys.fetched_at) {
            (Required::Endpoints, _) => now.since(self.fetched_at),
            (_, Some(keys)) => now.since(self.fetched_at.min(keys)),
            (_, None) if is_proven_by_keys => return Freshness::Missing,
            (_, None) => Duration::ZERO,
        };
        if age <= FRESH_FOR { Freshness::Fresh } else { Freshness::Stale }
    }
}

/// What is known of all. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Snapshot(Arc<RwLock<HashMap<ProviderName, Resolved>>>);

impl Snapshot {
    pub(super) fn read(&self, name: &ProviderName) -> Option<Resolved> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    pub(super) fn publish(&self, resolved: Resolved) {
        let name = resolved.provider.name.clone();
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(name, resolved);
    }
}
