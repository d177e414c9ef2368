//! Who asks: the access token in the `Authorization` header (RFC 6750 section 2.1), and the person behind it.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use super::errors::NhostError;
use crate::http::state::HttpState;
use crate::session::access_token::Principal;
use crate::user::messages::{Find, FreshSession, LiveSession, RequireFresh, RequireLive, User};

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

/// The session of the access token; 401 if it has ended.
pub(super) async fn live_session(http: &HttpState, request: &HttpRequest) -> Result<LiveSession, NhostError> {
    Ok(http.users.send(RequireLive(principal(http, request)?)).await??)
}

/// The same, of a session that began a short while ago; else 403.
pub(super) async fn fresh_session(http: &HttpState, request: &HttpRequest) -> Result<FreshSession, NhostError> {
    Ok(http.users.send(RequireFresh(principal(http, request)?)).await??)
}

/// The user of the access token.
pub(super) async fn user(http: &HttpState, request: &HttpRequest) -> Result<User, NhostError> {
    let session = live_session(http, request).await?;
    Ok(http.users.send(Find { session }).await??)
}
