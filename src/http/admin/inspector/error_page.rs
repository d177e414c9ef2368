//! Errors as pages, and the way to the form for a token.

use actix_web::HttpMessage;
use actix_web::HttpResponse;
use actix_web::ResponseError;
use actix_web::body::BoxBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::{StatusCode, header};
use maud::html;

use super::destination::Destination;
use super::document::{Document, Section};
use super::viewer::Viewer;
use crate::http::admin::errors::Problem;
use crate::http::state::HttpState;

/// The response, as a page if it is an error.
pub(super) fn as_page(http: &HttpState, response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let problem = response.response().error().and_then(|error| error.as_error::<Problem>()).cloned();
    let Some(problem) = problem else { return response };
    let (request, failed) = response.into_parts();
    let is_stream = request.path().ends_with("/live");
    let page = match problem.status_code() {
        // A script reads the status of the stream.
        _ if is_stream => failed,
        StatusCode::UNAUTHORIZED => to_sign_in(http, request.path()),
        status => {
            let viewer = request.extensions().get::<Viewer>().cloned();
            let mut page = page(http, viewer.as_ref(), status, &problem.to_string());
            if let Some(seconds) = failed.headers().get(header::RETRY_AFTER) {
                page.headers_mut().insert(header::RETRY_AFTER, seconds.clone());
            }
            page
        }
    };
    ServiceResponse::new(request, page)
}

fn to_sign_in(http: &HttpState, path: &str) -> HttpResponse {
    let mut target = http.inspector.path.to_string();
    if let Some(destination) = Destination::of_path(path) {
        let next =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("next", &destination.to_string()).finish();
        target = format!("{target}?{next}");
    }
    HttpResponse::SeeOther().insert_header((header::LOCATION, target)).finish()
}

/// A page that says what went wrong.
fn page(http: &HttpState, viewer: Option<&Viewer>, status: StatusCode, detail: &str) -> HttpResponse {
    let heading = status.canonical_reason().unwrap_or("Error");
    let main = html! {
        div.narrow {
            h1 { (heading) }
            p.lead { (detail) }
            p { a href=(http.inspector.path) { "To the sign-ins" } }
        }
    };
    Document { title: heading, section: Section::None, viewer, script: false, main }.respond(http, status)
}
