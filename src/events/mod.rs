//! Tells others what happened: the embedding app's actors.
//!
//! Whoever changes rows makes the events of the change with [`Events::when_on`], which makes none while nobody listens,
//! and publishes them after the commit and before the request is answered. So what a user does one after the other is
//! told in that order, whichever worker serves it; requests that run at once have no order.

mod recipients;

pub use self::recipients::Recipients;
use crate::domain::clock::Timestamp;
use crate::domain::event::{Event, SessionEnd};
use crate::domain::id::{SessionId, UserId};

/// Where events go. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Events {
    recipients: Recipients,
}

impl Events {
    /// Events for these actors.
    #[must_use]
    pub fn new(recipients: Recipients) -> Self {
        Self { recipients }
    }

    /// The events that `make` makes; none, without a call, if nobody listens.
    #[must_use]
    pub fn when_on(&self, make: impl FnOnce() -> Vec<Event>) -> Vec<Event> {
        if self.is_on() { make() } else { Vec::new() }
    }

    /// The events of sessions of a user that end.
    #[must_use]
    pub fn sessions_ended(
        &self,
        user_id: UserId,
        sessions: &[SessionId],
        reason: SessionEnd,
        at: Timestamp,
    ) -> Vec<Event> {
        let ended = |&session_id: &SessionId| Event::SessionEnded { at, user_id, session_id, reason };
        self.when_on(|| sessions.iter().map(ended).collect())
    }

    /// Whether anybody listens.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.recipients.is_on()
    }

    /// Tells what was committed. Nothing waits for those who listen.
    pub fn publish(&self, events: &[Event]) {
        for event in events {
            self.recipients.tell(event);
        }
    }
}
