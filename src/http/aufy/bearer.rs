//! Who asks: the access token in the cookie or in the `Authorization` header (RFC 6750 section 2.1), whichever is
//! good. `GET {auth}/whoami` and `GET {account}/info`.

use actix_web::http::header::AUTHORIZATION;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::dialect::Dialect;
use super::errors::Problem;
use super::{cookies, names};
use crate::domain::secret::Secret;
use crate::http::state::HttpState;
use crate::session::access_token::Principal;
use crate::session::aufy_access_token::TokenError;
use crate::user::messages::{Find, FreshSession, Identities, LiveSession, RequireFresh, RequireLive, UserError};
use crate::user::policy::PolicyError;

/// The token in the header, if there is one.
pub(super) fn bearer_token(request: &HttpRequest) -> Option<Secret> {
    let (scheme, token) = request.headers().get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Secret::new(token.trim()))
}

/// Whose token it is; nobody is looked up.
///
/// # Errors
/// [`Problem::unauthorized`]
pub(super) fn principal(http: &HttpState, dialect: &Dialect, request: &HttpRequest) -> Result<Principal, Problem> {
    let now = http.clock.now();
    let read_cookie = [cookies::read_cookie(request, cookies::ACCESS), bearer_token(request)];
    let mut is_expired = false;
    for token in read_cookie.iter().flatten() {
        match dialect.tokens.verify(token.expose(), now) {
            Ok(principal) => return Ok(principal),
            Err(TokenError::Expired) => is_expired = true,
            Err(TokenError::NotValid) => {}
        }
    }
    // A browser throws a cookie away when its time is over; then the other one tells that there was one.
    let has_refresh_cookie =
        read_cookie.iter().all(Option::is_none) && cookies::read_cookie(request, cookies::REFRESH).is_some();
    Err(Problem::unauthorized(is_expired || has_refresh_cookie))
}

/// A session that began a short while ago, to change how its user signs in.
///
/// # Errors
/// [`Problem`]: 401 without a live session, 403 if it is not fresh.
pub(super) async fn fresh_session(
    http: &HttpState,
    dialect: &Dialect,
    request: &HttpRequest,
) -> Result<FreshSession, Problem> {
    let principal = principal(http, dialect, request)?;
    match http.users.send(RequireFresh(principal)).await? {
        Err(UserError::Policy(PolicyError::Unknown)) => Err(Problem::unauthorized(false)),
        session => Ok(session?),
    }
}

/// `GET {auth}/whoami`
pub(super) async fn whoami(
    request: HttpRequest,
    http: web::Data<HttpState>,
    dialect: web::Data<Dialect>,
) -> Result<HttpResponse, Problem> {
    let session = match http.users.send(RequireLive(principal(&http, &dialect, &request)?)).await? {
        Err(UserError::Policy(PolicyError::Unknown)) => return Err(Problem::unauthorized(false)),
        session => session?,
    };
    let user = http.users.send(Find { session }).await??;
    let known = json!({"username": user.display_name, "email": user.email, "roles": user.roles});
    Ok(HttpResponse::Ok().json(known))
}

/// `GET {account}/info`
pub(super) async fn info(
    request: HttpRequest,
    http: web::Data<HttpState>,
    dialect: web::Data<Dialect>,
) -> Result<HttpResponse, Problem> {
    let session = http.users.send(RequireLive(principal(&http, &dialect, &request)?)).await??;
    Ok(HttpResponse::Ok().json(account(&http, session).await?))
}

/// An account with the providers that lead to it.
pub(super) async fn account(http: &HttpState, session: LiveSession) -> Result<Value, Problem> {
    let user = http.users.send(Find { session }).await??;
    let identities = http.users.send(Identities { session }).await??;
    let logins = identities.iter().map(|identity| names::display_name_of(http, &identity.provider));
    let logins: Vec<&str> = logins.collect();
    Ok(json!({
        "email": user.email,
        "username": user.display_name,
        "roles": user.roles,
        "logins": logins,
        "hasPassword": false,
    }))
}
