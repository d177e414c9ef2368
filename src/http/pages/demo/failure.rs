//! `/demo/failures/{provider}`: makes the next sign-in at a simulated provider fail.
//!
//! Neither method is one that a page of another origin may send without asking first, and nobody is allowed.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use vouchsafe_simulator::{Endpoint, Failure, SimulatedProvider, Simulator};

use crate::http::extract::{Json, Rejection};

/// A failure by the simulator's name of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NamedFailure {
    name: String,
    #[serde(default)]
    endpoint: Option<Endpoint>,
}

/// `PUT`: the failure happens once.
pub(super) async fn arm(
    simulator: web::Data<Simulator>,
    provider: web::Path<String>,
    Json(wanted): Json<NamedFailure>,
) -> Result<HttpResponse, Rejection> {
    let provider = named(&provider)?;
    let failure = Failure::from_name(&wanted.name, wanted.endpoint)
        .ok_or(Rejection::InvalidParameters("the simulator has no such failure"))?;
    simulator.fail_times(provider, failure, 1);
    Ok(HttpResponse::NoContent().finish())
}

/// `DELETE`: what did not happen will not.
pub(super) async fn disarm(
    simulator: web::Data<Simulator>,
    provider: web::Path<String>,
) -> Result<HttpResponse, Rejection> {
    simulator.recover(named(&provider)?);
    Ok(HttpResponse::NoContent().finish())
}

fn named(provider: &str) -> Result<SimulatedProvider, Rejection> {
    SimulatedProvider::from_name(provider).ok_or(Rejection::NotFound)
}
