//! The routes of this folder and the token endpoint at the root, for builds without the dialect that registers them.

use actix_web::dev::Service as _;
use actix_web::middleware::{Condition, from_fn};
use actix_web::web;

use crate::http::body_timeout::BodyTimeout;
use crate::http::current_state::CurrentState;
use crate::http::host_guard::require_loopback_host;
use crate::http::oauth;
use crate::http::request_scope::RequestScope;
use crate::http::routing::{MAX_BODY, Selection, unmatched};
use crate::http::security_headers::security_headers;
use crate::http::state::HttpState;

/// Mounts the routes at the root.
pub fn mount(config: &mut web::ServiceConfig, http: &HttpState, current: &CurrentState, routes: Selection<'_>) {
    let current = current.clone();
    let scope = web::scope("")
        .wrap(Condition::new(http.is_development, from_fn(require_loopback_host)))
        .wrap(security_headers(http.is_https))
        .wrap(BodyTimeout(http.body_timeout))
        .wrap(RequestScope::new(http, None))
        .wrap_fn(move |request, service| service.call(current.attach(request)))
        .configure(|config| super::configure(config, "", routes))
        .configure(|config| oauth::configure(config, "", routes));
    config.service(if routes.is_whole() { scope.default_service(unmatched()) } else { scope });
}
