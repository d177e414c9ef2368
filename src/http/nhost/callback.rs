//! `GET` and `POST /signin/provider/{provider}/callback`: back from the provider.

use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};

use super::codes::{self, ErrorCode};
use super::errors::NhostError;
use super::names::{provider_name, redirect_uri};
use super::{link, views};
use crate::flow::error::{Code, SignInError};
use crate::flow::machine::ProviderFault;
use crate::flow::supervisor::{Arrived, Outcome};
use crate::http::callback::{self, Landed, NotACallback};
use crate::http::front::Front;
use crate::user::messages::SignedIn;

/// The usual way: the provider redirected the browser here.
pub(super) async fn by_redirect(
    request: HttpRequest,
    front: web::Data<Front>,
    provider: web::Path<String>,
) -> Result<HttpResponse, NhostError> {
    arrive(&front, &request, &provider, request.query_string().as_bytes()).await
}

/// The other way: the provider's page posted a form (`response_mode=form_post`).
pub(super) async fn by_form(
    request: HttpRequest,
    front: web::Data<Front>,
    provider: web::Path<String>,
    body: Result<Bytes, actix_web::Error>,
) -> Result<HttpResponse, NhostError> {
    let body = body.map_err(views::unreadable)?;
    match callback::bounce(&front, &request, &body).map_err(refused)? {
        None => arrive(&front, &request, &provider, &body).await,
        Some(home) => provider_name(&front, &provider).map(|_| home),
    }
}

fn refused(error: NotACallback) -> NhostError {
    NhostError::invalid_request(error.to_string())
}

async fn arrive(
    front: &Front,
    request: &HttpRequest,
    provider: &str,
    parameters: &[u8],
) -> Result<HttpResponse, NhostError> {
    let provider = provider_name(front, provider)?;
    let here = redirect_uri(front, &provider);
    let landed = callback::land(front, request, provider, here, parameters).await.map_err(refused)?;
    if let Some(error) = landed.open_failure() {
        return Err(NhostError::of_sign_in(error));
    }
    let Landed { state, fault, arrived } = landed;
    if let Ok(arrived) = &arrived
        && let Ok(Outcome::ToConfirm { handle, user_id, session_id }) = &arrived.outcome
    {
        let (target, cookie) = link::ask_first(front, arrived, handle, (*user_id, *session_id))?;
        let mut response = callback::found_without_cookie(front, request, &state, &target);
        response.add_cookie(&cookie).map_err(|_| NhostError::from(ErrorCode::InternalServerError))?;
        return Ok(response);
    }
    let target = match &arrived {
        Err(error) => {
            log::warn!("a callback was refused: {error}");
            failure(front, error, None, fault.as_ref(), &state)
        }
        Ok(arrived) => match &arrived.outcome {
            Err(error) => failure(front, error, Some(arrived), fault.as_ref(), &state),
            Ok(outcome) => success(arrived, outcome),
        },
    };
    Ok(callback::found_without_cookie(front, request, &state, &target))
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
        // No flow of this dialect ends in a ticket, and what is to be confirmed went another way.
        Outcome::SignedIn(SignedIn::Connected | SignedIn::Withheld)
        | Outcome::Ticket(_)
        | Outcome::TicketForForm(_)
        | Outcome::ToConfirm { .. }
        | Outcome::TakenBefore => {}
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
    let code = codes::told(front, error.code);
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
