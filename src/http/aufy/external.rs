//! `POST {auth}/signin/external`, `{auth}/signup/external` and `{account}/link/external`: redeem the ticket that the
//! hand-over cookie names.

use actix_session::Session;
use actix_web::{Error, HttpResponse, web};
use serde_json::Value;

use super::account::account_json;
use super::auth::Fresh;
use super::cookies;
use super::dialect::Dialect;
use super::errors::Problem;
use super::origin::AllowedOrigin;
use super::query::UseCookie;
use super::session::{TokenDelivery, token_response};
use crate::domain::secret::Secret;
use crate::domain::sign_up_schema::SignUpSchema;
use crate::flow::error::FailureCode;
use crate::flow::ticket::RedeemTicket;
use crate::http::extract::{ClientIp, OptionalJson, Rejection};
use crate::http::state::HttpState;
use crate::user::messages::{Find, Intent, IssuedSession, SignInPolicy, SignedIn};
use crate::user::options::SignUpOptions;
use crate::vault::ticket::{PeekTicket, TicketPurpose};

/// A body that only some settings need, so its errors do not refuse the request yet.
type Body = Result<OptionalJson<Value>, Error>;

/// `POST {auth}/signin/external`
pub(super) async fn sign_in(
    http: web::Data<HttpState>,
    dialect: web::Data<Dialect>,
    UseCookie(use_cookie): UseCookie,
    _: AllowedOrigin,
    session: Session,
    body: Body,
    ClientIp(ip): ClientIp,
) -> Result<HttpResponse, Error> {
    let settings = &dialect.settings;
    let Some(handle) = cookies::ticket(&session) else {
        return Ok(finish(&http, &dialect, Err(Problem::no_ticket()))?);
    };
    let fields = match &settings.fields {
        Some(schema) if settings.fields_on_sign_in => {
            if let Err(problem) = require_ticket(&http, &handle, TicketPurpose::SignIn).await {
                return Ok(finish(&http, &dialect, Err(problem))?);
            }
            checked_fields(schema, body)?
        }
        _ => None,
    };
    let policy = SignInPolicy {
        is_linking_allowed: settings.automatic_linking,
        is_sign_up_allowed: settings.fields.is_none() || fields.is_some(),
    };
    let options = SignUpOptions { metadata: fields, ..SignUpOptions::default() };
    let (purpose, intent) = (TicketPurpose::SignIn, Intent::SignIn(policy));
    let redeem = RedeemTicket { handle, purpose, intent, options, ip };
    Ok(finish(&http, &dialect, redeem_ticket(&http, &dialect, redeem, use_cookie).await)?)
}

/// `POST {auth}/signup/external`: with the fields that the operator asks of new users.
pub(super) async fn sign_up(
    http: web::Data<HttpState>,
    dialect: web::Data<Dialect>,
    UseCookie(use_cookie): UseCookie,
    _: AllowedOrigin,
    session: Session,
    body: Body,
    ClientIp(ip): ClientIp,
) -> Result<HttpResponse, Error> {
    let schema = dialect.settings.fields.as_ref().ok_or_else(|| Problem::from(Rejection::NotFound))?;
    let Some(handle) = cookies::ticket(&session) else {
        return Ok(finish(&http, &dialect, Err(Problem::no_ticket()))?);
    };
    if let Err(problem) = require_ticket(&http, &handle, TicketPurpose::SignUp).await {
        return Ok(finish(&http, &dialect, Err(problem))?);
    }
    // Wrong fields do not spend the ticket: the user corrects them and tries again.
    let fields = checked_fields(schema, body)?.ok_or_else(|| Problem::bad_request("The request body is missing"))?;
    let options = SignUpOptions { metadata: Some(fields), ..SignUpOptions::default() };
    let redeem = RedeemTicket { handle, purpose: TicketPurpose::SignUp, intent: Intent::SignUp, options, ip };
    Ok(finish(&http, &dialect, redeem_ticket(&http, &dialect, redeem, use_cookie).await)?)
}

/// `POST {account}/link/external`: links the identity to the signed-in user's account.
pub(super) async fn link(
    http: web::Data<HttpState>,
    dialect: web::Data<Dialect>,
    Fresh(session): Fresh,
    _: AllowedOrigin,
    cookie: Session,
    ClientIp(ip): ClientIp,
) -> Result<HttpResponse, Problem> {
    // Not a 401: clients would forget who is signed in.
    let no_ticket = || Problem::bad_request("There is no sign-in to link; begin a new one at the provider");
    let handle = cookies::ticket(&cookie).ok_or_else(no_ticket)?;
    let (purpose, intent) = (TicketPurpose::SignIn, Intent::Connect(session));
    let redeem = RedeemTicket { handle, purpose, intent, options: SignUpOptions::default(), ip };
    let linked = match http.sign_ins.redeem_ticket(redeem).await {
        Ok(SignedIn::Connected) => {
            account_json(&http, session.into()).await.map(|account| HttpResponse::Ok().json(account))
        }
        Ok(SignedIn::Session { .. } | SignedIn::Code(_) | SignedIn::PendingVerification) => Err(Problem::internal()),
        Err(error) if error.code == FailureCode::InvalidTicket => Err(no_ticket()),
        Err(error) => Err(Problem::from_sign_in(&http, &error)),
    };
    finish(&http, &dialect, linked)
}

async fn redeem_ticket(
    http: &HttpState,
    dialect: &Dialect,
    redeem: RedeemTicket,
    use_cookie: bool,
) -> Result<HttpResponse, Problem> {
    match http.sign_ins.redeem_ticket(redeem).await {
        Ok(SignedIn::Session { refresh_token, session, claims, token_claims }) => {
            let (user, session_id) = (http.users.send(Find { session }).await??, session.id());
            let issued = IssuedSession { refresh_token, session_id, user, claims, token_claims };
            token_response(http, dialect, &issued, use_cookie, TokenDelivery::Cookie)
        }
        // No session before the e-mail is verified.
        Ok(SignedIn::PendingVerification) => Err(Problem::unverified()),
        Ok(SignedIn::Code(_) | SignedIn::Connected) => Err(Problem::internal()),
        Err(error) => Err(Problem::from_sign_in(http, &error)),
    }
}

/// Looks up the ticket without spending it: only who has one may have fields checked.
async fn require_ticket(http: &HttpState, handle: &Secret, purpose: TicketPurpose) -> Result<(), Problem> {
    let found = http.vault.send(PeekTicket { handle: handle.clone(), purpose }).await??;
    found.map(drop).ok_or_else(Problem::no_ticket)
}

/// The sign-up fields if they fit the schema; `None` without a body.
fn checked_fields(schema: &SignUpSchema, body: Body) -> Result<Option<Value>, Error> {
    let OptionalJson(fields) = body?;
    if let Some(fields) = &fields {
        schema.check(fields).map_err(Problem::invalid_fields)?;
    }
    Ok(fields)
}

/// Removes the hand-over cookies, because the ticket is used, unless the same request may succeed later.
fn finish(http: &HttpState, dialect: &Dialect, result: Result<HttpResponse, Problem>) -> Result<HttpResponse, Problem> {
    let mut response = match result {
        Err(problem) if problem.is_transient() => return Err(problem),
        Err(problem) => HttpResponse::from_error(problem),
        Ok(response) => response,
    };
    cookies::clear_hand_over(http, dialect, &mut response);
    Ok(response)
}
