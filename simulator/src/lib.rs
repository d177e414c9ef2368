//! Sixteen sign-in providers, X and a plain OpenID provider, simulated offline, for demos and tests.
//!
//! The providers are as strict as the real ones. This crate shares no code with Vouchsafe: it has its own PKCE, hashes
//! and signatures, so that a mistake in the client is not repeated here and thereby hidden.
//!
//! ```
//! use actix_web::{App, web};
//! use vouchsafe_simulator::{SimulatedProvider, Simulator};
//!
//! let base = "http://127.0.0.1:4000/simulator".parse().expect("a URL");
//! let simulator = Simulator::new(base, || 1_764_000_000, |bytes| bytes.fill(7));
//! let app = App::new().service(web::scope("/simulator").configure(simulator.routes()));
//! assert!(simulator.endpoints(SimulatedProvider::Google).authorize.starts_with("http://127.0.0.1:4000/simulator/"));
//! # drop(app);
//! ```

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
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::Url;
use uuid::Uuid;

pub use apple::{APPLE_KEY_ID, APPLE_TEAM_ID};
pub use call_counts::{Calls, Counts, Endpoint};
pub use endpoints::Endpoints;
pub use failure::{Failure, IdTokenFlaw};
pub use personas::Persona;
pub use provider::SimulatedProvider;
pub use tenant::{CONSUMER_TENANT, FOREIGN_TENANT, TENANT, TENANT_DOMAIN};

use apple::AppleKey;
use failure::FaultInjector;
use keys::KeyRing;
use used_ids::UsedIds;

/// The id of the only registered client.
pub const CLIENT_ID: &str = "vouchsafe-demo";

/// The client's secret. It protects nothing; its special characters test whether a client encodes it.
pub const CLIENT_SECRET: &str = "no-secret/only+a=demo%";

/// The simulated providers. Cheap to clone; clones share their state.
#[derive(Clone)]
pub struct Simulator(Arc<Inner>);

/// Fills a buffer with random bytes.
type FillRandom = dyn Fn(&mut [u8]) + Send + Sync;

struct Inner {
    base: Url,
    clock: Box<dyn Fn() -> i64 + Send + Sync>,
    random: Box<FillRandom>,
    counts: Mutex<Counts>,
    faults: FaultInjector,
    /// Indexed by the provider's discriminant.
    keys: [KeyRing; SimulatedProvider::ALL.len()],
    apple_key: AppleKey,
    used: UsedIds,
    revoked_grants: UsedIds,
    /// Users whose name Apple has sent to the client.
    introduced: UsedIds,
    /// Nonces of signed requests to Twitter.
    nonces: UsedIds,
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator").field("base", &self.0.base.as_str()).finish_non_exhaustive()
    }
}

impl Simulator {
    /// A simulator mounted at `base`, for example `http://127.0.0.1:4000/simulator`.
    ///
    /// `clock` returns the time in Unix seconds; `random` fills a buffer with random bytes. Signing keys are generated
    /// on first use.
    #[must_use]
    pub fn new(
        base: Url,
        clock: impl Fn() -> i64 + Send + Sync + 'static,
        random: impl Fn(&mut [u8]) + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Inner {
            base,
            clock: Box::new(clock),
            random: Box::new(random),
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

    /// The routes of all providers, to be mounted at the path of `base`:
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

    /// A provider's endpoint URLs and issuer.
    #[must_use]
    pub fn endpoints(&self, provider: SimulatedProvider) -> Endpoints {
        provider.endpoints(&self.0.base)
    }

    /// The endpoints for a client of one tenant (Azure AD, Entra ID).
    #[must_use]
    pub fn endpoints_in(&self, provider: SimulatedProvider, tenant: &str) -> Endpoints {
        provider.endpoints_in(&self.0.base, tenant)
    }

    /// How often each endpoint was called, rejected calls included.
    #[must_use]
    pub fn counts(&self) -> Counts {
        *self.0.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes every OpenID provider sign with a new key; the previous one stays published.
    pub fn rotate_keys(&self) {
        self.0.keys.iter().for_each(KeyRing::rotate);
    }

    /// The private key (PEM) that signs client secrets for Apple, new for each simulator. Empty only if key generation
    /// fails.
    #[must_use]
    pub fn apple_private_key(&self) -> String {
        self.0.apple_key.pem()
    }

    /// Makes a provider fail, replacing an earlier failure.
    pub fn fail(&self, provider: SimulatedProvider, failure: Failure) {
        self.0.faults.begin(provider, failure);
    }

    /// Ends a provider's failure; waiting calls are answered.
    pub fn recover(&self, provider: SimulatedProvider) {
        self.0.faults.end(provider);
    }

    /// Answers the calls that wait at a slow provider; later calls wait again. A counted call is already waiting.
    pub fn release(&self, provider: SimulatedProvider) {
        self.0.faults.release(provider);
    }

    /// Counts a call and applies the provider's failure, if any.
    async fn begin_call(&self, provider: SimulatedProvider, endpoint: Endpoint) -> Result<(), HttpResponse> {
        // Subscribed before it is counted, because a test that sees the count may release it.
        let fault = self.0.faults.current(provider);
        self.count(provider, endpoint);
        match fault {
            Some(fault) => fault.apply(endpoint).await,
            None => Ok(()),
        }
    }

    fn count(&self, provider: SimulatedProvider, endpoint: Endpoint) {
        self.0.counts.lock().unwrap_or_else(PoisonError::into_inner).add(provider, endpoint);
    }

    fn keys(&self, provider: SimulatedProvider) -> &KeyRing {
        &self.0.keys[provider as usize]
    }

    /// Unix seconds.
    fn now(&self) -> i64 {
        (self.0.clock)()
    }

    /// A unique id.
    fn fresh_id(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.random_bytes::<12>())
    }

    fn random_uuid(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.random_bytes()).into_uuid()
    }

    fn random_bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.0.random)(&mut bytes);
        bytes
    }

    /// An absolute URL of this simulator.
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0.base.as_str().trim_end_matches('/'))
    }
}
