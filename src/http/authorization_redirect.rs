//! Sends the browser to the provider, with its flow in a cookie.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde_json::json;

use super::cookies;
use super::state::HttpState;
use crate::flow::service::Begun;

/// A redirect to the provider, for a browser that navigates.
#[must_use]
pub fn redirect(http: &HttpState, request: &HttpRequest, begun: &Begun) -> HttpResponse {
    let location = (header::LOCATION, begun.authorize_url.as_str());
    with_flow_cookie(HttpResponse::Found(), http, request, begun).insert_header(location).finish()
}

/// The provider's URL as `{"url": …}`, for an app that navigates its browser itself.
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
    let cookie = cookies::flow_cookie(http, begun);
    for removal in cookies::evict_oldest(http, request, cookies::cookie_bytes(cookie.name(), cookie.value())) {
        response.cookie(removal);
    }
    response.cookie(cookie);
    response
}
