//! The check against cross-site request forgery: which pages may change something with a browser's cookies.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::errors::Problem;
use crate::http::csrf;
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
    let is_allowed = csrf::is_allowed(&http_state(request)?.csrf_origins, request.headers());
    if is_allowed { Ok(AllowedOrigin) } else { Err(Problem::origin_not_allowed()) }
}
