//! Checks the database periodically, so that readiness requests need no query.

use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::actor::health::Health;
use crate::store::{Store, StoreError};

/// Runs until the process ends. On PostgreSQL `store` has a connection of its own, so that load does not look like an
/// outage.
pub(super) async fn run(health: Health, store: Store) {
    let (period, limit) = (store.health_check_interval(), store.health_check_timeout());
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let late = || Err(StoreError::Unavailable("no answer in time".to_owned()));
        let result = timeout(limit, store.check_writable()).await.unwrap_or_else(|_| late());
        if !health.set_database_reachable(result.is_ok()) {
            continue;
        }
        match result {
            Ok(()) => log::info!("database reachable again"),
            Err(error) => log::error!("database unreachable, readiness fails: {error}"),
        }
    }
}
