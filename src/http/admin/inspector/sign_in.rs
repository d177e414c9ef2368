//! The form for an operator's token, and signing out.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use maud::html;
use serde::Deserialize;

use super::destination::Destination;
use super::document::{Document, Section};
use super::session::{Session, removal};
use super::viewer::{Act, require_own_page};
use crate::domain::log;
use crate::domain::secret::Secret;
use crate::http::admin::errors::Problem;
use crate::http::extract::{ClientIp, Form, Rejection};
use crate::http::state::HttpState;

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct TokenForm {
    token: Option<Secret>,
    next: Option<String>,
}

/// The form. `next` is the page to which it leads.
pub(super) fn page(http: &HttpState, next: Option<&str>, is_refused: bool) -> HttpResponse {
    let next = next.and_then(|next| next.parse::<Destination>().ok());
    let main = html! {
        div.narrow {
            h1 { "Inspector" }
            p.lead { "Sign in with a token of " code { "admin.token_file" } "." }
            form.sign-in method="post" action={ (http.inspector.path) "/inspector/sign-in" } {
                @if let Some(next) = next {
                    input type="hidden" name="next" value=(next);
                }
                label for="token" { "Token" }
                input #token type="password" name="token" autocomplete="current-password" required autofocus
                    aria-describedby=[is_refused.then_some("refused")] aria-invalid=[is_refused.then_some("true")];
                @if is_refused {
                    p #refused.error { "This is none of the tokens." }
                }
                button { "Sign in" }
            }
            @if let Some(next) = next {
                // A cookie of this strictness does not come with a link on another site.
                p.note {
                    "You are signed in, and came by a link from elsewhere? "
                    a href={ (http.inspector.path) "/inspector/" (next) } { "Continue" } "."
                }
            }
            p.note { "The session ends after eight hours, or with its token. What you do is in the audit trail." }
        }
    };
    let status = if is_refused { StatusCode::FORBIDDEN } else { StatusCode::OK };
    Document { title: "Sign in", section: Section::None, viewer: None, script: false, main }.respond(http, status)
}

/// `POST /admin/inspector/sign-in`: a session for a token. An earlier one of the browser ends.
pub(super) async fn sign_in(
    request: HttpRequest,
    http: web::Data<HttpState>,
    ClientIp(ip): ClientIp,
    Form(TokenForm { token, next }): Form<TokenForm>,
) -> Result<HttpResponse, Problem> {
    if http.admin_tokens.is_empty() {
        return Err(Rejection::NotFound.into());
    }
    require_own_page(&request)?;
    let client = http.request_log.client_ip.apply(ip);
    let Some(session) = token.and_then(|token| Session::begin(&http, &token)) else {
        log::info!(client; "a sign-in to the inspector was refused");
        return Ok(page(&http, next.as_deref(), true));
    };
    if let Some(earlier) = Session::of(&http, &request) {
        earlier.end(&http);
    }
    let cookie = session.cookie(&http).ok_or(Rejection::Internal)?;
    let operator = session.operator(&http).unwrap_or_default();
    log::info!(operator = &*operator, client; "an operator signed in to the inspector");
    let path = &http.inspector.path;
    let target = match next.and_then(|next| next.parse::<Destination>().ok()) {
        Some(next) => format!("{path}/inspector/{next}"),
        None => path.to_string(),
    };
    Ok(HttpResponse::SeeOther().cookie(cookie).insert_header((header::LOCATION, target)).finish())
}

/// `POST /admin/inspector/sign-out`: ends the session.
pub(super) async fn sign_out(http: web::Data<HttpState>, act: Act) -> HttpResponse {
    act.session.end(&http);
    let target = (header::LOCATION, http.inspector.path.to_string());
    HttpResponse::SeeOther().cookie(removal(&http)).insert_header(target).finish()
}
