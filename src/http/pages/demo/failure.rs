//! `/demo/failures/{provider}`: makes the next sign-in at a simulated provider fail.
//!
//! A page of another origin needs a CORS preflight for both methods, and no origin is allowed.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use crate::http::extract::{Json, Rejection};

/// The failures of simulated providers. The simulator itself is known to `app` alone.
pub trait Failures {
    /// Whether there is a simulated provider of this name.
    fn has(&self, provider: &str) -> bool;
    /// Makes it fail once; `false` if there is no such failure, or not of this endpoint.
    fn arm(&self, provider: &str, failure: &str, endpoint: Option<&str>) -> bool;
    /// Ends its failure.
    fn disarm(&self, provider: &str);
}

/// A failure by the simulator's name of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NamedFailure {
    name: String,
    #[serde(default)]
    endpoint: Option<String>,
}

/// `PUT`: the failure happens once.
pub(super) async fn arm(
    failures: web::Data<dyn Failures>,
    provider: web::Path<String>,
    Json(wanted): Json<NamedFailure>,
) -> Result<HttpResponse, Rejection> {
    if !failures.has(&provider) {
        return Err(Rejection::NotFound);
    }
    if !failures.arm(&provider, &wanted.name, wanted.endpoint.as_deref()) {
        return Err(Rejection::InvalidParameters("the simulator has no such failure"));
    }
    Ok(HttpResponse::NoContent().finish())
}

/// `DELETE`: takes back a failure that has not happened yet.
pub(super) async fn disarm(
    failures: web::Data<dyn Failures>,
    provider: web::Path<String>,
) -> Result<HttpResponse, Rejection> {
    if !failures.has(&provider) {
        return Err(Rejection::NotFound);
    }
    failures.disarm(&provider);
    Ok(HttpResponse::NoContent().finish())
}
