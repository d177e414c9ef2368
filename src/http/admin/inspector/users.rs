//! `/admin/inspector/users`: finds users. Nobody is listed who was not asked for.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use maud::{Markup, html};
use serde::Deserialize;

use super::document::{Document, Section};
use super::table::table;
use super::times;
use super::viewer::Viewer;
use crate::domain::id::UserId;
use crate::http::admin::errors::Problem;
use crate::http::extract::Query;
use crate::http::state::HttpState;
use crate::user::admin::{AdminError, FindUsers, Selector, UserRecord};

/// What the search sends.
#[derive(Debug, Deserialize)]
pub(super) struct UserQuery {
    q: Option<String>,
}

/// `GET /admin/inspector/users`
pub(super) async fn page(
    http: web::Data<HttpState>,
    viewer: Viewer,
    Query(query): Query<UserQuery>,
) -> Result<HttpResponse, Problem> {
    let text = query.q.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let (found, not_found) = match text.map(selector) {
        None => (Vec::new(), None),
        // Of an erased user the page still has the audit trail.
        Some(Selector::Id(id)) => return Ok(to_user(&http, id)),
        Some(selector) => match http.users.send(FindUsers(selector)).await? {
            Ok(found) => (found, None),
            Err(error @ AdminError::Store(_)) => return Err(error.into()),
            Err(error) => (Vec::new(), Some(error.to_string())),
        },
    };
    if let [user] = found.as_slice() {
        return Ok(to_user(&http, user.id));
    }
    let main = html! {
        h1 { "Users" }
        form.search method="get" action={ (http.inspector.path) "/inspector/users" } role="search" {
            label for="q" { "E-mail address, id, or identity such as " code { "google:1234" } }
            div.line {
                input #q name="q" value=[text] spellcheck="false" autocapitalize="none" autocomplete="off"
                    aria-describedby=[not_found.as_ref().map(|_| "not-found")];
                button { "Find" }
            }
        }
        @if let Some(not_found) = &not_found {
            p #not-found.error role="status" { (not_found) "." }
        }
        @if !found.is_empty() { (claimants(&http, &found)) }
    };
    let document = Document { title: "Users", section: Section::Users, viewer: Some(&viewer), script: false, main };
    Ok(document.respond(&http, StatusCode::OK))
}

fn to_user(http: &HttpState, user: UserId) -> HttpResponse {
    let target = format!("{}/inspector/users/{user}", http.inspector.path);
    HttpResponse::SeeOther().insert_header((header::LOCATION, target)).finish()
}

fn selector(text: &str) -> Selector {
    match text.parse() {
        Ok(selector) => selector,
    }
}

/// Several users who have one address: whose it is, is known only of the one who has proven it.
fn claimants(http: &HttpState, found: &[UserRecord]) -> Markup {
    let now = http.clock.now();
    let columns = ["User", "Name", "Address", "Last seen"].map(|heading| (heading, None));
    let rows = html! {
        @for user in found {
            tr {
                td { a.id href={ (http.inspector.path) "/inspector/users/" (user.id) } { (user.id) } }
                td { bdi { (user.display_name) } }
                td { (address_state(user)) }
                td { (times::time(&user.last_seen_at, now)) }
            }
        }
    };
    html! {
        p.note { "Several users have this address; at most one has proven it." }
        (table("Users", None, &columns, &rows))
    }
}

/// Whether a user has proven the address.
pub(super) fn address_state(user: &UserRecord) -> Markup {
    html! {
        @if user.email_verified { span.state.good { "proven" } } @else { span.state { "not proven" } }
    }
}
