//! A sign-in as a row of the table, on the page and in the stream of changes.

use std::sync::Arc;

use maud::{Markup, html};

use super::table::{self, NUMBER, WIDE};
use super::times;
use crate::domain::cause::Outcome;
use crate::domain::clock::Timestamp;
use crate::domain::id::ProviderName;
use crate::flow::record::report::FlowReport;
use crate::http::state::HttpState;
use crate::provider::Provider;

/// A table of sign-ins, to which the script adds rows.
pub(super) fn table(http: &HttpState, reports: &[FlowReport], now: Timestamp) -> Markup {
    let columns = [
        ("Time", None),
        ("Provider", None),
        ("Outcome", None),
        ("Took", NUMBER),
        ("Dialect", WIDE),
        ("Flow", None),
        ("User", None),
    ];
    let rows = html! { @for report in reports { (row(http, report, now)) } };
    table::table("Sign-ins", Some("flows"), &columns, &rows)
}

/// One row.
pub(super) fn row(http: &HttpState, report: &FlowReport, now: Timestamp) -> Markup {
    let (first, last) = (report.timeline.first(), report.timeline.last());
    let took = first.zip(last).filter(|(first, last)| first.at != last.at);
    let took = took.and_then(|(first, last)| times::between(&first.at, &last.at));
    html! {
        tr id={ "flow-" (report.flow) } {
            td { @if let Some(last) = last { (times::time(&last.at, now)) } }
            td { (provider_label(http, &report.provider)) }
            td {
                (badge(report.outcome))
                @if report.cause.code() != report.outcome.as_str() { " " span.cause { (report.cause.code()) } }
            }
            td.num { @if let Some(took) = took { (times::duration(took)) } }
            td.wide { (report.dialect.as_deref().unwrap_or_default()) }
            td { a.id href={ (http.inspector.path) "/inspector/flows/" (report.flow) } { (report.flow) } }
            td {
                @if let Some(user) = report.user {
                    a.id href={ (http.inspector.path) "/inspector/users/" (user) } title=(user) {
                        (user.to_string().get(..8).unwrap_or_default())
                    }
                }
            }
        }
    }
}

/// An outcome in its colour and in words.
pub(super) fn badge(outcome: Outcome) -> Markup {
    html! { span.badge.{ (outcome.as_str()) } { (outcome.as_str().replace('-', " ")) } }
}

/// The label of a provider; the name of one that is not configured any more.
pub(super) fn provider_label(http: &HttpState, name: &ProviderName) -> String {
    http.providers.get(name).map_or_else(|| name.to_string(), |provider| provider.label.clone())
}

/// The configured providers in the order of their labels.
pub(super) fn by_label(http: &HttpState) -> Vec<&Arc<Provider>> {
    let mut providers: Vec<_> = http.providers.iter().collect();
    providers.sort_by_cached_key(|provider| provider.label.to_lowercase());
    providers
}
