//! Tells others what happened: the embedding app's actors, and receivers of webhooks.
//!
//! A module that changes rows makes the events of the change with [`Events::when_on`], which makes none if there is no
//! actor and no webhook, and commits with [`Events::commit`]: the messages for webhooks are rows of the same transaction;
//! actors are told after the commit and before the request is answered. So the events of consecutive requests of a user
//! arrive in their order, whichever worker serves them; concurrent requests have no order.

pub mod delivery;
mod recipients;
#[cfg(test)]
pub(crate) mod testing;
mod webhooks;

pub use self::recipients::Recipients;
pub use self::webhooks::{Outbox, Webhooks, write_behind};
use crate::domain::clock::Timestamp;
use crate::domain::event::{Event, SessionEnd};
use crate::domain::id::{SessionId, UserId};
use crate::store::webhook_messages::{self, NewMessage};
use crate::store::{StoreError, Transaction};

/// Where events go. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Events {
    recipients: Recipients,
    webhooks: Webhooks,
}

impl Events {
    /// Events for these actors and webhooks.
    #[must_use]
    pub fn new(recipients: Recipients, webhooks: Webhooks) -> Self {
        Self { recipients, webhooks }
    }

    /// The events that `make` makes; none, without a call, if there is no actor and no webhook.
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

    /// Whether there is an actor or a webhook.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.recipients.is_on() || self.webhooks.is_on()
    }

    /// The rows that tell webhooks of these events, for a statement of the caller.
    #[must_use]
    pub fn messages(&self, events: &[Event]) -> Vec<NewMessage> {
        self.webhooks.messages(events)
    }

    /// Adds those rows to a transaction.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn record(&self, transaction: &Transaction, events: &[Event]) -> Result<(), StoreError> {
        webhook_messages::add(transaction, &self.messages(events)).await
    }

    /// Commits what these events tell of, with the rows for webhooks, and then tells it.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written, or after a lost connection possibly all of it.
    pub async fn commit(&self, transaction: Transaction, events: &[Event]) -> Result<(), StoreError> {
        self.record(&transaction, events).await?;
        transaction.commit().await?;
        self.publish(events);
        Ok(())
    }

    /// Tells what was committed, rows for webhooks included. Nothing waits for those who listen.
    pub fn publish(&self, events: &[Event]) {
        if events.is_empty() {
            return;
        }
        for event in events {
            self.recipients.tell(event);
        }
        self.webhooks.announce();
    }

    /// Tells of what changed no row: the rows for webhooks are written behind the answer.
    pub fn publish_unwritten(&self, events: &[Event]) {
        for event in events {
            self.recipients.tell(event);
        }
        self.webhooks.store_behind(events);
    }
}
