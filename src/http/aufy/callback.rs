//! `GET` and `POST {auth}/external/callback/{provider}`: back from the provider, and on to the app with a ticket.

use actix_session::{Session, SessionExt};
use actix_web::body::MessageBody;
use actix_web::dev::ServiceResponse;
use actix_web::web::{self, Bytes};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError};

use super::cookies::put_ticket;
use super::dialect::Dialect;
use super::errors::Problem;
use super::{MARKS, names};
use crate::domain::secret::Secret;
use crate::flow::supervisor::Outcome;
use crate::http::callback::{self, Landed};
use crate::http::front::Front;

/// The handle of a ticket for the outer of the two hand-over cookies; the inner one takes what is in the session.
struct ForTheForm(Secret);

/// The usual way: the provider redirected the browser here.
pub(super) async fn by_redirect(
    request: HttpRequest,
    front: web::Data<Front>,
    dialect: web::Data<Dialect>,
    provider: web::Path<String>,
    session: Session,
) -> Result<HttpResponse, Problem> {
    arrive(&front, &dialect, &request, &provider, request.query_string().as_bytes(), &session).await
}

/// The other way: the provider's page posted a form (`response_mode=form_post`).
pub(super) async fn by_form(
    request: HttpRequest,
    front: web::Data<Front>,
    dialect: web::Data<Dialect>,
    provider: web::Path<String>,
    session: Session,
    body: Result<Bytes, actix_web::Error>,
) -> Result<HttpResponse, Problem> {
    let body = body.map_err(|error| Problem::unreadable(&error))?;
    match callback::bounce(&front, &request, &body)? {
        None => arrive(&front, &dialect, &request, &provider, &body, &session).await,
        Some(home) => names::find(&front, &provider).map(|_| home).ok_or_else(Problem::nothing_here),
    }
}

async fn arrive(
    front: &Front,
    dialect: &Dialect,
    request: &HttpRequest,
    provider: &str,
    parameters: &[u8],
    session: &Session,
) -> Result<HttpResponse, Problem> {
    let provider = names::find(front, provider).ok_or_else(Problem::nothing_here)?;
    let here = dialect.redirect_uri(&provider);
    let landed = callback::land(front, request, provider, here, parameters).await?;
    if let Some(error) = landed.open_failure() {
        return Err(Problem::of_sign_in(error));
    }
    let Landed { state, arrived, .. } = landed;
    let arrived = match arrived {
        Ok(arrived) => arrived,
        // Nobody knows where this browser wants to go, so it stays here.
        Err(error) => {
            let mut response = Problem::of_sign_in(&error).error_response();
            for removal in callback::removals(front, request, &state) {
                response.add_cookie(&removal).map_err(|_| Problem::internal())?;
            }
            return Ok(response);
        }
    };
    let mark = match arrived.outcome {
        Ok(Outcome::Ticket(handle)) => {
            put_ticket(session, &handle)?;
            None
        }
        Ok(Outcome::TicketForForm(handle)) => {
            request.extensions_mut().insert(ForTheForm(handle));
            Some("signup")
        }
        // The first coming of this callback left its ticket in this browser.
        Ok(Outcome::TakenBefore) => None,
        // No flow of this dialect signs in by itself, or asks for an agreement.
        Ok(Outcome::SignedIn(_) | Outcome::ToConfirm { .. }) | Err(_) => Some("failed"),
    };
    let target = arrived.return_url.marked(&MARKS, mark);
    Ok(callback::found_without_cookie(front, request, &state, &target))
}

/// Between the two hand-over cookies: hands the ticket for the form to the outer one.
pub(super) fn pass_on<B: MessageBody>(response: ServiceResponse<B>) -> Result<ServiceResponse<B>, actix_web::Error> {
    let for_the_form = response.request().extensions_mut().remove::<ForTheForm>();
    if let Some(ForTheForm(handle)) = for_the_form {
        put_ticket(&response.request().get_session(), &handle)?;
    }
    Ok(response)
}
