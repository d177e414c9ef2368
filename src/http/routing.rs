//! Resources with their rate limits, and the answers to unknown paths and methods in the dialect of the scope.

use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{Error, HttpRequest, HttpResponse, Resource, Route as WebRoute, web};

use super::extract::Rejection;
use super::extract::rejection::http_state;
use super::measured::Measured;
use super::rate_limit::{RateLimited, RouteFamily};
use crate::metrics::Route;

/// The largest request body, in bytes.
pub const MAX_BODY: usize = 64 * 1024;

/// Which routes are mounted.
#[derive(Clone, Copy)]
pub struct Selection<'a> {
    includes: Option<&'a dyn Fn(&str) -> bool>,
}

impl<'a> Selection<'a> {
    /// All of them.
    pub const ALL: Self = Self { includes: None };

    /// Those whose path `includes` accepts: below the place where everything is mounted, parameters in braces.
    #[must_use]
    pub fn of(includes: &'a dyn Fn(&str) -> bool) -> Self {
        Self { includes: Some(includes) }
    }

    /// Whether a path is mounted.
    #[must_use]
    pub fn includes(&self, path: &str) -> bool {
        self.includes.is_none_or(|includes| includes(path))
    }

    /// A resource below `base`, or nothing.
    pub fn pick<R>(self, base: &str, path: &'static str, resource: impl FnOnce(&'static str) -> R) -> Vec<R> {
        if self.is_whole() || self.includes(&format!("{base}{path}")) { vec![resource(path)] } else { Vec::new() }
    }

    /// Whether nothing is left out. Otherwise paths without a resource are the app's.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.includes.is_none()
    }
}

/// A resource that counts against the budget of its family and answers 405 to methods without a route.
pub fn limited(path: &str, family: RouteFamily) -> Resource<impl RouteService> {
    resource(path).wrap(RateLimited(family)).wrap(Measured(family.route()))
}

/// A resource for operators, without a limit, that answers 405 to methods without a route.
pub fn operations(path: &str) -> Resource<impl RouteService> {
    resource(path).wrap(Measured(Route::Operations))
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

/// The answer to a path without a resource, in a scope that counts its requests itself.
pub fn not_found() -> WebRoute {
    reject(Rejection::NotFound)
}

/// The answer to a path without a resource; it is counted.
pub fn unmatched() -> WebRoute {
    web::to(|request: HttpRequest| {
        let error = Rejection::NotFound.into_error(&request);
        if let Ok(http) = http_state(&request) {
            let status = error.as_response_error().status_code().as_u16();
            http.metrics.http.record(Route::Unmatched, request.method().as_str(), status, Duration::ZERO);
        }
        async move { Err::<HttpResponse, _>(error) }
    })
}

fn reject(rejection: Rejection) -> WebRoute {
    web::to(move |request: HttpRequest| {
        let error = rejection.clone().into_error(&request);
        async move { Err::<HttpResponse, _>(error) }
    })
}
