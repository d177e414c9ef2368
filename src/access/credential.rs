//! The access token of a request to a handler of the embedding app.
//!
//! `Authorization` (RFC 6750 section 2.1) comes first, because only a page that knows the token can send it. Next is the
//! cookie of the Aufy dialect, which browsers send by themselves: a request that may change something then has to come
//! from an allowed origin.

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::UPGRADE;

use super::error::AccessError;
use super::signed_in::SignedIn;
use crate::app::Vouchsafe;
use crate::domain::log;
#[cfg(feature = "aufy")]
use crate::http::aufy::{ACCESS_COOKIE, REFRESH_COOKIE};
#[cfg(feature = "aufy")]
use crate::http::cookies::read_cookie;
#[cfg(feature = "aufy")]
use crate::http::csrf;
use crate::http::extract::bearer::bearer_token;

/// The instance that the request's scope names.
pub(super) fn instance(request: &HttpRequest) -> Result<&Vouchsafe, AccessError> {
    request.app_data().ok_or_else(|| {
        let route = request.match_pattern();
        log::error!(
            route;
            "a handler asks who is signed in, and no Vouchsafe is in its app_data: \
             add `.app_data(vouchsafe.clone())`, not in a `web::Data`, to the app or to its scope"
        );
        AccessError::NoInstance
    })
}

/// Verifies the access token of a request.
pub(super) fn authenticate(request: &HttpRequest) -> Result<SignedIn, AccessError> {
    let vouchsafe = instance(request)?;
    let by_header = match bearer_token(request) {
        Some(token) => vouchsafe.verify(token.expose()),
        None => Err(AccessError::NoToken),
    };
    match by_header {
        #[cfg(feature = "aufy")]
        Err(error) if vouchsafe.settings().aufy.enabled => by_cookie(vouchsafe, request, error),
        answer => answer,
    }
}

/// Verifies the access token in the cookie; `error` is that of the header.
#[cfg(feature = "aufy")]
fn by_cookie(vouchsafe: &Vouchsafe, request: &HttpRequest, error: AccessError) -> Result<SignedIn, AccessError> {
    let cookie = |name| read_cookie(request, name).filter(|value| !value.is_empty());
    let Some(token) = cookie(ACCESS_COOKIE) else {
        // Browsers drop an expired access cookie; the refresh cookie shows that there was one.
        let is_dropped = error == AccessError::NoToken && cookie(REFRESH_COOKIE).is_some();
        return Err(if is_dropped { AccessError::ExpiredToken } else { error });
    };
    match vouchsafe.verify_aufy_claims(&token).map_err(AccessError::from) {
        Ok(_) if !is_safe(request) && !is_from_allowed_origin(vouchsafe, request) => Err(AccessError::OriginNotAllowed),
        Ok(claims) => Ok(claims.into()),
        Err(_) if error == AccessError::ExpiredToken => Err(error),
        Err(error) => Err(error),
    }
}

/// Whether the request changes nothing (RFC 9110 section 9.2.1). One that opens a WebSocket is answered to any page.
#[cfg(feature = "aufy")]
fn is_safe(request: &HttpRequest) -> bool {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    is_safe && !request.headers().contains_key(UPGRADE)
}

#[cfg(feature = "aufy")]
fn is_from_allowed_origin(vouchsafe: &Vouchsafe, request: &HttpRequest) -> bool {
    csrf::is_allowed(&vouchsafe.settings().client.csrf_origins, request.headers())
}
