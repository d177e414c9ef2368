//! Sessions: `POST {auth}/signin/refresh`, `{auth}/token/refresh` and `{auth}/signout`.
//!
//! A refresh token is returned the way it came: one that came in a cookie is never shown to scripts.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::auth::Bearer;
use super::dialect::Dialect;
use super::errors::Problem;
use super::query::UseCookie;
use super::refresh_tokens::RefreshTokens;
use super::{cookies, origin};
use crate::domain::audit::RequestOrigin;
use crate::domain::log;
use crate::http::state::HttpState;
use crate::session::aufy_access_token::AufyTokenClaims;
use crate::user::messages::{IssuedSession, Refresh, SignOut, SignOutScope, UserError};

/// How a refresh token is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenDelivery {
    /// In a cookie, which scripts cannot read.
    Cookie,
    /// In the request's header and the response's body.
    Body,
}

/// The response with new tokens.
pub(super) fn token_response(
    http: &HttpState,
    dialect: &Dialect,
    issued: &IssuedSession,
    use_cookie: bool,
    delivery: TokenDelivery,
) -> Result<HttpResponse, Problem> {
    let user = &issued.user;
    let claims = AufyTokenClaims {
        user_id: user.id,
        session_id: issued.session_id,
        name: &user.display_name,
        email: user.email.as_deref(),
        roles: &user.roles,
        custom: &issued.token_claims,
    };
    let access_token = dialect.tokens.issue(claims, http.clock.now()).map_err(|error| {
        log::error!("access token not issued: {error}");
        Problem::internal()
    })?;
    let mut response = HttpResponse::Ok();
    if delivery == TokenDelivery::Cookie {
        response.cookie(cookies::refresh(http, dialect, &issued.refresh_token));
    }
    if use_cookie {
        response.cookie(cookies::access(http, dialect, &access_token));
    }
    Ok(response.json(json!({
        "token_type": "Bearer",
        "access_token": (!use_cookie).then(|| access_token.expose()),
        "expires_in": dialect.tokens.ttl().as_secs(),
        "refresh_token": (delivery == TokenDelivery::Body).then(|| issued.refresh_token.expose()),
    })))
}

/// `POST {auth}/signin/refresh`: new tokens, the refresh token always in the cookie.
pub(super) async fn sign_in_refresh(
    http: web::Data<HttpState>,
    dialect: web::Data<Dialect>,
    UseCookie(use_cookie): UseCookie,
    tokens: RefreshTokens,
    origin: RequestOrigin,
) -> Result<HttpResponse, Problem> {
    let (issued, _) = refresh(&http, tokens, origin).await?;
    token_response(&http, &dialect, &issued, use_cookie, TokenDelivery::Cookie)
}

/// `POST {auth}/token/refresh`
pub(super) async fn token_refresh(
    http: web::Data<HttpState>,
    dialect: web::Data<Dialect>,
    tokens: RefreshTokens,
    origin: RequestOrigin,
) -> Result<HttpResponse, Problem> {
    let (issued, delivery) = refresh(&http, tokens, origin).await?;
    token_response(&http, &dialect, &issued, false, delivery)
}

async fn refresh(
    http: &HttpState,
    RefreshTokens(tokens): RefreshTokens,
    origin: RequestOrigin,
) -> Result<(IssuedSession, TokenDelivery), Problem> {
    for (token, delivery) in tokens {
        match http.users.send(Refresh { token, origin: origin.clone() }).await? {
            Ok(issued) => return Ok((issued, delivery)),
            Err(UserError::RefreshTokenNotValid | UserError::Policy(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::no_refresh_token())
}

/// `POST {auth}/signout`: ends the sessions of the refresh tokens; without one, the session of the access token. An
/// expired access token is enough to remove the cookies.
pub(super) async fn sign_out(
    request: HttpRequest,
    http: web::Data<HttpState>,
    dialect: web::Data<Dialect>,
    RefreshTokens(tokens): RefreshTokens,
    bearer: Result<Bearer, Problem>,
    origin: RequestOrigin,
) -> Result<HttpResponse, Problem> {
    let scopes = if tokens.is_empty() {
        if cookies::non_empty(&request, cookies::ACCESS).is_some() {
            origin::check(&request)?;
        }
        match bearer {
            Ok(Bearer(principal)) => vec![SignOutScope::Own(principal)],
            Err(problem) => {
                let mut response = HttpResponse::from_error(problem);
                cookies::clear_tokens(&http, &dialect, &mut response);
                return Ok(response);
            }
        }
    } else {
        tokens.into_iter().map(|(token, _)| SignOutScope::RefreshToken(token)).collect()
    };
    for scope in scopes {
        http.users.send(SignOut { scope, origin: origin.clone() }).await??;
    }
    let mut response = HttpResponse::Ok().finish();
    cookies::clear_tokens(&http, &dialect, &mut response);
    Ok(response)
}
