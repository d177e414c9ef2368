//! The database: whether it can be reached and written, and what it holds.

use std::path::Path;

use super::catalogue::Check;
use super::files::{is_readable_by_others, is_writable_by_others};
use super::finding::Finding;
use crate::app::builder::database_options;
use crate::settings::{Mode, Settings};
use crate::store::Database;
use crate::store::inspect::{Inspection, PostgresServer, Server, Tables};

const SUBJECT: &str = "database.url";

/// The oldest supported version of PostgreSQL.
const MIN_POSTGRES: u32 = 140_000;

/// Connections beside `database.max_connections`: the health check's.
const OTHER_CONNECTIONS: u32 = 1;

/// Returns the findings, and whether the database could be reached.
pub(super) async fn examine(settings: &Settings) -> (Vec<Finding>, bool) {
    let Inspection { tables, server } = match Database::inspect(&database_options(&settings.database)).await {
        Ok(inspection) => inspection,
        Err(error) => return (vec![Finding::new(Check::DatabaseUnreachable, SUBJECT, error.to_string())], false),
    };
    let (mut found, what) = match &server {
        Server::Sqlite { file, write_error } => sqlite(settings, file.as_deref(), write_error.as_deref()),
        Server::Postgres(server) => postgres(settings, server, &tables),
    };
    found.extend(of_tables(&tables));
    if found.is_empty() {
        let tables = match tables {
            Tables::Missing => "the first start creates the tables",
            _ => "the tables are those of this version",
        };
        found.push(Finding::new(Check::DatabaseReady, SUBJECT, format!("{what}; {tables}")));
    }
    (found, true)
}

fn of_tables(tables: &Tables) -> Option<Finding> {
    match tables {
        Tables::Missing | Tables::UpToDate => None,
        Tables::Outdated => {
            Some(Finding::new(Check::DatabaseOutdated, SUBJECT, "the tables are older than this version"))
        }
        Tables::OfAnotherVersion { table, text } => {
            let message = format!("the table `{table}` holds what this version does not know: {text}");
            Some(Finding::new(Check::DatabaseOtherVersion, SUBJECT, message))
        }
        Tables::Foreign(table) => {
            let message = format!("the table `{table}` exists and is not Vouchsafe's");
            Some(Finding::new(Check::DatabaseForeignTables, "database.schema", message))
        }
    }
}

fn sqlite(settings: &Settings, file: Option<&Path>, write_error: Option<&str>) -> (Vec<Finding>, String) {
    let Some(file) = file else {
        let volatile = Finding::new(Check::DatabaseVolatile, SUBJECT, "the database is in memory");
        let is_production = settings.mode == Mode::Production;
        return (is_production.then_some(volatile).into_iter().collect(), "SQLite in memory".to_owned());
    };
    let mut found = Vec::new();
    if let Some(error) = write_error.filter(|_| !is_folder_generated(settings, file)) {
        found.push(Finding::new(Check::DatabaseReadOnly, SUBJECT, format!("{}: {error}", file.display())));
    }
    if is_readable_by_others(file) {
        let message = format!("others can read {}", file.display());
        found.push(Finding::new(Check::DatabaseFileReadable, SUBJECT, message));
    }
    if let Some(folder) = file.parent().filter(|folder| is_writable_by_others(folder)) {
        let message = format!("others can write {}", folder.display());
        found.push(Finding::new(Check::DatabaseFolderWritable, SUBJECT, message));
    }
    (found, format!("SQLite in {}", file.display()))
}

/// Whether the first start in development mode creates the folder of the file.
fn is_folder_generated(settings: &Settings, file: &Path) -> bool {
    let directory = &settings.development.directory;
    let is_ours = std::path::absolute(directory).is_ok_and(|directory| file.parent() == Some(&directory));
    settings.mode == Mode::Development && is_ours && !directory.exists()
}

fn postgres(settings: &Settings, server: &PostgresServer, tables: &Tables) -> (Vec<Finding>, String) {
    let version = format!("PostgreSQL {}.{}", server.version / 10_000, server.version % 10_000);
    let needed = settings.database.max_connections.saturating_add(OTHER_CONNECTIONS);
    let available = server.available_connections;
    let schema = &settings.database.schema;
    let candidates = [
        (server.version < MIN_POSTGRES)
            .then(|| Finding::new(Check::DatabaseVersionOld, SUBJECT, format!("it is {version}"))),
        server.is_read_only.then(|| {
            Finding::new(Check::DatabaseReadOnly, SUBJECT, "the server is a standby, or transactions are read-only")
        }),
        (*tables == Tables::Missing && !server.can_create_schema).then(|| {
            let message = format!("there is no usable schema `{schema}`, and the role may not create one");
            Finding::new(Check::DatabaseNoSchema, "database.schema", message)
        }),
        (needed > available).then(|| {
            let message = format!("this process opens up to {needed}, and the server grants {available}");
            Finding::new(Check::DatabaseConnections, "database.max_connections", message)
        }),
        (!server.flushes_commits)
            .then(|| Finding::new(Check::DatabaseNotDurable, SUBJECT, "synchronous_commit is off")),
        (server.encoding != "UTF8")
            .then(|| Finding::new(Check::DatabaseEncoding, SUBJECT, format!("its encoding is {}", server.encoding))),
    ];
    let what = format!("{version}, schema `{schema}`, up to {needed} of {available} connections per process");
    (candidates.into_iter().flatten().collect(), what)
}
