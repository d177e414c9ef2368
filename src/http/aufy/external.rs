//! `POST {auth}/signin/external`, `{auth}/signup/external` and `{account}/link/external`: the app asks for the user
//! whose ticket the hand-over cookie names.

use actix_session::Session;
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde_json::Value;

use super::dialect::Dialect;
use super::errors::Problem;
use super::session::{TokenDelivery, token_response};
use super::{bearer, cookies, origin, query};
use crate::domain::sign_up_schema::SignUpSchema;
use crate::flow::error::FailureCode;
use crate::flow::ticket::RedeemTicket;
use crate::http::extract::client_ip;
use crate::http::state::HttpState;
use crate::user::messages::{Find, Intent, IssuedSession, SignInPolicy, SignedIn};
use crate::user::options::SignUpOptions;
use crate::vault::ticket::TicketPurpose;

type Body = Result<Bytes, actix_web::Error>;

/// `POST {auth}/signin/external`
pub(super) async fn sign_in(
    request: HttpRequest,
    http: web::Data<HttpState>,
    dialect: web::Data<Dialect>,
    session: Session,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let wants_cookie = query::wants_cookie(request.query_string())?;
    origin::require_allowed_origin(&http, &dialect, &request)?;
    let settings = &dialect.settings;
    let form_fields = match &settings.fields {
        Some(fields) if settings.fields_on_sign_in => form_fields(fields, body)?,
        _ => None,
    };
    let policy = SignInPolicy {
        is_linking_allowed: settings.automatic_linking,
        is_sign_up_allowed: settings.fields.is_none() || form_fields.is_some(),
    };
    let redeemed = match cookies::ticket(&session) {
        None => Err(Problem::no_ticket()),
        Some(handle) => {
            let address = client_ip::client_ip(&http, &request);
            let options = SignUpOptions { metadata: form_fields, ..SignUpOptions::default() };
            let redeem = RedeemTicket {
                handle,
                purpose: TicketPurpose::SignIn,
                intent: Intent::SignIn(policy),
                options,
                address,
            };
            redeem_ticket(&http, &dialect, redeem, wants_cookie).await
        }
    };
    finish(&http, &dialect, redeemed)
}

/// `POST {auth}/signup/external`: with the fields that the operator asks of new people.
pub(super) async fn sign_up(
    request: HttpRequest,
    http: web::Data<HttpState>,
    dialect: web::Data<Dialect>,
    session: Session,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let Some(fields) = &dialect.settings.fields else { return Err(Problem::not_found()) };
    let wants_cookie = query::wants_cookie(request.query_string())?;
    origin::require_allowed_origin(&http, &dialect, &request)?;
    let Some(handle) = cookies::ticket(&session) else {
        return finish(&http, &dialect, Err(Problem::no_ticket()));
    };
    // Whoever has to fill it in again still has the ticket.
    let form_fields = form_fields(fields, body)?.ok_or_else(|| Problem::bad_request("The request body is missing"))?;
    let address = client_ip::client_ip(&http, &request);
    let options = SignUpOptions { metadata: Some(form_fields), ..SignUpOptions::default() };
    let redeem = RedeemTicket { handle, purpose: TicketPurpose::SignUp, intent: Intent::SignUp, options, address };
    finish(&http, &dialect, redeem_ticket(&http, &dialect, redeem, wants_cookie).await)
}

/// `POST {account}/link/external`: the identity becomes that of the user who is signed in.
pub(super) async fn link(
    request: HttpRequest,
    http: web::Data<HttpState>,
    dialect: web::Data<Dialect>,
    session: Session,
) -> Result<HttpResponse, Problem> {
    let fresh = bearer::fresh_session(&http, &dialect, &request).await?;
    origin::require_allowed_origin(&http, &dialect, &request)?;
    // Not a 401: clients would forget who is signed in.
    let nothing_to_link = || Problem::bad_request("There is no sign-in to link; begin a new one at the provider");
    let handle = cookies::ticket(&session).ok_or_else(nothing_to_link)?;
    let (purpose, intent) = (TicketPurpose::SignIn, Intent::Connect(fresh));
    let address = client_ip::client_ip(&http, &request);
    let redeem = RedeemTicket { handle, purpose, intent, options: SignUpOptions::default(), address };
    let linked = match http.sign_ins.redeem_ticket(redeem).await {
        Ok(SignedIn::Connected) => {
            bearer::account(&http, fresh.into()).await.map(|account| HttpResponse::Ok().json(account))
        }
        Ok(SignedIn::Session { .. } | SignedIn::Code(_) | SignedIn::PendingVerification) => Err(Problem::internal()),
        Err(error) if error.code == FailureCode::InvalidTicket => Err(nothing_to_link()),
        Err(error) => Err(Problem::from_sign_in(&error)),
    };
    finish(&http, &dialect, linked)
}

async fn redeem_ticket(
    http: &HttpState,
    dialect: &Dialect,
    redeem: RedeemTicket,
    wants_cookie: bool,
) -> Result<HttpResponse, Problem> {
    match http.sign_ins.redeem_ticket(redeem).await {
        Ok(SignedIn::Session { refresh_token, session, claims }) => {
            let (user, session_id) = (http.users.send(Find { session }).await??, session.id());
            token_response(
                http,
                dialect,
                &IssuedSession { refresh_token, session_id, user, claims },
                wants_cookie,
                TokenDelivery::Cookie,
            )
        }
        // The account is there, but its address has to be proven first.
        Ok(SignedIn::PendingVerification) => Err(Problem::unverified()),
        Ok(SignedIn::Code(_) | SignedIn::Connected) => Err(Problem::internal()),
        Err(error) => Err(Problem::from_sign_in(&error)),
    }
}

/// What was filled in, if it fits; `None` if there is no body.
fn form_fields(fields: &SignUpSchema, body: Body) -> Result<Option<Value>, Problem> {
    let body = body.map_err(|error| Problem::body_error(&error))?;
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
fn finish(http: &HttpState, dialect: &Dialect, result: Result<HttpResponse, Problem>) -> Result<HttpResponse, Problem> {
    let mut response = match result {
        Err(problem) if problem.is_transient() => return Err(problem),
        Err(problem) => problem.error_response(),
        Ok(response) => response,
    };
    cookies::clear_hand_over(http, dialect, &mut response);
    Ok(response)
}
