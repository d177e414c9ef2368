//! The Nhost dialect: its routes and errors. Specification: the pages of its sign-in and its provider tokens.

mod auth;
mod callback;
mod codes;
mod error_concealment;
mod errors;
mod id_token;
mod identities;
mod link;
mod provider_path;
mod providers;
mod responses;
mod session;
mod sessions;
mod sign_up_params;
mod start;
mod tokens;
mod user;

use std::sync::Arc;

use actix_cors::Cors;
use actix_web::http::{Method, header};
use actix_web::middleware::{Condition, from_fn};
use actix_web::web;

use super::body_timeout::BodyTimeout;
use super::extract::RejectionHandler;
use super::ops;
use super::routing::{MAX_BODY, not_found, resource};
use super::security_headers::security_headers;
use super::state::HttpState;
use errors::NhostError;

/// Mounts the routes at `path` (empty, or like `/v1`).
pub fn mount(config: &mut web::ServiceConfig, path: &str, http: &web::Data<HttpState>) {
    let return_urls = Arc::clone(&http.return_urls);
    let cors = Cors::default()
        .allowed_origin_fn(move |origin, _| origin.to_str().is_ok_and(|origin| return_urls.is_origin_allowed(origin)))
        .allowed_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_any_header()
        .expose_headers([header::RETRY_AFTER])
        .supports_credentials()
        .max_age(600);
    let scope = web::scope(path)
        .app_data(http.clone())
        .app_data(web::PayloadConfig::new(MAX_BODY))
        .app_data(RejectionHandler(|rejection| NhostError::from(rejection).into()))
        .wrap(Condition::new(http.conceals_errors, from_fn(error_concealment::conceal)))
        .wrap(cors)
        .wrap(security_headers(http.is_https))
        .wrap(BodyTimeout(http.body_timeout))
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
        .configure(ops::configure)
        .default_service(not_found());
    config.service(scope);
}
