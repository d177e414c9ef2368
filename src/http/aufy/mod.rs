//! Aufy's dialect: its paths, its words, its errors. Specification: the page of its external sign-in.
//!
//! A sign-in has a stop here: the callback leaves a ticket and gives the browser a hand-over cookie, and the account
//! is found or made when the app posts `signin/external` (or `signup/external`, with fields of the operator's choice).

mod bearer;
mod callback;
mod cookies;
mod dialect;
mod errors;
mod external;
mod names;
mod origin;
mod query;
mod session;
mod start;

use actix_cors::Cors;
use actix_web::dev::Service;
use actix_web::http::{Method, header};
use actix_web::web;

use super::security_headers;
use super::state::HttpState;
pub use dialect::Dialect;
use dialect::HandOver;
use errors::Problem;

/// The largest body that is read, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// What we write into return URLs; of an earlier try it is taken out.
const RETURN_MARKERS: [&str; 2] = ["failed", "signup"];

/// Mounts the routes of signing in and out.
pub fn mount_auth(config: &mut web::ServiceConfig, http: &web::Data<HttpState>, dialect: &web::Data<Dialect>) {
    let hand_over = |sort| cookies::hand_over(http, dialect, sort);
    let callback = resource("/external/callback/{provider}")
        .route(web::get().to(callback::from_redirect))
        .route(web::post().to(callback::from_form_post))
        .wrap(hand_over(HandOver::SignIn))
        .wrap_fn(|request, service| {
            let response = service.call(request);
            async move { callback::store_sign_up_ticket(response.await?) }
        })
        .wrap(hand_over(HandOver::SignUp));
    let sign_in =
        resource("/signin/external").route(web::post().to(external::sign_in)).wrap(hand_over(HandOver::SignIn));
    let sign_up =
        resource("/signup/external").route(web::post().to(external::sign_up)).wrap(hand_over(HandOver::SignUp));
    let scope = web::scope(&dialect.settings.auth_path)
        .app_data(http.clone())
        .app_data(dialect.clone())
        .app_data(web::PayloadConfig::new(MAX_BODY))
        .wrap(cors(http, dialect))
        .wrap(security_headers::security_headers(http.is_https))
        .service(resource("/external/providers").route(web::get().to(start::providers)))
        .service(resource("/external/challenge/{provider}").route(web::get().to(start::challenge)))
        .service(callback)
        .service(sign_in)
        .service(sign_up)
        .service(resource("/signin/refresh").route(web::post().to(session::sign_in_refresh)))
        .service(resource("/token/refresh").route(web::post().to(session::token_refresh)))
        .service(resource("/signout").route(web::post().to(session::sign_out)))
        .service(resource("/whoami").route(web::get().to(bearer::whoami)))
        .default_service(web::to(|| async { Problem::not_found() }));
    config.service(scope);
}

/// Mounts the routes of one's own account.
pub fn mount_account(config: &mut web::ServiceConfig, http: &web::Data<HttpState>, dialect: &web::Data<Dialect>) {
    let hand_over = cookies::hand_over(http, dialect, HandOver::SignIn);
    let scope = web::scope(&dialect.settings.account_path)
        .app_data(http.clone())
        .app_data(dialect.clone())
        .app_data(web::PayloadConfig::new(MAX_BODY))
        .wrap(cors(http, dialect))
        .wrap(security_headers::security_headers(http.is_https))
        .service(resource("/link/external").route(web::post().to(external::link)).wrap(hand_over))
        .service(resource("/info").route(web::get().to(bearer::info)))
        .default_service(web::to(|| async { Problem::not_found() }));
    config.service(scope);
}

fn resource(path: &str) -> actix_web::Resource {
    web::resource(path).default_service(web::to(|| async { Problem::method_not_allowed() }))
}

/// Lets in the origins of the settings alone, with their cookies; an origin is never reflected unseen.
fn cors(http: &web::Data<HttpState>, dialect: &web::Data<Dialect>) -> Cors {
    let (http, dialect) = (http.clone(), dialect.clone());
    Cors::default()
        .allowed_origin_fn(move |origin, _| {
            origin.to_str().is_ok_and(|origin| origin::is_allowed(&http, &dialect, origin))
        })
        .allowed_methods([Method::GET, Method::POST])
        .allow_any_header()
        .expose_headers([header::HeaderName::from_static(errors::TOKEN_EXPIRED), header::RETRY_AFTER])
        .supports_credentials()
        .max_age(600)
}
