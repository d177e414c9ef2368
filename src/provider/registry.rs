//! The actor `ProviderRegistry`: fetches where providers are and with what keys they sign.
//!
//! Whoever asks reads what is known first ([`super::providers`]); only what is not there yet is fetched here, once
//! for all who wait. What is known is served while it is fetched anew, and keeps being served when the provider
//! is down.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use actix::{Actor, Context, Handler, Message, ResponseFuture};
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, Shared};

use super::breaker::Breakers;
use super::metadata_cache::{FRESH_FOR, Required, ResolveError, Resolved, Snapshot};
use super::{Endpoints, Protocol, Provider};
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::id::ProviderName;
use crate::oauth::discovery::discover;
use crate::oauth::http::HttpClient;
use crate::oauth::jwks::fetch_jwks;
use crate::provider::jwks_cooldown::may_refetch_jwks;

/// What outlives the actor: a rebuilt registry goes on where the broken one stopped.
#[derive(Clone, Debug)]
pub struct RegistryState {
    pub(super) all: Arc<BTreeMap<ProviderName, Arc<Provider>>>,
    pub(super) snapshot: Snapshot,
    pub(super) breakers: Breakers,
}

impl RegistryState {
    /// With nothing fetched yet.
    #[must_use]
    pub fn new(providers: Vec<Provider>) -> Self {
        let all = providers.into_iter().map(|provider| (provider.name.clone(), Arc::new(provider))).collect();
        Self { all: Arc::new(all), snapshot: Snapshot::default(), breakers: Breakers::default() }
    }
}

type InFlight = Shared<LocalBoxFuture<'static, Result<Resolved, ResolveError>>>;

/// The actor.
pub struct ProviderRegistry {
    state: RegistryState,
    clock: Arc<dyn Clock>,
    clients: HashMap<ProviderName, HttpClient>,
    in_flight: Rc<RefCell<HashMap<(ProviderName, Required), InFlight>>>,
}

impl std::fmt::Debug for ProviderRegistry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProviderRegistry").field("state", &self.state).finish_non_exhaustive()
    }
}

impl ProviderRegistry {
    /// An actor that publishes there.
    #[must_use]
    pub fn new(state: RegistryState, clock: Arc<dyn Clock>) -> Self {
        let client = |provider: &Arc<Provider>| (provider.name.clone(), HttpClient::new(&provider.http));
        let clients = state.all.values().map(client).collect();
        Self { state, clock, clients, in_flight: Rc::default() }
    }
}

impl Actor for ProviderRegistry {
    type Context = Context<Self>;
}

/// Fetches what is needed of a provider.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Resolved, ResolveError>")]
pub struct Resolve {
    /// Which provider.
    pub name: ProviderName,
    /// What must be known.
    pub required: Required,
}

impl Handler<Resolve> for ProviderRegistry {
    type Result = ResponseFuture<Result<Resolved, ResolveError>>;

    fn handle(&mut self, question: Resolve, _: &mut Self::Context) -> Self::Result {
        let Resolve { name, required } = question;
        let (Some(provider), Some(http)) = (self.state.all.get(&name), self.clients.get(&name)) else {
            return Box::pin(async { Err(ResolveError::Unknown) });
        };
        let key = (name, required);
        if let Some(in_flight) = self.in_flight.borrow().get(&key) {
            return Box::pin(in_flight.clone());
        }
        let (state, clock) = (self.state.clone(), Arc::clone(&self.clock));
        let (provider, http, done) = (Arc::clone(provider), http.clone(), Rc::clone(&self.in_flight));
        let in_flight_key = key.clone();
        let in_flight = async move {
            let outcome = fetch(&state, &provider, &http, required, clock.as_ref()).await;
            done.borrow_mut().remove(&in_flight_key);
            outcome
        };
        let in_flight = in_flight.boxed_local().shared();
        self.in_flight.borrow_mut().insert(key, in_flight.clone());
        Box::pin(in_flight)
    }
}

async fn fetch(
    state: &RegistryState,
    provider: &Arc<Provider>,
    http: &HttpClient,
    required: Required,
    clock: &dyn Clock,
) -> Result<Resolved, ResolveError> {
    let now = clock.now();
    let known = state.snapshot.read(&provider.name);
    let mut resolved = match known {
        Some(known) if now.since(known.fetched_at) <= FRESH_FOR => known,
        known => match Resolved::from_settings(provider, now) {
            Some(fresh) => match known {
                Some(known) => Resolved { keys: known.keys, ..fresh },
                None => fresh,
            },
            None => {
                let discovered = discovered(provider, http, known, now).await;
                match &discovered {
                    Err(_) => state.breakers.record_failure(&provider.name, now),
                    Ok(_) => state.breakers.record_success(&provider.name),
                }
                discovered?
            }
        },
    };
    let is_cool = may_refetch_jwks(resolved.keys.refetched_at, now);
    let are_keys_due = match required {
        Required::Endpoints => false,
        Required::Keys => resolved.keys.fetched_at.is_none_or(|then| now.since(then) > FRESH_FOR),
        Required::FreshKeys => is_cool,
    };
    if let (Some(jwks), true) = (&resolved.endpoints.jwks, are_keys_due) {
        match fetch_jwks(http, jwks).await {
            Ok(keys) => resolved.keys.set = Some(Arc::new(keys)),
            Err(error) if resolved.keys.set.is_none() => return Err(ResolveError::Keys(Arc::new(error))),
            Err(error) => {
                log::warn!(provider:% = provider.name; "keys could not be fetched anew; the old ones stay: {error}")
            }
        }
        resolved.keys.fetched_at = Some(now);
        if required == Required::FreshKeys {
            resolved.keys.refetched_at = Some(now);
        }
    }
    state.snapshot.publish(resolved.clone());
    Ok(resolved)
}

/// Endpoints as the provider's own document names them; what the settings name wins.
async fn discovered(
    provider: &Arc<Provider>,
    http: &HttpClient,
    known: Option<Resolved>,
    now: Timestamp,
) -> Result<Resolved, ResolveError> {
    let Protocol::Oidc { issuer, .. } = &provider.protocol else { return Err(ResolveError::Unknown) };
    let metadata = match (discover(http, issuer).await, known.clone()) {
        (Ok(metadata), _) => metadata,
        (Err(error), None) => return Err(ResolveError::Discovery(Arc::new(error))),
        (Err(error), Some(known)) => {
            log::warn!(provider:% = provider.name; "discovery record_failure; what was known stays: {error}");
            return Ok(Resolved { fetched_at: now, ..known });
        }
    };
    let set = &provider.configured;
    let endpoints = Endpoints {
        request_token: None,
        authorization: set.authorization.clone().unwrap_or(metadata.authorization_endpoint),
        token: set.token.clone().unwrap_or(metadata.token_endpoint),
        userinfo: set.userinfo.clone().or(metadata.userinfo_endpoint),
        jwks: set.jwks.clone().or(Some(metadata.jwks_uri)),
        revocation: set.revocation.clone().or(metadata.revocation_endpoint),
        pushed_authorization: metadata.pushed_authorization_request_endpoint,
        response_issuer: Some(metadata.issuer),
        is_response_issuer_required: metadata.authorization_response_iss_parameter_supported,
    };
    let keys = known.map(|known| known.keys).unwrap_or_default();
    Ok(Resolved { provider: Arc::clone(provider), endpoints: Arc::new(endpoints), keys, fetched_at: now })
}

/// Breaks the actor, for the test of its root.
#[cfg(test)]
#[derive(Message)]
#[rtype(result = "()")]
pub struct Break;

#[cfg(test)]
impl Handler<Break> for ProviderRegistry {
    type Result = ();

    fn handle(&mut self, _: Break, _: &mut Self::Context) {
        panic!("on purpose");
    }
}
