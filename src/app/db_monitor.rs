//! Keeps an eye on the database, so that whoever asks whether we are fit to answer costs it nothing.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::actor::health::Health;
use crate::store::{Store, StoreError};

/// How often it looks.
const INTERVAL: Duration = Duration::from_secs(1);

/// How long an answer may take: a little longer than any statement waits for a connection or a lock.
const CHECK_TIMEOUT: Duration = Duration::from_secs(6);

/// Looks for as long as the thread lives. On PostgreSQL the store has a connection of its own: many requests are no
/// outage.
pub(super) async fn run(health: Health, store: Store) {
    let mut turns = interval(INTERVAL);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        let late = || Err(StoreError::Unavailable("no answer in time".to_owned()));
        let looked = timeout(CHECK_TIMEOUT, store.check_writable()).await.unwrap_or_else(|_| late());
        if !health.set_database_reachable(looked.is_ok()) {
            continue;
        }
        match looked {
            Ok(()) => log::info!("the database answers again"),
            Err(error) => log::error!("readiness is red: {error}"),
        }
    }
}
