//! `/admin/inspector/flows/{id}`: what became of one sign-in, and why.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use maud::{Markup, html};
use serde::Deserialize;

use super::document::{Document, Section};
use super::rows::{badge, provider_label};
use super::times;
use super::user_page::events_table;
use super::viewer::Viewer;
use crate::domain::id::FlowTag;
use crate::flow::record::report::FlowReport;
use crate::http::admin::errors::Problem;
use crate::http::extract::Query;
use crate::http::state::HttpState;
use crate::user::admin::{AdminError, EventRecord, ListEvents, MAX_LIMIT};

/// What the search sends.
#[derive(Debug, Deserialize)]
pub(super) struct FlowQuery {
    id: Option<String>,
}

fn flow_id(text: &str) -> Result<FlowTag, Problem> {
    text.trim().parse().map_err(|_| Problem::bad_request("the id of a flow is 16 hexadecimal digits"))
}

/// `GET /admin/inspector/flows?id=`: to the page of a flow.
pub(super) async fn find(
    http: web::Data<HttpState>,
    _: Viewer,
    Query(query): Query<FlowQuery>,
) -> Result<HttpResponse, Problem> {
    let flow = flow_id(query.id.as_deref().unwrap_or_default())?;
    let target = format!("{}/inspector/flows/{flow}", http.inspector.path);
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, target)).finish())
}

/// `GET /admin/inspector/flows/{id}`
pub(super) async fn page(
    http: web::Data<HttpState>,
    viewer: Viewer,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let flow = flow_id(&id)?;
    let report = http.sign_ins.report(flow).await?.ok_or_else(Problem::unknown_flow)?;
    let events = events_of(&http, &report).await?;
    let now = http.clock.now();
    let main = html! {
        p.crumbs { a href=(http.inspector.path) { "Sign-ins" } }
        h1 { "Flow " code { (flow) } }
        section.verdict.{ (report.outcome.as_str()) } aria-label="Verdict" {
            p { (badge(report.outcome)) " " code { (report.cause.code()) } }
            p.lead { (report.reason) }
            @if !report.fix.is_empty() { p { strong { "What to do: " } (report.fix) } }
        }
        dl.facts {
            dt { "Provider" } dd { (provider_label(&http, &report.provider)) }
            @if let Some(dialect) = &report.dialect { dt { "Dialect" } dd { (dialect) } }
            @if let Some(first) = report.timeline.first() { dt { "Began" } dd { (first.at) } }
            @if let Some(user) = report.user {
                dt { "User" }
                dd { a.id href={ (http.inspector.path) "/inspector/users/" (user) } { (user) } }
            }
        }
        h2 { "Timeline" }
        (timeline(&report))
        p.note { "Times are UTC. " a href={ (http.inspector.path) "/inspector/flows/" (flow) } { "Reload" } }
        @if !events.is_empty() {
            h2 { "In the audit trail" }
            (events_table(&http, &events, now))
        }
    };
    let title = format!("Flow {flow}");
    let document = Document { title: &title, section: Section::SignIns, viewer: Some(&viewer), script: false, main };
    Ok(document.respond(&http, StatusCode::OK))
}

fn timeline(report: &FlowReport) -> Markup {
    let events = &report.timeline;
    html! {
        ol.timeline {
            @for (position, event) in events.iter().enumerate() {
                @let before = position.checked_sub(1).and_then(|before| events.get(before));
                li {
                    time datetime=(event.at) { (event.at.get(11..23).unwrap_or(&event.at)) }
                    span.num.since {
                        @if let Some(since) = before.and_then(|before| times::between(&before.at, &event.at)) {
                            "+" (times::duration(since))
                        }
                    }
                    span {
                        strong { (event.event.replace('-', " ")) }
                        @if let Some(detail) = &event.detail { " " code { (detail) } }
                    }
                }
            }
        }
    }
}

/// The audit events of a flow. They are found by its user.
async fn events_of(http: &HttpState, report: &FlowReport) -> Result<Vec<EventRecord>, Problem> {
    let Some(user) = report.user else { return Ok(Vec::new()) };
    let page = http.users.send(ListEvents { user, before: None, limit: MAX_LIMIT }).await?;
    let mut events = match page {
        Err(AdminError::UnknownUser(_)) => return Ok(Vec::new()),
        page => page?.events,
    };
    let flow = report.flow.to_string();
    events.retain(|event| event.flow.as_deref() == Some(flow.as_str()));
    Ok(events)
}
