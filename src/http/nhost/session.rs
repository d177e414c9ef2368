//! Sessions: `POST /token`, `/token/exchange`, `/token/verify` and `/signout`.

use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::errors::NhostError;
use super::{bearer, views};
use crate::domain::secret::Secret;
use crate::http::extract::client_ip;
use crate::http::state::HttpState;
use crate::session::pkce;
use crate::user::messages::{Exchange, Refresh, RequireLive, SignOut, SignOutScope};

type Body = Result<Bytes, actix_web::Error>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RefreshBody {
    refresh_token: Secret,
}

/// `POST /token`: the successor of a refresh token. The bearer, which clients add to every call, is not looked at.
pub(super) async fn refresh(
    request: HttpRequest,
    http: web::Data<HttpState>,
    body: Body,
) -> Result<HttpResponse, NhostError> {
    let RefreshBody { refresh_token: token } = views::body(body)?;
    if Uuid::try_parse(token.expose()).is_err() {
        return Err(NhostError::invalid_request("refreshToken is a UUID"));
    }
    let issued = http.users.send(Refresh { token, origin: client_ip::request_origin(&http, &request) }).await??;
    Ok(HttpResponse::Ok().json(views::session(&http, &issued)?))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExchangeBody {
    code: Secret,
    code_verifier: Secret,
}

/// `POST /token/exchange`: a session for a one-time code and its verifier.
pub(super) async fn exchange(http: web::Data<HttpState>, body: Body) -> Result<HttpResponse, NhostError> {
    let ExchangeBody { code: one_time, code_verifier: verifier } = views::body(body)?;
    if !pkce::is_verifier(verifier.expose()) {
        return Err(NhostError::invalid_request("codeVerifier is 43 to 128 of A-Z a-z 0-9 - . _ ~"));
    }
    let issued = http.users.send(Exchange { code: one_time, verifier }).await??;
    Ok(HttpResponse::Ok().json(json!({"session": views::session(&http, &issued)?})))
}

#[derive(Default, Deserialize)]
struct VerifyBody {
    #[serde(default)]
    token: Option<Secret>,
}

/// `POST /token/verify`: whether an access token is good; of the bearer, also whether its person is.
pub(super) async fn verify(
    request: HttpRequest,
    http: web::Data<HttpState>,
    body: Body,
) -> Result<HttpResponse, NhostError> {
    let bytes = body.map_err(views::body_error)?;
    let given: VerifyBody = if bytes.is_empty() { VerifyBody::default() } else { views::body(Ok(bytes))? };
    let not_good = || NhostError::invalid_request("the access token is not valid");
    match given.token {
        Some(token) => {
            let token = token.expose();
            let token = token.strip_prefix("Bearer ").unwrap_or(token);
            http.access_tokens.verify(token, http.clock.now()).map_err(|_| not_good())?;
        }
        None => {
            // Without a token in either place this route answers 400, not 401.
            let principal = bearer::principal(&http, &request).map_err(|_| not_good())?;
            http.users.send(RequireLive(principal)).await??;
        }
    }
    Ok(HttpResponse::Ok().json("OK"))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignOutBody {
    #[serde(default)]
    refresh_token: Option<Secret>,
    #[serde(default)]
    all: Option<bool>,
}

/// `POST /signout`: ends the session of a refresh token, or with a bearer all of a person's.
pub(super) async fn sign_out(
    request: HttpRequest,
    http: web::Data<HttpState>,
    body: Body,
) -> Result<HttpResponse, NhostError> {
    let given: SignOutBody = views::body(body)?;
    let scope = if given.all == Some(true) {
        let principal = bearer::principal(&http, &request);
        let principal = principal
            .map_err(|_| NhostError::invalid_request("to sign out everywhere a valid access token is needed"))?;
        SignOutScope::All(http.users.send(RequireLive(principal)).await??)
    } else {
        let token = given.refresh_token.filter(|token| !token.is_empty());
        SignOutScope::RefreshToken(token.ok_or_else(|| NhostError::invalid_request("refreshToken is missing"))?)
    };
    http.users.send(SignOut { scope, origin: client_ip::request_origin(&http, &request) }).await??;
    Ok(HttpResponse::Ok().json("OK"))
}
