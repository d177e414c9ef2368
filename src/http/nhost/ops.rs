//! `GET /.well-known/jwks.json`, `/healthz` and `/version`.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use serde_json::json;

use super::errors::NhostError;
use crate::http::front::Front;

/// The keys that access tokens are verified with (RFC 7517).
pub(super) async fn keys(front: web::Data<Front>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=600"))
        .json(front.access_tokens.keys().published())
}

/// Whether we are fit to answer.
pub(super) async fn health(front: web::Data<Front>) -> Result<HttpResponse, NhostError> {
    if front.health.is_green() { Ok(HttpResponse::Ok().json("OK")) } else { Err(NhostError::unavailable()) }
}

/// Which version this is.
pub(super) async fn version() -> HttpResponse {
    HttpResponse::Ok().json(json!({"version": env!("CARGO_PKG_VERSION")}))
}
