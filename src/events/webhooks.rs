//! Which webhooks are told of an event, and the rows by which they are.
//!
//! The rows are written in the transaction of the change, so that no event is lost and none is told of what was not
//! committed. [`super::delivery`] sends them. Those of events that change no row are written behind the answer.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::Notify;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::sleep;

use crate::domain::event::{Event, EventType};
use crate::domain::log;
use crate::domain::random::RandomSource;
use crate::settings::Webhook;
use crate::store::Store;
use crate::store::webhook_messages::{self, NewMessage};

/// Messages that wait to be written; more are lost.
const MAX_UNWRITTEN: usize = 10_000;

/// How many one statement writes at most.
const MAX_BATCH: usize = 200;

/// The time between two statements, in which messages gather.
const PAUSE: Duration = Duration::from_millis(200);

/// What the webhooks of a process share, whatever a reload changes.
#[derive(Clone, Debug)]
pub struct Outbox {
    unwritten: Sender<NewMessage>,
    /// Whether the last message did not fit; the first of them is logged.
    is_full: Arc<AtomicBool>,
    stored: Arc<Notify>,
}

impl Outbox {
    /// An outbox, and what [`write_behind`] writes.
    #[must_use]
    pub fn new() -> (Self, Receiver<NewMessage>) {
        let (unwritten, queue) = channel(MAX_UNWRITTEN);
        (Self { unwritten, is_full: Arc::default(), stored: Arc::default() }, queue)
    }

    /// Waits until a message was stored by this process, or for `time`.
    pub async fn wait(&self, time: Duration) {
        drop(tokio::time::timeout(time, self.stored.notified()).await);
    }
}

/// The webhooks, each with the types of events that it receives. Cheap to clone.
#[derive(Clone, Default)]
pub struct Webhooks(Option<Arc<Shared>>);

struct Shared {
    subscriptions: Vec<(String, BTreeSet<EventType>)>,
    random: Arc<dyn RandomSource>,
    outbox: Outbox,
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhooks").field("is_on", &self.is_on()).finish()
    }
}

/// The body of a message.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    event_type: EventType,
    timestamp: String,
    data: &'a Event,
}

impl Webhooks {
    /// The webhooks of these settings.
    #[must_use]
    pub fn new(settings: &BTreeMap<String, Webhook>, random: &Arc<dyn RandomSource>, outbox: &Outbox) -> Self {
        if settings.is_empty() {
            return Self(None);
        }
        let subscriptions = settings.iter().map(|(name, webhook)| (name.clone(), webhook.events.clone())).collect();
        Self(Some(Arc::new(Shared { subscriptions, random: Arc::clone(random), outbox: outbox.clone() })))
    }

    pub(super) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// The rows that tell the webhooks of these events.
    pub(super) fn messages(&self, events: &[Event]) -> Vec<NewMessage> {
        let Some(shared) = &self.0 else { return Vec::new() };
        events.iter().flat_map(|event| shared.messages(event)).collect()
    }

    /// Messages were stored: they need not wait for the next look.
    pub(super) fn announce(&self) {
        if let Some(shared) = &self.0 {
            shared.outbox.stored.notify_one();
        }
    }

    /// Stores the messages of events that belong to no transaction, behind the answer.
    pub(super) fn store_behind(&self, events: &[Event]) {
        let Some(shared) = &self.0 else { return };
        for message in self.messages(events) {
            let is_full = shared.outbox.unwritten.try_send(message).is_err();
            if is_full != shared.outbox.is_full.swap(is_full, Ordering::Relaxed) && is_full {
                log::warn!("too many events wait to be written for webhooks; they are lost until there is room");
            }
        }
    }
}

impl Shared {
    fn messages(&self, event: &Event) -> Vec<NewMessage> {
        let event_type = event.event_type();
        let wanted: Vec<_> = self.subscriptions.iter().filter(|(_, types)| types.contains(&event_type)).collect();
        if wanted.is_empty() {
            return Vec::new();
        }
        let body = Body { event_type, timestamp: event.at().rfc3339_millis(), data: event };
        let body = serde_json::to_string(&body).unwrap_or_default();
        let message = |(webhook, _): &(String, _)| NewMessage {
            message_id: self.random.uuid(),
            webhook: webhook.clone(),
            event: event_type,
            user_id: event.user_id(),
            body: body.clone(),
            created_at: event.at(),
        };
        wanted.into_iter().map(message).collect()
    }
}

/// Writes the messages that belong to no transaction until the process ends.
pub async fn write_behind(mut queue: Receiver<NewMessage>, outbox: Outbox, store: Store) {
    let mut messages = Vec::with_capacity(MAX_BATCH);
    let mut is_failing = false;
    while queue.recv_many(&mut messages, MAX_BATCH).await > 0 {
        let written = webhook_messages::add(&store, &messages).await;
        match &written {
            Ok(()) => {
                outbox.stored.notify_one();
                messages.clear();
            }
            // Written with those that come next.
            Err(error) if !is_failing => {
                log::warn!("events were not written for webhooks; it is retried until they are: {error}");
            }
            Err(_) => {}
        }
        is_failing = written.is_err();
        messages.truncate(MAX_UNWRITTEN);
        sleep(PAUSE).await;
    }
}
