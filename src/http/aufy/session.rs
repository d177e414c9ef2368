//! Sessions: `POST {auth}/signin/refresh`, `{auth}/token/refresh` and `{auth}/signout`.
//!
//! A refresh token is looked for in its cookie and in the `Authorization` header, and goes back the way it came: one
//! that came in a cookie is never shown to scripts.

use actix_web::{HttpRequest, HttpResponse, ResponseError, web};
use serde_json::json;
use uuid::Uuid;

use super::dialect::Dialect;
use super::errors::Problem;
use super::{bearer, cookies, origin, query};
use crate::domain::secret::Secret;
use crate::http::extract::client_ip;
use crate::http::state::HttpState;
use crate::session::aufy_access_token::AufyTokenClaims;
use crate::user::messages::{IssuedSession, Refresh, SignOut, SignOutScope, UserError};

/// How a refresh token travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenDelivery {
    /// In a cookie, out of reach of scripts.
    Cookie,
    /// In the header, and back in the body.
    Body,
}

/// The answer with tokens.
pub(super) fn token_response(
    http: &HttpState,
    dialect: &Dialect,
    issued: &IssuedSession,
    wants_cookie: bool,
    delivery: TokenDelivery,
) -> Result<HttpResponse, Problem> {
    let user = &issued.user;
    let holder = AufyTokenClaims {
        user_id: user.id,
        session_id: issued.session_id,
        name: &user.display_name,
        email: user.email.as_deref(),
        roles: &user.roles,
    };
    let access_token = dialect.tokens.issue(holder, http.clock.now()).map_err(|error| {
        log::error!("no access token could be issued: {error}");
        Problem::internal()
    })?;
    let mut response = HttpResponse::Ok();
    if delivery == TokenDelivery::Cookie {
        response.cookie(cookies::refresh(http, dialect, &issued.refresh_token));
    }
    if wants_cookie {
        response.cookie(cookies::access(http, dialect, &access_token));
    }
    Ok(response.json(json!({
        "token_type": "Bearer",
        "access_token": (!wants_cookie).then(|| access_token.expose()),
        "expires_in": dialect.tokens.ttl().as_secs(),
        "refresh_token": (delivery == TokenDelivery::Body).then(|| issued.refresh_token.expose()),
    })))
}

/// `POST {auth}/signin/refresh`: a new session answer, always with a cookie.
pub(super) async fn sign_in_refresh(
    request: HttpRequest,
    http: web::Data<HttpState>,
    dialect: web::Data<Dialect>,
) -> Result<HttpResponse, Problem> {
    let wants_cookie = query::wants_cookie(request.query_string())?;
    let (issued, _) = rotate(&http, &dialect, &request).await?;
    token_response(&http, &dialect, &issued, wants_cookie, TokenDelivery::Cookie)
}

/// `POST {auth}/token/refresh`
pub(super) async fn token_refresh(
    request: HttpRequest,
    http: web::Data<HttpState>,
    dialect: web::Data<Dialect>,
) -> Result<HttpResponse, Problem> {
    let (issued, delivery) = rotate(&http, &dialect, &request).await?;
    token_response(&http, &dialect, &issued, false, delivery)
}

/// The refresh tokens of a request. One in a cookie counts only if a page of ours sent it.
///
/// # Errors
/// [`Problem::origin_not_allowed`] if there is nothing but a cookie that does not count.
fn refresh_tokens(
    http: &HttpState,
    dialect: &Dialect,
    request: &HttpRequest,
) -> Result<Vec<(Secret, TokenDelivery)>, Problem> {
    let is_token = |token: &Secret| Uuid::try_parse(token.expose()).is_ok();
    let bearer_token = bearer::bearer_token(request).filter(is_token).map(|token| (token, TokenDelivery::Body));
    let in_cookie = cookies::read_cookie(request, cookies::REFRESH).map(|token| (token, TokenDelivery::Cookie));
    let in_cookie = match in_cookie {
        Some(_) if !origin::is_origin_allowed(http, dialect, request.headers()) => {
            if bearer_token.is_none() {
                return Err(Problem::origin_not_allowed());
            }
            None
        }
        in_cookie => in_cookie,
    };
    Ok(in_cookie.into_iter().chain(bearer_token).collect())
}

async fn rotate(
    http: &HttpState,
    dialect: &Dialect,
    request: &HttpRequest,
) -> Result<(IssuedSession, TokenDelivery), Problem> {
    for (token, delivery) in refresh_tokens(http, dialect, request)? {
        match http.users.send(Refresh { token, origin: client_ip::request_origin(http, request) }).await? {
            Ok(issued) => return Ok((issued, delivery)),
            Err(UserError::RefreshTokenNotValid | UserError::Policy(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::no_refresh_token())
}

/// `POST {auth}/signout`: ends the session of the refresh token; of an access token alone, the one that it belongs
/// to. Whoever has an expired access token can still leave.
pub(super) async fn sign_out(
    request: HttpRequest,
    http: web::Data<HttpState>,
    dialect: web::Data<Dialect>,
) -> Result<HttpResponse, Problem> {
    let refresh_tokens = refresh_tokens(&http, &dialect, &request)?;
    let ended = if refresh_tokens.is_empty() {
        if cookies::read_cookie(&request, cookies::ACCESS).is_some() {
            origin::require_allowed_origin(&http, &dialect, &request)?;
        }
        match bearer::principal(&http, &dialect, &request) {
            Ok(principal) => vec![SignOutScope::Own(principal)],
            Err(problem) => {
                let mut response = problem.error_response();
                cookies::clear_tokens(&http, &dialect, &mut response);
                return Ok(response);
            }
        }
    } else {
        refresh_tokens.into_iter().map(|(token, _)| SignOutScope::RefreshToken(token)).collect()
    };
    for scope in ended {
        http.users.send(SignOut { scope, origin: client_ip::request_origin(&http, &request) }).await??;
    }
    let mut response = HttpResponse::Ok().finish();
    cookies::clear_tokens(&http, &dialect, &mut response);
    Ok(response)
}
