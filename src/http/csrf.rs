//! The check against cross-site request forgery.
//!
//! Cookies of the Aufy dialect come with requests from any site, so a request that acts by cookie must come from an
//! allowed origin. Browsers name it in `Origin`, or in `Sec-Fetch-Site` where they leave that out.

use actix_web::http::header::{HeaderMap, ORIGIN};

use crate::domain::origin::CsrfOrigins;

/// Whether a request with these headers may change something by cookie.
#[must_use]
pub fn is_allowed(allowed: &CsrfOrigins, headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(ORIGIN);
    match (origins.next(), origins.next()) {
        (Some(origin), None) => origin.to_str().is_ok_and(|origin| allowed.allows(origin)),
        (Some(_), Some(_)) => false,
        (None, _) => headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin"),
    }
}
