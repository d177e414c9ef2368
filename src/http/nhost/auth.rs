//! Extractors for routes that need an access token. A token is only a signed claim; `UserRepo` turns it into the proof
//! that a route needs.

use std::future::{Future, Ready, ready};
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::errors::NhostError;
use crate::http::extract::bearer::bearer_token;
use crate::http::extract::rejection::http_state;
use crate::session::access_token::Principal;
use crate::user::messages::{FreshSession, LiveSession, RequireFresh, RequireLive, RequireUser, User};

/// The user and session that a valid access token names; whether the session has ended is not checked.
pub(super) struct Bearer(pub(super) Principal);

/// The session of the access token, which has not ended.
pub(super) struct Live(pub(super) LiveSession);

/// The user of the access token's session, which has not ended.
pub(super) struct LiveUser(pub(super) User);

/// The session of the access token, which began a short while ago. Needed to change how a user signs in.
pub(super) struct Fresh(pub(super) FreshSession);

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, NhostError>>>>;

fn principal(request: &HttpRequest) -> Result<Principal, NhostError> {
    let http = http_state(request)?;
    let token = bearer_token(request).ok_or_else(NhostError::unauthorized)?;
    http.access_tokens.verify(token.expose(), http.clock.now()).map_err(|_| NhostError::unauthorized())
}

impl FromRequest for Bearer {
    type Error = NhostError;
    type Future = Ready<Result<Self, NhostError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(principal(request).map(Self))
    }
}

impl FromRequest for Live {
    type Error = NhostError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Ok(Self(http_state(&request)?.users.send(RequireLive(principal(&request)?)).await??)) })
    }
}

impl FromRequest for LiveUser {
    type Error = NhostError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let (_, user) = http_state(&request)?.users.send(RequireUser(principal(&request)?)).await??;
            Ok(Self(user))
        })
    }
}

impl FromRequest for Fresh {
    type Error = NhostError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Ok(Self(http_state(&request)?.users.send(RequireFresh(principal(&request)?)).await??)) })
    }
}
