//! `/admin/inspector/users/{id}`: a user with identities, sessions and audit trail, and what operators can do.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;

use super::acts::Done;
use super::document::{Document, Section};
use super::table::table;
use super::times;
use super::users::address_state;
use super::viewer::Viewer;
use crate::domain::clock::Timestamp;
use crate::domain::id::UserId;
use crate::domain::secret::Secret;
use crate::http::admin::errors::Problem;
use crate::http::extract::Query;
use crate::http::state::HttpState;
use crate::user::admin::{
    AdminError, EventRecord, IdentityRecord, ListEvents, ListSessions, SessionRecord, ShowUser, UserDetails, UserRecord,
};

/// How many audit events a page has.
const EVENTS: u64 = 50;

/// Where the audit trail goes on, and what was just done.
#[derive(Debug, Deserialize)]
pub(super) struct PageQuery {
    before: Option<String>,
    done: Option<String>,
}

/// The id of a user in a path.
pub(super) fn user_id(text: &str) -> Result<UserId, Problem> {
    Uuid::try_parse(text).map(UserId).map_err(|_| Problem::bad_request("the id of a user is a UUID"))
}

/// `GET /admin/inspector/users/{id}`
pub(super) async fn page(
    http: web::Data<HttpState>,
    viewer: Viewer,
    id: web::Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let user = user_id(&id)?;
    let before = query.before.as_deref().and_then(|before| before.parse().ok());
    let trail = http.users.send(ListEvents { user, before, limit: EVENTS }).await??;
    let details = match http.users.send(ShowUser(user)).await? {
        // The audit trail is kept longer than the user.
        Err(AdminError::UnknownUser(_)) => None,
        details => Some(details?),
    };
    let sessions = if details.is_some() { http.users.send(ListSessions(user)).await?? } else { Vec::new() };
    let now = http.clock.now();
    let form_token = viewer.session().map(|session| session.form_token());
    let forms = Forms { base: format!("{}/inspector/users/{user}", http.inspector.path), token: form_token.as_ref() };
    let main = html! {
        p.crumbs { a href={ (http.inspector.path) "/inspector/users" } { "Users" } }
        @if let Some(done) = query.done.as_deref().and_then(Done::find) { p.done role="status" { (done.text()) } }
        @match &details {
            Some(details) => {
                (head(&details.user, now))
                (forms.account(&details.user))
                (identities(details, now))
                (forms.sessions(&sessions, now))
            }
            None => {
                h1 { "User " code { (user) } }
                p.lead { "The user was erased. The audit trail remains until its time is over." }
            }
        }
        h2 { "Audit trail" }
        (events_table(&http, &trail.events, now))
        @if let Some(next) = trail.next { p { a href={ (forms.base) "?before=" (next) } { "Earlier events" } } }
    };
    let document = Document { title: "User", section: Section::Users, viewer: Some(&viewer), script: false, main };
    Ok(document.respond(&http, StatusCode::OK))
}

fn head(user: &UserRecord, now: Timestamp) -> Markup {
    html! {
        h1 { bdi { @if user.display_name.is_empty() { "A user" } @else { (user.display_name) } } }
        dl.facts {
            dt { "Id" } dd { code { (user.id) } }
            dt { "Address" }
            dd {
                @match &user.email {
                    Some(email) => { bdi { (email) } " " (address_state(user)) }
                    None => small { "none" }
                }
            }
            dt { "State" }
            dd { @if user.disabled { span.state.bad { "disabled" } } @else { span.state.good { "enabled" } } }
            dt { "Roles" } dd { (user.roles.join(", ")) " " small { "default: " (user.default_role) } }
            dt { "Signed up" } dd { (times::time(&user.created_at, now)) }
            dt { "Last seen" } dd { (times::time(&user.last_seen_at, now)) }
        }
    }
}

fn identities(details: &UserDetails, now: Timestamp) -> Markup {
    let row = |identity: &IdentityRecord| {
        html! {
            tr {
                th scope="row" { (identity.provider) }
                td { code { (identity.subject) } }
                td {
                    @if let Some(email) = &identity.email {
                        bdi { (email) } " "
                        @if identity.email_verified { span.state.good { "verified there" } }
                        @else { span.state { "not verified there" } }
                    }
                }
                td { (times::time(&identity.created_at, now)) }
                td { (times::time(&identity.last_seen_at, now)) }
            }
        }
    };
    let columns = ["Provider", "Subject", "Address there", "Linked", "Last seen"].map(|heading| (heading, None));
    html! {
        h2 { "Identities" }
        (table("Identities", None, &columns, &html! { @for identity in &details.identities { (row(identity)) } }))
    }
}

/// Audit events as a table.
pub(super) fn events_table(http: &HttpState, events: &[EventRecord], now: Timestamp) -> Markup {
    let columns = ["Time", "Action", "Outcome", "By", "Provider", "Client", "Flow"].map(|heading| (heading, None));
    let rows = html! {
        @for event in events {
            tr {
                td { (times::time(&event.occurred_at, now)) }
                td { (event.action) }
                td { (event.outcome) }
                td { (event.actor.as_deref().unwrap_or_default()) }
                td { (event.provider.as_deref().unwrap_or_default()) }
                td { (event.client_ip.as_deref().unwrap_or_default()) }
                td {
                    @if let Some(flow) = &event.flow {
                        a.id href={ (http.inspector.path) "/inspector/flows/" (flow) } { (flow) }
                    }
                }
            }
        }
    };
    table("Audit events", None, &columns, &rows)
}

/// The forms of acts on one user. Each asks once more before it acts.
struct Forms<'a> {
    base: String,
    /// `None` where nobody can act.
    token: Option<&'a Secret>,
}

impl Forms<'_> {
    fn account(&self, user: &UserRecord) -> Markup {
        let to_prove = user.email.as_deref().filter(|_| !user.email_verified);
        html! {
            @if self.token.is_some() {
                div.acts {
                    @if user.disabled {
                        (self.act("enable", "Enable", "The user may sign in again. Ended sessions stay ended.", None))
                    } @else {
                        (self.act("disable", "Disable", "The user cannot sign in, and all sessions end.", None))
                    }
                    (self.act("sign-out", "Sign out everywhere", "All sessions of the user end.", None))
                    @if let Some(email) = to_prove {
                        (self.act(
                            "verify-email",
                            "Verify the address",
                            "The address counts as proven by this user, who can then be found and linked by it.",
                            Some(email),
                        ))
                    }
                }
            }
        }
    }

    fn sessions(&self, sessions: &[SessionRecord], now: Timestamp) -> Markup {
        let headings = ["Began", "Last used", "Ends unless used", "Id", "Act"].map(|heading| (heading, None));
        let columns = if self.token.is_some() { &headings[..] } else { &headings[..4] };
        let rows = html! { @for session in sessions { (self.session(session, now)) } };
        html! {
            h2 { "Sessions" }
            @if sessions.is_empty() { p.note { "None." } } @else { (table("Sessions", None, columns, &rows)) }
        }
    }

    fn session(&self, session: &SessionRecord, now: Timestamp) -> Markup {
        let end = format!("sessions/{}/end", session.id);
        html! {
            tr {
                td { (times::time(&session.created_at, now)) }
                td { (times::time(&session.last_used_at, now)) }
                td { (times::time(&session.expires_at, now)) }
                td { code title=(session.id) { (session.id.to_string().get(..8).unwrap_or_default()) } }
                @if self.token.is_some() {
                    td { (self.act(&end, "End", "The session's refresh tokens stop working.", None)) }
                }
            }
        }
    }

    /// A button that opens what the act means, with the form below it.
    fn act(&self, path: &str, name: &str, meaning: &str, email: Option<&str>) -> Markup {
        html! {
            details.act {
                summary { (name) " …" }
                form method="post" action={ (self.base) "/" (path) } {
                    p { (meaning) }
                    @if let Some(token) = self.token { input type="hidden" name="token" value=(token.expose()); }
                    @if let Some(email) = email {
                        p { bdi { (email) } }
                        input type="hidden" name="email" value=(email);
                    }
                    button { (name) }
                }
            }
        }
    }
}
