//! `GET /admin`: the sign-ins as they move, or the form for a token.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use maud::{Markup, html};
use serde::Deserialize;

use super::document::{Document, Section};
use super::panels::Panels;
use super::viewer::Viewer;
use super::{rows, sign_in};
use crate::domain::cause::Outcome;
use crate::domain::id::ProviderName;
use crate::flow::observe::Recording;
use crate::flow::record::report::FlowFilter;
use crate::http::admin::errors::Problem;
use crate::http::extract::Query;
use crate::http::state::HttpState;

/// How many sign-ins are listed.
pub(super) const LIMIT: usize = 50;

/// The periods of the filter.
const PERIODS: [(&str, &str, u64); 3] =
    [("15m", "the last 15 minutes", 15 * 60), ("1h", "the last hour", 3_600), ("24h", "the last day", 86_400)];

/// The filter of the page, and where the form for a token leads. What makes no sense filters nothing.
#[derive(Debug, Default, Deserialize)]
pub(super) struct OverviewQuery {
    pub(super) provider: Option<String>,
    pub(super) outcome: Option<String>,
    pub(super) since: Option<String>,
    /// What has happened since then, in milliseconds, is repeated in the stream.
    pub(super) from: Option<String>,
    next: Option<String>,
}

impl OverviewQuery {
    pub(super) fn provider(&self) -> Option<ProviderName> {
        self.provider.as_deref()?.parse().ok()
    }

    pub(super) fn outcome(&self) -> Option<Outcome> {
        let name = self.outcome.as_deref()?;
        Outcome::ALL.iter().copied().find(|outcome| outcome.as_str() == name)
    }

    fn period(&self) -> Option<u64> {
        let name = self.since.as_deref()?;
        PERIODS.iter().find(|(known, ..)| *known == name).map(|(_, _, seconds)| *seconds)
    }

    fn filter(&self, http: &HttpState) -> FlowFilter {
        let since = self.period().map(|seconds| http.clock.now().minus(Duration::from_secs(seconds)));
        FlowFilter { provider: self.provider(), outcome: self.outcome(), since, limit: LIMIT }
    }
}

/// `GET /admin`
pub(super) async fn page(
    http: web::Data<HttpState>,
    viewer: Option<web::ReqData<Viewer>>,
    Query(query): Query<OverviewQuery>,
) -> Result<HttpResponse, Problem> {
    let Some(viewer) = viewer.map(web::ReqData::into_inner) else {
        return Ok(sign_in::page(&http, query.next.as_deref(), false));
    };
    let (filter, now) = (query.filter(&http), http.clock.now());
    let reports = http.sign_ins.latest(&filter).await?;
    let (recording, panels) = (http.sign_ins.recording(), Panels::of(&http));
    let main = html! {
        div.title {
            h1 { "Sign-ins" }
            @if recording != Recording::Off { (live_status()) }
        }
        (panels.figures)
        div.columns {
            div {
                section aria-labelledby="latest" {
                    h2 #latest { "Latest" }
                    (filter_form(&http, &query))
                    @if recording == Recording::Off {
                        p.note { code { "flow.records" } " is off: nothing is known of sign-ins." }
                    } @else {
                        div #live data-live=(live_url(&http, &query)) data-limit=(LIMIT) {
                            (rows::table(&http, &reports, now))
                        }
                        p.note #empty hidden[!reports.is_empty()] { "No sign-in passes this filter." }
                        p.note {
                            @if recording == Recording::Database {
                                "Of all nodes, from the database; changes as they happen are this node's. "
                            } @else {
                                "Of this node only, from its memory. "
                            }
                            "Times are UTC. "
                            a href=(page_url(&http, &query)) { "Reload" }
                        }
                    }
                }
                (panels.providers)
            }
            (panels.node)
        }
    };
    let document = Document { title: "Sign-ins", section: Section::SignIns, viewer: Some(&viewer), script: true, main };
    Ok(document.respond(&http, StatusCode::OK))
}

/// What the script says and offers; without it there is nothing.
fn live_status() -> Markup {
    html! {
        span #live-controls hidden {
            span #live-status role="status" {}
            button.quiet #live-pause type="button" { "Pause" }
        }
    }
}

fn filter_form(http: &HttpState, query: &OverviewQuery) -> Markup {
    let (provider, outcome) = (query.provider(), query.outcome());
    html! {
        div.filters {
            form method="get" action=(http.inspector.path) {
                label { "Provider "
                    select name="provider" {
                        option value="" { "all" }
                        @for known in rows::by_label(http) {
                            option value=(known.name) selected[provider.as_ref() == Some(&known.name)] { (known.label) }
                        }
                    }
                }
                label { "Outcome "
                    select name="outcome" {
                        option value="" { "all" }
                        @for known in Outcome::ALL {
                            option value=(known.as_str()) selected[outcome == Some(known)] {
                                (known.as_str().replace('-', " "))
                            }
                        }
                    }
                }
                label { "Since "
                    select name="since" {
                        option value="" { "as far as known" }
                        @for (name, text, seconds) in PERIODS {
                            option value=(name) selected[query.period() == Some(seconds)] { (text) }
                        }
                    }
                }
                button { "Filter" }
            }
            form method="get" action={ (http.inspector.path) "/inspector/flows" } {
                label { "Flow " input name="id" size="17" maxlength="40" spellcheck="false" autocomplete="off"; }
                button { "Find" }
            }
        }
    }
}

/// The filter as a query again, from what was understood of it.
fn parameters(query: &OverviewQuery) -> String {
    let mut text = url::form_urlencoded::Serializer::new(String::new());
    if let Some(provider) = query.provider() {
        text.append_pair("provider", provider.as_str());
    }
    if let Some(outcome) = query.outcome() {
        text.append_pair("outcome", outcome.as_str());
    }
    if let Some(since) = query.since.as_deref().filter(|_| query.period().is_some()) {
        text.append_pair("since", since);
    }
    text.finish()
}

fn page_url(http: &HttpState, query: &OverviewQuery) -> String {
    let parameters = parameters(query);
    let separator = if parameters.is_empty() { "" } else { "?" };
    format!("{}{separator}{parameters}", http.inspector.path)
}

/// The stream of what happens from now on.
fn live_url(http: &HttpState, query: &OverviewQuery) -> String {
    let from = http.clock.now().millis();
    format!("{}/inspector/live?from={from}&{}", http.inspector.path, parameters(query)).trim_end_matches('&').to_owned()
}
