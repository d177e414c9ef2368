//! From which pages a browser may change something with its cookies.
//!
//! Cookies of this dialect come along from any site, so a request that changes something by them has to say that a
//! page of ours made it. Browsers say it in `Origin`, or in `Sec-Fetch-Site` where they leave that out.

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, ORIGIN};

use super::dialect::Dialect;
use super::errors::Problem;
use crate::http::front::Front;

/// # Errors
/// [`Problem::foreign_page`]
pub(super) fn demand_own_page(front: &Front, dialect: &Dialect, request: &HttpRequest) -> Result<(), Problem> {
    if is_own_page(front, dialect, request.headers()) { Ok(()) } else { Err(Problem::foreign_page()) }
}

/// Whether a page of ours asks.
pub(super) fn is_own_page(front: &Front, dialect: &Dialect, headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(ORIGIN);
    match (origins.next(), origins.next()) {
        (Some(origin), None) => origin.to_str().is_ok_and(|origin| is_listed(front, dialect, origin)),
        (Some(_), Some(_)) => false,
        (None, _) => headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin" || site == "same-site"),
    }
}

/// Whether the origin is our own, or one to whose pages browsers may return.
pub(super) fn is_listed(front: &Front, dialect: &Dialect, origin: &str) -> bool {
    origin == dialect.origin() || front.return_urls.is_origin_allowed(origin)
}
