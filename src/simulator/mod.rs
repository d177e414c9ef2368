//! Providers to sign in with, offline: for the demo and for the tests. The simulator plays Google, GitHub and
//! a plain OpenID provider as strictly as the real ones. It does its own PKCE, hashes and signatures and may
//! call nothing but `domain`, so that a mistake in the rest of the house cannot cancel out here.

mod ask;
mod authorize;
mod bearer;
mod counts;
mod form;
mod github;
mod house;
mod keys;
mod ledger;
mod openid;
mod page;
mod people;
mod refusal;
mod slip;
#[cfg(test)]
mod tests;
mod token;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::web;
use url::Url;

use crate::domain::clock::Clock;
use crate::domain::entropy::Entropy;

pub use counts::{Calls, Counts};
pub use house::{Endpoints, House};
pub use people::Person;

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
    google_keys: KeyRing,
    oidc_keys: KeyRing,
    spent: Ledger,
    revoked: Ledger,
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
            google_keys: KeyRing::default(),
            oidc_keys: KeyRing::default(),
            spent: Ledger::default(),
            revoked: Ledger::default(),
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
                token::routes(house, config);
            }
            for house in [House::Google, House::Oidc] {
                openid::routes(house, config);
            }
            github::routes(config);
            people::routes(config);
        }
    }

    /// Where a house answers, and who it says it is.
    #[must_use]
    pub fn endpoints(&self, house: House) -> Endpoints {
        house.endpoints(&self.0.base)
    }

    /// How often each endpoint was called so far, refused calls included.
    #[must_use]
    pub fn counts(&self) -> Counts {
        *self.0.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes every OpenID house sign with a new key from now on; the one before stays published.
    pub fn rotate_keys(&self) {
        self.0.google_keys.rotate();
        self.0.oidc_keys.rotate();
    }

    fn count(&self, house: House, change: impl FnOnce(&mut Calls)) {
        let mut counts = self.0.counts.lock().unwrap_or_else(PoisonError::into_inner);
        change(counts.of(house));
    }

    fn keys(&self, house: House) -> &KeyRing {
        match house {
            House::Google => &self.0.google_keys,
            House::Github | House::Oidc => &self.0.oidc_keys,
        }
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
