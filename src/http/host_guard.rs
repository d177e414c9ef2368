//! Middleware of development mode: answers only requests to this machine's own names.
//!
//! A page of another site whose DNS name points to 127.0.0.1 (DNS rebinding) would otherwise be a same-origin page of a
//! service without secrets of its own.

use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::HOST;
use actix_web::middleware::Next;

use super::extract::Rejection;
use crate::domain::origin::Origin;

/// Refuses every `Host` but loopback addresses and `localhost`. A request without one (HTTP/1.0, such
/// as a proxy's health check) comes from no browser and is answered.
///
/// # Errors
/// Those of the inner service.
pub async fn require_loopback_host(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if has_loopback_host(&request) {
        Ok(next.call(request).await?.map_into_boxed_body())
    } else {
        Ok(Rejection::HostNotAllowed.into_response(request))
    }
}

fn has_loopback_host(request: &ServiceRequest) -> bool {
    // The authority of an absolute request target counts before the header (RFC 9112 section 3.2.2).
    let target = request.uri().authority().map(|authority| authority.as_str());
    let header = || request.headers().get(HOST).map(|host| host.to_str().unwrap_or_default());
    let Some(host) = target.or_else(header) else { return true };
    format!("http://{host}").parse::<Origin>().is_ok_and(|origin| origin.is_loopback())
}
