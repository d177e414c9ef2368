//! `GET /signin/provider/{provider}` and `/signup/provider/{provider}`: off to the provider.
//!
//! A browser is redirect; a script that accepts JSON is public_code where to go. Both get the cookie of the flow.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use super::codes;
use super::errors::NhostError;
use super::names::{provider_name, redirect_uri};
use super::options::SignUpParams;
use super::views;
use crate::domain::secret::Secret;
use crate::flow::cookie::Destination;
use crate::flow::error::FailureCode;
use crate::flow::service::{Begin, BeginError};
use crate::http::authorization_redirect;
use crate::http::extract::parameters::Parameters;
use crate::http::state::HttpState;
use crate::session::pkce;

const PARAMETERS: [&str; 11] = [
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
const PROVIDER_PARAMETERS: [&str; 2] = ["connection", "organization"];

/// `GET /signin/provider/{provider}`
pub(super) async fn sign_in(
    request: HttpRequest,
    http: web::Data<HttpState>,
    provider: web::Path<String>,
) -> Result<HttpResponse, NhostError> {
    let begin = read(&http, &request, &provider)?;
    start(&http, &request, begin).await
}

/// `GET /signup/provider/{provider}`: for people who are not there yet. There is nobody to connect.
pub(super) async fn sign_up(
    request: HttpRequest,
    http: web::Data<HttpState>,
    provider: web::Path<String>,
) -> Result<HttpResponse, NhostError> {
    let begin = read(&http, &request, &provider)?;
    start(&http, &request, Begin { connect: None, is_sign_up: true, ..begin }).await
}

async fn start(http: &HttpState, request: &HttpRequest, begin: Begin) -> Result<HttpResponse, NhostError> {
    let provider = begin.provider.clone();
    let is_json = accepts_json(request);
    match http.sign_ins.begin(begin).await {
        Ok(begun) if is_json => Ok(authorization_redirect::json_url(http, request, &begun)),
        Ok(begun) => Ok(authorization_redirect::redirect(http, request, &begun)),
        Err(BeginError { error, return_url: Some(return_url) }) if error.code != FailureCode::Unavailable => {
            log::warn!(provider:% = provider; "a sign-in did not start: {error}");
            if is_json {
                return Err(NhostError::from_sign_in(&error));
            }
            let code = codes::public_code(http, error.code);
            let target = return_url.with_params(&[("error", code.text()), ("errorDescription", code.message())]);
            Ok(views::redirect(&target))
        }
        Err(BeginError { error, .. }) => Err(NhostError::from_sign_in(&error)),
    }
}

/// Whether a script asks, which cannot look into a redirect and goes to the provider by itself. A browser that
/// navigates accepts `text/html`.
fn accepts_json(request: &HttpRequest) -> bool {
    let accepted = request.headers().get_all(header::ACCEPT).filter_map(|value| value.to_str().ok());
    let mut types =
        accepted.flat_map(|value| value.split(',')).map(|one| one.split(';').next().unwrap_or_default().trim());
    let mut is_json = false;
    types.all(|one| {
        is_json |= one.eq_ignore_ascii_case("application/json");
        !one.eq_ignore_ascii_case("text/html")
    }) && is_json
}

fn read(http: &HttpState, request: &HttpRequest, provider: &str) -> Result<Begin, NhostError> {
    let provider = provider_name(http, provider)?;
    let mut query = Parameters::read(request.query_string().as_bytes(), &PARAMETERS)
        .map_err(|error| NhostError::invalid_request(error.to_string()))?;
    let code_challenge = query.take("codeChallenge");
    if code_challenge.as_deref().is_some_and(|challenge| !pkce::is_challenge(challenge)) {
        return Err(NhostError::invalid_request("codeChallenge is 43 characters of base64url"));
    }
    let metadata = query.take("metadata").map(|text| serde_json::from_str(&text));
    let params = SignUpParams {
        allowed_roles: query.take("allowedRoles").map(|roles| roles.split(',').map(str::to_owned).collect()),
        default_role: query.take("defaultRole"),
        display_name: query.take("displayName"),
        locale: query.take("locale"),
        metadata: metadata.transpose().map_err(|_| NhostError::invalid_request("metadata is a JSON object"))?,
        redirect_to: query.take("redirectTo"),
    };
    let parameters = PROVIDER_PARAMETERS.into_iter().filter_map(|name| Some((name.to_owned(), query.take(name)?)));
    let parameters = parameters.collect();
    Ok(Begin {
        redirect_uri: redirect_uri(http, &provider),
        provider,
        return_url: params.redirect_to.clone(),
        client_state: query.take("state").filter(|state| !state.is_empty()),
        connect: query.take("connect").filter(|token| !token.is_empty()).map(Secret::new),
        code_challenge,
        is_sign_up: false,
        options: params.checked()?,
        destination: Destination::SignIn,
        parameters,
    })
}
