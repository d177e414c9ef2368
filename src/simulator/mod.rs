//! Providers to sign in with, offline: for the demo and for the tests. The simulator plays sixteen providers, X
//! and a plain OpenID provider, as strictly as the real ones. It does its own PKCE, hashes and signatures and may
//! call nothing but `domain`, so that a mistake in the rest of the house cannot cancel out here.

mod apple;
mod ask;
mod authorize;
mod bearer;
mod counts;
mod endpoints;
mod failure;
mod form;
mod habits;
mod house;
mod ids;
mod keys;
mod landing;
mod ledger;
mod openid;
mod page;
mod people;
mod pkce;
mod profile;
mod refusal;
mod revoke;
mod slip;
mod tenant;
#[cfg(test)]
mod tests;
mod token;
mod twitter;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::{HttpResponse, web};
use url::Url;

use crate::domain::clock::Clock;
use crate::domain::entropy::Entropy;

pub use apple::{APPLE_KEY_ID, APPLE_TEAM_ID};
pub use counts::{Calls, Counts, Place};
pub use endpoints::Endpoints;
pub use failure::Failure;
pub use house::House;
pub use people::Person;
pub use tenant::{CONSUMER_TENANT, FOREIGN_TENANT, TENANT, TENANT_DOMAIN};

use apple::AppleKey;
use failure::Troubles;
use keys::KeyRing;
use ledger::Ledger;

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
    entropy: Arc<dyn Entropy>,
    counts: Mutex<Counts>,
    troubles: Troubles,
    /// One for each house, at the house's number.
    keys: [KeyRing; House::ALL.len()],
    apple_key: AppleKey,
    spent: Ledger,
    revoked: Ledger,
    /// Whom Apple has introduced to the client already.
    introduced: Ledger,
    /// The nonces of signed requests to Twitter.
    nonces: Ledger,
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
    pub fn new(base: Url, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self(Arc::new(Inner {
            base,
            clock,
            entropy,
            counts: Mutex::default(),
            troubles: Troubles::default(),
            keys: Default::default(),
            apple_key: AppleKey::default(),
            spent: Ledger::default(),
            revoked: Ledger::default(),
            introduced: Ledger::default(),
            nonces: Ledger::default(),
        }))
    }

    /// The routes of all houses, to be mounted where `base` points:
    /// `web::scope("/simulator").configure(simulator.routes())`.
    pub fn routes(&self) -> impl FnOnce(&mut web::ServiceConfig) + Clone + 'static {
        let simulator = self.clone();
        move |config| {
            config.app_data(web::Data::new(simulator));
            for house in House::ALL {
                authorize::routes(house, config);
                if house != House::Twitter {
                    token::routes(house, config);
                    profile::routes(house, config);
                    revoke::routes(house, config);
                }
                openid::routes(house, config);
            }
            twitter::routes(config);
            people::routes(config);
            landing::routes(config);
        }
    }

    /// Where a house answers, and who it says it is.
    #[must_use]
    pub fn endpoints(&self, house: House) -> Endpoints {
        house.endpoints(&self.0.base)
    }

    /// The same for a client that names a tenant in its paths (Azure AD, Entra ID).
    #[must_use]
    pub fn endpoints_in(&self, house: House, tenant: &str) -> Endpoints {
        house.endpoints_in(&self.0.base, tenant)
    }

    /// How often each endpoint was called so far, refused calls included.
    #[must_use]
    pub fn counts(&self) -> Counts {
        *self.0.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes every OpenID house sign with a new key from now on; the one before stays published.
    pub fn rotate_keys(&self) {
        self.0.keys.iter().for_each(KeyRing::rotate);
    }

    /// The key that a client of the simulated Apple signs its secrets with, as PEM. A new simulator has a new one.
    /// Empty only if the machine cannot make a key.
    #[must_use]
    pub fn apple_private_key(&self) -> String {
        self.0.apple_key.pem()
    }

    /// Makes something go wrong at a house, in place of whatever went wrong there before.
    pub fn fail(&self, house: House, failure: Failure) {
        self.0.troubles.begin(house, failure);
    }

    /// Ends what goes wrong at a house; calls that wait there are answered.
    pub fn heal(&self, house: House) {
        self.0.troubles.end(house);
    }

    /// Lets the calls go that wait at a slow house; it stays slow. Whoever has been counted waits already.
    pub fn release(&self, house: House) {
        self.0.troubles.release(house);
    }

    /// The door of every endpoint: the call is counted, and meets what goes wrong here.
    async fn enter(&self, house: House, place: Place) -> Result<(), HttpResponse> {
        // Before it is counted: whoever sees the count may release it.
        let trouble = self.0.troubles.meet(house);
        self.count(house, place);
        match trouble {
            Some(trouble) => trouble.suffer(place).await,
            None => Ok(()),
        }
    }

    fn count(&self, house: House, place: Place) {
        self.0.counts.lock().unwrap_or_else(PoisonError::into_inner).add(house, place);
    }

    fn keys(&self, house: House) -> &KeyRing {
        &self.0.keys[house as usize]
    }

    /// Whole seconds since the Unix epoch.
    fn now(&self) -> i64 {
        self.0.clock.now().seconds()
    }

    /// A name that nothing else has.
    fn fresh_id(&self) -> String {
        self.0.entropy.text::<12>()
    }

    /// An absolute address of this simulator.
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0.base.as_str().trim_end_matches('/'))
    }
}
