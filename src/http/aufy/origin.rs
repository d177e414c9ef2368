//! From which pages a browser may change something with its cookies.
//!
//! Cookies of this dialect come along from any site, so a request that changes something by them has to say that a
//! page of ours made it. Browsers say it in `Origin`, or in `Sec-Fetch-Site` where they leave that out.

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, ORIGIN};

use super::dialect::Dialect;
use super::errors::Problem;
use crate::http::state::HttpState;

/// # Errors
/// [`Problem::origin_not_allowed`]
pub(super) fn require_allowed_origin(
    http: &HttpState,
    dialect: &Dialect,
    request: &HttpRequest,
) -> Result<(), Problem> {
    if is_origin_allowed(http, dialect, request.headers()) { Ok(()) } else { Err(Problem::origin_not_allowed()) }
}

/// Whether a page of ours asks.
pub(super) fn is_origin_allowed(http: &HttpState, dialect: &Dialect, headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(ORIGIN);
    match (origins.next(), origins.next()) {
        (Some(origin), None) => origin.to_str().is_ok_and(|origin| is_allowed(http, dialect, origin)),
        (Some(_), Some(_)) => false,
        (None, _) => headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin" || site == "same-site"),
    }
}

/// Whether the origin is our own, or one to whose pages browsers may return.
pub(super) fn is_allowed(http: &HttpState, dialect: &Dialect, origin: &str) -> bool {
    origin == dialect.origin() || http.return_urls.is_origin_allowed(origin)
}
