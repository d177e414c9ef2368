//! Databases that are not there, not ours, or not as they should be.

use std::os::unix::fs::PermissionsExt;

use crate::ops::doctor::case::{Base, Case, case, swap, with_line};
use crate::support::app::Database::Postgres;
use Base::Offline;

const NONE: Base = Offline(&[]);

fn with_url(text: &str, url: &str) -> String {
    let (before, rest) = text.split_once("[database]\nurl = '").expect("a URL");
    let (_, after) = rest.split_once('\'').expect("its end");
    format!("{before}[database]\nurl = '{url}'{after}")
}

pub fn cases() -> Vec<Case> {
    let mut cases = sqlite();
    cases.extend(postgres());
    cases
}

fn sqlite() -> Vec<Case> {
    vec![
        case(NONE, "a missing folder", "database-read-only", "database.url", |world, text| {
            with_url(&text, &format!("sqlite://{}/gone/v.db", world.folder().display()))
        }),
        case(NONE, "another kind of file", "database-unreachable", "database.url", |world, text| {
            let path = world.folder().join("other.db");
            std::fs::write(&path, "this is no database, but a text of some length. ".repeat(100)).expect("written");
            with_url(&text, &format!("sqlite://{}", path.display()))
        })
        .also(&["database-file-readable"]),
        case(Base::Production, "production in memory", "database-volatile", "database.url", |_, text| {
            with_url(&text, "sqlite::memory:")
        }),
        case(NONE, "a file that others read", "database-file-readable", "database.url", |world, text| {
            let path = world.app.database().trim_start_matches("sqlite://");
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).expect("changed");
            text
        })
        .migrated(&[]),
        case(NONE, "a folder that others write", "database-folder-writable", "database.url", |world, text| {
            let folder = world.folder().join("shared");
            std::fs::create_dir(&folder).expect("a folder");
            std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o777)).expect("changed");
            with_url(&text, &format!("sqlite://{}/v.db", folder.display()))
        }),
        case(NONE, "a newer version", "database-other-version", "database.schema", |_, text| text)
            .migrated(&["INSERT INTO vouchsafe_migrations (version, applied_at) VALUES ('m2099', 0)"]),
        case(NONE, "a foreign table", "database-foreign-tables", "database.schema", |_, text| {
            with_line(&text, "database", "schema = 'app'")
        })
        .migrated(&["CREATE TABLE app_users (number INTEGER)"]),
    ]
}

fn postgres() -> Vec<Case> {
    const READ_ONLY: &str = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', \
                             current_database()); END $$";
    const NOT_DURABLE: &str = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', \
                               current_database()); END $$";
    const LIMITED: &str =
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 5', current_database()); END $$";
    const ROLE: &str =
        "DO $$ BEGIN CREATE ROLE doctor_limited LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$";
    vec![
        case(NONE, "no server", "database-unreachable", "database.url", |_, text| {
            with_url(&text, "postgres://vouchsafe:hush@127.0.0.1:1/vouchsafe")
        }),
        case(NONE, "a missing database", "database-unreachable", "database.url", |_, text| {
            swap(&text, "localhost/", "localhost/missing_")
        })
        .on(Postgres),
        case(NONE, "a read-only database", "database-read-only", "database.url", |_, text| text)
            .on(Postgres)
            .migrated(&[READ_ONLY]),
        case(NONE, "commits without the disk", "database-not-durable", "database.url", |_, text| text)
            .on(Postgres)
            .migrated(&[NOT_DURABLE]),
        case(NONE, "too many connections", "database-connections", "database.max_connections", |_, text| {
            with_line(&text, "database", "max_connections = 500")
        })
        .on(Postgres),
        case(NONE, "a limit of the database", "database-connections", "database.max_connections", |_, text| text)
            .on(Postgres)
            .migrated(&[LIMITED]),
        case(NONE, "a role without rights", "database-no-schema", "database.schema", |_, text| {
            let text = swap(&text, "postgres://postgres@", "postgres://doctor_limited@");
            with_line(&text, "database", "schema = 'elsewhere'")
        })
        .on(Postgres)
        .migrated(&[ROLE]),
        case(NONE, "a newer version", "database-other-version", "database.schema", |_, text| text)
            .on(Postgres)
            .migrated(&["INSERT INTO vouchsafe.migrations (version, applied_at) VALUES ('m2099', 0)"]),
        case(NONE, "a foreign table", "database-foreign-tables", "database.schema", |_, text| {
            with_line(&text, "database", "schema = 'app'")
        })
        .on(Postgres)
        .migrated(&["CREATE SCHEMA app", "CREATE TABLE app.users (number INTEGER)"]),
    ]
}
