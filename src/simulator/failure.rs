//! Trouble on demand, one at a time for each house: for tests of what a client does then.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::HttpResponse;
use serde_json::json;
use tokio::sync::watch;

use super::counts::Place;
use super::house::House;

/// What goes wrong at a house until it is healed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No code and no verifier is any good.
    BadCode,
    /// No refresh token is any good.
    RefreshRefused,
    /// An endpoint answers only when it is released.
    Slow(Place),
    /// An endpoint answers with status 500 and a page.
    ServerError(Place),
    /// An endpoint answers with status 200 and half an object.
    MalformedJson(Place),
    /// An endpoint answers with status 403, as those for addresses do when the app lacks a permission.
    Forbidden(Place),
}

/// What goes wrong where.
#[derive(Debug, Default)]
pub(super) struct Troubles(Mutex<HashMap<House, Trouble>>);

#[derive(Debug)]
struct Trouble {
    failure: Failure,
    /// Tells whoever waits that the wait is over; being dropped says so too.
    released: watch::Sender<()>,
}

/// The trouble that a call met at the door.
pub(super) struct Met {
    failure: Failure,
    released: watch::Receiver<()>,
}

impl Troubles {
    pub(super) fn begin(&self, house: House, failure: Failure) {
        self.all().insert(house, Trouble { failure, released: watch::Sender::new(()) });
    }

    pub(super) fn end(&self, house: House) {
        self.all().remove(&house);
    }

    pub(super) fn release(&self, house: House) {
        if let Some(trouble) = self.all().get(&house) {
            trouble.released.send_replace(());
        }
    }

    pub(super) fn has(&self, house: House, failure: Failure) -> bool {
        self.all().get(&house).is_some_and(|trouble| trouble.failure == failure)
    }

    pub(super) fn meet(&self, house: House) -> Option<Met> {
        let all = self.all();
        let trouble = all.get(&house)?;
        Some(Met { failure: trouble.failure, released: trouble.released.subscribe() })
    }

    fn all(&self) -> MutexGuard<'_, HashMap<House, Trouble>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Met {
    /// Waits, passes, or says what is answered instead.
    pub(super) async fn suffer(mut self, place: Place) -> Result<(), HttpResponse> {
        match self.failure {
            Failure::Slow(at) if at == place => {
                // An error means that the house was healed: that ends the wait as well.
                let _ = self.released.changed().await;
                Ok(())
            }
            Failure::ServerError(at) if at == place => Err(HttpResponse::InternalServerError()
                .content_type("text/html; charset=utf-8")
                .body("<!doctype html><title>Oops</title><h1>Something went wrong</h1>")),
            Failure::Forbidden(at) if at == place => {
                Err(HttpResponse::Forbidden().json(json!({ "message": "Resource not accessible by integration" })))
            }
            Failure::MalformedJson(at) if at == place => {
                Err(HttpResponse::Ok().content_type("application/json").body(r#"{"access_token":"#))
            }
            _ => Ok(()),
        }
    }
}
