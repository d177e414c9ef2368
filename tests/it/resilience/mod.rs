//! Crashes, outages, concurrency, several nodes.

mod concurrency;
mod crash_recovery;
mod database_outage;
mod grant_load;
mod killed_migration;
mod killed_refresh;
pub mod model;
mod multiple_nodes;
mod races;
mod readiness;
