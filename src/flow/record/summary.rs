//! How the sign-ins of a period went: numbers for each provider, and the causes of failures by their frequency.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::{Attempt, verdict};
use crate::domain::cause::{Cause, Outcome};
use crate::domain::clock::Timestamp;
use crate::domain::id::{FlowTag, ProviderName};

/// The period.
pub const PERIOD: Duration = Duration::from_secs(60 * 60);

/// The equal parts of the period that are counted apart.
pub const PARTS: usize = 12;

/// How the sign-ins of the period went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// By provider.
    pub providers: BTreeMap<ProviderName, Counts>,
    /// All together.
    pub total: Counts,
    /// The causes of those that failed or ended otherwise, the most frequent first.
    pub causes: Vec<(Cause, usize)>,
}

/// Numbers of sign-ins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Signed in, or linked.
    pub signed_in: usize,
    /// Something else has to happen first.
    pub waiting: usize,
    /// The user decided otherwise, or left.
    pub ended: usize,
    /// Failed.
    pub failed: usize,
    /// By part of the period, the oldest first.
    pub parts: [Part; PARTS],
    /// The last failure.
    pub last_failure: Option<(Timestamp, Cause)>,
}

/// Numbers of sign-ins in a part of the period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Signed in, or linked.
    pub signed_in: usize,
    /// Failed.
    pub failed: usize,
}

impl Counts {
    /// How many of a hundred that are over went well; `None` if none is over.
    #[must_use]
    pub fn success_percent(&self) -> Option<usize> {
        let over = self.signed_in + self.ended + self.failed;
        (self.signed_in * 100).checked_div(over)
    }

    fn add(&mut self, at: Timestamp, cause: Cause, age: Duration) {
        let part = PARTS - 1 - usize::try_from(age.as_millis() * PARTS as u128 / PERIOD.as_millis()).unwrap_or(0);
        match cause.outcome() {
            Outcome::SignedIn => {
                self.signed_in += 1;
                self.parts[part].signed_in += 1;
            }
            Outcome::Waiting => self.waiting += 1,
            Outcome::Ended => self.ended += 1,
            Outcome::Failed => {
                self.failed += 1;
                self.parts[part].failed += 1;
                if self.last_failure.is_none_or(|(last, _)| last <= at) {
                    self.last_failure = Some((at, cause));
                }
            }
        }
    }
}

impl Summary {
    /// Of the attempts whose flow ended within the period before `now`.
    #[must_use]
    pub(crate) fn of(attempts: Vec<Attempt>, now: Timestamp) -> Self {
        let mut flows: HashMap<FlowTag, Vec<Attempt>> = HashMap::new();
        for attempt in attempts {
            flows.entry(attempt.flow).or_default().push(attempt);
        }
        let (mut summary, mut causes) = (Self::default(), HashMap::<Cause, usize>::new());
        for attempts in flows.values() {
            let Some(at) = attempts.iter().filter_map(Attempt::ended_at).max() else { continue };
            let (age, cause) = (now.since(at), verdict::cause(attempts));
            let Some(provider) = attempts.first().map(|attempt| &attempt.provider).filter(|_| age < PERIOD) else {
                continue;
            };
            summary.total.add(at, cause, age);
            summary.providers.entry(provider.clone()).or_default().add(at, cause, age);
            if matches!(cause.outcome(), Outcome::Failed | Outcome::Ended) {
                *causes.entry(cause).or_default() += 1;
            }
        }
        summary.causes = causes.into_iter().collect();
        summary.causes.sort_by_key(|(cause, count)| (std::cmp::Reverse(*count), cause.code()));
        summary
    }
}

#[cfg(test)]
mod tests {
    use super::super::Event;
    use super::super::fault::Fault;
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn attempt(state: &str, provider: &str, minutes_ago: u64, event: Event) -> Attempt {
        let at = NOW.minus(Duration::from_secs(60 * minutes_ago));
        let provider = provider.parse().expect("a name");
        Attempt { flow: FlowTag::of(state), provider, dialect: None, user: None, events: vec![(at, event)] }
    }

    #[test]
    fn flows_are_counted_once_by_provider_outcome_and_part() {
        let summary = Summary::of(
            vec![
                attempt("a", "google", 0, Event::SignedIn),
                attempt("a", "google", 0, Event::UsedBefore),
                attempt("b", "google", 59, Event::Failed(Fault::Database)),
                attempt("c", "google", 7, Event::Failed(Fault::Internal)),
                attempt("d", "github", 1, Event::Failed(Fault::Internal)),
                attempt("e", "github", 1, Event::Abandoned),
                attempt("f", "github", 61, Event::SignedIn),
                attempt("g", "github", 1, Event::AwaitsApp),
                attempt("h", "github", 60, Event::SignedIn),
            ],
            NOW,
        );
        let google = &summary.providers[&"google".parse().expect("a name")];
        assert_eq!((google.signed_in, google.failed, google.success_percent()), (1, 2, Some(33)));
        assert_eq!(google.parts[0], Part { signed_in: 0, failed: 1 });
        assert_eq!(google.parts[10], Part { signed_in: 0, failed: 1 });
        assert_eq!(google.parts[11], Part { signed_in: 1, failed: 0 });
        assert_eq!(google.last_failure.map(|(_, cause)| cause), Some(Cause::InternalError));
        let total = &summary.total;
        assert_eq!((total.signed_in, total.failed, total.ended, total.waiting), (1, 3, 1, 1));
        let causes = [(Cause::InternalError, 2), (Cause::Abandoned, 1), (Cause::DatabaseUnavailable, 1)];
        assert_eq!(summary.causes, causes, "the most frequent first");
        assert_eq!(Counts::default().success_percent(), None);
        let counts = Counts { signed_in: 3, ended: 2, failed: 5, ..Counts::default() };
        assert_eq!(counts.success_percent(), Some(30));
    }
}
