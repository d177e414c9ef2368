//! A record as operators read it: timeline, cause, likely reason and fix, as JSON or as text.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::archive::FlowArchive;
use super::{Attempt, Event, verdict};
use crate::domain::cause::{Cause, Outcome};
use crate::domain::clock::Timestamp;
use crate::domain::id::{FlowTag, ProviderName, UserId};
use crate::store::StoreError;

/// The record of a flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlowReport {
    /// The flow.
    pub flow: FlowTag,
    /// The provider.
    pub provider: ProviderName,
    /// The dialect.
    pub dialect: Option<String>,
    /// The user, if one was found.
    pub user: Option<UserId>,
    /// How it stands.
    pub outcome: Outcome,
    /// Why.
    pub cause: Cause,
    /// The likely reason, in words.
    pub reason: String,
    /// What to do about it; empty if nothing is.
    pub fix: String,
    /// What happened, in order.
    pub timeline: Vec<ReportedEvent>,
}

/// Which flows are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlowFilter {
    /// Those of this provider.
    pub provider: Option<ProviderName>,
    /// Those with this outcome.
    pub outcome: Option<Outcome>,
    /// Those in which something happened since then.
    pub since: Option<Timestamp>,
    /// At most so many.
    pub limit: usize,
}

/// An event as it is reported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportedEvent {
    /// When, in RFC 3339.
    pub at: String,
    /// What.
    pub event: String,
    /// More about it, in the words of closed lists.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
}

impl FlowReport {
    /// The report of a flow; `None` if no attempt is known.
    #[must_use]
    pub(crate) fn of(attempts: &[Attempt]) -> Option<Self> {
        let first = attempts.first()?;
        let cause = verdict::cause(attempts);
        let mut events: Vec<_> = attempts.iter().flat_map(|attempt| attempt.events.iter().copied()).collect();
        events.sort_by_key(|(at, _)| *at);
        // Each callback says when the flow began.
        let mut has_started = false;
        events.retain(|(_, event)| *event != Event::Started || !std::mem::replace(&mut has_started, true));
        Some(Self {
            flow: first.flow,
            provider: first.provider.clone(),
            dialect: attempts.iter().find_map(|attempt| attempt.dialect.as_deref().map(str::to_owned)),
            user: attempts.iter().find_map(|attempt| attempt.user),
            outcome: cause.outcome(),
            cause,
            reason: cause.reason().to_owned(),
            fix: cause.fix().to_owned(),
            timeline: events.into_iter().map(|(at, event)| ReportedEvent::of(at, event)).collect(),
        })
    }

    /// The reports of the flows in `attempts` that have the outcome of the filter, the newest first, at most as many as
    /// the filter says.
    #[must_use]
    pub(crate) fn newest(attempts: Vec<Attempt>, filter: &FlowFilter) -> Vec<Self> {
        let mut flows: BTreeMap<FlowTag, Vec<Attempt>> = BTreeMap::new();
        for attempt in attempts {
            flows.entry(attempt.flow).or_default().push(attempt);
        }
        let mut flows: Vec<_> = flows.into_values().collect();
        flows.sort_by_key(|attempts| Reverse(attempts.iter().filter_map(Attempt::ended_at).max()));
        let has_outcome = |attempts: &&Vec<Attempt>| {
            filter.outcome.is_none_or(|outcome| outcome == verdict::cause(attempts).outcome())
        };
        flows.iter().filter(has_outcome).take(filter.limit).filter_map(|attempts| Self::of(attempts)).collect()
    }

    /// The report of a flow, from the memory of this node and from the database. What is only here is that anybody sent
    /// a callback of the flow, or that its browser is at the provider.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) async fn find(
        known: Vec<Attempt>,
        archive: Option<&FlowArchive>,
        flow: FlowTag,
    ) -> Result<Option<Self>, StoreError> {
        let archived = match archive {
            Some(archive) => archive.of_flow(flow).await?,
            None => Vec::new(),
        };
        Ok(Self::of(&merged(archived, known)))
    }

    /// The reports that pass the filter, the newest first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) async fn list(
        known: Vec<Attempt>,
        archive: Option<&FlowArchive>,
        filter: &FlowFilter,
    ) -> Result<Vec<Self>, StoreError> {
        let archived = match archive {
            Some(archive) => archive.latest(filter).await?,
            None => Vec::new(),
        };
        Ok(Self::newest(merged(archived, known), filter))
    }
}

/// Both without what is in both.
fn merged(archived: Vec<Attempt>, known: Vec<Attempt>) -> Vec<Attempt> {
    let key = |attempt: &Attempt| (attempt.flow, attempt.events.clone());
    let is_archived: HashSet<_> = archived.iter().map(key).collect();
    let only_here = known.into_iter().filter(|attempt| !is_archived.contains(&key(attempt)));
    let only_here: Vec<_> = only_here.collect();
    archived.into_iter().chain(only_here).collect()
}

impl ReportedEvent {
    fn of(at: Timestamp, event: Event) -> Self {
        let (event, detail) = match serde_json::to_value(event) {
            Ok(Value::Object(object)) => object.into_iter().next().map_or_else(Default::default, |(name, value)| {
                let mut words = Vec::new();
                collect_words(&value, &mut words);
                (name, Some(words.join(" ")))
            }),
            Ok(Value::String(name)) => (name, None),
            _ => Default::default(),
        };
        Self { at: at.rfc3339_millis(), event, detail }
    }
}

/// The names of variants and their numbers, from the outside in.
fn collect_words(value: &Value, words: &mut Vec<String>) {
    match value {
        Value::String(word) => words.push(word.clone()),
        Value::Number(number) => words.push(number.to_string()),
        Value::Array(values) => values.iter().for_each(|value| collect_words(value, words)),
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            words.push(name.clone());
            collect_words(value, words);
        }),
        Value::Null | Value::Bool(_) => {}
    }
}

impl fmt::Display for FlowReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Flow {} at {}", self.flow, self.provider)?;
        if let Some(dialect) = &self.dialect {
            writeln!(f, "Dialect: {dialect}")?;
        }
        if let Some(user) = self.user {
            writeln!(f, "User:    {user}")?;
        }
        writeln!(f, "Outcome: {} ({})", self.outcome.as_str(), self.cause.code())?;
        writeln!(f, "Reason:  {}", self.reason)?;
        if !self.fix.is_empty() {
            writeln!(f, "Fix:     {}", self.fix)?;
        }
        writeln!(f)?;
        for ReportedEvent { at, event, detail } in &self.timeline {
            match detail {
                Some(detail) => writeln!(f, "  {at}  {event}: {detail}")?,
                None => writeln!(f, "  {at}  {event}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::codes::ErrorCode;
    use super::super::fault::{Call, Fault};
    use super::*;

    #[test]
    fn report_names_cause_and_fix_and_shows_the_start_once() {
        let at = Timestamp::from_seconds(1_764_000_000);
        let attempt = |events: &[Event]| Attempt {
            flow: FlowTag::of("state"),
            provider: "google".parse().expect("a name"),
            dialect: Some("nhost".into()),
            user: None,
            events: events.iter().map(|event| (at, *event)).collect(),
        };
        let refused = Fault::Refused(Call::Token, ErrorCode::of("invalid_client"));
        let attempts = [
            attempt(&[Event::Started, Event::CameBack, Event::Failed(refused)]),
            attempt(&[Event::Started, Event::CameBack, Event::UsedBefore]),
        ];
        let report = FlowReport::of(&attempts).expect("attempts");
        assert_eq!(report.cause, Cause::ClientSecretWrong);
        let text = report.to_string();
        assert_eq!(text.matches("started").count(), 1, "{text}");
        assert_eq!(report.timeline[0].event, "started");
        assert!(text.contains("failed: refused token invalid_client") && text.contains("Fix:     Copy both"), "{text}");
        let json = serde_json::to_string(&report).expect("JSON");
        assert_eq!(serde_json::from_str::<FlowReport>(&json).expect("a report"), report);
        let filter = FlowFilter { limit: 9, ..FlowFilter::default() };
        assert_eq!(FlowReport::newest(attempts.to_vec(), &filter).len(), 1);
        for (outcome, count) in [(Outcome::Failed, 1), (Outcome::SignedIn, 0)] {
            let filter = FlowFilter { outcome: Some(outcome), ..filter.clone() };
            assert_eq!(FlowReport::newest(attempts.to_vec(), &filter).len(), count, "{outcome:?}");
        }
    }
}
