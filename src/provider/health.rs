//! What operators see of a provider's health: the circuit breaker and the age of what is cached.

use super::metadata_cache::FetchTimes;
use super::providers::Providers;
use crate::domain::clock::Timestamp;
use crate::domain::id::ProviderName;

/// The health of a provider, as far as this node has called it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProviderHealth {
    /// Whether its circuit breaker is closed.
    pub is_available: bool,
    /// Its metadata; `None` if the endpoints are configured, or nothing was fetched yet.
    pub metadata: Option<Fetched>,
    /// Its keys; `None` if none were fetched yet.
    pub keys: Option<Fetched>,
}

/// When something was fetched, and when that last failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The last success.
    pub at: Option<Timestamp>,
    /// The last failure since then.
    pub failed_at: Option<Timestamp>,
}

impl Fetched {
    fn of(times: FetchTimes) -> Option<Self> {
        let FetchTimes { fetched_at, failed_at } = times;
        (fetched_at.is_some() || failed_at.is_some()).then_some(Self { at: fetched_at, failed_at })
    }
}

impl Providers {
    /// The health of a provider.
    #[must_use]
    pub fn health(&self, name: &ProviderName) -> ProviderHealth {
        let cached = self.cached(name);
        ProviderHealth {
            is_available: self.is_available(name),
            metadata: cached.as_ref().and_then(|entry| Fetched::of(entry.discovered?)),
            keys: cached.and_then(|entry| Fetched::of(entry.keys.times)),
        }
    }
}
