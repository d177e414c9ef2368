//! The demo page of development mode: signs a user in and shows what an app gets.

use actix_web::dev::Service as _;
use actix_web::http::header;
use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::http::current_state::CurrentState;
use crate::http::host_guard::require_loopback_host;
use crate::http::request_scope::RequestScope;
use crate::http::security_headers;
use crate::http::state::HttpState;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Mounts the page at the root.
pub fn mount(config: &mut web::ServiceConfig, http: &HttpState, current: &CurrentState) {
    let current = current.clone();
    let asset = |kind: &'static str, text: &'static str| {
        web::get().to(move || async move {
            HttpResponse::Ok().content_type(kind).insert_header((header::CONTENT_SECURITY_POLICY, POLICY)).body(text)
        })
    };
    let page = asset("text/html; charset=utf-8", include_str!("demo/index.html"));
    let script = asset("text/javascript; charset=utf-8", include_str!("demo/demo.js"));
    let style = asset("text/css; charset=utf-8", include_str!("demo/demo.css"));
    let security_headers = || security_headers::security_headers(false);
    let index = web::resource("/").route(page);
    let index = index.wrap(from_fn(require_loopback_host)).wrap(security_headers());
    config.service(index).service(
        web::scope("/demo")
            .wrap(from_fn(require_loopback_host))
            .wrap(security_headers())
            .wrap(RequestScope::new(http, None))
            .wrap_fn(move |request, service| service.call(current.attach(request)))
            .route("/demo.js", script)
            .route("/demo.css", style)
            .route("/providers", web::get().to(providers)),
    );
}

async fn providers(http: web::Data<HttpState>) -> HttpResponse {
    let providers: Vec<_> =
        http.providers.iter().map(|provider| json!({"name": provider.name, "label": provider.label})).collect();
    HttpResponse::Ok().json(json!({"providers": providers}))
}
