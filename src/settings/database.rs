//! The section `database`: where users, sessions and sealed tokens are stored.

use std::path::Path;

use super::reader::Section;
use super::reader::error::Problem;
use super::warnings::Risk;
use super::{Development, Mode};
use crate::domain::secret::Secret;

const SCHEMA: &str = "1 to 40 of a-z, 0-9 and '_', starting with a letter, and no name that the database reserves";

const SYNCHRONOUS: [(&str, SqliteSynchronous); 2] =
    [("full", SqliteSynchronous::Full), ("normal", SqliteSynchronous::Normal)];

/// The database and how it is used.
#[derive(Clone, Debug)]
pub struct Database {
    /// `database.url`: `sqlite://PATH`, `sqlite::memory:` or `postgres://…`; may hold a password. `app:` for the connection
    /// of an embedding app.
    pub url: Secret,
    /// `database.max_connections`: of the whole process.
    pub max_connections: u32,
    /// `database.schema`: the PostgreSQL schema of our tables, on SQLite the prefix of their names; an identifier of
    /// `a-z`, `0-9` and `_`.
    pub schema: String,
    /// `database.sqlite_synchronous`
    pub sqlite_synchronous: SqliteSynchronous,
    /// `database.max_batch`: how many requests share a statement at most; 1: none do.
    pub max_batch: usize,
}

/// SQLite's `synchronous` setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqliteSynchronous {
    /// A commit survives a power failure.
    Full,
    /// A power failure may undo the last commits; a crash of the process does not.
    Normal,
}

pub(super) fn read(mut section: Section<'_>, mode: Mode, development: &Development) -> Database {
    if mode == Mode::Production && !section.is_secret_set("url") {
        let problem = Problem::from("is required in production");
        section.error("url", problem.suggest("write sqlite:///var/lib/vouchsafe/vouchsafe.db or postgres://…"));
    }
    let url_key = section.secret_key("url");
    let url = section.secret_url("url");
    if url.as_ref().is_some_and(|url| !is_database(url.expose())) {
        section.error(&url_key, "expected sqlite://PATH, sqlite::memory: or postgres://…");
    }
    if url.as_ref().is_some_and(|url| is_unencrypted(url.expose())) {
        section.warn(&url_key, Risk::DatabaseUnencrypted);
    }
    let url = url.map(|url| Secret::new(from_folder(url.expose(), section.base())));
    let default = || Secret::new(format!("sqlite://{}", escaped(&development.directory.join("vouchsafe.db"))));
    let synchronous = section.choice("sqlite_synchronous", &SYNCHRONOUS).unwrap_or(match mode {
        Mode::Development => SqliteSynchronous::Normal,
        Mode::Production => SqliteSynchronous::Full,
    });
    let url = url.unwrap_or_else(default);
    let is_sqlite = url.expose().starts_with("sqlite:");
    if mode == Mode::Production && is_sqlite && synchronous == SqliteSynchronous::Normal {
        section.warn("sqlite_synchronous", Risk::CommitsNotFlushed);
    }
    Database {
        url,
        max_connections: section.number("max_connections", 1..=10_000).unwrap_or(16),
        schema: section.parsed("schema", SCHEMA, schema).unwrap_or_else(|| "vouchsafe".to_owned()),
        sqlite_synchronous: synchronous,
        max_batch: section.number("max_batch", 1..=1000).unwrap_or(64),
    }
}

fn is_database(url: &str) -> bool {
    let (scheme, rest) = url.split_once(':').unwrap_or_default();
    let rest = match scheme {
        "sqlite" => Some(rest.strip_prefix("//").unwrap_or(rest)),
        "postgres" | "postgresql" => rest.strip_prefix("//"),
        // The connection of an embedding app.
        "app" if rest.is_empty() => return true,
        _ => None,
    };
    rest.is_some_and(|rest| !rest.is_empty())
}

/// A SQLite URL whose relative path starts at `base`, like every path in the settings. Other URLs are unchanged.
fn from_folder(url: &str, base: &Path) -> String {
    let Some(rest) = url.strip_prefix("sqlite:") else { return url.to_owned() };
    let path = rest.strip_prefix("//").unwrap_or(rest);
    if path.starts_with([':', '/']) || base.as_os_str().is_empty() {
        return url.to_owned();
    }
    format!("sqlite://{}/{path}", escaped(base))
}

/// A path as part of a SQLite URL, which is percent-decoded.
fn escaped(path: &Path) -> String {
    path.display().to_string().replace('%', "%25").replace('?', "%3F").replace('#', "%23")
}

/// Whether a PostgreSQL server on another machine may be reached without TLS.
fn is_unencrypted(url: &str) -> bool {
    let Ok(url) = url::Url::parse(url) else { return false };
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return false;
    }
    let parameter = |name: &str| url.query_pairs().filter(|(key, _)| key == name).last().map(|(_, value)| value);
    let host = parameter("host").or_else(|| parameter("hostaddr")).unwrap_or(url.host_str().unwrap_or_default().into());
    let is_local = host.is_empty()
        || host.starts_with(['/', '%'])
        || host == "localhost"
        || host.trim_matches(['[', ']']).parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    let mode = parameter("sslmode").or_else(|| parameter("ssl-mode"));
    let is_required = mode.is_some_and(|mode| ["require", "verify-ca", "verify-full"].contains(&&*mode.to_lowercase()));
    !is_local && !is_required
}

/// It becomes part of SQL, so it needs no quotes and is no name of the database itself.
fn schema(text: &str) -> Option<String> {
    let is_identifier = (1..=40).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    let is_reserved = text.starts_with("pg_") || text.starts_with("sqlite") || text == "information_schema";
    (is_identifier && !is_reserved).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_sqlite_path_starts_at_the_folder() {
        let folder = Path::new("/etc/100% auth");
        for (url, expected) in [
            ("sqlite://vouchsafe.db", "sqlite:///etc/100%25 auth/vouchsafe.db"),
            ("sqlite:data/v.db?mode=rwc", "sqlite:///etc/100%25 auth/data/v.db?mode=rwc"),
            ("sqlite:///var/lib/v.db", "sqlite:///var/lib/v.db"),
            ("sqlite::memory:", "sqlite::memory:"),
            ("sqlite://:memory:", "sqlite://:memory:"),
            ("postgres://h/n", "postgres://h/n"),
        ] {
            assert_eq!(from_folder(url, folder), expected);
        }
        assert_eq!(from_folder("sqlite://vouchsafe.db", Path::new("")), "sqlite://vouchsafe.db");
    }

    #[test]
    fn only_tls_or_this_machine_counts_as_encrypted() {
        for good in [
            "postgres://u:p@localhost/n",
            "postgres://127.0.0.1:5433/n",
            "postgres://[::1]/n",
            "postgres:///n?host=/var/run/postgresql",
            "postgres://%2Fvar%2Frun%2Fpostgresql/n",
            "postgres://db.example.com/n?sslmode=verify-full",
            "postgres://db.example.com/n?sslmode=require",
            "sqlite://x.db",
        ] {
            assert!(!is_unencrypted(good), "{good}");
        }
        for bad in [
            "postgres://db.example.com/n",
            "postgresql://10.0.0.5/n?sslmode=prefer",
            "postgres://db/n?sslmode=disable",
            "postgres:///n?host=db.example.com",
            "postgres://localhost.example.com/n",
        ] {
            assert!(is_unencrypted(bad), "{bad}");
        }
    }
}
