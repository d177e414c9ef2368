//! Delivers messages to the receiver of a webhook (Standard Webhooks 1.0.0): signed, at least once, by the guarded HTTP
//! client, until the receiver confirms with a status of success or a day is over.
//!
//! Messages about one user are sent one after the other, in the order in which they were stored; one whose delivery
//! failed is overtaken. A node leases messages in the database, so that no other sends them meanwhile.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use http::header::CONTENT_TYPE;
use http::{Method, Request};

use crate::domain::clock::{Clock, Timestamp};
use crate::domain::log;
use crate::domain::random::RandomSource;
use crate::metrics::{Metrics, WebhookEvent};
use crate::oauth::http::{HttpClient, HttpError, HttpPolicy};
use crate::settings::Webhook;
use crate::store::webhook_messages::{self, DueMessage};
use crate::store::{Store, StoreError};

/// How many are leased at once.
const MAX_LEASED: u32 = 20;

/// How many calls to a receiver run at once.
const MAX_CONCURRENT: usize = 8;

/// How much longer a lease is than all that are leased may take, one after the other. After a crash they are leased again.
const LEASE_MARGIN: Duration = Duration::from_secs(60);

/// The delay after the first failure; each further one is four times as long.
const FIRST_DELAY: Duration = Duration::from_secs(5);

/// The longest delay.
const MAX_DELAY: Duration = Duration::from_secs(4 * 3600);

/// Sends the messages of one webhook. Belongs to the thread it was made on.
pub struct Delivery {
    name: String,
    webhook: Webhook,
    client: HttpClient,
    lease: Duration,
    store: Store,
    clock: Arc<dyn Clock>,
    random: Arc<dyn RandomSource>,
    metrics: Arc<Metrics>,
    problems: RefCell<Problems>,
}

/// What did not go well, for one line in the log.
#[derive(Debug, Default)]
struct Problems {
    postponed: u32,
    failed: u32,
    last: String,
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delivery").field("name", &self.name).field("webhook", &self.webhook).finish_non_exhaustive()
    }
}

/// What deliveries need besides their webhook.
#[derive(Clone, Debug)]
pub struct DeliveryParts {
    /// The rules for calls to receivers, the same as for providers.
    pub policy: HttpPolicy,
    /// The time of one call.
    pub timeout: Duration,
    /// The messages.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness, for the delays.
    pub random: Arc<dyn RandomSource>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
}

impl Delivery {
    /// The delivery to one webhook.
    #[must_use]
    pub fn new(name: &str, webhook: &Webhook, parts: DeliveryParts) -> Self {
        let DeliveryParts { policy, timeout, store, clock, random, metrics } = parts;
        // Calls to providers have metrics by provider; a receiver is none.
        let client = HttpClient::new(&policy, Arc::default());
        let lease = timeout * MAX_LEASED + LEASE_MARGIN;
        let (name, webhook, problems) = (name.to_owned(), webhook.clone(), RefCell::default());
        Self { name, webhook, client, lease, store, clock, random, metrics, problems }
    }

    /// The name of the webhook.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Sends what is due, until nothing is.
    pub async fn deliver_due(&self) {
        self.deliver_all_due().await;
        let Problems { postponed, failed, last } = self.problems.take();
        let webhook = self.name.as_str();
        if failed > 0 {
            log::error!(webhook, failed, postponed; "messages of a webhook failed and are not sent again: {last}");
        } else if postponed > 0 {
            log::warn!(webhook, postponed; "messages of a webhook are sent again: {last}");
        }
    }

    async fn deliver_all_due(&self) {
        loop {
            let now = self.clock.now();
            match webhook_messages::lease(&self.store, &self.name, MAX_LEASED.into(), now, now.plus(self.lease)).await {
                Ok(due) if due.is_empty() => return,
                Ok(due) => self.deliver_all(due).await,
                Err(error) => {
                    log::warn!(webhook:% = self.name; "messages of a webhook cannot be read; it will be retried: {error}");
                    return;
                }
            }
        }
    }

    async fn deliver_all(&self, due: Vec<DueMessage>) {
        let mut by_user: BTreeMap<_, Vec<DueMessage>> = BTreeMap::new();
        for message in due {
            // What is about no user has no order.
            let apart = if message.user_id.is_none() { message.id } else { 0 };
            by_user.entry((message.user_id, apart)).or_default().push(message);
        }
        let deliver = |messages: Vec<DueMessage>| async move {
            for message in messages {
                if let Err(error) = self.deliver(&message).await {
                    log::warn!(webhook:% = self.name; "a message is sent again, for its delivery was not noted: {error}");
                }
            }
        };
        stream::iter(by_user.into_values()).for_each_concurrent(MAX_CONCURRENT, deliver).await;
    }

    /// Makes one attempt, and notes what came of it.
    async fn deliver(&self, message: &DueMessage) -> Result<(), StoreError> {
        let Err(error) = self.send(message).await else {
            self.metrics.webhooks.count(WebhookEvent::Delivered);
            return webhook_messages::complete(&self.store, message.id).await;
        };
        let (now, id, attempts) = (self.clock.now(), message.message_id, message.attempts);
        log::debug!(webhook:% = self.name, message:% = id, attempts; "a message was not delivered: {error}");
        let has_failed = now >= message.give_up_at;
        self.note_problem(&error, has_failed);
        if has_failed {
            self.metrics.webhooks.count(WebhookEvent::Failed);
            return webhook_messages::fail(&self.store, message.id, &error, now).await;
        }
        self.metrics.webhooks.count(WebhookEvent::Postponed);
        let next_at = self.next_at(message, now);
        webhook_messages::postpone(&self.store, message.id, &error, next_at).await
    }

    fn note_problem(&self, error: &str, has_failed: bool) {
        let mut problems = self.problems.borrow_mut();
        error.clone_into(&mut problems.last);
        *(if has_failed { &mut problems.failed } else { &mut problems.postponed }) += 1;
    }

    /// The delay with up to a quarter more, so that messages that failed together do not come together again. The last
    /// attempt is when time is up.
    fn next_at(&self, message: &DueMessage, now: Timestamp) -> Timestamp {
        let delay = delay(message.attempts);
        let share = u32::from(self.random.bytes::<1>()[0]);
        now.plus(delay + delay * share / (4 * 255)).min(message.give_up_at)
    }

    async fn send(&self, message: &DueMessage) -> Result<(), String> {
        let status = self.client.deliver(self.request(message)?).await.map_err(|error| reason(&error))?;
        if (200..300).contains(&status) { Ok(()) } else { Err(format!("the receiver answered with status {status}")) }
    }

    fn request(&self, message: &DueMessage) -> Result<Request<Vec<u8>>, String> {
        let (id, now) = (message.message_id.to_string(), self.clock.now());
        let signature = self.webhook.secrets.sign(&id, now, &message.body);
        Request::builder()
            .method(Method::POST)
            .uri(self.webhook.url.as_str())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", now.seconds().to_string())
            .header("webhook-signature", signature)
            .body(message.body.clone().into_bytes())
            .map_err(|_| "the URL cannot be called".to_owned())
    }
}

fn delay(attempts: u32) -> Duration {
    FIRST_DELAY.saturating_mul(4_u32.saturating_pow(attempts.saturating_sub(1))).min(MAX_DELAY)
}

/// Why there was no answer, in words that fit a receiver.
fn reason(error: &HttpError) -> String {
    match error {
        HttpError::Timeout | HttpError::ConnectTimeout => "the receiver did not answer in time".to_owned(),
        HttpError::Connect => "no connection to the receiver".to_owned(),
        HttpError::Tls(fault) => format!("no secure connection to the receiver: {fault}"),
        HttpError::Interrupted => "the receiver's answer broke off".to_owned(),
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delay_grows_fourfold_up_to_the_maximum() {
        let delays = [1, 2, 3, 6, 7, 8, u32::MAX].map(|attempts| delay(attempts).as_secs());
        assert_eq!(delays, [5, 20, 80, 5_120, 14_400, 14_400, 14_400]);
    }
}
