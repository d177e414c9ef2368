//! Migrations: all pending ones in one transaction, so that a process that is killed meanwhile leaves nothing behind.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use vouchsafe_migration::{MigrationError, Migrator, Progress};

#[cfg(feature = "cli")]
use super::inspect::Tables;
use crate::store::{Store, StoreError, Transaction};

/// The key of our advisory lock; arbitrary, and different from those of other software.
const MIGRATION_LOCK_KEY: i64 = 0x766f_7563_6873_6166;

/// Brings a SQLite database up to date. `BEGIN IMMEDIATE` lets one process migrate at a time.
pub(super) async fn sqlite(store: &Store, schema: &str) -> Result<(), StoreError> {
    let transaction = store.begin().await?;
    migrator(store, schema).migrate(&transaction.connection.inner).await?;
    transaction.commit().await
}

/// Brings a PostgreSQL database up to date. The lock ends with the transaction, also behind a transaction-pooling proxy;
/// nodes that start together wait for each other.
pub(super) async fn postgres(store: &Store, schema: &str) -> Result<(), StoreError> {
    let transaction = store.begin().await?;
    let connection = &transaction.connection.inner;
    connection.execute_unprepared("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0").await?;
    connection.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK_KEY})")).await?;
    if !has_schema(connection, schema).await? {
        connection.execute_unprepared(&format!("CREATE SCHEMA \"{schema}\"")).await?;
    }
    enter(connection, schema).await?;
    migrator(store, schema).migrate(connection).await?;
    transaction.commit().await
}

/// Whether our tables are there. `false`: none of them is.
///
/// # Errors
/// [`StoreError::Internal`] if migrations are pending.
pub(super) async fn is_up_to_date(store: &Store, schema: &str) -> Result<bool, StoreError> {
    match progress(store, schema).await?? {
        Progress::Empty => Ok(false),
        Progress::UpToDate => Ok(true),
        Progress::Outdated => Err(StoreError::Internal(
            "its tables are outdated; `vouchsafe migrate` or a start of the service updates them".to_owned(),
        )),
    }
}

/// Whether all our migrations were applied; others, of a newer version, do not matter.
pub(super) async fn is_migrated(store: &Store, schema: &str) -> Result<bool, StoreError> {
    match progress(store, schema).await? {
        Ok(progress) => Ok(progress == Progress::UpToDate),
        Err(MigrationError::UnknownMigrations { source, .. }) => match StoreError::from(source) {
            StoreError::Internal(_) => Ok(true),
            outage => Err(outage),
        },
        Err(error) => Err(error.into()),
    }
}

async fn progress(store: &Store, schema: &str) -> Result<Result<Progress, MigrationError>, StoreError> {
    if store.backend() == DbBackend::Sqlite {
        return Ok(migrator(store, schema).progress(&store.reader.inner).await);
    }
    let Transaction { connection: transaction, .. } = store.begin().await?;
    if !has_schema(&transaction.inner, schema).await? {
        return Ok(Ok(Progress::Empty));
    }
    enter(&transaction.inner, schema).await?;
    Ok(migrator(store, schema).progress(&transaction.inner).await)
}

/// What our tables are like. Nothing is changed.
///
/// # Errors
/// [`StoreError`] if the database cannot be read.
#[cfg(feature = "cli")]
pub(super) async fn tables(store: &Store, schema: &str) -> Result<Tables, StoreError> {
    match progress(store, schema).await? {
        Ok(Progress::UpToDate) => Ok(Tables::UpToDate),
        Ok(Progress::Outdated) => Ok(Tables::Outdated),
        Ok(Progress::Empty) => Ok(foreign_table(store, schema).await?.map_or(Tables::Missing, Tables::Foreign)),
        Err(MigrationError::UnknownMigrations { table, source }) => match StoreError::from(source) {
            StoreError::Internal(text) => Ok(Tables::OfAnotherVersion { table, text }),
            outage => Err(outage),
        },
        Err(error) => Err(error.into()),
    }
}

#[cfg(feature = "cli")]
async fn foreign_table(store: &Store, schema: &str) -> Result<Option<String>, StoreError> {
    if store.backend() == DbBackend::Sqlite {
        return Ok(migrator(store, schema).foreign_table(&store.reader.inner).await?);
    }
    let Transaction { connection: transaction, .. } = store.begin().await?;
    if !has_schema(&transaction.inner, schema).await? {
        return Ok(None);
    }
    enter(&transaction.inner, schema).await?;
    Ok(migrator(store, schema).foreign_table(&transaction.inner).await?)
}

/// On PostgreSQL the schema keeps our tables apart; SQLite needs a prefix.
fn migrator(store: &Store, schema: &str) -> Migrator {
    Migrator::new(if store.backend() == DbBackend::Sqlite { format!("{schema}_") } else { String::new() })
}

/// Makes `schema` the only one that unqualified names refer to, until the transaction ends.
async fn enter(connection: &impl ConnectionTrait, schema: &str) -> Result<(), DbErr> {
    connection.execute_unprepared(&format!("SET LOCAL search_path TO \"{schema}\"")).await?;
    Ok(())
}

async fn has_schema(connection: &impl ConnectionTrait, schema: &str) -> Result<bool, DbErr> {
    let query = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)",
        [schema.into()],
    );
    connection.query_one_raw(query).await?.map_or(Ok(false), |row| row.try_get_by_index(0))
}

impl From<MigrationError> for StoreError {
    fn from(error: MigrationError) -> Self {
        match error {
            MigrationError::Database(error) => error.into(),
            MigrationError::UnknownMigrations { table, source } => match Self::from(source) {
                Self::Internal(text) => Self::Internal(format!(
                    "the table `{table}` does not hold the migrations of this version ({text}); set database.schema to \
                     another name, or start the version that wrote it"
                )),
                outage => outage,
            },
            MigrationError::ForeignTable(table) => Self::Internal(format!(
                "the table `{table}` exists and is not Vouchsafe's; set database.schema to another name, or rename it"
            )),
        }
    }
}
