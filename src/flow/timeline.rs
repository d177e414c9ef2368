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
    use crate::flow::error::{FailureCode, Step};
    use crate::flow::record::fault::StartFault;
    use crate::user::messages::AccountMatch;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn timeline() -> (Arc<ManualClock>, Timeline) {
        let manual = Arc::new(ManualClock::new(NOW));
        let clock = Arc::clone(&manual) as Arc<dyn Clock>;
        let timeline = Timeline::new(&clock, FlowTag::of("state"), &"google".parse().expect("a name"));
        (manual, timeline)
    }

    fn done(signed_in: SignedIn) -> SignInDone {
        SignInDone { user_id: UserId(uuid::Uuid::from_u128(1)), account: AccountMatch::Created, signed_in }
    }

    #[test]
    fn credentials_are_those_that_were_refused() {
        let (_, timeline) = timeline();
        timeline.record(Event::CameBack);
        assert_eq!(timeline.credentials(), None);
        timeline.record(Event::Authenticated(Credentials::PrivateKey));
        timeline.record(Event::Exchanged);
        assert_eq!(timeline.credentials(), Some(Credentials::PrivateKey));
    }

    #[test]
    fn sign_in_that_was_carried_out_names_the_account_and_what_comes_next() {
        for (signed_in, next) in
            [(SignedIn::Connected, Event::SignedIn), (SignedIn::PendingVerification, Event::AwaitsVerification)]
        {
            let (_, timeline) = timeline();
            timeline.record_done(&done(signed_in));
            assert_eq!(timeline.user.get(), Some(UserId(uuid::Uuid::from_u128(1))));
            assert_eq!(*timeline.events.borrow(), [(NOW, Event::Decided(AccountMatch::Created)), (NOW, next)]);
        }
    }

    #[test]
    fn closed_timeline_becomes_an_attempt_and_only_that_of_a_used_flow_goes_to_the_database() {
        let (sender, mut queue) = tokio::sync::mpsc::channel(2);
        let (clock, _) = timeline();
        let records = FlowRecords::new(1, Duration::from_secs(60), clock as Arc<dyn Clock>).with_queue(sender);
        let close = |error: Option<&SignInError>| {
            let (_, timeline) = timeline();
            timeline.record_done(&done(SignedIn::Connected));
            timeline.close(&records, error);
            records.of_flow(timeline.flow()).pop().expect("an attempt")
        };
        let attempt = close(None);
        let account = (NOW, Event::Decided(AccountMatch::Created));
        assert_eq!(attempt.events, [account, (NOW, Event::SignedIn)]);
        assert_eq!((attempt.provider.as_str(), attempt.user), ("google", Some(UserId(uuid::Uuid::from_u128(1)))));
        assert_eq!(queue.try_recv(), Ok(attempt));
        let used = close(Some(&SignInError::new(Step::SignIn, FailureCode::SignUpDisabled)));
        let failed = (NOW, Event::Failed(Fault::Start(StartFault::SignUpOff)));
        assert_eq!(used.events, [account, (NOW, Event::SignedIn), failed]);
        assert_eq!(queue.try_recv(), Ok(used));
        close(Some(&SignInError::new(Step::Callback, FailureCode::FlowExpired)));
        assert!(queue.try_recv().is_err(), "what leaves a flow open can be repeated at will");
        assert_eq!(records.of_flow(FlowTag::of("state")).len(), 3);
    }

    #[test]
    fn line_counts_from_the_first_event_after_the_start() {
        let (manual, timeline) = timeline();
        for event in [Event::Started, Event::CameBack, Event::StateAccepted, Event::SignedIn] {
            timeline.record(event);
            manual.advance(Duration::from_millis(7));
        }
        assert_eq!(timeline.to_string(), "came-back+0ms state-accepted+7ms signed-in+14ms");
    }
}
