//! `POST {auth}/signin/external`, `{auth}/signup/external` and `{account}/link/external`: the app asks for the person
//! whose ticket the hand-over cookie names.

use actix_session::Session;
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde_json::Value;

use super::dialect::Dialect;
use super::errors::Problem;
use super::session::{Carrier, welcome};
use super::{bearer, cookies, origin, query};
use crate::domain::fields::Fields;
use crate::flow::error::Code;
use crate::flow::ticket::Redeem;
use crate::http::client_address;
use crate::http::front::Front;
use crate::user::messages::{Find, Intent, Renewed, SignedIn, Ways};
use crate::user::options::SignUpOptions;
use crate::vault::ticket::Sort;

type Body = Result<Bytes, actix_web::Error>;

/// `POST {auth}/signin/external`
pub(super) async fn sign_in(
    request: HttpRequest,
    front: web::Data<Front>,
    dialect: web::Data<Dialect>,
    session: Session,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let wants_cookie = query::wants_cookie(request.query_string())?;
    origin::demand_own_page(&front, &dialect, &request)?;
    let settings = &dialect.settings;
    let filled_in = match &settings.fields {
        Some(fields) if settings.fields_on_sign_in => filled_in(fields, body)?,
        _ => None,
    };
    let ways = Ways {
        is_linking_open: settings.automatic_linking,
        is_sign_up_open: settings.fields.is_none() || filled_in.is_some(),
    };
    let entered = match cookies::ticket(&session) {
        None => Err(Problem::no_ticket()),
        Some(handle) => {
            let address = client_address::of(&front, &request);
            let options = SignUpOptions { metadata: filled_in, ..SignUpOptions::default() };
            let redeem = Redeem { handle, sort: Sort::SignIn, intent: Intent::SignInBy(ways), options, address };
            enter(&front, &dialect, redeem, wants_cookie).await
        }
    };
    conclude(&front, &dialect, entered)
}

/// `POST {auth}/signup/external`: with the fields that the operator asks of new people.
pub(super) async fn sign_up(
    request: HttpRequest,
    front: web::Data<Front>,
    dialect: web::Data<Dialect>,
    session: Session,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let Some(fields) = &dialect.settings.fields else { return Err(Problem::nothing_here()) };
    let wants_cookie = query::wants_cookie(request.query_string())?;
    origin::demand_own_page(&front, &dialect, &request)?;
    let Some(handle) = cookies::ticket(&session) else {
        return conclude(&front, &dialect, Err(Problem::no_ticket()));
    };
    // Whoever has to fill it in again still has the ticket.
    let filled_in = filled_in(fields, body)?.ok_or_else(|| Problem::bad_request("The request body is missing"))?;
    let address = client_address::of(&front, &request);
    let options = SignUpOptions { metadata: Some(filled_in), ..SignUpOptions::default() };
    let redeem = Redeem { handle, sort: Sort::SignUp, intent: Intent::SignUp, options, address };
    conclude(&front, &dialect, enter(&front, &dialect, redeem, wants_cookie).await)
}

/// `POST {account}/link/external`: the identity becomes that of the person who is signed in.
pub(super) async fn link(
    request: HttpRequest,
    front: web::Data<Front>,
    dialect: web::Data<Dialect>,
    session: Session,
) -> Result<HttpResponse, Problem> {
    let person = bearer::person(&front, &dialect, &request).await?;
    origin::demand_own_page(&front, &dialect, &request)?;
    // Not a 401: clients would forget who is signed in.
    let nothing_to_link = || Problem::bad_request("There is no sign-in to link; begin a new one at the provider");
    let handle = cookies::ticket(&session).ok_or_else(nothing_to_link)?;
    let (sort, intent) = (Sort::SignIn, Intent::Connect(person.id));
    let address = client_address::of(&front, &request);
    let redeem = Redeem { handle, sort, intent, options: SignUpOptions::default(), address };
    let linked = match front.directory.redeem(redeem).await {
        Ok(SignedIn::Connected) => {
            bearer::account(&front, &person).await.map(|account| HttpResponse::Ok().json(account))
        }
        Ok(SignedIn::Session { .. } | SignedIn::Code(_) | SignedIn::Withheld) => Err(Problem::internal()),
        Err(error) if error.code == Code::InvalidTicket => Err(nothing_to_link()),
        Err(error) => Err(Problem::of_sign_in(&error)),
    };
    conclude(&front, &dialect, linked)
}

async fn enter(front: &Front, dialect: &Dialect, redeem: Redeem, wants_cookie: bool) -> Result<HttpResponse, Problem> {
    match front.directory.redeem(redeem).await {
        Ok(SignedIn::Session { refresh_token, session_id, user_id, claims }) => {
            let person = front.users.ask(Find { user_id }).await??;
            welcome(
                front,
                dialect,
                &Renewed { refresh_token, session_id, person, claims },
                wants_cookie,
                Carrier::Cookie,
            )
        }
        // The account is there, but its address has to be proven first.
        Ok(SignedIn::Withheld) => Err(Problem::unverified()),
        Ok(SignedIn::Code(_) | SignedIn::Connected) => Err(Problem::internal()),
        Err(error) => Err(Problem::of_sign_in(&error)),
    }
}

/// What was filled in, if it fits; `None` if there is no body.
fn filled_in(fields: &Fields, body: Body) -> Result<Option<Value>, Problem> {
    let body = body.map_err(|error| Problem::unreadable(&error))?;
    if body.is_empty() {
        return Ok(None);
    }
    let value: Value = serde_json::from_slice(&body).map_err(|error| {
        // Where, not what.
        Problem::bad_request(format!("The body is not JSON (column {})", error.column()))
    })?;
    fields.check(&value).map_err(Problem::invalid_fields)?;
    Ok(Some(value))
}

/// The ticket is spent, so its cookies go, unless the same may be tried again.
fn conclude(front: &Front, dialect: &Dialect, result: Result<HttpResponse, Problem>) -> Result<HttpResponse, Problem> {
    let mut response = match result {
        Err(problem) if problem.is_passing() => return Err(problem),
        Err(problem) => problem.error_response(),
        Ok(response) => response,
    };
    cookies::end_hand_over(front, dialect, &mut response);
    Ok(response)
}
