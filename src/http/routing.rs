//! Resources with their rate limits, and the answers to unknown paths and methods in the dialect of the scope.

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{Error, HttpRequest, HttpResponse, Resource, Route, web};

use super::extract::Rejection;
use super::rate_limit::{RateLimited, RouteFamily};

/// The largest request body, in bytes.
pub const MAX_BODY: usize = 64 * 1024;

/// A resource that counts against the budget of its family and answers 405 to methods without a route.
pub fn limited(path: &str, family: RouteFamily) -> Resource<impl RouteService> {
    resource(path).wrap(RateLimited(family))
}

/// The service behind a resource.
pub trait RouteService:
    ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<BoxBody>, Error = Error, InitError = ()>
{
}

impl<T> RouteService for T where
    T: ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<BoxBody>, Error = Error, InitError = ()>
{
}

/// A resource without a limit that answers 405 to methods without a route.
pub fn resource(path: &str) -> Resource {
    web::resource(path).default_service(reject(Rejection::MethodNotAllowed))
}

/// The answer to a path without a resource.
pub fn not_found() -> Route {
    reject(Rejection::NotFound)
}

fn reject(rejection: Rejection) -> Route {
    web::to(move |request: HttpRequest| {
        let error = rejection.clone().into_error(&request);
        async move { Err::<HttpResponse, _>(error) }
    })
}
