//! `POST /signin/idtoken`, `/signup/idtoken` and `/link/idtoken`: sign-in without a browser.

use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;

use super::codes::ErrorCode;
use super::errors::NhostError;
use super::names::provider_name;
use super::options::Wishes;
use super::{bearer, views};
use crate::domain::secret::Secret;
use crate::flow::present::Present;
use crate::http::client_address;
use crate::http::front::Front;
use crate::user::messages::{Find, Intent, Renewed, SignedIn};

type Body = Result<Bytes, actix_web::Error>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct IdTokenBody {
    provider: String,
    id_token: Secret,
    #[serde(default)]
    nonce: Option<Secret>,
    #[serde(default)]
    options: Option<Wishes>,
}

/// `POST /signin/idtoken`
pub(super) async fn sign_in(
    request: HttpRequest,
    front: web::Data<Front>,
    body: Body,
) -> Result<HttpResponse, NhostError> {
    enter(&front, &request, body, Intent::SignIn).await
}

/// `POST /signup/idtoken`: for people who are not there yet.
pub(super) async fn sign_up(
    request: HttpRequest,
    front: web::Data<Front>,
    body: Body,
) -> Result<HttpResponse, NhostError> {
    enter(&front, &request, body, Intent::SignUp).await
}

async fn enter(front: &Front, request: &HttpRequest, body: Body, intent: Intent) -> Result<HttpResponse, NhostError> {
    let signed_in = present(front, request, body, intent).await?;
    let session = match signed_in {
        SignedIn::Session { refresh_token, session_id, user_id, claims } => {
            let person = front.users.ask(Find { user_id }).await??;
            json!({"session": views::session(front, &Renewed { refresh_token, session_id, person, claims })?})
        }
        // The address has to be proven first.
        SignedIn::Withheld | SignedIn::Code(_) | SignedIn::Connected => json!({}),
    };
    Ok(HttpResponse::Ok().json(session))
}

/// `POST /link/idtoken`: the identity becomes that of the bearer.
pub(super) async fn link(
    request: HttpRequest,
    front: web::Data<Front>,
    body: Body,
) -> Result<HttpResponse, NhostError> {
    let person = bearer::person(&front, &request).await?;
    present(&front, &request, body, Intent::Connect(person.id)).await?;
    Ok(HttpResponse::Ok().json("OK"))
}

async fn present(front: &Front, request: &HttpRequest, body: Body, intent: Intent) -> Result<SignedIn, NhostError> {
    let body: IdTokenBody = views::body(body)?;
    let wishes = body.options.unwrap_or_default();
    if wishes.redirect_to.as_ref().is_some_and(|url| front.return_urls.check(url).is_err()) {
        return Err(ErrorCode::RedirectToNotAllowed.into());
    }
    let present = Present {
        provider: provider_name(front, &body.provider)?,
        id_token: body.id_token,
        nonce: body.nonce,
        intent,
        options: wishes.checked()?,
        address: client_address::of(front, request),
    };
    front.directory.present(present).await.map_err(|error| {
        log::warn!("an id_token was not accepted: {error}");
        NhostError::of_sign_in(&error)
    })
}
