//! The tables of Vouchsafe and the migrations that create them, for the store and for whoever inspects a database.
//!
//! All pending migrations run in the transaction that the caller passes, so that a process that is killed halfway leaves
//! nothing behind. Every table name begins with a prefix, because SQLite has no schemas to keep ours apart from an
//! app's; on PostgreSQL the prefix is empty and the caller's `search_path` names our schema.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DatabaseTransaction, DbErr};
use sea_orm_migration::{MigrationStatus, MigratorTraitSelf};

mod m20261128_000001_initial;
mod m20261129_000002_operators;
mod m20261129_000003_flow_records;
mod m20261129_000004_webhooks;
mod m20261130_000005_grants;

/// Runs the migrations of tables with one prefix.
#[derive(Clone, Debug)]
pub struct Migrator {
    prefix: String,
}

/// Why the tables cannot be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// A table of this name exists, and no migration of ours created it.
    #[error("the table `{0}` exists and was not created by Vouchsafe")]
    ForeignTable(String),
    /// The table of migrations holds something else, or what a newer version applied.
    #[error("the table `{table}` does not hold the migrations of this version: {source}")]
    UnknownMigrations {
        /// The table's name.
        table: String,
        /// What the database or the comparison said.
        source: DbErr,
    },
    /// A statement failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// How far the tables are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// None of our migrations was applied.
    Empty,
    /// Some were applied, others are pending.
    Outdated,
    /// All were applied.
    UpToDate,
}

impl Migrator {
    /// A migrator of the tables whose names begin with `prefix`, which may be empty.
    #[must_use]
    pub fn new(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into() }
    }

    /// Applies what is pending, or nothing. The caller commits.
    ///
    /// # Errors
    /// [`MigrationError`]; then the transaction must be rolled back.
    pub async fn migrate(&self, transaction: &DatabaseTransaction) -> Result<(), MigrationError> {
        if self.progress(transaction).await? == Progress::Empty
            && let Some(name) = self.foreign_table(transaction).await?
        {
            return Err(MigrationError::ForeignTable(name));
        }
        Ok(self.up(transaction, None).await?)
    }

    /// A table of one of our names. While none of our migrations was applied, it is somebody else's.
    ///
    /// # Errors
    /// [`DbErr`]
    pub async fn foreign_table<'c>(
        &self,
        database: impl IntoSchemaManagerConnection<'c>,
    ) -> Result<Option<String>, DbErr> {
        let manager = SchemaManager::new(database);
        for name in m20261128_000001_initial::TABLES {
            let name = format!("{}{name}", self.prefix);
            if manager.has_table(&name).await? {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    /// Compares the tables with our migrations without writing.
    ///
    /// # Errors
    /// [`MigrationError`]
    pub async fn progress(&self, database: &impl ConnectionTrait) -> Result<Progress, MigrationError> {
        let migrations = self.get_migration_with_status_read_only(database).await.map_err(|source| {
            MigrationError::UnknownMigrations { table: self.migration_table_name().to_string(), source }
        })?;
        let applied = migrations.iter().filter(|one| one.status() == MigrationStatus::Applied).count();
        Ok(match applied {
            0 => Progress::Empty,
            all if all == migrations.len() => Progress::UpToDate,
            _ => Progress::Outdated,
        })
    }
}

#[async_trait::async_trait]
impl MigratorTraitSelf for Migrator {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261128_000001_initial::Migration::new(&self.prefix)),
            Box::new(m20261129_000002_operators::Migration::new(&self.prefix)),
            Box::new(m20261129_000003_flow_records::Migration::new(&self.prefix)),
            Box::new(m20261129_000004_webhooks::Migration::new(&self.prefix)),
            Box::new(m20261130_000005_grants::Migration::new(&self.prefix)),
        ]
    }

    fn migration_table_name(&self) -> DynIden {
        Alias::new(format!("{}migrations", self.prefix)).into_iden()
    }
}
