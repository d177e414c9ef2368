//! `GET` and `POST /signin/provider/{provider}/callback`: back from the provider.

use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};

use super::codes::{self, ErrorCode};
use super::errors::NhostError;
use super::names::{provider_name, redirect_uri};
use super::{link, views};
use crate::flow::error::{FailureCode, SignInError};
use crate::flow::machine::ProviderErrorResponse;
use crate::flow::supervisor::{CallbackResult, Outcome};
use crate::http::callback::{self, CallbackError, ReceivedCallback};
use crate::http::state::HttpState;
use crate::user::messages::SignedIn;

/// The usual way: the provider redirect the browser here.
pub(super) async fn from_redirect(
    request: HttpRequest,
    http: web::Data<HttpState>,
    provider: web::Path<String>,
) -> Result<HttpResponse, NhostError> {
    receive_callback(&http, &request, &provider, request.query_string().as_bytes()).await
}

/// The other way: the provider's page posted a form (`response_mode=form_post`).
pub(super) async fn from_form_post(
    request: HttpRequest,
    http: web::Data<HttpState>,
    provider: web::Path<String>,
    body: Result<Bytes, actix_web::Error>,
) -> Result<HttpResponse, NhostError> {
    let body = body.map_err(views::body_error)?;
    match callback::redirect_form_post(&http, &request, &body).map_err(refused)? {
        None => receive_callback(&http, &request, &provider, &body).await,
        Some(home) => provider_name(&http, &provider).map(|_| home),
    }
}

fn refused(error: CallbackError) -> NhostError {
    NhostError::invalid_request(error.to_string())
}

async fn receive_callback(
    http: &HttpState,
    request: &HttpRequest,
    provider: &str,
    parameters: &[u8],
) -> Result<HttpResponse, NhostError> {
    let provider = provider_name(http, provider)?;
    let here = redirect_uri(http, &provider);
    let received = callback::receive(http, request, provider, here, parameters).await.map_err(refused)?;
    if let Some(error) = received.retryable_error() {
        return Err(NhostError::from_sign_in(error));
    }
    let ReceivedCallback { state, fault, result } = received;
    if let Ok(result) = &result
        && let Ok(Outcome::ConfirmLink { handle, user_id, session_id }) = &result.outcome
    {
        let (target, cookie) = link::confirmation_redirect(http, result, handle, (*user_id, *session_id))?;
        let mut response = callback::redirect_clearing_cookies(http, request, &state, &target);
        response.add_cookie(&cookie).map_err(|_| NhostError::from(ErrorCode::InternalServerError))?;
        return Ok(response);
    }
    let target = match &result {
        Err(error) => {
            log::warn!("a callback was refused: {error}");
            failure(http, error, None, fault.as_ref(), &state)
        }
        Ok(result) => match &result.outcome {
            Err(error) => failure(http, error, Some(result), fault.as_ref(), &state),
            Ok(outcome) => success(result, outcome),
        },
    };
    Ok(callback::redirect_clearing_cookies(http, request, &state, &target))
}

/// Which failures go to the client URL, whatever the flow's own return URL is.
fn is_for_client_url(code: FailureCode) -> bool {
    matches!(code, FailureCode::InvalidState | FailureCode::ProviderError | FailureCode::ReturnUrlNotAllowed)
}

fn success(result: &CallbackResult, outcome: &Outcome) -> String {
    let mut parameters = Vec::new();
    match outcome {
        Outcome::SignedIn(SignedIn::Session { refresh_token, .. }) => {
            parameters.push(("refreshToken", refresh_token.expose()));
        }
        Outcome::SignedIn(SignedIn::Code(code)) => parameters.push(("code", code.expose())),
        // No flow of this dialect ends in a ticket, and what is to be confirmed went another way.
        Outcome::SignedIn(SignedIn::Connected | SignedIn::PendingVerification)
        | Outcome::Ticket(_)
        | Outcome::TicketForSignUp(_)
        | Outcome::ConfirmLink { .. }
        | Outcome::AlreadyUsed => {}
    }
    if let Some(state) = &result.client_state {
        parameters.push(("state", state));
    }
    result.return_url.with_params(&parameters)
}

fn failure(
    http: &HttpState,
    error: &SignInError,
    result: Option<&CallbackResult>,
    fault: Option<&ProviderErrorResponse>,
    state: &str,
) -> String {
    let code = codes::public_code(http, error.code);
    let mut parameters = vec![("error", code.text()), ("errorDescription", code.message())];
    match (error.code, fault) {
        (FailureCode::InvalidState, _) => parameters.push(("provider_state", state)),
        (FailureCode::ProviderError, Some(fault)) => parameters.extend([
            ("provider_error", fault.error.as_str()),
            ("provider_error_description", fault.description.as_str()),
            ("provider_error_url", fault.uri.as_str()),
        ]),
        _ => {}
    }
    if let Some(state) = result.and_then(|result| result.client_state.as_deref()) {
        parameters.push(("state", state));
    }
    let own = result.map(|result| &result.return_url).filter(|_| !is_for_client_url(error.code));
    own.unwrap_or_else(|| http.return_urls.default_url()).with_params(&parameters)
}
