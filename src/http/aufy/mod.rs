//! The Aufy dialect: its routes and errors. Specification: the page of its external sign-in.
//!
//! A sign-in has two stages: the callback stores a ticket and gives the browser a hand-over cookie; the account is found
//! or created when the app posts `signin/external` (or `signup/external`, with fields of the operator's choice).

mod account;
mod auth;
mod callback;
mod cookies;
mod dialect;
mod errors;
mod external;
mod origin;
mod provider_params;
mod provider_path;
mod query;
mod refresh_tokens;
mod sealed_session;
mod session;
#[cfg(feature = "pages")]
mod sign_in_page;
mod start;

use actix_cors::Cors;
use actix_web::dev::Service;
use actix_web::http::{Method, header};
use actix_web::middleware::{Condition, from_fn};
use actix_web::web;

use super::body_timeout::BodyTimeout;
use super::current_state::CurrentState;
#[cfg(feature = "pages")]
use super::error_pages::ErrorPages;
use super::extract::RejectionHandler;
use super::host_guard::require_loopback_host;
use super::rate_limit::RouteFamily::{Callback, Other, Start, Token};
use super::request_scope::{REQUEST_ID, RequestScope};
use super::routing::{Selection, limited, unmatched};
use super::security_headers::security_headers;
use super::state::HttpState;
pub use cookies::{ACCESS as ACCESS_COOKIE, REFRESH as REFRESH_COOKIE};
pub use dialect::Dialect;
use dialect::HandOver;
use errors::Problem;

/// Query parameters that we add to return URLs; those of an earlier attempt are removed.
const RETURN_MARKERS: [&str; 2] = ["failed", "signup"];

/// Mounts the routes below `aufy.auth_path`.
pub fn mount_auth(
    config: &mut web::ServiceConfig,
    http: &HttpState,
    dialect: &Dialect,
    current: &CurrentState,
    routes: Selection<'_>,
) {
    let base = &dialect.settings.auth_path;
    let hand_over = |sort| cookies::hand_over(http, dialect, current, sort);
    let attached = current.clone();
    let scope = web::scope(base)
        .app_data(rejection_handler())
        .wrap(cors(current))
        .wrap(Condition::new(http.is_development, from_fn(require_loopback_host)));
    #[cfg(feature = "pages")]
    let scope = scope.wrap(ErrorPages::<Problem>::new());
    let scope = scope
        .wrap(security_headers(http.is_https))
        .wrap(BodyTimeout(http.body_timeout))
        .wrap(RequestScope::new(http, Some("aufy")))
        .wrap_fn(move |request, service| service.call(attached.attach(request)))
        .service(
            routes
                .pick(base, "/external/providers", |path| limited(path, Other).route(web::get().to(start::providers))),
        )
        .service(routes.pick(base, "/signin/external", |path| {
            limited(path, Token).route(web::post().to(external::sign_in)).wrap(hand_over(HandOver::SignIn))
        }))
        .service(routes.pick(base, "/signup/external", |path| {
            limited(path, Token).route(web::post().to(external::sign_up)).wrap(hand_over(HandOver::SignUp))
        }))
        .service(
            routes.pick(base, "/signin/refresh", |path| {
                limited(path, Token).route(web::post().to(session::sign_in_refresh))
            }),
        )
        .service(
            routes.pick(base, "/token/refresh", |path| {
                limited(path, Token).route(web::post().to(session::token_refresh))
            }),
        )
        .service(routes.pick(base, "/signout", |path| limited(path, Token).route(web::post().to(session::sign_out))))
        .service(routes.pick(base, "/whoami", |path| limited(path, Other).route(web::get().to(account::whoami))));
    #[cfg(feature = "pages")]
    let scope = scope.service(routes.pick(base, "/signin", |path| {
        limited(path, Other).route(web::get().to(sign_in_page::page)).route(web::head().to(sign_in_page::page))
    }));
    // A path with a parameter costs a regular expression, so those come last.
    let scope = scope
        .service(routes.pick(base, "/external/challenge/{provider}", |path| {
            limited(path, Start).route(web::get().to(start::challenge))
        }))
        .service(routes.pick(base, "/external/callback/{provider}", |path| {
            limited(path, Callback)
                .route(web::get().to(callback::from_redirect))
                .route(web::post().to(callback::from_form_post))
                .wrap(hand_over(HandOver::SignIn))
                .wrap_fn(|request, service| {
                    let response = service.call(request);
                    async move { callback::store_sign_up_ticket(response.await?) }
                })
                .wrap(hand_over(HandOver::SignUp))
        }));
    config.service(if routes.is_whole() { scope.default_service(unmatched()) } else { scope });
}

/// Mounts the routes below `aufy.account_path`.
pub fn mount_account(
    config: &mut web::ServiceConfig,
    http: &HttpState,
    dialect: &Dialect,
    current: &CurrentState,
    routes: Selection<'_>,
) {
    let base = &dialect.settings.account_path;
    let hand_over = cookies::hand_over(http, dialect, current, HandOver::SignIn);
    let attached = current.clone();
    let scope = web::scope(base)
        .app_data(rejection_handler())
        .wrap(cors(current))
        .wrap(Condition::new(http.is_development, from_fn(require_loopback_host)));
    #[cfg(feature = "pages")]
    let scope = scope.wrap(ErrorPages::<Problem>::new());
    let scope = scope
        .wrap(security_headers(http.is_https))
        .wrap(BodyTimeout(http.body_timeout))
        .wrap(RequestScope::new(http, Some("aufy")))
        .wrap_fn(move |request, service| service.call(attached.attach(request)))
        .service(routes.pick(base, "/link/external", |path| {
            limited(path, Token).route(web::post().to(external::link)).wrap(hand_over)
        }))
        .service(routes.pick(base, "/info", |path| limited(path, Other).route(web::get().to(account::info))));
    config.service(if routes.is_whole() { scope.default_service(unmatched()) } else { scope });
}

fn rejection_handler() -> RejectionHandler {
    RejectionHandler(|rejection| Problem::from(rejection).into())
}

/// Credentialed CORS for the listed origins only.
fn cors(current: &CurrentState) -> Cors {
    let origins = current.clone();
    Cors::default()
        .allowed_origin_fn(move |origin, _| origins.allows_origin(origin))
        .allowed_methods([Method::GET, Method::POST])
        .allow_any_header()
        .expose_headers([header::HeaderName::from_static(errors::TOKEN_EXPIRED), header::RETRY_AFTER, REQUEST_ID])
        .supports_credentials()
        .max_age(600)
}
