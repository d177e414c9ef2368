//! `GET` and `POST /signin/provider/{provider}/callback`: back from the provider.

use actix_web::http::header;
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};

use super::errors::{self, NhostError};
use super::names::provider_name;
use super::views;
use crate::domain::secret::Secret;
use crate::flow::error::{Code, SignInError, Step};
use crate::flow::machine::{Callback, ProviderFault};
use crate::flow::supervisor::{Arrived, Outcome, Resume};
use crate::http::client_address;
use crate::http::cookies;
use crate::http::front::Front;
use crate::http::query::Parameters;
use crate::user::messages::SignedIn;

const KNOWN: [&str; 10] = [
    "state",
    "code",
    "error",
    "error_description",
    "error_uri",
    "iss",
    "user",
    "oauth_token",
    "oauth_verifier",
    "denied",
];

/// The longest text of a provider's own error that is passed on, in characters.
const MOST: usize = 300;

/// The usual way: the provider redirected the browser here.
pub(super) async fn by_redirect(
    request: HttpRequest,
    front: web::Data<Front>,
    provider: web::Path<String>,
) -> Result<HttpResponse, NhostError> {
    arrive(&front, &request, &provider, request.query_string().as_bytes()).await
}

/// The other way: the provider's page posted a form (`response_mode=form_post`).
///
/// A post from another site carries no `SameSite=Lax` cookie, so the browser is sent to the first way, where it
/// does; only a post that has its cookie is taken as it is.
pub(super) async fn by_form(
    request: HttpRequest,
    front: web::Data<Front>,
    provider: web::Path<String>,
    body: Result<Bytes, actix_web::Error>,
) -> Result<HttpResponse, NhostError> {
    let body = body.map_err(views::unreadable)?;
    if !request.query_string().is_empty() {
        return Err(NhostError::invalid_request("a form comes without a query"));
    }
    let mut form = read(&body)?;
    let state = form.take("state").ok_or_else(no_state)?;
    if cookies::sealed_flow(&front, &request, &state).is_some() {
        return arrive(&front, &request, &provider, &body).await;
    }
    provider_name(&front, &provider)?;
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("state", &state);
    for name in KNOWN {
        if let Some(value) = form.take(name) {
            query.append_pair(name, &value);
        }
    }
    let here = format!("{}?{}", request.path(), query.finish());
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, here)).finish())
}

fn read(parameters: &[u8]) -> Result<Parameters, NhostError> {
    Parameters::read(parameters, &KNOWN).map_err(|error| NhostError::invalid_request(error.to_string()))
}

fn no_state() -> NhostError {
    NhostError::invalid_request("state is missing")
}

async fn arrive(
    front: &Front,
    request: &HttpRequest,
    provider: &str,
    parameters: &[u8],
) -> Result<HttpResponse, NhostError> {
    let provider = provider_name(front, provider)?;
    let mut parameters = read(parameters)?;
    let state = parameters.take("state").ok_or_else(no_state)?;
    // OAuth 1.0a says no in a word of its own.
    let error = parameters.take("error").or_else(|| parameters.take("denied").map(|_| "access_denied".to_owned()));
    let fault = error.filter(|error| !error.is_empty()).map(|error| ProviderFault {
        error: capped(&error),
        description: parameters.take("error_description").as_deref().map(capped).unwrap_or_default(),
        uri: parameters.take("error_uri").as_deref().map(capped).unwrap_or_default(),
    });
    let callback = Callback {
        code: parameters.take("code").or_else(|| parameters.take("oauth_verifier")).map(Secret::new),
        error: fault.clone(),
        iss: parameters.take("iss"),
        oauth_token: parameters.take("oauth_token").map(Secret::new),
        user: parameters.take("user"),
    };
    let sealed = cookies::sealed_flow(front, request, &state);
    let resume = Resume { provider, callback, address: client_address::of(front, request) };
    let arrived = front.directory.resume(&state, sealed.as_deref(), resume).await;
    let target = match &arrived {
        Err(error) | Ok(Arrived { outcome: Err(error), .. }) if is_open(error) => {
            return Err(NhostError::of_sign_in(error));
        }
        Err(error) => {
            log::warn!("a callback was refused: {error}");
            failure(front, error, None, fault.as_ref(), &state)
        }
        Ok(arrived) => match &arrived.outcome {
            Err(error) => failure(front, error, Some(arrived), fault.as_ref(), &state),
            Ok(outcome) => success(arrived, outcome),
        },
    };
    Ok(found_without_cookie(front, &state, &target))
}

/// Nothing was claimed, so the same callback may come again.
fn is_open(error: &SignInError) -> bool {
    error.code == Code::Unavailable && matches!(error.step, Step::Start | Step::Callback | Step::Resolve | Step::Claim)
}

/// Which failures go to the client URL, whatever the flow's own return URL is.
fn is_for_client_url(code: Code) -> bool {
    matches!(code, Code::InvalidState | Code::ProviderError | Code::ReturnUrlNotAllowed)
}

fn success(arrived: &Arrived, outcome: &Outcome) -> String {
    let mut parameters = Vec::new();
    match outcome {
        Outcome::SignedIn(SignedIn::Session { refresh_token, .. }) => {
            parameters.push(("refreshToken", refresh_token.expose()));
        }
        Outcome::SignedIn(SignedIn::Code(code)) => parameters.push(("code", code.expose())),
        Outcome::SignedIn(SignedIn::Connected | SignedIn::Withheld) | Outcome::TakenBefore => {}
    }
    if let Some(state) = &arrived.client_state {
        parameters.push(("state", state));
    }
    arrived.return_url.with(&parameters)
}

fn failure(
    front: &Front,
    error: &SignInError,
    arrived: Option<&Arrived>,
    fault: Option<&ProviderFault>,
    state: &str,
) -> String {
    let code = errors::told(front, error.code);
    let mut parameters = vec![("error", code.text()), ("errorDescription", code.message())];
    match (error.code, fault) {
        (Code::InvalidState, _) => parameters.push(("provider_state", state)),
        (Code::ProviderError, Some(fault)) => parameters.extend([
            ("provider_error", fault.error.as_str()),
            ("provider_error_description", fault.description.as_str()),
            ("provider_error_url", fault.uri.as_str()),
        ]),
        _ => {}
    }
    if let Some(state) = arrived.and_then(|arrived| arrived.client_state.as_deref()) {
        parameters.push(("state", state));
    }
    let own = arrived.map(|arrived| &arrived.return_url).filter(|_| !is_for_client_url(error.code));
    own.unwrap_or_else(|| front.return_urls.default_url()).with(&parameters)
}

fn capped(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MOST).collect()
}

/// A redirect that ends the flow in this browser.
fn found_without_cookie(front: &Front, state: &str, target: &str) -> HttpResponse {
    HttpResponse::Found().cookie(cookies::removal(front, state)).insert_header((header::LOCATION, target)).finish()
}
