//! Actors of the embedding app that are told of events.
//!
//! Each has a queue, so that a slow one holds up neither sign-ins nor the others, and gets the next event when it has
//! handled the one before. What does not fit into its queue is dropped, and counted.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use actix::Recipient;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::domain::clock::Timestamp;
use crate::domain::event::Event;
use crate::domain::log;
use crate::metrics::{EventOutcome, Metrics};

/// Events that wait for one actor at most: some seconds of sign-ins at full load.
const MAX_WAITING: usize = 10_000;

/// The time between two lines in the log about events that were dropped.
const WARNING_INTERVAL: Duration = Duration::from_secs(60);

/// The actors. Clones share their queues, which end with the last of them.
#[derive(Clone, Default)]
pub struct Recipients(Option<Arc<Shared>>);

struct Shared {
    queues: Vec<Sender<Event>>,
    metrics: Arc<Metrics>,
    /// When the next line may be written, in milliseconds.
    next_warning: AtomicI64,
}

impl fmt::Debug for Recipients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recipients").field("is_on", &self.is_on()).finish()
    }
}

impl Recipients {
    /// Starts a task for each actor, on the runtime of the caller.
    #[must_use]
    pub fn start(recipients: Vec<Recipient<Event>>, metrics: &Arc<Metrics>) -> Self {
        if recipients.is_empty() {
            return Self(None);
        }
        let queue = |recipient| {
            let (queue, waiting) = channel(MAX_WAITING);
            tokio::spawn(forward(waiting, recipient, Arc::clone(metrics)));
            queue
        };
        let queues = recipients.into_iter().map(queue).collect();
        let next_warning = AtomicI64::new(i64::MIN);
        Self(Some(Arc::new(Shared { queues, metrics: Arc::clone(metrics), next_warning })))
    }

    pub(super) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn tell(&self, event: &Event) {
        let Some(shared) = &self.0 else { return };
        for queue in &shared.queues {
            if queue.try_send(event.clone()).is_err() {
                shared.metrics.events.count(EventOutcome::Dropped);
                shared.warn(event.at());
            }
        }
    }
}

impl Shared {
    fn warn(&self, now: Timestamp) {
        let due = self.next_warning.load(Ordering::Relaxed);
        let next = now.plus(WARNING_INTERVAL).millis();
        let is_first = || self.next_warning.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if now.millis() >= due && is_first() {
            log::warn!("events were dropped: an actor that is told of events does not keep up, or has stopped");
        }
    }
}

/// Passes on one event after the other until nobody can publish any more.
async fn forward(mut waiting: Receiver<Event>, recipient: Recipient<Event>, metrics: Arc<Metrics>) {
    while let Some(event) = waiting.recv().await {
        let is_handled = recipient.send(event).await.is_ok();
        metrics.events.count(if is_handled { EventOutcome::Delivered } else { EventOutcome::Dropped });
    }
}
