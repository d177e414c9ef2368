//! The token of an `Authorization: Bearer` header (RFC 6750 section 2.1).

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use crate::domain::secret::Secret;

/// The token, if the header has one. The scheme is case-insensitive.
#[must_use]
pub fn bearer_token(request: &HttpRequest) -> Option<Secret> {
    // Not `to_str`, which looks at each byte: what a token may hold, its verifier decides.
    let (scheme, token) = str::from_utf8(request.headers().get(AUTHORIZATION)?.as_bytes()).ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Secret::new(token.trim()))
}
