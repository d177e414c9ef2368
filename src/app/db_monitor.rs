//! Checks the database periodically, so that readiness requests need no query.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::actor::health::Health;
use crate::store::Database;

/// How long the check of migrations may hold up the next check of the database.
const MIGRATIONS_TIMEOUT: Duration = Duration::from_millis(500);

/// Runs until the process ends.
pub(super) async fn run(health: Health, database: Database) {
    let mut check = database.health_check();
    let mut ticks = interval(check.interval());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // What comes back may be another database, such as one restored from a backup.
    let mut are_migrations_checked = true;
    loop {
        ticks.tick().await;
        let result = check.run().await;
        let has_changed = health.set_database_reachable(result.is_ok());
        are_migrations_checked &= !has_changed;
        if result.is_ok() && !are_migrations_checked {
            are_migrations_checked = check_migrations(&health, &database).await;
        }
        if !has_changed {
            continue;
        }
        match result {
            Ok(()) => log::info!("database reachable again"),
            Err(error) => log::error!("database unreachable, readiness fails: {error}"),
        }
    }
}

/// `false`: to be checked again, because the database did not answer, or until an operator has migrated it.
async fn check_migrations(health: &Health, database: &Database) -> bool {
    let Ok(Ok(is_migrated)) = timeout(MIGRATIONS_TIMEOUT, database.is_migrated()).await else { return false };
    if health.set_migrated(is_migrated) {
        if is_migrated {
            log::info!("the database has all migrations again");
        } else {
            log::error!("the database lacks migrations, readiness fails; restart to apply them");
        }
    }
    is_migrated
}
