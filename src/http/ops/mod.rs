//! Routes for operators and for services that verify our tokens: keys, health, version, and the description of all routes.

pub mod openapi;
#[cfg(not(feature = "nhost"))]
mod standalone;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::extract::Rejection;
use super::rate_limit::RouteFamily::Other;
use super::routing::{Selection, limited, operations};
use super::state::HttpState;
use crate::actor::health::Health;
use crate::metrics::CONTENT_TYPE;
#[cfg(not(feature = "nhost"))]
pub use standalone::mount;

/// Registers the routes in the scope of a dialect at `base`.
pub fn configure(config: &mut web::ServiceConfig, base: &str, routes: Selection<'_>) {
    config
        .service(routes.pick(base, "/.well-known/jwks.json", |path| operations(path).route(web::get().to(keys))))
        .service(
            routes.pick(base, "/healthz", |path| {
                operations(path).route(web::get().to(health)).route(web::head().to(health))
            }),
        )
        .service(
            routes.pick(base, "/livez", |path| operations(path).route(web::get().to(live)).route(web::head().to(live))),
        )
        .service(
            routes.pick(base, "/readyz", |path| {
                operations(path).route(web::get().to(ready)).route(web::head().to(ready))
            }),
        )
        .service(routes.pick(base, "/version", |path| operations(path).route(web::get().to(version))))
        .service(
            routes.pick(base, "/openapi.json", |path| limited(path, Other).route(web::get().to(openapi::document))),
        );
    #[cfg(feature = "pages")]
    config.service(routes.pick(base, "/openapi", |path| limited(path, Other).route(web::get().to(openapi::page))));
}

/// Registers the routes of the listener at `metrics.bind`. `metrics` writes all metrics.
pub fn configure_metrics(
    config: &mut web::ServiceConfig,
    health: Health,
    metrics: impl Fn() -> String + Clone + 'static,
) {
    let scrape = move || {
        let response = HttpResponse::Ok().content_type(CONTENT_TYPE).body(metrics());
        async { response }
    };
    let readiness = move || {
        let response = readiness(&health);
        async { response }
    };
    config
        .route("/metrics", web::get().to(scrape))
        .route("/livez", web::get().to(live))
        .route("/readyz", web::get().to(readiness));
}

/// `GET /.well-known/jwks.json`: the keys that verify access tokens (RFC 7517).
async fn keys(http: web::Data<HttpState>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=600"))
        .json(http.access_tokens.keys().public_jwks())
}

/// `GET /healthz`: whether this node is ready.
async fn health(request: HttpRequest, http: web::Data<HttpState>) -> Result<HttpResponse, actix_web::Error> {
    if http.health.is_ready() {
        Ok(HttpResponse::Ok().json("OK"))
    } else {
        Err(Rejection::Unavailable.into_error(&request))
    }
}

/// `GET /livez`: the process answers. It looks at nothing: what a restart cannot mend must not cause one.
async fn live() -> HttpResponse {
    HttpResponse::Ok().json("OK")
}

/// `GET /readyz`: whether this node is ready, and what is not. Providers do not count: one that is down concerns its own
/// users, and every node alike.
async fn ready(http: web::Data<HttpState>) -> HttpResponse {
    readiness(&http.health)
}

fn readiness(health: &Health) -> HttpResponse {
    let failing = health.failing();
    if failing.is_empty() {
        HttpResponse::Ok().json(json!({"ready": true}))
    } else {
        let retry_after = (header::RETRY_AFTER, "1");
        HttpResponse::ServiceUnavailable().insert_header(retry_after).json(json!({"ready": false, "failing": failing}))
    }
}

/// `GET /version`: which version this is.
async fn version() -> HttpResponse {
    HttpResponse::Ok().json(json!({"version": env!("CARGO_PKG_VERSION")}))
}
