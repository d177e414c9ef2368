//! Delivers the messages of webhooks, in one worker of the process, and shows them to operators.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

#[cfg(feature = "cli")]
use super::builder::database_options;
use super::state::AppState;
use super::worker::{Generation, Worker};
#[cfg(feature = "cli")]
use crate::domain::clock::{Clock as _, SystemClock};
use crate::events::delivery::{Delivery, DeliveryParts};
use crate::events::write_behind;
#[cfg(feature = "cli")]
use crate::settings::Settings;
use crate::store::Store;
#[cfg(feature = "cli")]
use crate::store::webhook_messages;
#[cfg(feature = "cli")]
pub(crate) use crate::store::webhook_messages::{MessageSummary, Retry};
#[cfg(feature = "cli")]
use crate::store::{Database, StoreError};

/// The time between two looks for what other processes have stored, and for what is to be sent again.
const INTERVAL: Duration = Duration::from_secs(1);

/// Starts to deliver, until the process ends.
pub(super) fn start(state: &Arc<AppState>, worker: &Rc<Worker>, store: &Store) {
    let unwritten = state.unwritten_messages.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(unwritten) = unwritten {
        actix::spawn(write_behind(unwritten, state.parts.outbox.clone(), store.clone()));
    }
    actix::spawn(run(Arc::clone(state), Rc::clone(worker), store.clone()));
}

/// The deliveries of one generation of settings.
struct Deliveries {
    version: u64,
    all: Vec<Rc<Delivery>>,
}

async fn run(state: Arc<AppState>, worker: Rc<Worker>, store: Store) {
    let busy: Rc<RefCell<HashSet<String>>> = Rc::default();
    let mut deliveries = deliveries(&state, &worker.generation(), &store);
    loop {
        let generation = worker.generation();
        if deliveries.version != generation.version() {
            deliveries = self::deliveries(&state, &generation, &store);
        }
        for delivery in &deliveries.all {
            // A slow receiver delays no other.
            if busy.borrow_mut().insert(delivery.name().to_owned()) {
                let (delivery, busy) = (Rc::clone(delivery), Rc::clone(&busy));
                actix::spawn(async move {
                    delivery.deliver_due().await;
                    busy.borrow_mut().remove(delivery.name());
                });
            }
        }
        state.parts.outbox.wait(INTERVAL).await;
    }
}

fn deliveries(state: &AppState, generation: &Generation, store: &Store) -> Deliveries {
    let settings = &generation.settings;
    let parts = DeliveryParts {
        policy: generation.http_policy.clone(),
        timeout: settings.upstream.timeout,
        store: store.clone(),
        clock: Arc::clone(&state.parts.clock),
        random: Arc::clone(&state.parts.random),
        metrics: Arc::clone(&state.parts.metrics),
    };
    let delivery = |(name, webhook): (&String, _)| Rc::new(Delivery::new(name, webhook, parts.clone()));
    Deliveries { version: generation.version(), all: settings.webhooks.iter().map(delivery).collect() }
}

/// The messages in the database of these settings; `None` if there is no database of ours. Nothing is created or migrated.
///
/// # Errors
/// [`StoreError`] if it cannot be reached or is not up to date.
#[cfg(feature = "cli")]
pub(crate) async fn list(
    settings: &Settings,
    webhook: Option<&str>,
    has_failed: bool,
    limit: u64,
) -> Result<Option<Vec<MessageSummary>>, StoreError> {
    let Some(database) = Database::open_existing(&database_options(&settings.database)).await? else { return Ok(None) };
    webhook_messages::list(&database.store(1), webhook, has_failed, limit).await.map(Some)
}

/// Makes messages due now, for another day. Returns how many; `None` if there is no database of ours.
///
/// # Errors
/// [`StoreError`]; then none is.
#[cfg(feature = "cli")]
pub(crate) async fn retry(settings: &Settings, which: &Retry) -> Result<Option<u64>, StoreError> {
    let options = database_options(&settings.database);
    if Database::open_existing(&options).await?.is_none() {
        return Ok(None);
    }
    let store = Database::open(&options).await?.store(1);
    webhook_messages::retry(&store, which, SystemClock.now()).await.map(Some)
}
