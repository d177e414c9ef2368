//! `GET /admin/inspector/live`: what happens to sign-ins, as server-sent events.
//!
//! A stream is fed by the records of this node, never by the database. It holds no more than its place in the queue of
//! changes: while its reader is slow nothing is made, and whoever falls behind gets the latest changes from the records.
//! It ends with the session of its operator, and when the process shuts down.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header;
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;
use tokio::time::{sleep, timeout};

use super::overview::{LIMIT, OverviewQuery};
use super::panels::Panels;
use super::rows;
use super::viewer::Viewer;
use crate::domain::cause::Outcome;
use crate::domain::clock::{Stopwatch, Timestamp};
use crate::domain::id::{FlowTag, ProviderName};
use crate::flow::record::Attempt;
use crate::flow::record::live::{Change, Told, Watcher};
use crate::flow::record::report::FlowReport;
use crate::http::admin::errors::Problem;
use crate::http::current_state::CurrentState;
use crate::http::extract::{Query, Rejection};
use crate::http::state::HttpState;

/// How often a stream looks whether it has to end.
const TICK: Duration = Duration::from_secs(1);

/// The time between two messages, in which changes gather.
const PAUSE: Duration = Duration::from_millis(200);

/// The time between two versions of the figures.
const FIGURES_PAUSE: Duration = Duration::from_secs(5);

/// After so many ticks without a change a comment keeps proxies from closing the connection.
const HEARTBEAT_TICKS: u32 = 15;

/// The most changes of one message.
const MAX_CHANGES: usize = 64;

/// A record may be added a moment after its last event.
const OVERLAP: Duration = Duration::from_secs(2);

/// `GET /admin/inspector/live`: with `from` or `Last-Event-ID` also what has happened since then.
pub(super) async fn stream(
    request: HttpRequest,
    http: web::Data<HttpState>,
    viewer: Viewer,
    Query(query): Query<OverviewQuery>,
) -> Result<HttpResponse, Problem> {
    let current = request.app_data::<CurrentState>().cloned().ok_or(Rejection::Internal)?;
    let watcher = http.sign_ins.watch().ok_or(Rejection::Unavailable)?;
    let last = request.headers().get("last-event-id").and_then(|last| last.to_str().ok());
    let from = last.or(query.from.as_deref()).and_then(|from| from.parse().ok()).map(Timestamp::from_millis);
    let live = Live {
        watcher,
        current,
        viewer,
        provider: query.provider(),
        outcome: query.outcome(),
        told_until: from.unwrap_or_else(|| http.clock.now()),
        has_missed: from.is_some(),
        are_figures_old: false,
        figures_age: Stopwatch::start(),
        ticks: 0,
        is_over: false,
    };
    let hello = stream::once(async { Ok::<_, Infallible>(Bytes::from_static(b"retry: 3000\n\n")) });
    let messages = stream::unfold(live, |mut live| async move { live.next().await.map(|message| (Ok(message), live)) });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        // For nginx, which would gather messages.
        .insert_header((header::HeaderName::from_static("x-accel-buffering"), "no"))
        .streaming(stream::StreamExt::chain(hello, messages)))
}

/// One stream.
struct Live {
    watcher: Watcher,
    /// After a reload of the settings the session may have ended.
    current: CurrentState,
    viewer: Viewer,
    provider: Option<ProviderName>,
    outcome: Option<Outcome>,
    told_until: Timestamp,
    has_missed: bool,
    are_figures_old: bool,
    figures_age: Stopwatch,
    ticks: u32,
    is_over: bool,
}

/// Flows to which something happened, with the attempt of each that has just begun.
type Changes = BTreeMap<FlowTag, Option<Arc<Attempt>>>;

impl Live {
    /// The next message; `None` at the end.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            let http = self.current.get::<HttpState>()?;
            if self.is_over || http.health.is_shutting_down() {
                return None;
            }
            if !self.viewer.may_look(&http) {
                self.is_over = true;
                return Some(Bytes::from_static(b"event: over\ndata: session\n\n"));
            }
            if self.are_figures_old && self.figures_age.elapsed() >= FIGURES_PAUSE {
                (self.are_figures_old, self.figures_age) = (false, Stopwatch::start());
                let parts = Panels::of(&http).into_parts().map(|part| message("part", None, &part.into_string()));
                return Some(parts.concat().into());
            }
            let changes = self.changes(&http).await?;
            if !changes.is_empty() {
                self.are_figures_old = true;
                // Waiting for more changes takes a moment, in which the session may have been removed.
                if let Some(text) = self.write(&http, &changes) {
                    return Some(text.into());
                }
            } else if self.ticks >= HEARTBEAT_TICKS {
                self.ticks = 0;
                return Some(Bytes::from_static(b":\n\n"));
            }
        }
    }

    /// Waits a tick for changes, and then a moment for others. `None` if there will be none any more.
    async fn changes(&mut self, http: &HttpState) -> Option<Changes> {
        let mut changes = Changes::new();
        if !self.has_missed {
            match timeout(TICK, self.watcher.next()).await {
                Err(_) => {
                    self.ticks += 1;
                    return Some(changes);
                }
                Ok(Told::Over) => return None,
                Ok(told) => self.take(told, &mut changes),
            }
            sleep(PAUSE).await;
            while changes.len() < MAX_CHANGES
                && let Some(told) = self.watcher.try_next()
            {
                self.take(told, &mut changes);
            }
        }
        if self.has_missed {
            self.has_missed = false;
            let missed = http.sign_ins.changed_since(self.told_until.minus(OVERLAP));
            changes.extend(missed.into_iter().map(|flow| (flow, None)));
        }
        Some(changes)
    }

    fn take(&mut self, told: Told, changes: &mut Changes) {
        match told {
            Told::Change(Change { flow, began }) => {
                changes.entry(flow).and_modify(|known| *known = known.take().or(began.clone())).or_insert(began);
            }
            Told::Missed => self.has_missed = true,
            Told::Over => {}
        }
    }

    /// The rows of the flows as messages, the oldest first; `None` if there are none.
    fn write(&mut self, http: &HttpState, changes: &Changes) -> Option<String> {
        let flows: Vec<FlowTag> = changes.keys().copied().collect();
        let mut reports = http.sign_ins.known_reports(&flows, LIMIT);
        let is_known = |flow: &FlowTag| reports.iter().any(|report| report.flow == *flow);
        let begun = changes.iter().filter(|(flow, _)| !is_known(flow)).filter_map(|(_, began)| began.as_deref());
        let begun: Vec<_> = begun.filter_map(|attempt| FlowReport::of(std::slice::from_ref(attempt))).collect();
        reports.extend(begun);
        reports.sort_by(|one, other| last_at(one).cmp(last_at(other)));
        let now = http.clock.now();
        self.told_until = now;
        let mut text = String::new();
        for report in &reports {
            if self.provider.as_ref().is_some_and(|provider| *provider != report.provider) {
                continue;
            }
            text += &if self.outcome.is_none_or(|outcome| outcome == report.outcome) {
                message("flow", Some(now), &rows::row(http, report, now).into_string())
            } else {
                message("gone", Some(now), &format!("flow-{}", report.flow))
            };
        }
        self.ticks = 0;
        (!text.is_empty()).then_some(text)
    }
}

fn last_at(report: &FlowReport) -> &str {
    report.timeline.last().map_or("", |event| event.at.as_str())
}

/// A message in the form of an event stream. Its data is one line.
fn message(event: &str, id: Option<Timestamp>, data: &str) -> String {
    let mut text = format!("event: {event}\n");
    if let Some(id) = id {
        // Writing to text does not fail.
        let _ = writeln!(text, "id: {}", id.millis());
    }
    text + "data: " + &data.replace(['\r', '\n'], " ") + "\n\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_of_a_message_is_one_line() {
        assert_eq!(message("flow", None, "a\nevent: b\r\n"), "event: flow\ndata: a event: b  \n\n");
        let with_id = message("gone", Some(Timestamp::from_millis(7)), "x");
        assert_eq!(with_id, "event: gone\nid: 7\ndata: x\n\n");
    }
}
