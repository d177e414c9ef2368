//! Sessions: `POST /token`, `/token/exchange`, `/token/verify` and `/signout`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::auth::Bearer;
use super::errors::NhostError;
use super::responses;
use crate::domain::audit::RequestOrigin;
use crate::domain::secret::Secret;
use crate::http::extract::{Json, OptionalJson};
use crate::http::state::HttpState;
use crate::session::pkce;
use crate::user::messages::{Exchange, Refresh, RequireLive, SignOut, SignOutScope};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RefreshBody {
    refresh_token: Secret,
}

/// `POST /token`: rotates a refresh token. The bearer that clients add to every request is ignored.
pub(super) async fn refresh(
    http: web::Data<HttpState>,
    Json(RefreshBody { refresh_token: token }): Json<RefreshBody>,
    origin: RequestOrigin,
) -> Result<HttpResponse, NhostError> {
    if Uuid::try_parse(token.expose()).is_err() {
        return Err(NhostError::invalid_request("refreshToken is a UUID"));
    }
    let issued = http.users.send(Refresh { token, origin }).await??;
    Ok(HttpResponse::Ok().json(responses::session(&http, &issued)?))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExchangeBody {
    code: Secret,
    code_verifier: Secret,
}

/// `POST /token/exchange`: a session for a one-time code and its PKCE verifier.
pub(super) async fn exchange(
    http: web::Data<HttpState>,
    Json(ExchangeBody { code, code_verifier: verifier }): Json<ExchangeBody>,
) -> Result<HttpResponse, NhostError> {
    if !pkce::is_verifier(verifier.expose()) {
        return Err(NhostError::invalid_request("codeVerifier is 43 to 128 of A-Z a-z 0-9 - . _ ~"));
    }
    let issued = http.users.send(Exchange { code, verifier }).await??;
    Ok(HttpResponse::Ok().json(json!({"session": responses::session(&http, &issued)?})))
}

#[derive(Default, Deserialize)]
pub(super) struct VerifyBody {
    #[serde(default)]
    token: Option<Secret>,
}

/// `POST /token/verify`: whether an access token is valid. Of the bearer, the session is checked, too.
pub(super) async fn verify(
    http: web::Data<HttpState>,
    OptionalJson(body): OptionalJson<VerifyBody>,
    bearer: Option<Bearer>,
) -> Result<HttpResponse, NhostError> {
    let invalid = || NhostError::invalid_request("the access token is not valid");
    match body.unwrap_or_default().token {
        Some(token) => {
            let token = token.expose();
            let token = token.strip_prefix("Bearer ").unwrap_or(token);
            http.access_tokens.verify(token, http.clock.now()).map_err(|_| invalid())?;
        }
        None => {
            // Without a token in either place this route answers 400, not 401.
            let Bearer(principal) = bearer.ok_or_else(invalid)?;
            http.users.send(RequireLive(principal)).await??;
        }
    }
    Ok(HttpResponse::Ok().json("OK"))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SignOutBody {
    #[serde(default)]
    refresh_token: Option<Secret>,
    #[serde(default)]
    all: Option<bool>,
}

/// `POST /signout`: ends the session of a refresh token, or all sessions of the bearer.
pub(super) async fn sign_out(
    http: web::Data<HttpState>,
    Json(body): Json<SignOutBody>,
    bearer: Option<Bearer>,
    origin: RequestOrigin,
) -> Result<HttpResponse, NhostError> {
    let scope = if body.all == Some(true) {
        let Bearer(principal) = bearer
            .ok_or_else(|| NhostError::invalid_request("to sign out everywhere a valid access token is needed"))?;
        SignOutScope::All(http.users.send(RequireLive(principal)).await??)
    } else {
        let token = body.refresh_token.filter(|token| !token.is_empty());
        SignOutScope::RefreshToken(token.ok_or_else(|| NhostError::invalid_request("refreshToken is missing"))?)
    };
    http.users.send(SignOut { scope, origin }).await??;
    Ok(HttpResponse::Ok().json("OK"))
}
