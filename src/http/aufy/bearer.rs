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
use crate::user::messages::{Find, Identities, User, UserError};
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

/// The user, who is still there and may go on.
///
/// # Errors
/// [`Problem`]; clients forget a user who may not go on, so that is a 401, too.
pub(super) async fn user(http: &HttpState, dialect: &Dialect, request: &HttpRequest) -> Result<User, Problem> {
    match find(http, dialect, request).await? {
        Err(UserError::Policy(PolicyError::Unknown)) => Err(Problem::unauthorized(false)),
        found => Ok(found?),
    }
}

async fn find(http: &HttpState, dialect: &Dialect, request: &HttpRequest) -> Result<Result<User, UserError>, Problem> {
    let user_id = principal(http, dialect, request)?.user_id;
    Ok(http.users.send(Find { user_id }).await?)
}

/// `GET {auth}/whoami`
pub(super) async fn whoami(
    request: HttpRequest,
    http: web::Data<HttpState>,
    dialect: web::Data<Dialect>,
) -> Result<HttpResponse, Problem> {
    let user = user(&http, &dialect, &request).await?;
    let known = json!({"username": user.display_name, "email": user.email, "roles": user.roles});
    Ok(HttpResponse::Ok().json(known))
}

/// `GET {account}/info`
pub(super) async fn info(
    request: HttpRequest,
    http: web::Data<HttpState>,
    dialect: web::Data<Dialect>,
) -> Result<HttpResponse, Problem> {
    let user = find(&http, &dialect, &request).await??;
    Ok(HttpResponse::Ok().json(account(&http, &user).await?))
}

/// An account with the providers that lead to it.
pub(super) async fn account(http: &HttpState, user: &User) -> Result<Value, Problem> {
    let identities = http.users.send(Identities { user_id: user.id }).await??;
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
