//! The cached endpoints and keys of the providers: written by the registry, read by everyone.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::{Endpoints, Protocol, Provider};
use crate::actor::handle::SendError;
use crate::domain::clock::Timestamp;
use crate::domain::id::ProviderName;
use crate::oauth::discovery::DiscoveryError;
use crate::oauth::jwks::{Jwks, JwksError};

/// For how long metadata and keys are served without being fetched again.
const FRESH_FOR: Duration = Duration::from_secs(60 * 60);
/// From this age on metadata and keys are not used any more: a key that the provider has withdrawn ends within a day.
const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);
/// The least time between a failed fetch and the next one while there is something to serve.
const RETRY_AFTER: Duration = Duration::from_secs(60);

/// What a flow needs to know about a provider.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The provider.
    pub provider: Arc<Provider>,
    /// Its endpoints.
    pub endpoints: Arc<Endpoints>,
    keys: Option<Arc<Jwks>>,
}

impl Resolved {
    /// Its keys, if they were fetched within the last day.
    #[must_use]
    pub fn keys(&self) -> Option<&Jwks> {
        self.keys.as_deref()
    }
}

/// Why a provider cannot be used now.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ResolveError {
    /// It is not configured.
    #[error("the provider is not configured")]
    Unknown,
    /// Discovery failed, and nothing from the last day is cached.
    #[error("discovery at {issuer} failed: {error}")]
    Discovery {
        /// The issuer that was asked.
        issuer: String,
        /// Why it failed.
        error: DiscoveryError,
    },
    /// Its keys could not be fetched, and none from the last day are cached.
    #[error("fetching the keys at {jwks_uri} failed: {error}")]
    Keys {
        /// Where the keys are.
        jwks_uri: String,
        /// Why it failed.
        error: JwksError,
    },
    /// It failed several times in a row; calls resume in some seconds.
    #[error("the provider failed several times in a row and is not called for some seconds")]
    CircuitOpen,
    /// The registry did not answer, or too many wait for this provider.
    #[error("the provider registry: {0}")]
    Send(#[from] SendError),
}

/// What must be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Required {
    /// The endpoints.
    Endpoints,
    /// The endpoints and the keys.
    Keys,
    /// The endpoints and keys fetched now, because a token names an unknown one; at most one fetch per cool-down.
    FreshKeys,
}

/// Whether a cached value can be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Freshness {
    /// As it is.
    Fresh,
    /// While it is fetched again.
    Stale,
    /// Not at all.
    Missing,
}

/// When something was fetched, and when that last failed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FetchTimes {
    pub(super) fetched_at: Option<Timestamp>,
    pub(super) failed_at: Option<Timestamp>,
}

impl FetchTimes {
    pub(super) fn at(now: Timestamp) -> Self {
        Self { fetched_at: Some(now), failed_at: None }
    }

    pub(super) fn freshness(self, now: Timestamp) -> Freshness {
        match self.fetched_at.map(|at| now.since(at)) {
            Some(age) if age <= FRESH_FOR => Freshness::Fresh,
            Some(age) if age < MAX_AGE => Freshness::Stale,
            _ => Freshness::Missing,
        }
    }

    /// Whether to fetch: what is missing at once, what is stale not right after a failure.
    pub(super) fn is_due(self, now: Timestamp) -> bool {
        match self.freshness(now) {
            Freshness::Fresh => false,
            Freshness::Stale => self.failed_at.is_none_or(|at| now.since(at) >= RETRY_AFTER),
            Freshness::Missing => true,
        }
    }
}

/// The cached keys of a provider.
#[derive(Clone, Debug, Default)]
pub(super) struct CachedJwks {
    pub(super) set: Option<Arc<Jwks>>,
    pub(super) times: FetchTimes,
    /// When an unknown key last caused a fetch; other fetches do not count.
    pub(super) refetched_at: Option<Timestamp>,
}

/// What is cached of one provider.
#[derive(Clone, Debug)]
pub(super) struct CacheEntry {
    pub(super) endpoints: Arc<Endpoints>,
    /// `None`: the endpoints are configured and never age.
    pub(super) discovered: Option<FetchTimes>,
    pub(super) keys: CachedJwks,
}

impl CacheEntry {
    /// The entry of a provider that needs no discovery.
    fn configured(provider: &Provider) -> Option<Self> {
        let endpoints = Arc::new(provider.endpoints()?);
        Some(Self { endpoints, discovered: None, keys: CachedJwks::default() })
    }

    pub(super) fn endpoints_freshness(&self, now: Timestamp) -> Freshness {
        self.discovered.map_or(Freshness::Fresh, |times| times.freshness(now))
    }

    /// Cached keys age also while only endpoints are required: a sign-in by code checks its id_token with them.
    pub(super) fn freshness(&self, protocol: &Protocol, required: Required, now: Timestamp) -> Freshness {
        let endpoints = self.endpoints_freshness(now);
        let keys = match required {
            _ if !matches!(protocol, Protocol::Oidc { .. }) => Freshness::Fresh,
            Required::Endpoints if self.keys.set.is_none() => Freshness::Fresh,
            Required::Endpoints => self.keys.times.freshness(now).min(Freshness::Stale),
            Required::Keys | Required::FreshKeys => self.keys.times.freshness(now),
        };
        endpoints.max(keys)
    }

    /// Whether a fetch for `required` would make a call now.
    pub(super) fn is_fetch_due(&self, required: Required, now: Timestamp) -> bool {
        let are_keys_due = required == Required::Keys || self.keys.set.is_some();
        self.discovered.is_some_and(|times| times.is_due(now)) || (are_keys_due && self.keys.times.is_due(now))
    }

    /// What may be used of it at `now`.
    pub(super) fn resolve(&self, provider: &Arc<Provider>, now: Timestamp) -> Resolved {
        let is_usable = self.keys.times.freshness(now) != Freshness::Missing;
        let keys = self.keys.set.clone().filter(|_| is_usable);
        Resolved { provider: Arc::clone(provider), endpoints: Arc::clone(&self.endpoints), keys }
    }
}

/// The cache of all providers. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct MetadataCache(Arc<RwLock<HashMap<ProviderName, CacheEntry>>>);

impl MetadataCache {
    /// With the entries of the providers that need no discovery.
    pub(super) fn new(providers: &BTreeMap<ProviderName, Arc<Provider>>) -> Self {
        let configured =
            providers.iter().filter_map(|(name, provider)| Some((name.clone(), CacheEntry::configured(provider)?)));
        Self(Arc::new(RwLock::new(configured.collect())))
    }

    /// The cached entry.
    pub(super) fn read(&self, name: &ProviderName) -> Option<CacheEntry> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Writes an entry, with the newer keys if another fetch has written some meanwhile.
    pub(super) fn write(&self, name: &ProviderName, mut entry: CacheEntry) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(current) = all.get(name)
            && current.endpoints.jwks == entry.endpoints.jwks
            && current.keys.times.fetched_at > entry.keys.times.fetched_at
        {
            entry.keys = current.keys.clone();
        }
        all.insert(name.clone(), entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_decides_whether_a_cached_value_is_served() {
        let at = Timestamp::from_seconds;
        let times = FetchTimes::at(at(1_000_000));
        for (age, freshness) in [
            (0, Freshness::Fresh),
            (3600, Freshness::Fresh),
            (3601, Freshness::Stale),
            (86_399, Freshness::Stale),
            (86_400, Freshness::Missing),
        ] {
            assert_eq!(times.freshness(at(1_000_000 + age)), freshness, "{age}");
        }
        assert_eq!(FetchTimes::default().freshness(at(0)), Freshness::Missing);
    }

    #[test]
    fn stale_value_is_not_fetched_again_right_after_a_failure() {
        let at = Timestamp::from_seconds;
        let times = FetchTimes { failed_at: Some(at(5000)), ..FetchTimes::at(at(0)) };
        assert!(!times.is_due(at(5059)) && times.is_due(at(5060)));
        assert!(times.is_due(at(86_400)), "what is missing is fetched at once");
        assert!(!FetchTimes::at(at(0)).is_due(at(3600)));
    }
}
