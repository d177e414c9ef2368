//! Providers to sign in with, offline: for the demo and for the tests. The simulator plays sixteen providers, X
//! and a plain OpenID provider, as strictly as the real ones. It does its own PKCE, hashes and signatures and may
//! call nothing but `domain`, so that a mistake in the rest of the provider cannot cancel out here.

mod apple;
mod authorization_request;
mod authorize;
mod bearer;
mod call_counts;
mod echo;
mod endpoints;
mod failure;
mod form;
mod ids;
mod keys;
mod openid;
mod page;
mod personas;
mod pkce;
mod profile;
mod provider;
mod revoke;
mod signed_token;
mod tenant;
#[cfg(test)]
mod tests;
mod token;
mod token_error;
mod traits;
mod twitter;
mod used_ids;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::{HttpResponse, web};
use url::Url;

use crate::domain::clock::Clock;
use crate::domain::random::RandomSource;

pub use apple::{APPLE_KEY_ID, APPLE_TEAM_ID};
pub use call_counts::{Calls, Counts, Endpoint};
pub use endpoints::Endpoints;
pub use failure::Failure;
pub use personas::Persona;
pub use provider::SimulatedProvider;
pub use tenant::{CONSUMER_TENANT, FOREIGN_TENANT, TENANT, TENANT_DOMAIN};

use apple::AppleKey;
use failure::FaultInjector;
use keys::KeyRing;
use used_ids::UsedIds;

/// The one client that the simulated providers know.
pub const CLIENT_ID: &str = "vouchsafe-demo";

/// The client's secret. It protects nothing; its odd characters show whether a client encodes it properly.
pub const CLIENT_SECRET: &str = "no-secret/only+a=demo%";

/// Providers to sign in with, offline. Cheap to clone; all clones count together.
#[derive(Clone)]
pub struct Simulator(Arc<Inner>);

struct Inner {
    base: Url,
    clock: Arc<dyn Clock>,
    random: Arc<dyn RandomSource>,
    counts: Mutex<Counts>,
    faults: FaultInjector,
    /// One for each provider, at the provider's number.
    keys: [KeyRing; SimulatedProvider::ALL.len()],
    apple_key: AppleKey,
    used: UsedIds,
    revoked_grants: UsedIds,
    /// Whom Apple has introduced to the client already.
    introduced: UsedIds,
    /// The nonces of signed requests to Twitter.
    nonces: UsedIds,
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator").field("base", &self.0.base.as_str()).finish_non_exhaustive()
    }
}

impl Simulator {
    /// A simulator whose routes are reached below `base`, for example `http://127.0.0.1:4000/simulator`.
    ///
    /// Nothing expensive happens here: signing keys are made when the first one is needed.
    #[must_use]
    pub fn new(base: Url, clock: Arc<dyn Clock>, random: Arc<dyn RandomSource>) -> Self {
        Self(Arc::new(Inner {
            base,
            clock,
            random,
            counts: Mutex::default(),
            faults: FaultInjector::default(),
            keys: Default::default(),
            apple_key: AppleKey::default(),
            used: UsedIds::default(),
            revoked_grants: UsedIds::default(),
            introduced: UsedIds::default(),
            nonces: UsedIds::default(),
        }))
    }

    /// The routes of all providers, to be mounted where `base` points:
    /// `web::scope("/simulator").configure(simulator.routes())`.
    pub fn routes(&self) -> impl FnOnce(&mut web::ServiceConfig) + Clone + 'static {
        let simulator = self.clone();
        move |config| {
            config.app_data(web::Data::new(simulator));
            for provider in SimulatedProvider::ALL {
                authorize::routes(provider, config);
                if provider != SimulatedProvider::Twitter {
                    token::routes(provider, config);
                    profile::routes(provider, config);
                    revoke::routes(provider, config);
                }
                openid::routes(provider, config);
            }
            twitter::routes(config);
            personas::routes(config);
            echo::routes(config);
        }
    }

    /// Where a provider answers, and who it says it is.
    #[must_use]
    pub fn endpoints(&self, provider: SimulatedProvider) -> Endpoints {
        provider.endpoints(&self.0.base)
    }

    /// The same for a client that names a tenant in its paths (Azure AD, Entra ID).
    #[must_use]
    pub fn endpoints_in(&self, provider: SimulatedProvider, tenant: &str) -> Endpoints {
        provider.endpoints_in(&self.0.base, tenant)
    }

    /// How often each endpoint was called so far, refused calls included.
    #[must_use]
    pub fn counts(&self) -> Counts {
        *self.0.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes every OpenID provider sign with a new key from now on; the one before stays published.
    pub fn rotate_keys(&self) {
        self.0.keys.iter().for_each(KeyRing::rotate);
    }

    /// The key that a client of the simulated Apple signs its secrets with, as PEM. A new simulator has a new one.
    /// Empty only if the machine cannot make a key.
    #[must_use]
    pub fn apple_private_key(&self) -> String {
        self.0.apple_key.pem()
    }

    /// Makes something go wrong at a provider, in place of whatever went wrong there before.
    pub fn fail(&self, provider: SimulatedProvider, failure: Failure) {
        self.0.faults.begin(provider, failure);
    }

    /// Ends what goes wrong at a provider; calls that wait there are answered.
    pub fn recover(&self, provider: SimulatedProvider) {
        self.0.faults.end(provider);
    }

    /// Lets the calls go that wait at a slow provider; it stays slow. Whoever has been counted waits already.
    pub fn release(&self, provider: SimulatedProvider) {
        self.0.faults.release(provider);
    }

    /// The door of every endpoint: the call is counted, and meets what goes wrong here.
    async fn begin_call(&self, provider: SimulatedProvider, endpoint: Endpoint) -> Result<(), HttpResponse> {
        // Before it is counted: whoever sees the count may release it.
        let trouble = self.0.faults.current(provider);
        self.count(provider, endpoint);
        match trouble {
            Some(trouble) => trouble.apply(endpoint).await,
            None => Ok(()),
        }
    }

    fn count(&self, provider: SimulatedProvider, endpoint: Endpoint) {
        self.0.counts.lock().unwrap_or_else(PoisonError::into_inner).add(provider, endpoint);
    }

    fn keys(&self, provider: SimulatedProvider) -> &KeyRing {
        &self.0.keys[provider as usize]
    }

    /// Whole seconds since the Unix epoch.
    fn now(&self) -> i64 {
        self.0.clock.now().seconds()
    }

    /// A name that nothing else has.
    fn fresh_id(&self) -> String {
        self.0.random.text::<12>()
    }

    /// An absolute address of this simulator.
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0.base.as_str().trim_end_matches('/'))
    }
}
