//! `GET /signin/provider/{provider}` and `/signup/provider/{provider}`: off to the provider.
//!
//! A browser is redirected; a script that accepts JSON is told where to go. Both get the cookie of the flow.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use super::codes;
use super::errors::NhostError;
use super::names::{provider_name, redirect_uri};
use super::options::Wishes;
use super::views;
use crate::domain::secret::Secret;
use crate::flow::directory::{Begin, NotBegun};
use crate::flow::error::Code;
use crate::flow::snapshot::Destination;
use crate::http::departure;
use crate::http::front::Front;
use crate::http::query::Parameters;
use crate::session::code;

const KNOWN: [&str; 11] = [
    "allowedRoles",
    "defaultRole",
    "displayName",
    "locale",
    "metadata",
    "redirectTo",
    "connect",
    "state",
    "codeChallenge",
    "connection",
    "organization",
];

/// The page's `providerSpecificParams`, which stand in the query by themselves.
const FOR_THE_PROVIDER: [&str; 2] = ["connection", "organization"];

/// `GET /signin/provider/{provider}`
pub(super) async fn sign_in(
    request: HttpRequest,
    front: web::Data<Front>,
    provider: web::Path<String>,
) -> Result<HttpResponse, NhostError> {
    let wish = read(&front, &request, &provider)?;
    start(&front, &request, wish).await
}

/// `GET /signup/provider/{provider}`: for people who are not there yet. There is nobody to connect.
pub(super) async fn sign_up(
    request: HttpRequest,
    front: web::Data<Front>,
    provider: web::Path<String>,
) -> Result<HttpResponse, NhostError> {
    let wish = read(&front, &request, &provider)?;
    start(&front, &request, Begin { connect: None, is_sign_up: true, ..wish }).await
}

async fn start(front: &Front, request: &HttpRequest, wish: Begin) -> Result<HttpResponse, NhostError> {
    let provider = wish.provider.clone();
    let is_json = is_json_wanted(request);
    match front.directory.begin(wish).await {
        Ok(begun) if is_json => Ok(departure::told(front, request, &begun)),
        Ok(begun) => Ok(departure::redirected(front, request, &begun)),
        Err(NotBegun { error, return_url: Some(return_url) }) if error.code != Code::Unavailable => {
            log::warn!(provider:% = provider; "a sign-in did not start: {error}");
            if is_json {
                return Err(NhostError::of_sign_in(&error));
            }
            let code = codes::told(front, error.code);
            let target = return_url.with(&[("error", code.text()), ("errorDescription", code.message())]);
            Ok(views::found(&target))
        }
        Err(NotBegun { error, .. }) => Err(NhostError::of_sign_in(&error)),
    }
}

/// Whether a script asks, which cannot look into a redirect and goes to the provider by itself. A browser that
/// navigates accepts `text/html`.
fn is_json_wanted(request: &HttpRequest) -> bool {
    let accepted = request.headers().get_all(header::ACCEPT).filter_map(|value| value.to_str().ok());
    let mut types =
        accepted.flat_map(|value| value.split(',')).map(|one| one.split(';').next().unwrap_or_default().trim());
    let mut is_json = false;
    types.all(|one| {
        is_json |= one.eq_ignore_ascii_case("application/json");
        !one.eq_ignore_ascii_case("text/html")
    }) && is_json
}

fn read(front: &Front, request: &HttpRequest, provider: &str) -> Result<Begin, NhostError> {
    let provider = provider_name(front, provider)?;
    let mut query = Parameters::read(request.query_string().as_bytes(), &KNOWN)
        .map_err(|error| NhostError::invalid_request(error.to_string()))?;
    let code_challenge = query.take("codeChallenge");
    if code_challenge.as_deref().is_some_and(|challenge| !code::is_challenge(challenge)) {
        return Err(NhostError::invalid_request("codeChallenge is 43 characters of base64url"));
    }
    let metadata = query.take("metadata").map(|text| serde_json::from_str(&text));
    let wishes = Wishes {
        allowed_roles: query.take("allowedRoles").map(|roles| roles.split(',').map(str::to_owned).collect()),
        default_role: query.take("defaultRole"),
        display_name: query.take("displayName"),
        locale: query.take("locale"),
        metadata: metadata.transpose().map_err(|_| NhostError::invalid_request("metadata is a JSON object"))?,
        redirect_to: query.take("redirectTo"),
    };
    let parameters = FOR_THE_PROVIDER.into_iter().filter_map(|name| Some((name.to_owned(), query.take(name)?)));
    let parameters = parameters.collect();
    Ok(Begin {
        redirect_uri: redirect_uri(front, &provider),
        provider,
        return_url: wishes.redirect_to.clone(),
        client_state: query.take("state").filter(|state| !state.is_empty()),
        connect: query.take("connect").filter(|token| !token.is_empty()).map(Secret::new),
        code_challenge,
        is_sign_up: false,
        options: wishes.checked()?,
        destination: Destination::SignIn,
        parameters,
    })
}
