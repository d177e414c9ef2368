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
use crate::http::client_address;
use crate::http::front::Front;
use crate::session::access::Speaker;
use crate::session::account::Holder;
use crate::user::messages::{Ending, Refresh, Renewed, SignOut, UserError};

/// How a refresh token travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    /// In a cookie, out of reach of scripts.
    Cookie,
    /// In the header, and back in the body.
    Open,
}

/// The answer with tokens.
pub(super) fn welcome(
    front: &Front,
    dialect: &Dialect,
    renewed: &Renewed,
    wants_cookie: bool,
    carrier: Carrier,
) -> Result<HttpResponse, Problem> {
    let person = &renewed.person;
    let holder = Holder {
        user_id: person.id,
        session_id: renewed.session_id,
        name: &person.display_name,
        email: person.email.as_deref(),
        roles: &person.roles,
    };
    let access_token = dialect.tokens.issue(holder, front.clock.now()).map_err(|error| {
        log::error!("no access token could be issued: {error}");
        Problem::internal()
    })?;
    let mut response = HttpResponse::Ok();
    if carrier == Carrier::Cookie {
        response.cookie(cookies::refresh(front, dialect, &renewed.refresh_token));
    }
    if wants_cookie {
        response.cookie(cookies::access(front, dialect, &access_token));
    }
    Ok(response.json(json!({
        "token_type": "Bearer",
        "access_token": (!wants_cookie).then(|| access_token.expose()),
        "expires_in": dialect.tokens.ttl().as_secs(),
        "refresh_token": (carrier == Carrier::Open).then(|| renewed.refresh_token.expose()),
    })))
}

/// `POST {auth}/signin/refresh`: a new session answer, always with a cookie.
pub(super) async fn sign_in_refresh(
    request: HttpRequest,
    front: web::Data<Front>,
    dialect: web::Data<Dialect>,
) -> Result<HttpResponse, Problem> {
    let wants_cookie = query::wants_cookie(request.query_string())?;
    let (renewed, _) = renew(&front, &dialect, &request).await?;
    welcome(&front, &dialect, &renewed, wants_cookie, Carrier::Cookie)
}

/// `POST {auth}/token/refresh`
pub(super) async fn token_refresh(
    request: HttpRequest,
    front: web::Data<Front>,
    dialect: web::Data<Dialect>,
) -> Result<HttpResponse, Problem> {
    let (renewed, carrier) = renew(&front, &dialect, &request).await?;
    welcome(&front, &dialect, &renewed, false, carrier)
}

/// The refresh tokens of a request. One in a cookie counts only if a page of ours sent it.
///
/// # Errors
/// [`Problem::foreign_page`] if there is nothing but a cookie that does not count.
fn refresh_tokens(front: &Front, dialect: &Dialect, request: &HttpRequest) -> Result<Vec<(Secret, Carrier)>, Problem> {
    let is_token = |token: &Secret| Uuid::try_parse(token.expose()).is_ok();
    let in_header = bearer::in_header(request).filter(is_token).map(|token| (token, Carrier::Open));
    let in_cookie = cookies::brought(request, cookies::REFRESH).map(|token| (token, Carrier::Cookie));
    let in_cookie = match in_cookie {
        Some(_) if !origin::is_own_page(front, dialect, request.headers()) => {
            if in_header.is_none() {
                return Err(Problem::foreign_page());
            }
            None
        }
        in_cookie => in_cookie,
    };
    Ok(in_cookie.into_iter().chain(in_header).collect())
}

async fn renew(front: &Front, dialect: &Dialect, request: &HttpRequest) -> Result<(Renewed, Carrier), Problem> {
    for (token, carrier) in refresh_tokens(front, dialect, request)? {
        match front.users.ask(Refresh { token, origin: client_address::origin(front, request) }).await? {
            Ok(renewed) => return Ok((renewed, carrier)),
            Err(UserError::RefreshTokenNotValid | UserError::Refused(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::no_refresh_token())
}

/// `POST {auth}/signout`: ends the session of the refresh token; of an access token alone, the one that it belongs
/// to. Whoever has an expired access token can still leave.
pub(super) async fn sign_out(
    request: HttpRequest,
    front: web::Data<Front>,
    dialect: web::Data<Dialect>,
) -> Result<HttpResponse, Problem> {
    let refresh_tokens = refresh_tokens(&front, &dialect, &request)?;
    let ended = if refresh_tokens.is_empty() {
        if cookies::brought(&request, cookies::ACCESS).is_some() {
            origin::demand_own_page(&front, &dialect, &request)?;
        }
        match bearer::speaker(&front, &dialect, &request) {
            Ok(Speaker { user_id, session_id: Some(session_id) }) => vec![Ending::Session(user_id, session_id)],
            Ok(Speaker { user_id, session_id: None }) => vec![Ending::All(user_id)],
            Err(problem) => {
                let mut response = problem.error_response();
                cookies::end_session(&front, &dialect, &mut response);
                return Ok(response);
            }
        }
    } else {
        refresh_tokens.into_iter().map(|(token, _)| Ending::One(token)).collect()
    };
    for which in ended {
        front.users.ask(SignOut { which, origin: client_address::origin(&front, &request) }).await??;
    }
    let mut response = HttpResponse::Ok().finish();
    cookies::end_session(&front, &dialect, &mut response);
    Ok(response)
}
