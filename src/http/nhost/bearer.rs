//! Who asks: the access token in the `Authorization` header (RFC 6750 section 2.1), and the person behind it.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use super::errors::NhostError;
use crate::http::state::HttpState;
use crate::session::access_token::Principal;
use crate::user::messages::{Find, User};

/// The token in the header, if there is one.
pub(super) fn token(request: &HttpRequest) -> Option<&str> {
    let (scheme, token) = request.headers().get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Who speaks; nobody is looked up.
pub(super) fn principal(http: &HttpState, request: &HttpRequest) -> Result<Principal, NhostError> {
    let token = token(request).ok_or_else(NhostError::unauthorized)?;
    http.access_tokens.verify(token, http.clock.now()).map_err(|_| NhostError::unauthorized())
}

/// The person, who is still there and may go on.
pub(super) async fn user(http: &HttpState, request: &HttpRequest) -> Result<User, NhostError> {
    find_user(http, principal(http, request)?).await
}

/// The person behind somebody who speaks already.
pub(super) async fn find_user(http: &HttpState, principal: Principal) -> Result<User, NhostError> {
    Ok(http.users.send(Find { user_id: principal.user_id }).await??)
}
