//! The Nhost dialect: its routes and errors. Specification: the pages of its sign-in and its provider tokens.

mod auth;
mod callback;
mod codes;
mod error_concealment;
mod errors;
mod grants;
mod id_token;
mod identities;
mod link;
mod provider_params;
mod provider_path;
mod providers;
mod responses;
mod session;
mod sessions;
mod sign_in_page;
mod sign_up_params;
mod start;
mod tokens;
mod user;

use actix_cors::Cors;
use actix_web::dev::Service as _;
use actix_web::http::{Method, header};
use actix_web::middleware::{Condition, from_fn};
use actix_web::web;

use super::body_timeout::BodyTimeout;
use super::current_state::CurrentState;
use super::error_pages::ErrorPages;
use super::extract::RejectionHandler;
use super::host_guard::require_loopback_host;
use super::rate_limit::RouteFamily::{Callback, Other, Start, Token};
use super::request_scope::{REQUEST_ID, RequestScope};
use super::routing::{Selection, limited, unmatched};
use super::security_headers::security_headers;
use super::state::HttpState;
use super::{oauth, ops};
use errors::NhostError;

/// Mounts the routes at `path` (empty, or like `/v1`).
pub fn mount(
    config: &mut web::ServiceConfig,
    path: &str,
    http: &HttpState,
    current: &CurrentState,
    routes: Selection<'_>,
) {
    let (origins, current) = (current.clone(), current.clone());
    let cors = Cors::default()
        .allowed_origin_fn(move |origin, _| origins.allows_origin(origin))
        .allowed_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_any_header()
        .expose_headers([header::RETRY_AFTER, REQUEST_ID])
        .supports_credentials()
        .max_age(600);
    let scope = web::scope(path)
        .app_data(RejectionHandler(|rejection| NhostError::from(rejection).into()))
        .wrap(Condition::new(http.conceals_errors, from_fn(error_concealment::conceal)))
        .wrap(cors)
        .wrap(Condition::new(http.is_development, from_fn(require_loopback_host)))
        .wrap(ErrorPages::<NhostError>::new())
        .wrap(security_headers(http.is_https))
        .wrap(BodyTimeout(http.body_timeout))
        .wrap(RequestScope::new(http, Some("nhost")))
        .wrap_fn(move |request, service| service.call(current.attach(request)))
        // Resources are tried one by one. A path with a parameter costs a regular expression, so those come last, except
        // for the two of a sign-in.
        .service(routes.pick(path, "/token", |path| limited(path, Token).route(web::post().to(session::refresh))))
        .service(routes.pick(path, "/user", |path| limited(path, Other).route(web::get().to(user::user))))
        .service(routes.pick(path, "/signin/provider/{provider}", |path| {
            limited(path, Start).route(web::get().to(start::sign_in))
        }))
        .service(routes.pick(path, "/signin/provider/{provider}/callback", |path| {
            limited(path, Callback)
                .route(web::get().to(callback::from_redirect))
                .route(web::post().to(callback::from_form_post))
        }))
        .service(
            routes.pick(path, "/signin/idtoken", |path| limited(path, Token).route(web::post().to(id_token::sign_in))),
        )
        .service(
            routes.pick(path, "/signup/idtoken", |path| limited(path, Token).route(web::post().to(id_token::sign_up))),
        )
        .service(routes.pick(path, "/link/idtoken", |path| limited(path, Token).route(web::post().to(id_token::link))))
        .service(routes.pick(path, "/link/confirm", |path| {
            limited(path, Other).route(web::get().to(link::page)).route(web::post().to(link::answer))
        }))
        .service(routes.pick(path, "/signin", |path| {
            limited(path, Other).route(web::get().to(sign_in_page::page)).route(web::head().to(sign_in_page::page))
        }))
        .service(routes.pick(path, "/providers", |path| limited(path, Other).route(web::get().to(providers::list))))
        .service(
            routes.pick(path, "/token/exchange", |path| limited(path, Token).route(web::post().to(session::exchange))),
        )
        .service(routes.pick(path, "/token/verify", |path| limited(path, Token).route(web::post().to(session::verify))))
        .service(routes.pick(path, "/signout", |path| limited(path, Token).route(web::post().to(session::sign_out))))
        .service(
            routes.pick(path, "/user/providers", |path| limited(path, Other).route(web::get().to(identities::list))),
        )
        .service(routes.pick(path, "/user/sessions", |path| limited(path, Other).route(web::get().to(sessions::list))))
        .configure(|config| ops::configure(config, path, routes))
        .service(routes.pick(path, "/signin/provider/{provider}/callback/tokens", |path| {
            limited(path, Token).route(web::get().to(tokens::take))
        }))
        .service(routes.pick(path, "/signup/provider/{provider}", |path| {
            limited(path, Start).route(web::get().to(start::sign_up))
        }))
        .service(
            routes.pick(path, "/link/provider/{provider}", |path| {
                limited(path, Start).route(web::post().to(link::begin))
            }),
        )
        .service(routes.pick(path, "/token/provider/{provider}", |path| {
            limited(path, Token).route(web::post().to(providers::refresh))
        }))
        .service(routes.pick(path, "/user/providers/{provider}", |path| {
            limited(path, Other).route(web::delete().to(identities::unlink))
        }))
        .service(routes.pick(path, "/user/providers/{provider}/token", |path| {
            limited(path, Token).route(web::get().to(grants::token))
        }))
        .service(
            routes
                .pick(path, "/user/sessions/{id}", |path| limited(path, Other).route(web::delete().to(sessions::end))),
        )
        .configure(|config| oauth::configure(config, path, routes));
    config.service(if routes.is_whole() { scope.default_service(unmatched()) } else { scope });
}
