//! The numbers of the overview: how the last hour went, and how this node is.

use std::sync::Arc;

use maud::{Markup, html};

use super::rows;
use super::table::{NUMBER, WIDE, table};
use super::times::age;
use crate::domain::clock::Timestamp;
use crate::flow::record::summary::{Counts, PARTS, Part, Summary};
use crate::http::pages::icons::icon;
use crate::http::state::HttpState;
use crate::provider::Provider;
use crate::provider::health::Fetched;

/// How many causes are listed.
const MAX_CAUSES: usize = 8;

/// The parts of the overview that hold numbers. The script replaces each as a whole.
pub(super) struct Panels {
    pub(super) figures: Markup,
    pub(super) providers: Markup,
    pub(super) node: Markup,
}

impl Panels {
    /// As they are now.
    pub(super) fn of(http: &HttpState) -> Self {
        let summary = http.sign_ins.summary();
        Self { figures: figures(http, &summary), providers: providers(http, &summary), node: node(http) }
    }

    /// All of them.
    pub(super) fn into_parts(self) -> [Markup; 3] {
        [self.figures, self.providers, self.node]
    }
}

/// The numbers of the last hour.
fn figures(http: &HttpState, summary: &Summary) -> Markup {
    let Counts { signed_in, waiting, ended, failed, .. } = &summary.total;
    html! {
        section #figures aria-label="The last hour on this node" {
            ul.figures {
                (figure("signed in", signed_in, "in the last hour"))
                (figure("failed", failed, "in the last hour"))
                (figure("ended", ended, "denied, left or repeated"))
                (figure("waiting", waiting, "for the app or the user"))
                (figure("at providers", &http.sign_ins.active_count(), "now"))
                @if let Some(percent) = summary.total.success_percent() {
                    (figure("succeeded", &format!("{percent} %"), "of those that are over"))
                }
            }
        }
    }
}

fn figure(name: &str, value: &dyn std::fmt::Display, note: &str) -> Markup {
    html! { li { strong { (value.to_string()) } " " span { (name) } " " small { (note) } } }
}

/// How the last hour went by provider, and why sign-ins did not succeed. Providers that were not used, and that have no
/// problem, are folded away.
fn providers(http: &HttpState, summary: &Summary) -> Markup {
    let now = http.clock.now();
    let of = |provider: &Provider| summary.providers.get(&provider.name);
    let is_quiet =
        |provider: &&Arc<Provider>| of(provider).is_none() && http.providers.health(&provider.name).is_available;
    let (quiet, busy): (Vec<_>, Vec<_>) = rows::by_label(http).into_iter().partition(is_quiet);
    let none = Counts::default();
    let table = |label: &str, providers: &[&Arc<Provider>]| {
        let rows = providers.iter().map(|provider| provider_row(http, provider, of(provider).unwrap_or(&none), now));
        provider_table(label, &rows.collect::<Vec<_>>())
    };
    html! {
        section #providers aria-label="Providers" {
            h2 { "Providers in the last hour" }
            @if !busy.is_empty() { (table("Providers with sign-ins", &busy)) }
            @if !quiet.is_empty() {
                details {
                    summary { (quiet.len()) " without sign-ins" }
                    (table("Providers without sign-ins", &quiet))
                }
            }
            (causes(summary))
        }
    }
}

fn provider_table(label: &str, rows: &[Markup]) -> Markup {
    let columns = [
        ("Provider", None),
        ("Last hour", None),
        ("Signed in", NUMBER),
        ("Failed", NUMBER),
        ("Success", NUMBER),
        ("Calls", None),
        ("Metadata", WIDE),
        ("Keys", WIDE),
        ("Last failure", WIDE),
    ];
    table(label, None, &columns, &html! { @for row in rows { (row) } })
}

fn provider_row(http: &HttpState, provider: &Provider, counts: &Counts, now: Timestamp) -> Markup {
    let health = http.providers.health(&provider.name);
    let errors: Vec<_> = provider.metrics.upstream.errors().filter(|(_, count)| *count > 0).collect();
    html! {
        tr {
            th scope="row" {
                a href={ (http.inspector.path) "?provider=" (provider.name) } { (icon(&provider.icon)) (provider.label) }
            }
            td { (sparkline(counts)) }
            td.num { (counts.signed_in) }
            td.num { (counts.failed) }
            td.num { @if let Some(percent) = counts.success_percent() { (percent) " %" } }
            td {
                @if health.is_available { span.state.good { "allowed" } } @else { span.state.bad { "circuit open" } }
                @if !errors.is_empty() {
                    " " small {
                        @for (position, (kind, count)) in errors.iter().enumerate() {
                            @if position > 0 { ", " }
                            (kind.replace('_', " ")) " × " (count)
                        }
                    }
                }
            }
            td.wide { (fetched(health.metadata, now)) }
            td.wide { (fetched(health.keys, now)) }
            td.wide {
                @if let Some((at, cause)) = counts.last_failure { (cause.code()) " " small { (age(at, now)) } }
            }
        }
    }
}

fn fetched(fetched: Option<Fetched>, now: Timestamp) -> Markup {
    html! {
        @if let Some(Fetched { at, failed_at }) = fetched {
            @if let Some(at) = at { (age(at, now)) }
            @if let Some(failed_at) = failed_at { " " span.state.bad { "failed " (age(failed_at, now)) } }
        } @else {
            small { "not fetched" }
        }
    }
}

/// Signed in and failed in each part of the hour, as bars.
fn sparkline(counts: &Counts) -> Markup {
    const HEIGHT: usize = 20;
    let max = counts.parts.iter().map(|part| part.signed_in + part.failed).max().unwrap_or(0).max(1);
    // Any count above zero is visible.
    let height = |count: usize| if count == 0 { 0 } else { (count * HEIGHT / max).max(2) };
    let numbers =
        |of: fn(&Part) -> usize| counts.parts.iter().map(|part| of(part).to_string()).collect::<Vec<_>>().join(" ");
    let label = format!(
        "In twelve parts of five minutes: signed in {}; failed {}",
        numbers(|part| part.signed_in),
        numbers(|part| part.failed)
    );
    html! {
        svg.spark width=(PARTS * 6) height=(HEIGHT) viewBox={ "0 0 " (PARTS * 6) " " (HEIGHT) } role="img"
            aria-label=(label) {
            @for (position, part) in counts.parts.iter().enumerate() {
                @let failed = height(part.failed);
                @let signed_in = height(part.signed_in).min(HEIGHT - failed);
                rect.ground x=(position * 6) y=(HEIGHT - 1) width="5" height="1" {}
                rect.ok x=(position * 6) y=(HEIGHT - signed_in) width="5" height=(signed_in) {}
                rect.bad x=(position * 6) y=(HEIGHT - signed_in - failed) width="5" height=(failed) {}
            }
        }
    }
}

fn causes(summary: &Summary) -> Markup {
    let most = summary.causes.first().map_or(1, |(_, count)| *count);
    html! {
        @if !summary.causes.is_empty() {
            h2 { "Why sign-ins did not succeed" }
            ol.causes {
                @for (cause, count) in summary.causes.iter().take(MAX_CAUSES) {
                    li {
                        strong.num { (count) }
                        svg.bar viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true" {
                            rect.{ (cause.outcome().as_str()) } width=(count * 100 / most) height="1" {}
                        }
                        span { code { (cause.code()) } " " small { (cause.reason()) } }
                    }
                }
            }
        }
    }
}

/// How this node is.
fn node(http: &HttpState) -> Markup {
    let failing = http.health.failing();
    let keys = http.access_tokens.keys();
    let metrics = &http.metrics;
    html! {
        div #node.side {
            section {
                h2 { "This node" }
                dl {
                    dt { "State" }
                    dd {
                        @if failing.is_empty() { span.state.good { "ready" } }
                        @else { span.state.bad { "not ready: " (failing.join(", ")) } }
                    }
                    dt { "Database" }
                    dd {
                        @if http.health.is_database_reachable() { span.state.good { "reachable" } }
                        @else { span.state.bad { "out of reach" } }
                        @for (pool, size) in metrics.database.connections() {
                            small.own-line { (pool) ": " (size.open.saturating_sub(size.idle)) " of " (size.max) " in use" }
                        }
                    }
                    dt { "Version" } dd { (env!("CARGO_PKG_VERSION")) }
                    dt { "Mode" } dd { @if http.is_development { "development" } @else { "production" } }
                }
            }
            section {
                h2 { "Signing keys" }
                ul.plain {
                    @for (position, key) in keys.descriptions().enumerate() {
                        li {
                            code { (key.id) } " " (key.algorithm) " "
                            small {
                                @if position == 0 { "signs" } @else { "verifies only" }
                                @if !key.is_published { ", a shared secret" }
                            }
                        }
                    }
                }
                h3 { "Keys of the vault" }
                ul.plain {
                    @for (position, id) in http.inspector.sealer.key_ids().enumerate() {
                        li { code { (id) } " " small { @if position == 0 { "seals" } @else { "opens only" } } }
                    }
                }
            }
            section {
                h2 { "Since the start of this process" }
                h3 { "Sessions" }
                (counters(metrics.sessions.iter().map(|(name, counter)| (name, counter.get()))))
                h3 { "Refused by rate limits" }
                @if http.rate_limits.is_none() { p.note { "Rate limits are off." } }
                @else { (counters(metrics.http.rate_limited.iter().map(|(name, counter)| (name, counter.get())))) }
            }
        }
    }
}

/// Numbers by name, without those that are zero.
fn counters<'a>(all: impl Iterator<Item = (&'a str, u64)>) -> Markup {
    let all: Vec<_> = all.filter(|(_, count)| *count > 0).collect();
    html! {
        @if all.is_empty() { p.note { "None." } }
        @else { dl.counters { @for (name, count) in all { dt { (name.replace('_', " ")) } dd.num { (count) } } } }
    }
}
