//! The routes for operators, below `/admin`: JSON, and errors as problem details (RFC 9457).
//!
//! They need a bearer token of `admin.token_file` and nothing else: no cookie counts, and no page of another origin may
//! use them. [`guard`] refuses every other request before it is routed, unknown paths included. Without a token in the
//! settings there is nothing here. The pages of the [`inspector`] have sessions of their own.

mod errors;
mod flows;
mod guard;
#[cfg(feature = "pages")]
pub mod inspector;
mod reload;
mod users;

use actix_web::dev::Service as _;
use actix_web::middleware::{Condition, from_fn};
use actix_web::web;

use super::body_timeout::BodyTimeout;
use super::current_state::CurrentState;
use super::extract::RejectionHandler;
use super::host_guard::require_loopback_host;
use super::measured::Measured;
use super::rate_limit::{RateLimited, RouteFamily};
use super::request_scope::RequestScope;
use super::routing::not_found;
use super::security_headers::security_headers;
use super::state::HttpState;
use crate::metrics::Route;
use crate::settings::ADMIN_PATH;
use errors::Problem;
use guard::resource;

/// Mounts the routes.
pub fn mount(config: &mut web::ServiceConfig, http: &HttpState, current: &CurrentState) {
    let attached = current.clone();
    // Everything that is no page of the inspector, unknown paths included.
    let routes = web::scope("")
        .wrap(from_fn(guard::require_token))
        .service(resource("/flows").get(flows::list))
        .service(resource("/flows/{id}").get(flows::show))
        .service(resource("/reload").post(reload::reload))
        .service(resource("/users").get(users::list))
        .service(resource("/users/{id}").get(users::show).delete(users::erase))
        .service(resource("/users/{id}/disable").post(users::disable))
        .service(resource("/users/{id}/enable").post(users::enable))
        .service(resource("/users/{id}/verify-email").post(users::verify_email))
        .service(resource("/users/{id}/roles").put(users::set_roles))
        .service(resource("/users/{id}/sessions").get(users::sessions))
        .service(resource("/users/{id}/sessions/{session}").delete(users::end_session))
        .service(resource("/users/{id}/sign-out").post(users::sign_out))
        .service(resource("/users/{id}/audit").get(users::audit))
        .default_service(not_found());
    let scope = web::scope(ADMIN_PATH)
        .app_data(RejectionHandler(|rejection| Problem::from(rejection).into()))
        .wrap(RateLimited(RouteFamily::Admin))
        .wrap(Condition::new(http.is_development, from_fn(require_loopback_host)))
        .wrap(security_headers(http.is_https))
        .wrap(BodyTimeout(http.body_timeout))
        .wrap(RequestScope::new(http, None))
        .wrap(Measured(Route::Admin))
        .wrap_fn(move |request, service| service.call(attached.attach(request)))
        .configure(|config| configure_pages(config, current))
        .service(routes);
    config.service(scope);
}

#[cfg(feature = "pages")]
fn configure_pages(config: &mut web::ServiceConfig, current: &CurrentState) {
    inspector::configure(config, current);
}

#[cfg(not(feature = "pages"))]
fn configure_pages(_: &mut web::ServiceConfig, _: &CurrentState) {}
