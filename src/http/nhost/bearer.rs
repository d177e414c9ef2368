//! Who asks: the access token in the `Authorization` header (RFC 6750 section 2.1), and the person behind it.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use super::errors::NhostError;
use crate::http::front::Front;
use crate::session::access::Speaker;
use crate::user::messages::{Find, Person};

/// The token in the header, if there is one.
pub(super) fn token(request: &HttpRequest) -> Option<&str> {
    let (scheme, token) = request.headers().get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Who speaks; nobody is looked up.
pub(super) fn speaker(front: &Front, request: &HttpRequest) -> Result<Speaker, NhostError> {
    let token = token(request).ok_or_else(NhostError::unauthorized)?;
    front.access_tokens.verify(token, front.clock.now()).map_err(|_| NhostError::unauthorized())
}

/// The person, who is still there and may go on.
pub(super) async fn person(front: &Front, request: &HttpRequest) -> Result<Person, NhostError> {
    found(front, speaker(front, request)?).await
}

/// The person behind somebody who speaks already.
pub(super) async fn found(front: &Front, speaker: Speaker) -> Result<Person, NhostError> {
    Ok(front.users.ask(Find { user_id: speaker.user_id }).await??)
}
