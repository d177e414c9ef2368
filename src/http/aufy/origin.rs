//! The check against cross-site request forgery: which pages may change something with a browser's cookies.
//!
//! Cookies of this dialect come with requests from any site, so a request that acts by cookie must come from an allowed
//! origin. Browsers name it in `Origin`, or in `Sec-Fetch-Site` where they leave that out.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, ORIGIN};
use actix_web::{FromRequest, HttpRequest};

use super::errors::Problem;
use crate::domain::origin::CsrfOrigins;
use crate::http::extract::rejection::http_state;

/// Proof that a request comes from a page of an allowed origin.
pub(super) struct AllowedOrigin;

impl FromRequest for AllowedOrigin {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(check(request))
    }
}

/// # Errors
/// [`Problem::origin_not_allowed`]
pub(super) fn check(request: &HttpRequest) -> Result<AllowedOrigin, Problem> {
    let is_allowed = is_allowed(&http_state(request)?.csrf_origins, request.headers());
    if is_allowed { Ok(AllowedOrigin) } else { Err(Problem::origin_not_allowed()) }
}

fn is_allowed(allowed: &CsrfOrigins, headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(ORIGIN);
    match (origins.next(), origins.next()) {
        (Some(origin), None) => origin.to_str().is_ok_and(|origin| allowed.allows(origin)),
        (Some(_), Some(_)) => false,
        (None, _) => headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin"),
    }
}
