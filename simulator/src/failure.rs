//! Fault injection: one failure at a time per provider, to test how a client copes.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::HttpResponse;
use serde_json::json;
use tokio::sync::watch;

use super::call_counts::Endpoint;
use super::provider::SimulatedProvider;

/// A failure that lasts until [`Simulator::recover`](crate::Simulator::recover).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// All codes and verifiers are rejected.
    BadCode,
    /// The redirect URI of a token request is not the registered one.
    RedirectUriMismatch,
    /// The id_tokens have a flaw.
    IdToken(IdTokenFlaw),
    /// The token endpoint's `Date` is one hour ahead.
    ClockAhead,
    /// The discovery document names another issuer.
    OtherIssuer,
    /// The key set is empty.
    NoKeys,
    /// All refresh tokens are rejected.
    RefreshRefused,
    /// An endpoint responds only after [`Simulator::release`](crate::Simulator::release).
    Slow(Endpoint),
    /// An endpoint responds with status 500 and an HTML page.
    ServerError(Endpoint),
    /// An endpoint responds with status 200 and truncated JSON.
    MalformedJson(Endpoint),
    /// An endpoint responds with status 403, as email endpoints do when the app lacks a permission.
    Forbidden(Endpoint),
}

/// What is wrong with an id_token, whose signature is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdTokenFlaw {
    /// It is for another client.
    Audience,
    /// It names another issuer.
    Issuer,
    /// It has the nonce of another sign-in.
    Nonce,
    /// It was issued two hours ago: the provider's clock is behind.
    Stale,
    /// It will be issued in two hours: the provider's clock is ahead.
    Future,
}

/// The active failure of each provider.
#[derive(Debug, Default)]
pub(super) struct FaultInjector(Mutex<HashMap<SimulatedProvider, ActiveFault>>);

#[derive(Debug)]
struct ActiveFault {
    failure: Failure,
    /// Ends the wait of slow calls; so does dropping it.
    released: watch::Sender<()>,
}

/// The failure that was active when a call arrived.
pub(super) struct PendingFault {
    failure: Failure,
    released: watch::Receiver<()>,
}

impl FaultInjector {
    pub(super) fn begin(&self, provider: SimulatedProvider, failure: Failure) {
        self.all().insert(provider, ActiveFault { failure, released: watch::Sender::new(()) });
    }

    pub(super) fn end(&self, provider: SimulatedProvider) {
        self.all().remove(&provider);
    }

    pub(super) fn release(&self, provider: SimulatedProvider) {
        if let Some(trouble) = self.all().get(&provider) {
            trouble.released.send_replace(());
        }
    }

    pub(super) fn has(&self, provider: SimulatedProvider, failure: Failure) -> bool {
        self.all().get(&provider).is_some_and(|trouble| trouble.failure == failure)
    }

    /// The flaw of this provider's id_tokens.
    pub(super) fn id_token_flaw(&self, provider: SimulatedProvider) -> Option<IdTokenFlaw> {
        match self.all().get(&provider)?.failure {
            Failure::IdToken(flaw) => Some(flaw),
            _ => None,
        }
    }

    pub(super) fn current(&self, provider: SimulatedProvider) -> Option<PendingFault> {
        let all = self.all();
        let trouble = all.get(&provider)?;
        Some(PendingFault { failure: trouble.failure, released: trouble.released.subscribe() })
    }

    fn all(&self) -> MutexGuard<'_, HashMap<SimulatedProvider, ActiveFault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PendingFault {
    /// Waits, passes, or fails with the response to send instead.
    pub(super) async fn apply(mut self, endpoint: Endpoint) -> Result<(), HttpResponse> {
        match self.failure {
            Failure::Slow(at) if at == endpoint => {
                // An error means that the failure was removed, which ends the wait as well.
                let _ = self.released.changed().await;
                Ok(())
            }
            Failure::ServerError(at) if at == endpoint => Err(HttpResponse::InternalServerError()
                .content_type("text/html; charset=utf-8")
                .body("<!doctype html><title>Oops</title><h1>Something went wrong</h1>")),
            Failure::Forbidden(at) if at == endpoint => {
                Err(HttpResponse::Forbidden().json(json!({ "message": "Resource not accessible by integration" })))
            }
            Failure::MalformedJson(at) if at == endpoint => {
                Err(HttpResponse::Ok().content_type("application/json").body(r#"{"access_token":"#))
            }
            _ => Ok(()),
        }
    }
}
