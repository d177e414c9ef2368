//! `GET` and `POST /signin/provider/{provider}/callback`: the browser comes back from the provider.

use actix_web::{HttpRequest, HttpResponse, web};

use super::codes::{self, ErrorCode};
use super::errors::NhostError;
use super::link;
use super::provider_path::{CallbackPath, redirect_uri};
use crate::domain::id::{FlowTag, ProviderName};
use crate::flow::callback::ProviderErrorResponse;
use crate::flow::error::{FailureCode, SignInError};
use crate::flow::supervisor::{CallbackResult, Outcome};
use crate::http::callback::{self, CallbackParams, ReceivedCallback};
use crate::http::extract::{Form, Query};
use crate::http::state::HttpState;
use crate::user::messages::SignedIn;

/// The provider redirected the browser here.
pub(super) async fn from_redirect(
    request: HttpRequest,
    http: web::Data<HttpState>,
    CallbackPath(provider): CallbackPath,
    Query(params): Query<CallbackParams>,
) -> Result<HttpResponse, NhostError> {
    receive(&http, &request, provider, params).await
}

/// The provider's page posted a form (`response_mode=form_post`).
pub(super) async fn from_form_post(
    request: HttpRequest,
    http: web::Data<HttpState>,
    CallbackPath(provider): CallbackPath,
    Form(params): Form<CallbackParams>,
) -> Result<HttpResponse, NhostError> {
    match callback::redirect_form_post(&http, &request, &params)? {
        None => receive(&http, &request, provider, params).await,
        Some(redirect) => Ok(redirect),
    }
}

async fn receive(
    http: &HttpState,
    request: &HttpRequest,
    provider: ProviderName,
    params: CallbackParams,
) -> Result<HttpResponse, NhostError> {
    let redirect_uri = redirect_uri(http, &provider);
    let received = callback::receive(http, request, provider, redirect_uri, params).await?;
    if let Some(error) = received.retryable_error() {
        return Err(NhostError::from_sign_in(http, error));
    }
    let ReceivedCallback { state, provider_error, result } = received;
    if let Ok(result) = &result
        && let Ok(Outcome::ConfirmLink { handle, session }) = &result.outcome
    {
        let (target, cookie) = link::confirmation_redirect(http, result, handle, *session)?;
        let mut response = callback::redirect_clearing_cookies(http, request, &state, &target);
        response.add_cookie(&cookie).map_err(|_| NhostError::from(ErrorCode::InternalServerError))?;
        return Ok(response);
    }
    let target = match &result {
        Err(error) => failure_url(http, error, None, provider_error.as_ref(), &state),
        Ok(result) => match &result.outcome {
            Err(error) => failure_url(http, error, Some(result), provider_error.as_ref(), &state),
            Ok(outcome) => success_url(result, outcome),
        },
    };
    Ok(callback::redirect_clearing_cookies(http, request, &state, &target))
}

/// Failures that go to `client.url`, whatever the flow's own return URL is.
fn is_for_client_url(code: FailureCode) -> bool {
    matches!(
        code,
        FailureCode::InvalidState
            | FailureCode::FlowExpired
            | FailureCode::ProviderError
            | FailureCode::ConsentDenied
            | FailureCode::ReturnUrlNotAllowed
    )
}

fn success_url(result: &CallbackResult, outcome: &Outcome) -> String {
    let mut parameters = Vec::new();
    match outcome {
        Outcome::SignedIn(SignedIn::Session { refresh_token, .. }) => {
            parameters.push(("refreshToken", refresh_token.expose()));
        }
        Outcome::SignedIn(SignedIn::Code(code)) => parameters.push(("code", code.expose())),
        // Flows of this dialect end in no ticket; links to confirm are handled by the caller.
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

fn failure_url(
    http: &HttpState,
    error: &SignInError,
    result: Option<&CallbackResult>,
    provider_error: Option<&ProviderErrorResponse>,
    state: &str,
) -> String {
    let code = codes::public_code(http, error.code);
    let (code, description) = match (error.code, error.veto()) {
        (_, Some(veto)) => (veto.code(), veto.message()),
        (FailureCode::FlowExpired, None) => (code.text(), "This sign-in has expired; start again"),
        (_, None) => (code.text(), code.message()),
    };
    let flow = FlowTag::of(state).to_string();
    let mut parameters = vec![("error", code), ("errorDescription", description), ("flow", &flow)];
    match (error.code, provider_error) {
        (FailureCode::InvalidState | FailureCode::FlowExpired, _) => parameters.push(("provider_state", state)),
        (FailureCode::ProviderError | FailureCode::ConsentDenied, Some(provider_error)) => parameters.extend([
            ("provider_error", provider_error.error.as_str()),
            ("provider_error_description", provider_error.description.as_str()),
            ("provider_error_url", provider_error.uri.as_str()),
        ]),
        _ => {}
    }
    if let Some(state) = result.and_then(|result| result.client_state.as_deref()) {
        parameters.push(("state", state));
    }
    let own = result.map(|result| &result.return_url).filter(|_| !is_for_client_url(error.code));
    own.unwrap_or_else(|| http.return_urls.default_url()).with_params(&parameters)
}
