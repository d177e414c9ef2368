//! What a request does for a flow, while it does it: events with their times, for the record and for one line in the log.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::sync::Arc;

use super::cookie::Flow;
use super::error::SignInError;
use super::record::fault::Fault;
use super::record::ring::FlowRecords;
use super::record::{Attempt, Credentials, Event};
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::id::{FlowTag, ProviderName, UserId};
use crate::domain::log::Scope;
use crate::user::messages::{SignInDone, SignedIn};

/// The events of a callback that goes well fit without growing.
const USUAL_EVENTS: usize = 10;

/// The events of one request, shared by the flow's actor and the callback that runs.
#[derive(Debug)]
pub(super) struct Timeline {
    clock: Arc<dyn Clock>,
    flow: FlowTag,
    provider: ProviderName,
    user: Cell<Option<UserId>>,
    events: RefCell<Vec<(Timestamp, Event)>>,
}

impl Timeline {
    /// The timeline of a request for this flow.
    pub(super) fn new(clock: &Arc<dyn Clock>, flow: FlowTag, provider: &ProviderName) -> Self {
        let events = RefCell::new(Vec::with_capacity(USUAL_EVENTS));
        Self { clock: Arc::clone(clock), flow, provider: provider.clone(), user: Cell::default(), events }
    }

    /// The timeline of a callback that has come for this flow.
    pub(super) fn of_callback(clock: &Arc<dyn Clock>, flow: &Flow) -> Self {
        let timeline = Self::new(clock, flow.id.tag(), &flow.provider);
        timeline.events.borrow_mut().push((flow.id.began_at(), Event::Started));
        timeline.record(Event::CameBack);
        timeline
    }

    /// The flow.
    pub(super) fn flow(&self) -> FlowTag {
        self.flow
    }

    /// Our credentials, where the provider refused them or the code.
    pub(super) fn credentials(&self) -> Option<Credentials> {
        self.events.borrow().iter().find_map(|(_, event)| match event {
            Event::Authenticated(credentials) => Some(*credentials),
            _ => None,
        })
    }

    /// This happened now.
    pub(super) fn record(&self, event: Event) {
        self.events.borrow_mut().push((self.clock.now(), event));
    }

    /// The sign-in was carried out.
    pub(super) fn record_done(&self, done: &SignInDone) {
        self.user.set(Some(done.user_id));
        self.record(Event::Decided(done.account));
        self.record(match done.signed_in {
            SignedIn::Session { .. } | SignedIn::Code(_) | SignedIn::Connected => Event::SignedIn,
            SignedIn::PendingVerification => Event::AwaitsVerification,
        });
    }

    /// The request is done with the flow, for the reason of `error` if there is one.
    pub(super) fn close(&self, records: &FlowRecords, error: Option<&SignInError>) {
        if !records.is_on() {
            return;
        }
        if let Some(error) = error {
            self.record(Event::Failed(Fault::of(error)));
        }
        let attempt = Attempt {
            flow: self.flow,
            provider: self.provider.clone(),
            dialect: Scope::current().dialect().map(Into::into),
            user: self.user.get(),
            events: self.events.take(),
        };
        // What leaves a flow open can be repeated at will.
        if error.is_some_and(SignInError::leaves_flow_open) {
            records.add_unfounded(attempt);
        } else {
            records.add(attempt);
        }
    }
}

impl fmt::Display for Timeline {
    /// `came-back+0ms state-accepted+1ms …`, counted from the first event after the start.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let events = self.events.borrow();
        let mut began = None;
        for (at, event) in events.iter().filter(|(_, event)| *event != Event::Started) {
            let separator = if began.is_some() { " " } else { "" };
            let began = *began.get_or_insert(*at);
            write!(f, "{separator}{}+{}ms", event.name(), at.since(began).as_millis())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::clock::ManualClock;

    #[test]
    fn line_counts_from_the_first_event_after_the_start() {
        let manual = Arc::new(ManualClock::new(Timestamp::from_seconds(1_800_000_000)));
        let clock = Arc::clone(&manual) as Arc<dyn Clock>;
        let timeline = Timeline::new(&clock, FlowTag::of("state"), &"google".parse().expect("a name"));
        for event in [Event::Started, Event::CameBack, Event::StateAccepted, Event::SignedIn] {
            timeline.record(event);
            manual.advance(Duration::from_millis(7));
        }
        assert_eq!(timeline.to_string(), "came-back+0ms state-accepted+7ms signed-in+14ms");
    }
}
