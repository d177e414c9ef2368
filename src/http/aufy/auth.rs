//! Extractors for routes that need an access token. It is read from the cookie and from the `Authorization` header
//! (RFC 6750 section 2.1); the first valid one counts.

use std::future::{Future, Ready, ready};
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};

use super::cookies;
use super::dialect::Dialect;
use super::errors::Problem;
use crate::http::extract::Rejection;
use crate::http::extract::bearer::bearer_token;
use crate::http::extract::rejection::http_state;
use crate::session::access_token::{Principal, TokenError};
use crate::user::messages::{FreshSession, RequireFresh, RequireUser, User, UserError};
use crate::user::policy::PolicyError;

/// The user and session that a valid access token names; whether the session has ended is not checked.
pub(super) struct Bearer(pub(super) Principal);

/// The user of the access token's session, which has not ended.
pub(super) struct LiveUser(pub(super) User);

/// The session of the access token, which began a short while ago. Needed to change how a user signs in.
pub(super) struct Fresh(pub(super) FreshSession);

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

/// The dialect of the request's scope.
pub(super) fn dialect(request: &HttpRequest) -> Result<&web::Data<Dialect>, Problem> {
    request.app_data().ok_or_else(|| Rejection::Internal.into())
}

fn principal(request: &HttpRequest) -> Result<Principal, Problem> {
    let (now, tokens) = (http_state(request)?.clock.now(), &dialect(request)?.tokens);
    let given = [cookies::non_empty(request, cookies::ACCESS), bearer_token(request)];
    let mut is_expired = false;
    for token in given.iter().flatten() {
        match tokens.verify(token.expose(), now) {
            Ok(principal) => return Ok(principal),
            Err(TokenError::Expired) => is_expired = true,
            Err(TokenError::NotValid) => {}
        }
    }
    // Browsers drop an expired access cookie; the refresh cookie shows that there was one.
    let is_dropped = given.iter().all(Option::is_none) && cookies::non_empty(request, cookies::REFRESH).is_some();
    Err(Problem::unauthorized(is_expired || is_dropped))
}

impl FromRequest for Bearer {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(principal(request).map(Self))
    }
}

/// Clients forget the signed-in user at a 401, which is right for a deleted one.
fn unauthorized_if_unknown<T>(result: Result<T, UserError>) -> Result<T, Problem> {
    match result {
        Err(UserError::Policy(PolicyError::Unknown)) => Err(Problem::unauthorized(false)),
        result => Ok(result?),
    }
}

impl FromRequest for LiveUser {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let found = http_state(&request)?.users.send(RequireUser(principal(&request)?)).await?;
            unauthorized_if_unknown(found).map(|(_, user)| Self(user))
        })
    }
}

impl FromRequest for Fresh {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let session = http_state(&request)?.users.send(RequireFresh(principal(&request)?)).await?;
            unauthorized_if_unknown(session).map(Self)
        })
    }
}
