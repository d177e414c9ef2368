//! `POST /signin/idtoken`, `/signup/idtoken` and `/link/idtoken`: sign-in without a browser.

use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;

use super::codes::ErrorCode;
use super::errors::NhostError;
use super::names::provider_name;
use super::options::SignUpParams;
use super::{bearer, views};
use crate::domain::secret::Secret;
use crate::flow::id_token::SignInWithIdToken;
use crate::http::extract::client_ip;
use crate::http::state::HttpState;
use crate::user::messages::{Find, Intent, IssuedSession, SignedIn};

type Body = Result<Bytes, actix_web::Error>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct IdTokenBody {
    provider: String,
    id_token: Secret,
    #[serde(default)]
    nonce: Option<Secret>,
    #[serde(default)]
    options: Option<SignUpParams>,
}

/// `POST /signin/idtoken`
pub(super) async fn sign_in(
    request: HttpRequest,
    http: web::Data<HttpState>,
    body: Body,
) -> Result<HttpResponse, NhostError> {
    sign_in_or_up(&http, &request, body, Intent::SIGN_IN).await
}

/// `POST /signup/idtoken`: for people who are not there yet.
pub(super) async fn sign_up(
    request: HttpRequest,
    http: web::Data<HttpState>,
    body: Body,
) -> Result<HttpResponse, NhostError> {
    sign_in_or_up(&http, &request, body, Intent::SignUp).await
}

async fn sign_in_or_up(
    http: &HttpState,
    request: &HttpRequest,
    body: Body,
    intent: Intent,
) -> Result<HttpResponse, NhostError> {
    let signed_in = submit(http, request, body, intent).await?;
    let session = match signed_in {
        SignedIn::Session { refresh_token, session, claims } => {
            let (user, session_id) = (http.users.send(Find { session }).await??, session.id());
            json!({"session": views::session(http, &IssuedSession { refresh_token, session_id, user, claims })?})
        }
        // The address has to be proven first.
        SignedIn::PendingVerification | SignedIn::Code(_) | SignedIn::Connected => json!({}),
    };
    Ok(HttpResponse::Ok().json(session))
}

/// `POST /link/idtoken`: the identity becomes that of the bearer.
pub(super) async fn link(
    request: HttpRequest,
    http: web::Data<HttpState>,
    body: Body,
) -> Result<HttpResponse, NhostError> {
    let session = bearer::fresh_session(&http, &request).await?;
    submit(&http, &request, body, Intent::Connect(session)).await?;
    Ok(HttpResponse::Ok().json("OK"))
}

async fn submit(http: &HttpState, request: &HttpRequest, body: Body, intent: Intent) -> Result<SignedIn, NhostError> {
    let body: IdTokenBody = views::body(body)?;
    let params = body.options.unwrap_or_default();
    if params.redirect_to.as_ref().is_some_and(|url| http.return_urls.check(url).is_err()) {
        return Err(ErrorCode::RedirectToNotAllowed.into());
    }
    let submit = SignInWithIdToken {
        provider: provider_name(http, &body.provider)?,
        id_token: body.id_token,
        nonce: body.nonce,
        intent,
        options: params.checked()?,
        address: client_ip::client_ip(http, request),
    };
    http.sign_ins.sign_in_with_id_token(submit).await.map_err(|error| {
        log::warn!("an id_token was not accepted: {error}");
        NhostError::from_sign_in(&error)
    })
}
