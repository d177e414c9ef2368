//! The demo page of development mode: signs a user in and shows what an app gets.

mod failure;
mod flow;
mod page;

use std::sync::Arc;

use actix_web::dev::Service as _;
use actix_web::http::header;
use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, web};

pub use self::failure::Failures;
use crate::http::current_state::CurrentState;
use crate::http::host_guard::require_loopback_host;
use crate::http::request_scope::RequestScope;
use crate::http::routing::resource;
use crate::http::security_headers;
use crate::http::state::HttpState;

/// Pictures are those of the simulated people, which are served by this origin.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The files of the page, below `/demo`.
const FILES: [(&str, &str, &str); 6] = [
    ("/demo.css", "text/css; charset=utf-8", include_str!("demo/demo.css")),
    ("/demo.js", SCRIPT, include_str!("demo/demo.js")),
    ("/base.js", SCRIPT, include_str!("demo/base.js")),
    ("/sign_in.js", SCRIPT, include_str!("demo/sign_in.js")),
    ("/account.js", SCRIPT, include_str!("demo/account.js")),
    ("/failures.js", SCRIPT, include_str!("demo/failures.js")),
];

/// Mounts the page at the root, and what it needs below `/demo`.
pub fn mount(
    config: &mut web::ServiceConfig,
    http: &HttpState,
    current: &CurrentState,
    failures: Option<Arc<dyn Failures>>,
) {
    let (for_page, current) = (current.clone(), current.clone());
    let index = resource("/")
        .route(web::get().to(page::index))
        .wrap(from_fn(require_loopback_host))
        .wrap(security_headers::security_headers(false))
        .wrap(RequestScope::new(http, None))
        .wrap_fn(move |request, service| service.call(for_page.attach(request)));
    let mut scope = web::scope("/demo").service(resource("/flow").route(web::get().to(flow::find)));
    for (path, kind, text) in FILES {
        scope = scope.route(path, web::get().to(move || async move { document(kind, text.to_owned()) }));
    }
    if let Some(failures) = failures {
        let routes = resource("/failures/{provider}")
            .route(web::put().to(failure::arm))
            .route(web::delete().to(failure::disarm));
        scope = scope.app_data(web::Data::from(failures)).service(routes);
    }
    config.service(index).service(
        scope
            .wrap(from_fn(require_loopback_host))
            .wrap(security_headers::security_headers(false))
            .wrap(RequestScope::new(http, None))
            .wrap_fn(move |request, service| service.call(current.attach(request))),
    );
}

/// A document of the page, with its policy.
fn document(kind: &'static str, text: String) -> HttpResponse {
    HttpResponse::Ok().content_type(kind).insert_header((header::CONTENT_SECURITY_POLICY, POLICY)).body(text)
}
