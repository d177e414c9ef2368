//! The browser leaves for the provider, its flow in a cookie.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde_json::json;

use super::cookies;
use super::state::HttpState;
use crate::flow::service::Begun;

/// The way there is a redirect.
#[must_use]
pub fn redirect(http: &HttpState, request: &HttpRequest, begun: &Begun) -> HttpResponse {
    let location = (header::LOCATION, begun.authorize_url.as_str());
    with_flow_cookie(HttpResponse::Found(), http, request, begun).insert_header(location).finish()
}

/// The app is told the way, as `{"url": …}`, and sends the browser there itself.
#[must_use]
pub fn json_url(http: &HttpState, request: &HttpRequest, begun: &Begun) -> HttpResponse {
    with_flow_cookie(HttpResponse::Ok(), http, request, begun).json(json!({"url": begun.authorize_url.as_str()}))
}

fn with_flow_cookie(
    mut response: HttpResponseBuilder,
    http: &HttpState,
    request: &HttpRequest,
    begun: &Begun,
) -> HttpResponseBuilder {
    for old in cookies::evict_oldest(http, request) {
        response.cookie(old);
    }
    response.cookie(cookies::flow_cookie(http, begun));
    response
}
