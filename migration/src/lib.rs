//! The tables of Vouchsafe, step by step; every step is safe to run by several nodes at once.

use sea_orm_migration::prelude::*;

mod m20261121_000001_first;
mod m20261121_000002_leaving;
mod m20261121_000003_tickets;
mod m20261121_000004_sessions;
mod m20261121_000005_audit;
mod m20261121_000006_replays;

pub use sea_orm_migration::{MigrationStatus, MigratorTrait};

/// All steps in order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_first::Migration),
            Box::new(m20261121_000002_leaving::Migration),
            Box::new(m20261121_000003_tickets::Migration),
            Box::new(m20261121_000004_sessions::Migration),
            Box::new(m20261121_000005_audit::Migration),
            Box::new(m20261121_000006_replays::Migration),
        ]
    }
}
