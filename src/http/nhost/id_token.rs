//! `POST /signin/idtoken`, `/signup/idtoken` and `/link/idtoken`: sign-in with an id_token that the app got itself.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::auth::Fresh;
use super::codes::ErrorCode;
use super::errors::NhostError;
use super::provider_path::provider_name;
use super::responses;
use super::sign_up_params::SignUpParams;
use crate::domain::log;
use crate::domain::secret::Secret;
use crate::flow::id_token::SignInWithIdToken;
use crate::http::extract::{ClientIp, Json, Object};
use crate::http::state::HttpState;
use crate::user::messages::{Find, Intent, IssuedSession, SignedIn};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct IdTokenBody {
    provider: String,
    id_token: Secret,
    #[serde(default)]
    nonce: Option<Secret>,
    #[serde(default)]
    options: Option<Object<SignUpParams>>,
}

/// `POST /signin/idtoken`
pub(super) async fn sign_in(
    http: web::Data<HttpState>,
    Json(body): Json<IdTokenBody>,
    client_ip: ClientIp,
) -> Result<HttpResponse, NhostError> {
    let signed_in = submit(&http, body, Intent::SIGN_IN, client_ip).await?;
    session_response(&http, signed_in).await
}

/// `POST /signup/idtoken`: for new users.
pub(super) async fn sign_up(
    http: web::Data<HttpState>,
    Json(body): Json<IdTokenBody>,
    client_ip: ClientIp,
) -> Result<HttpResponse, NhostError> {
    let signed_in = submit(&http, body, Intent::SignUp, client_ip).await?;
    session_response(&http, signed_in).await
}

/// `POST /link/idtoken`: links the identity to the bearer's account.
pub(super) async fn link(
    http: web::Data<HttpState>,
    Fresh(session): Fresh,
    Json(body): Json<IdTokenBody>,
    client_ip: ClientIp,
) -> Result<HttpResponse, NhostError> {
    submit(&http, body, Intent::Connect(session), client_ip).await?;
    Ok(HttpResponse::Ok().json("OK"))
}

async fn submit(
    http: &HttpState,
    body: IdTokenBody,
    intent: Intent,
    ClientIp(ip): ClientIp,
) -> Result<SignedIn, NhostError> {
    let Object(options) = body.options.unwrap_or_default();
    if options.redirect_to.as_ref().is_some_and(|url| http.return_urls.check(url).is_err()) {
        return Err(ErrorCode::RedirectToNotAllowed.into());
    }
    let sign_in = SignInWithIdToken {
        provider: provider_name(http, &body.provider)?,
        id_token: body.id_token,
        nonce: body.nonce,
        intent,
        options: options.checked()?,
        ip,
    };
    http.sign_ins.sign_in_with_id_token(sign_in).await.map_err(|error| {
        log::log!(http.sign_ins.log_level(&error), "id_token refused: {error}");
        NhostError::from_sign_in(http, &error)
    })
}

async fn session_response(http: &HttpState, signed_in: SignedIn) -> Result<HttpResponse, NhostError> {
    let body = match signed_in {
        SignedIn::Session { refresh_token, session, claims, token_claims } => {
            let (user, session_id) = (http.users.send(Find { session }).await??, session.id());
            let issued = IssuedSession { refresh_token, session_id, user, claims, token_claims };
            json!({"session": responses::session(http, &issued)?})
        }
        // No session before the e-mail is verified.
        SignedIn::PendingVerification | SignedIn::Code(_) | SignedIn::Connected => json!({}),
    };
    Ok(HttpResponse::Ok().json(body))
}
