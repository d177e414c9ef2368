//! The browser leaves for the provider, its flow in a cookie.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde_json::json;

use super::cookies;
use super::front::Front;
use crate::flow::directory::Begun;

/// The way there is a redirect.
#[must_use]
pub fn redirected(front: &Front, request: &HttpRequest, begun: &Begun) -> HttpResponse {
    let location = (header::LOCATION, begun.authorize_url.as_str());
    with_flow(HttpResponse::Found(), front, request, begun).insert_header(location).finish()
}

/// The app is told the way, as `{"url": …}`, and sends the browser there itself.
#[must_use]
pub fn told(front: &Front, request: &HttpRequest, begun: &Begun) -> HttpResponse {
    with_flow(HttpResponse::Ok(), front, request, begun).json(json!({"url": begun.authorize_url.as_str()}))
}

fn with_flow(
    mut response: HttpResponseBuilder,
    front: &Front,
    request: &HttpRequest,
    begun: &Begun,
) -> HttpResponseBuilder {
    for old in cookies::make_room(front, request) {
        response.cookie(old);
    }
    response.cookie(cookies::of_flow(front, begun));
    response
}
