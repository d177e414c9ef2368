//! `GET` and `POST {auth}/external/callback/{provider}`: the browser comes back from the provider, and goes on to the app
//! with a ticket.

use actix_session::{Session, SessionExt};
use actix_web::body::MessageBody;
use actix_web::dev::ServiceResponse;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};

use super::RETURN_MARKERS;
use super::cookies::put_ticket;
use super::dialect::Dialect;
use super::errors::Problem;
use super::provider_path::CallbackPath;
use crate::domain::id::ProviderName;
use crate::domain::secret::Secret;
use crate::flow::supervisor::Outcome;
use crate::http::callback::{self, CallbackParams, ReceivedCallback};
use crate::http::extract::{Form, Query, Rejection};
use crate::http::state::HttpState;

/// The handle for the sign-up cookie. It belongs to the outer middleware, which handlers cannot reach.
struct SignUpTicket(Secret);

/// The provider redirected the browser here.
pub(super) async fn from_redirect(
    request: HttpRequest,
    http: web::Data<HttpState>,
    dialect: web::Data<Dialect>,
    CallbackPath(provider): CallbackPath,
    Query(params): Query<CallbackParams>,
    session: Session,
) -> Result<HttpResponse, Problem> {
    let provider = provider.ok_or(Rejection::NotFound)?;
    receive(&http, &dialect, &request, provider, params, &session).await
}

/// The provider's page posted a form (`response_mode=form_post`).
pub(super) async fn from_form_post(
    request: HttpRequest,
    http: web::Data<HttpState>,
    dialect: web::Data<Dialect>,
    CallbackPath(provider): CallbackPath,
    session: Session,
    Form(params): Form<CallbackParams>,
) -> Result<HttpResponse, Problem> {
    let provider = provider.ok_or(Rejection::NotFound)?;
    match callback::redirect_form_post(&http, &request, &params)? {
        None => receive(&http, &dialect, &request, provider, params, &session).await,
        Some(redirect) => Ok(redirect),
    }
}

async fn receive(
    http: &HttpState,
    dialect: &Dialect,
    request: &HttpRequest,
    provider: ProviderName,
    params: CallbackParams,
    session: &Session,
) -> Result<HttpResponse, Problem> {
    let redirect_uri = dialect.redirect_uri(&provider);
    let received = callback::receive(http, request, provider, redirect_uri, params).await?;
    if let Some(error) = received.retryable_error() {
        return Err(Problem::from_sign_in(http, error));
    }
    let ReceivedCallback { state, result, .. } = received;
    let result = match result {
        Ok(result) => result,
        // Without a flow there is no return URL.
        Err(error) => {
            let mut response = HttpResponse::from_error(Problem::from_sign_in(http, &error));
            for removal in callback::removal_cookies(http, request, &state) {
                response.add_cookie(&removal).map_err(|_| Problem::internal())?;
            }
            return Ok(response);
        }
    };
    let marker = match result.outcome {
        Ok(Outcome::Ticket(handle)) => {
            put_ticket(session, &handle)?;
            None
        }
        Ok(Outcome::TicketForSignUp(handle)) => {
            request.extensions_mut().insert(SignUpTicket(handle));
            Some("signup")
        }
        // The first request with this callback gave this browser its ticket.
        Ok(Outcome::AlreadyUsed) => None,
        // No flow of this dialect ends in a session or a confirmation page.
        Ok(Outcome::SignedIn(_) | Outcome::ConfirmLink { .. }) | Err(_) => Some("failed"),
    };
    let flow = (marker == Some("failed")).then_some(result.flow);
    let target = result.return_url.with_marker(&RETURN_MARKERS, marker, flow);
    Ok(callback::redirect_clearing_cookies(http, request, &state, &target))
}

/// Stores the ticket for the sign-up form; runs between the two cookie middlewares, where the session is the outer one.
pub(super) fn store_sign_up_ticket<B: MessageBody>(
    response: ServiceResponse<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let sign_up_ticket = response.request().extensions_mut().remove::<SignUpTicket>();
    if let Some(SignUpTicket(handle)) = sign_up_ticket {
        put_ticket(&response.request().get_session(), &handle)?;
    }
    Ok(response)
}
