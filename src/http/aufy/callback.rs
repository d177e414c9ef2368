//! `GET` and `POST {auth}/external/callback/{provider}`: back from the provider, and on to the app with a ticket.

use actix_session::{Session, SessionExt};
use actix_web::body::MessageBody;
use actix_web::dev::ServiceResponse;
use actix_web::web::{self, Bytes};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError};

use super::cookies::put_ticket;
use super::dialect::Dialect;
use super::errors::Problem;
use super::{RETURN_MARKERS, names};
use crate::domain::secret::Secret;
use crate::flow::supervisor::Outcome;
use crate::http::callback::{self, ReceivedCallback};
use crate::http::state::HttpState;

/// The handle of a ticket for the outer of the two hand-over cookies; the inner one takes what is in the session.
struct SignUpTicket(Secret);

/// The usual way: the provider redirect the browser here.
pub(super) async fn from_redirect(
    request: HttpRequest,
    http: web::Data<HttpState>,
    dialect: web::Data<Dialect>,
    provider: web::Path<String>,
    session: Session,
) -> Result<HttpResponse, Problem> {
    receive_callback(&http, &dialect, &request, &provider, request.query_string().as_bytes(), &session).await
}

/// The other way: the provider's page posted a form (`response_mode=form_post`).
pub(super) async fn from_form_post(
    request: HttpRequest,
    http: web::Data<HttpState>,
    dialect: web::Data<Dialect>,
    provider: web::Path<String>,
    session: Session,
    body: Result<Bytes, actix_web::Error>,
) -> Result<HttpResponse, Problem> {
    let body = body.map_err(|error| Problem::body_error(&error))?;
    match callback::redirect_form_post(&http, &request, &body)? {
        None => receive_callback(&http, &dialect, &request, &provider, &body, &session).await,
        Some(home) => names::find(&http, &provider).map(|_| home).ok_or_else(Problem::not_found),
    }
}

async fn receive_callback(
    http: &HttpState,
    dialect: &Dialect,
    request: &HttpRequest,
    provider: &str,
    parameters: &[u8],
    session: &Session,
) -> Result<HttpResponse, Problem> {
    let provider = names::find(http, provider).ok_or_else(Problem::not_found)?;
    let here = dialect.redirect_uri(&provider);
    let received = callback::receive(http, request, provider, here, parameters).await?;
    if let Some(error) = received.retryable_error() {
        return Err(Problem::from_sign_in(error));
    }
    let ReceivedCallback { state, result, .. } = received;
    let result = match result {
        Ok(result) => result,
        // Nobody knows where this browser wants to go, so it stays here.
        Err(error) => {
            let mut response = Problem::from_sign_in(&error).error_response();
            for removal in callback::removal_cookies(http, request, &state) {
                response.add_cookie(&removal).map_err(|_| Problem::internal())?;
            }
            return Ok(response);
        }
    };
    let mark = match result.outcome {
        Ok(Outcome::Ticket(handle)) => {
            put_ticket(session, &handle)?;
            None
        }
        Ok(Outcome::TicketForSignUp(handle)) => {
            request.extensions_mut().insert(SignUpTicket(handle));
            Some("signup")
        }
        // The first coming of this callback left its ticket in this browser.
        Ok(Outcome::AlreadyUsed) => None,
        // No flow of this dialect signs in by itself, or asks for an agreement.
        Ok(Outcome::SignedIn(_) | Outcome::ConfirmLink { .. }) | Err(_) => Some("failed"),
    };
    let target = result.return_url.with_marker(&RETURN_MARKERS, mark);
    Ok(callback::redirect_clearing_cookies(http, request, &state, &target))
}

/// Between the two hand-over cookies: hands the ticket for the form to the outer one.
pub(super) fn store_sign_up_ticket<B: MessageBody>(
    response: ServiceResponse<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let sign_up_ticket = response.request().extensions_mut().remove::<SignUpTicket>();
    if let Some(SignUpTicket(handle)) = sign_up_ticket {
        put_ticket(&response.request().get_session(), &handle)?;
    }
    Ok(response)
}
