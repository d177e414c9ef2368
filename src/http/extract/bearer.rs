//! The token of an `Authorization: Bearer` header (RFC 6750 section 2.1).

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use crate::domain::secret::Secret;

/// The token, if the header has one. The scheme is case-insensitive.
#[must_use]
pub fn bearer_token(request: &HttpRequest) -> Option<Secret> {
    let (scheme, token) = request.headers().get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Secret::new(token.trim()))
}
