//! `GET /.well-known/jwks.json`, `/healthz` and `/version`.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use serde_json::json;

use super::errors::NhostError;
use crate::http::state::HttpState;

/// The keys that access tokens are verified with (RFC 7517).
pub(super) async fn keys(http: web::Data<HttpState>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=600"))
        .json(http.access_tokens.keys().public_jwks())
}

/// Whether we are fit to answer.
pub(super) async fn health(http: web::Data<HttpState>) -> Result<HttpResponse, NhostError> {
    if http.health.is_ready() { Ok(HttpResponse::Ok().json("OK")) } else { Err(NhostError::unavailable()) }
}

/// Which version this is.
pub(super) async fn version() -> HttpResponse {
    HttpResponse::Ok().json(json!({"version": env!("CARGO_PKG_VERSION")}))
}
