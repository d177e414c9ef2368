//! Sixteen sign-in providers, X, a plain OpenID provider and a plain OAuth 2.0 provider, simulated offline, for demos
//! and tests.
//!
//! The providers are as strict as the real ones: they check redirect URIs, PKCE, client authentication and scopes, and
//! answer in the real formats. People with [unusual profiles](Persona::all) sign in without a page
//! (`login_hint=aiko`), and every provider [fails on demand](Failure).
//!
//! ```
//! use vouchsafe_simulator::{Client, Failure, IdTokenFlaw, SimulatedProvider, Simulator};
//!
//! # fn main() -> std::io::Result<()> {
//! let simulator = Simulator::start()?;
//! simulator.register_client(Client {
//!     id: "my-app".to_owned(),
//!     secret: Some("my-secret".to_owned()),
//!     redirect_uris: vec!["http://127.0.0.1:3000/callback".to_owned()],
//! });
//! let google = simulator.endpoints(SimulatedProvider::Google);
//! println!("issuer: {}, discovery: {:?}", google.issuer, google.discovery);
//!
//! simulator.fail(SimulatedProvider::Google, Failure::IdToken(IdTokenFlaw::Audience));
//! // Here the app tries to sign in, and should refuse.
//! simulator.recover(SimulatedProvider::Google);
//! assert_eq!(simulator.counts().google.token, 0);
//! # Ok(())
//! # }
//! ```
//!
//! This crate shares no code with Vouchsafe: it has its own PKCE, hashes and signatures, so that a mistake in the client
//! is not repeated here and thereby hidden.
//!
//! The simulator can also be part of an app of its user, with a clock and randomness of the user's choice:
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
mod clients;
mod control;
mod echo;
mod endpoints;
mod failure;
mod form;
mod ids;
mod keys;
mod openid;
mod overview;
mod page;
mod personas;
mod pkce;
mod profile;
mod provider;
mod revoke;
mod server;
mod signed_token;
mod tenant;
#[cfg(test)]
mod tests;
mod token;
mod token_error;
mod token_rules;
mod traits;
mod twitter;
mod used_ids;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::{HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::Url;
use uuid::Uuid;

pub use apple::{APPLE_KEY_ID, APPLE_TEAM_ID};
pub use call_counts::{Calls, Counts, Endpoint};
pub use clients::Client;
pub use endpoints::Endpoints;
pub use failure::{Failure, IdTokenFlaw};
pub use personas::Persona;
pub use provider::SimulatedProvider;
pub use server::RunningSimulator;
pub use tenant::{CONSUMER_TENANT, FOREIGN_TENANT, TENANT, TENANT_DOMAIN};
pub use token_rules::{GrantRecord, TokenRules};

use apple::AppleKey;
use clients::ClientRegistry;
use failure::FaultInjector;
use keys::KeyRing;
use token_rules::RuledProviders;
use used_ids::UsedIds;

/// The id of the client that needs no registration.
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
    clients: ClientRegistry,
    /// Registered personas by id; they take precedence over the others.
    people: Mutex<BTreeMap<String, Persona>>,
    counts: Mutex<Counts>,
    faults: FaultInjector,
    ruled: RuledProviders,
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
            clients: ClientRegistry::default(),
            people: Mutex::default(),
            counts: Mutex::default(),
            faults: FaultInjector::default(),
            ruled: RuledProviders::default(),
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

    /// Where it is mounted.
    #[must_use]
    pub fn base(&self) -> &Url {
        &self.0.base
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

    /// Registers a client at all providers, replacing one with the same id. [`CLIENT_ID`] needs no registration.
    pub fn register_client(&self, client: Client) {
        self.0.clients.register(client);
    }

    /// The client with this id.
    #[must_use]
    pub fn client(&self, id: &str) -> Option<Client> {
        self.0.clients.find(id)
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

    /// Makes a provider fail until [`Simulator::recover`], replacing an earlier failure.
    pub fn fail(&self, provider: SimulatedProvider, failure: Failure) {
        self.0.faults.begin(provider, failure, None);
    }

    /// Makes a provider fail so many times, replacing an earlier failure.
    ///
    /// What lasts longer than one call ignores the number: [`Failure::Slow`], [`Failure::LateAnswer`], [`Failure::Revoked`],
    /// [`Failure::ReuseDetection`] and [`Failure::TextBooleans`].
    pub fn fail_times(&self, provider: SimulatedProvider, failure: Failure, times: u32) {
        self.0.faults.begin(provider, failure, Some(times));
    }

    /// The failure of a provider that is active.
    #[must_use]
    pub fn failure(&self, provider: SimulatedProvider) -> Option<Failure> {
        self.0.faults.active(provider).map(|(failure, _)| failure)
    }

    /// Ends a provider's failure; waiting calls are answered.
    pub fn recover(&self, provider: SimulatedProvider) {
        self.0.faults.end(provider);
    }

    /// Answers the calls that wait at a slow provider; later calls wait again. A counted call is already waiting.
    pub fn release(&self, provider: SimulatedProvider) {
        self.0.faults.release(provider);
    }

    /// Forgets all failures, token rules, counts, registered clients and personas, and whatever was used, revoked or introduced.
    /// Signing keys and issued tokens stay.
    pub fn reset(&self) {
        self.0.faults.end_all();
        self.0.ruled.clear();
        self.0.clients.clear();
        self.0.people.lock().unwrap_or_else(PoisonError::into_inner).clear();
        *self.0.counts.lock().unwrap_or_else(PoisonError::into_inner) = Counts::default();
        for used in [&self.0.used, &self.0.revoked_grants, &self.0.introduced, &self.0.nonces] {
            used.clear();
        }
    }

    /// Counts a call and answers it, in the way of the provider's failure, if any.
    async fn call(
        &self,
        provider: SimulatedProvider,
        endpoint: Endpoint,
        answer: impl FnOnce() -> HttpResponse,
    ) -> HttpResponse {
        // Subscribed before it is counted, because a test that sees the count may release it.
        let fault = self.0.faults.at(provider, endpoint);
        self.count(provider, |calls| calls.at(endpoint));
        match fault {
            Some(fault) => fault.apply(answer).await,
            None => answer(),
        }
    }

    fn count(&self, provider: SimulatedProvider, counter: impl FnOnce(&mut Calls) -> &mut u64) {
        let mut counts = self.0.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counter(counts.of_mut(provider)) += 1;
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
