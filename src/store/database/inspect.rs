//! What is at the place that the settings name, for a diagnosis. Nothing is created, and no row is changed.

use std::path::PathBuf;
#[cfg(feature = "sqlite")]
use std::sync::Arc;

#[cfg(feature = "sqlite")]
use sea_orm::ConnectionTrait as _;
#[cfg(feature = "sqlite")]
use sqlx::{ConnectOptions as _, Connection as _};

#[cfg(feature = "postgres")]
use super::postgres::{Postgres, connect};
#[cfg(feature = "sqlite")]
use super::sqlite;
use super::{Database, DatabaseOptions, is_sqlite, migrate};
use crate::store::StoreError;
#[cfg(feature = "sqlite")]
use crate::store::table_names::TableNames;

/// What a database is like.
#[derive(Debug)]
pub struct Inspection {
    /// Our tables in it.
    pub tables: Tables,
    /// What depends on the kind of database.
    pub server: Server,
}

/// How far our tables are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tables {
    /// There are none.
    Missing,
    /// Migrations are pending.
    Outdated,
    /// Those of this version.
    UpToDate,
    /// The table of migrations holds what this version does not know.
    OfAnotherVersion {
        /// Its name.
        table: String,
        /// What is unknown.
        text: String,
    },
    /// This one has a name of ours and is not ours.
    Foreign(String),
}

/// A SQLite file or a PostgreSQL server.
#[derive(Debug)]
pub enum Server {
    /// SQLite.
    Sqlite {
        /// The file, unless the database is in memory.
        file: Option<PathBuf>,
        /// Why it could not be written.
        write_error: Option<String>,
    },
    /// PostgreSQL.
    Postgres(PostgresServer),
}

/// What a PostgreSQL server says of itself and of our role.
#[derive(Debug)]
pub struct PostgresServer {
    /// Its version, such as 170002.
    pub version: u32,
    /// Whether it accepts no writes.
    pub is_read_only: bool,
    /// Whether our role may create a schema.
    pub can_create_schema: bool,
    /// How many connections our role can have in this database.
    pub available_connections: u32,
    /// Whether a commit waits for the disk.
    pub flushes_commits: bool,
    /// The encoding of texts.
    pub encoding: String,
}

impl Database {
    /// Looks at a database.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be reached or read.
    pub async fn inspect(options: &DatabaseOptions<'_>) -> Result<Inspection, StoreError> {
        if is_sqlite(options.url) { inspect_sqlite(options).await } else { inspect_postgres(options).await }
    }
}

#[cfg(feature = "sqlite")]
async fn inspect_sqlite(options: &DatabaseOptions<'_>) -> Result<Inspection, StoreError> {
    let file = sqlite::File::parse(options.url)?;
    let Some(path) = file.path() else {
        return Ok(Inspection { tables: Tables::Missing, server: Server::Sqlite { file: None, write_error: None } });
    };
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let Some(kind) = file.open_read_only() else {
        let write_error = sqlite::try_to_create_beside(&path).err().map(|error| error.to_string());
        return Ok(Inspection { tables: Tables::Missing, server: Server::Sqlite { file: Some(path), write_error } });
    };
    let names = TableNames::with_prefix(options.schema);
    let database = Database {
        kind,
        names,
        schema: options.schema.into(),
        max_batch: options.max_batch,
        flushes_commits: options.sqlite_synchronous,
        metrics: Arc::default(),
    };
    // Of a file of another kind nothing else is known.
    database.store(1).reader.inner.execute_unprepared("PRAGMA schema_version").await?;
    let tables = migrate::tables(&database.store(1), options.schema).await.map_err(|error| file.explain(error))?;
    let write_error = file.try_to_write().await.err().map(|error| error.to_string());
    Ok(Inspection { tables, server: Server::Sqlite { file: Some(path), write_error } })
}

#[cfg(feature = "sqlite")]
impl sqlite::File {
    /// Takes the write lock and gives it back. That another process holds it is no error: then the file can be written.
    async fn try_to_write(&self) -> Result<(), sqlx::Error> {
        let options = self.options().clone().busy_timeout(std::time::Duration::from_secs(1));
        let mut connection = options.connect().await?;
        let result = sqlx::raw_sql("BEGIN IMMEDIATE; ROLLBACK").execute(&mut connection).await;
        connection.close().await?;
        match result {
            Err(error) if !sqlite::is_locked(&error) => Err(error),
            _ => Ok(()),
        }
    }
}

#[cfg(feature = "postgres")]
const FACTS: &str = "SELECT current_setting('server_version_num')::int4, \
    pg_is_in_recovery() OR current_setting('default_transaction_read_only')::bool, \
    has_database_privilege(current_database(), 'CREATE'), \
    LEAST(current_setting('max_connections')::int4 - current_setting('superuser_reserved_connections')::int4 \
            - COALESCE(current_setting('reserved_connections', true)::int4, 0), \
        NULLIF((SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user), -1), \
        NULLIF((SELECT datconnlimit FROM pg_database WHERE datname = current_database()), -1)), \
    current_setting('synchronous_commit') <> 'off', \
    (SELECT pg_encoding_to_char(encoding)::text FROM pg_database WHERE datname = current_database())";

#[cfg(feature = "postgres")]
async fn inspect_postgres(options: &DatabaseOptions<'_>) -> Result<Inspection, StoreError> {
    let server = Postgres::parse(options.url, 1)?;
    let mut connection = connect(&server.options).await?;
    let (version, is_read_only, can_create_schema, available, flushes_commits, encoding) =
        sqlx::query_as::<_, (i32, bool, bool, i32, bool, String)>(FACTS).fetch_one(&mut connection).await?;
    drop(connection);
    let database = Database::on_server(server, options);
    let tables = migrate::tables(&database.store(1), options.schema).await?;
    let unsigned = |number: i32| u32::try_from(number).unwrap_or(0);
    let server = PostgresServer {
        version: unsigned(version),
        is_read_only,
        can_create_schema,
        available_connections: unsigned(available),
        flushes_commits,
        encoding,
    };
    Ok(Inspection { tables, server: Server::Postgres(server) })
}

#[cfg(not(feature = "sqlite"))]
async fn inspect_sqlite(_: &DatabaseOptions<'_>) -> Result<Inspection, StoreError> {
    Err(super::missing_feature("sqlite"))
}

#[cfg(not(feature = "postgres"))]
async fn inspect_postgres(_: &DatabaseOptions<'_>) -> Result<Inspection, StoreError> {
    Err(super::missing_feature("postgres"))
}
