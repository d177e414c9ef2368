//! The active failure of each provider, and what it does to a call.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use serde_json::json;
use tokio::sync::watch;

use super::{Failure, IdTokenFlaw};
use crate::call_counts::Endpoint;
use crate::provider::SimulatedProvider;

#[derive(Debug, Default)]
pub(crate) struct FaultInjector(Mutex<HashMap<SimulatedProvider, ActiveFault>>);

#[derive(Debug)]
struct ActiveFault {
    failure: Failure,
    /// How often it still happens; `None` until it is ended.
    remaining: Option<u32>,
    /// Ends the wait of slow calls; so does dropping it.
    released: watch::Sender<()>,
}

/// The failure that was active when a call arrived.
pub(crate) struct PendingFault {
    failure: Failure,
    released: watch::Receiver<()>,
}

impl FaultInjector {
    pub(crate) fn begin(&self, provider: SimulatedProvider, failure: Failure, times: Option<u32>) {
        self.all().insert(provider, ActiveFault { failure, remaining: times, released: watch::Sender::new(()) });
    }

    pub(crate) fn end(&self, provider: SimulatedProvider) {
        self.all().remove(&provider);
    }

    pub(crate) fn end_all(&self) {
        self.all().clear();
    }

    pub(crate) fn release(&self, provider: SimulatedProvider) {
        if let Some(fault) = self.all().get(&provider) {
            fault.released.send_replace(());
        }
    }

    /// The active failure, and how often it still happens.
    pub(crate) fn active(&self, provider: SimulatedProvider) -> Option<(Failure, Option<u32>)> {
        self.all().get(&provider).map(|fault| (fault.failure, fault.remaining))
    }

    /// Whether this failure is active.
    pub(crate) fn has(&self, provider: SimulatedProvider, failure: Failure) -> bool {
        self.active(provider).is_some_and(|(active, _)| active == failure)
    }

    /// Whether this failure happens now; that uses up one of its times.
    pub(crate) fn strikes(&self, provider: SimulatedProvider, failure: Failure) -> bool {
        self.take(provider, |active| (active == failure).then_some(())).is_some()
    }

    /// The flaw of the id_token that is issued now; uses up one of its times.
    pub(crate) fn id_token_flaw(&self, provider: SimulatedProvider) -> Option<IdTokenFlaw> {
        self.take(provider, |active| match active {
            Failure::IdToken(flaw) => Some(flaw),
            _ => None,
        })
    }

    /// The failure of a call that arrives now; uses up one of its times.
    pub(crate) fn at(&self, provider: SimulatedProvider, endpoint: Endpoint) -> Option<PendingFault> {
        let released = self.all().get(&provider)?.released.subscribe();
        let failure = self.take(provider, |active| (active.endpoint() == Some(endpoint)).then_some(active))?;
        Some(PendingFault { failure, released })
    }

    fn take<T>(&self, provider: SimulatedProvider, applies: impl FnOnce(Failure) -> Option<T>) -> Option<T> {
        let mut all = self.all();
        let fault = all.get_mut(&provider)?;
        let found = applies(fault.failure)?;
        // A waiting call lasts until it is released; ending the failure would release it at once.
        let waits = matches!(fault.failure, Failure::Slow(_) | Failure::LateAnswer(_));
        if let Some(remaining) = fault.remaining.as_mut().filter(|_| !waits) {
            *remaining = remaining.saturating_sub(1);
            if *remaining == 0 {
                all.remove(&provider);
            }
        }
        Some(found)
    }

    fn all(&self) -> MutexGuard<'_, HashMap<SimulatedProvider, ActiveFault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PendingFault {
    /// Answers a call in the way of the failure.
    pub(crate) async fn apply(mut self, answer: impl FnOnce() -> HttpResponse) -> HttpResponse {
        match self.failure {
            Failure::Slow(_) => {
                // An error means that the failure was removed, which ends the wait as well.
                let _ = self.released.changed().await;
                answer()
            }
            Failure::LateAnswer(_) => {
                let answer = answer();
                let _ = self.released.changed().await;
                answer
            }
            Failure::ServerError(_) => HttpResponse::InternalServerError()
                .content_type("text/html; charset=utf-8")
                .body("<!doctype html><title>Oops</title><h1>Something went wrong</h1>"),
            Failure::Forbidden(_) => {
                HttpResponse::Forbidden().json(json!({ "message": "Resource not accessible by integration" }))
            }
            Failure::MalformedJson(_) => {
                HttpResponse::Ok().content_type("application/json").body(r#"{"access_token":"#)
            }
            Failure::TooManyRequests(_) => HttpResponse::TooManyRequests()
                .insert_header((RETRY_AFTER, "30"))
                .json(json!({ "error": "rate_limit_exceeded" })),
            Failure::WrongContentType(_) => {
                let mut response = answer();
                let text = HeaderValue::from_static("text/plain; charset=utf-8");
                response.headers_mut().insert(CONTENT_TYPE, text);
                response
            }
            _ => answer(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_ends_after_its_times() {
        let faults = FaultInjector::default();
        faults.begin(SimulatedProvider::Oidc, Failure::BadCode, Some(2));
        assert!(!faults.strikes(SimulatedProvider::Oidc, Failure::Refused));
        assert!(!faults.strikes(SimulatedProvider::Google, Failure::BadCode));
        let struck: Vec<bool> = (0..3).map(|_| faults.strikes(SimulatedProvider::Oidc, Failure::BadCode)).collect();
        assert_eq!(struck, [true, true, false]);
    }
}
