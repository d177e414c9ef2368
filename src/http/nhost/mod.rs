//! Nhost's dialect: its paths, its words, its errors. Specification: the pages of its sign-in and its provider tokens.

mod bearer;
mod callback;
mod codes;
mod conceal;
mod errors;
mod id_token;
mod identities;
mod link;
mod names;
mod ops;
mod options;
mod providers;
mod session;
mod sessions;
mod start;
mod tokens;
mod user;
mod views;

use std::sync::Arc;

use actix_cors::Cors;
use actix_web::http::{Method, header};
use actix_web::middleware::{Condition, from_fn};
use actix_web::web;

use super::security_headers;
use super::state::HttpState;
use errors::NhostError;

/// The largest body that is read, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// Mounts the dialect at `path` (empty, or like `/v1`).
pub fn mount(config: &mut web::ServiceConfig, path: &str, http: &web::Data<HttpState>) {
    let list = Arc::clone(&http.return_urls);
    let cors = Cors::default()
        .allowed_origin_fn(move |origin, _| origin.to_str().is_ok_and(|origin| list.is_origin_allowed(origin)))
        .allowed_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_any_header()
        .expose_headers([header::RETRY_AFTER])
        .supports_credentials()
        .max_age(600);
    let method_not_allowed = || web::to(|| async { NhostError::method_not_allowed() });
    let resource = |path: &str| web::resource(path).default_service(method_not_allowed());
    let scope = web::scope(path)
        .app_data(http.clone())
        .app_data(web::PayloadConfig::new(MAX_BODY))
        .wrap(Condition::new(http.conceals_errors, from_fn(conceal::conceal)))
        .wrap(cors)
        .wrap(security_headers::security_headers(http.is_https))
        .service(resource("/signin/provider/{provider}").route(web::get().to(start::sign_in)))
        .service(resource("/signup/provider/{provider}").route(web::get().to(start::sign_up)))
        .service(
            resource("/signin/provider/{provider}/callback")
                .route(web::get().to(callback::from_redirect))
                .route(web::post().to(callback::from_form_post)),
        )
        .service(resource("/signin/provider/{provider}/callback/tokens").route(web::get().to(tokens::take)))
        .service(resource("/signin/idtoken").route(web::post().to(id_token::sign_in)))
        .service(resource("/signup/idtoken").route(web::post().to(id_token::sign_up)))
        .service(resource("/link/idtoken").route(web::post().to(id_token::link)))
        .service(resource("/link/provider/{provider}").route(web::post().to(link::begin)))
        .service(resource("/link/confirm").route(web::get().to(link::page)).route(web::post().to(link::answer)))
        .service(resource("/link/confirm.css").route(web::get().to(link::style)))
        .service(resource("/providers").route(web::get().to(providers::list)))
        .service(resource("/token/provider/{provider}").route(web::post().to(providers::refresh)))
        .service(resource("/token").route(web::post().to(session::refresh)))
        .service(resource("/token/exchange").route(web::post().to(session::exchange)))
        .service(resource("/token/verify").route(web::post().to(session::verify)))
        .service(resource("/signout").route(web::post().to(session::sign_out)))
        .service(resource("/user").route(web::get().to(user::user)))
        .service(resource("/user/providers").route(web::get().to(identities::list)))
        .service(resource("/user/providers/{provider}").route(web::delete().to(identities::unlink)))
        .service(resource("/user/sessions").route(web::get().to(sessions::list)))
        .service(resource("/user/sessions/{id}").route(web::delete().to(sessions::end)))
        .service(resource("/.well-known/jwks.json").route(web::get().to(ops::keys)))
        .service(resource("/healthz").route(web::get().to(ops::health)).route(web::head().to(ops::health)))
        .service(resource("/version").route(web::get().to(ops::version)))
        .default_service(web::to(|| async { NhostError::not_found() }));
    config.service(scope);
}
