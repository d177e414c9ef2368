//! Checks the database periodically, so that readiness requests need no query.

use tokio::time::{MissedTickBehavior, interval};

use crate::actor::health::Health;
use crate::store::HealthCheck;

/// Runs until the process ends.
pub(super) async fn run(health: Health, mut check: HealthCheck) {
    let mut ticks = interval(check.interval());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let result = check.run().await;
        if !health.set_database_reachable(result.is_ok()) {
            continue;
        }
        match result {
            Ok(()) => log::info!("database reachable again"),
            Err(error) => log::error!("database unreachable, readiness fails: {error}"),
        }
    }
}
