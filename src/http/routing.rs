//! Resources and their answers to unknown paths and methods, in the dialect of the scope.

use actix_web::{HttpRequest, HttpResponse, Resource, Route, web};

use super::extract::Rejection;

/// The largest request body, in bytes.
pub const MAX_BODY: usize = 64 * 1024;

/// A resource that answers 405 to methods without a route.
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
