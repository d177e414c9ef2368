//! ActiveFault on demand, one at a time for each provider: for tests of what a client does then.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::HttpResponse;
use serde_json::json;
use tokio::sync::watch;

use super::call_counts::Endpoint;
use super::provider::SimulatedProvider;

/// What goes wrong at a provider until it is healed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No code and no verifier is any good.
    BadCode,
    /// No refresh token is any good.
    RefreshRefused,
    /// An endpoint answers only when it is released.
    Slow(Endpoint),
    /// An endpoint answers with status 500 and a page.
    ServerError(Endpoint),
    /// An endpoint answers with status 200 and half an object.
    MalformedJson(Endpoint),
    /// An endpoint answers with status 403, as those for addresses do when the app lacks a permission.
    Forbidden(Endpoint),
}

/// What goes wrong where.
#[derive(Debug, Default)]
pub(super) struct FaultInjector(Mutex<HashMap<SimulatedProvider, ActiveFault>>);

#[derive(Debug)]
struct ActiveFault {
    failure: Failure,
    /// Tells whoever waits that the wait is over; being dropped says so too.
    released: watch::Sender<()>,
}

/// The trouble that a call met at the door.
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
    /// Waits, passes, or says what is answered instead.
    pub(super) async fn apply(mut self, endpoint: Endpoint) -> Result<(), HttpResponse> {
        match self.failure {
            Failure::Slow(at) if at == endpoint => {
                // An error means that the provider was healed: that ends the wait as well.
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
