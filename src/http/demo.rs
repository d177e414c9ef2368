//! The demo page of development mode: a person signs in and sees what an app would get.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use serde_json::json;

use super::front::Front;
use super::headers;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Mounts the page at the root.
pub fn mount(config: &mut web::ServiceConfig, front: &web::Data<Front>) {
    let asset = |kind: &'static str, text: &'static str| {
        web::get().to(move || async move {
            HttpResponse::Ok().content_type(kind).insert_header((header::CONTENT_SECURITY_POLICY, POLICY)).body(text)
        })
    };
    let page = asset("text/html; charset=utf-8", include_str!("demo/index.html"));
    let script = asset("text/javascript; charset=utf-8", include_str!("demo/demo.js"));
    let style = asset("text/css; charset=utf-8", include_str!("demo/demo.css"));
    let careful = || headers::careful(false);
    config.service(web::resource("/").wrap(careful()).route(page)).service(
        web::scope("/demo")
            .app_data(front.clone())
            .wrap(careful())
            .route("/demo.js", script)
            .route("/demo.css", style)
            .route("/providers", web::get().to(providers)),
    );
}

async fn providers(front: web::Data<Front>) -> HttpResponse {
    let providers: Vec<_> =
        front.providers.iter().map(|provider| json!({"name": provider.name, "label": provider.label})).collect();
    HttpResponse::Ok().json(json!({"providers": providers}))
}
