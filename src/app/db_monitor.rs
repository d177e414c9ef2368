//! Checks the database periodically, so that readiness requests need no query.

use tokio::time::{MissedTickBehavior, interval};

use crate::actor::health::Health;
use crate::store::Database;

/// Runs until the process ends.
pub(super) async fn run(health: Health, database: Database) {
    let mut check = database.health_check();
    let mut ticks = interval(check.interval());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let result = check.run().await;
        let has_changed = health.set_database_reachable(result.is_ok());
        // What comes back may be another database, such as one restored from a backup.
        if result.is_ok() && (has_changed || health.lacks_migrations()) {
            check_migrations(&health, &database).await;
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

/// A database that does not answer here is the business of the next check.
async fn check_migrations(health: &Health, database: &Database) {
    let Ok(is_migrated) = database.is_migrated().await else { return };
    if health.set_migrated(is_migrated) {
        if is_migrated {
            log::info!("the database has all migrations again");
        } else {
            log::error!("the database lacks migrations, readiness fails; restart to apply them");
        }
    }
}
