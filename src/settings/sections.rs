//! The sections of plain values: for each key its type, its bounds and its default.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::Problem;
use super::model::{
    Audit, Compat, CustomClaims, Database, Development, Flow, Mode, Server, Session, SqliteSynchronous, Upstream, Vault,
};
use super::reader::Section;
use crate::domain::claims::ClaimRule;
use crate::domain::secret::Secret;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
/// Longer than anyone means, short enough to be added to any moment.
const TEN_YEARS: Duration = Duration::from_secs(3_650 * 86_400);

const SCHEMA: &str = "1 to 40 of a-z, 0-9 and '_', starting with a letter, and no name that the database reserves";

const SYNCHRONOUS: [(&str, SqliteSynchronous); 2] =
    [("full", SqliteSynchronous::Full), ("normal", SqliteSynchronous::Normal)];

pub(super) fn database(mut section: Section<'_>, mode: Mode, directory: &Path) -> Database {
    if mode == Mode::Production && !section.is_secret_set("url") {
        let problem = Problem::from("is required in production");
        section.error("url", problem.suggest("write sqlite:///var/lib/vouchsafe/vouchsafe.db or postgres://…"));
    }
    let url_key = section.secret_key("url");
    let url = section.secret("url");
    if url.as_ref().is_some_and(|url| !is_database(url.expose())) {
        section.error(&url_key, "expected sqlite://PATH, sqlite::memory: or postgres://…");
    }
    let default = || Secret::new(format!("sqlite://{}/vouchsafe.db", directory.display()));
    Database {
        url: url.unwrap_or_else(default),
        max_connections: section.number("max_connections", 1..=10_000).unwrap_or(16),
        schema: section.parsed("schema", SCHEMA, schema).unwrap_or_else(|| "vouchsafe".to_owned()),
        sqlite_synchronous: section.choice("sqlite_synchronous", &SYNCHRONOUS).unwrap_or(match mode {
            Mode::Development => SqliteSynchronous::Normal,
            Mode::Production => SqliteSynchronous::Full,
        }),
    }
}

/// It becomes part of SQL, so that it needs no quotes and clashes with no schema or table of the database itself.
fn schema(text: &str) -> Option<String> {
    let is_identifier = (1..=40).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    let is_reserved = text.starts_with("pg_") || text.starts_with("sqlite") || text == "information_schema";
    (is_identifier && !is_reserved).then(|| text.to_owned())
}

fn is_database(url: &str) -> bool {
    let (scheme, rest) = url.split_once(':').unwrap_or_default();
    let rest = match scheme {
        "sqlite" => Some(rest.strip_prefix("//").unwrap_or(rest)),
        "postgres" | "postgresql" => rest.strip_prefix("//"),
        _ => None,
    };
    rest.is_some_and(|rest| !rest.is_empty())
}

pub(super) fn compat(mut section: Section<'_>) -> Compat {
    Compat {
        connect_in_url: section.truth("connect_in_url").unwrap_or(true),
        refresh_token_in_url: section.truth("refresh_token_in_url").unwrap_or(true),
    }
}

pub(super) fn flow(mut section: Section<'_>) -> Flow {
    Flow {
        ttl: section.duration("ttl", SECOND..=HOUR).unwrap_or(10 * MINUTE),
        max_active: section.number("max_active", 1..=10_000_000).unwrap_or(10_000),
    }
}

pub(super) fn vault(mut section: Section<'_>) -> Vault {
    Vault { ttl: section.duration("ttl", SECOND..=TEN_YEARS).unwrap_or(HOUR) }
}

pub(super) fn session(mut section: Section<'_>, server: Option<&Server>) -> Session {
    let issuer = section.text("issuer").or_else(|| server.map(Server::public_base));
    let namespace = section.text("claims_namespace");
    let custom_claims = custom_claims(&mut section);
    Session {
        access_token_ttl: section.duration("access_token_ttl", SECOND..=TEN_YEARS).unwrap_or(15 * MINUTE),
        refresh_token_ttl: section.duration("refresh_token_ttl", SECOND..=TEN_YEARS).unwrap_or(30 * DAY),
        refresh_grace: section.duration("refresh_grace", Duration::ZERO..=HOUR).unwrap_or(10 * SECOND),
        issuer: issuer.unwrap_or_default(),
        claims_namespace: namespace.unwrap_or_else(|| "https://hasura.io/jwt/claims".to_owned()),
        code_ttl: section.duration("code_ttl", SECOND..=HOUR).unwrap_or(5 * MINUTE),
        reauthentication_window: section.duration("reauthentication_window", SECOND..=TEN_YEARS).unwrap_or(HOUR),
        custom_claims,
    }
}

fn custom_claims(section: &mut Section<'_>) -> CustomClaims {
    let is_claim = |name: &str| match ClaimRule::name_of(name) {
        Some(_) => Ok(()),
        None => Err(Problem::from("is no name for a claim: letters, digits, '-' and '_', and none of our own")),
    };
    let paths = section.texts("custom_claims", is_claim);
    let mut defaults = section.texts("custom_claim_defaults", is_claim);
    let mut claims = CustomClaims::default();
    for (name, path) in paths {
        let (place, rest) = path.split_once('.').unwrap_or_default();
        let rules = match place {
            "metadata" => &mut claims.metadata,
            "profile" => &mut claims.profile,
            _ => {
                section
                    .error(&format!("custom_claims.{name}"), "expected a path that begins with metadata. or profile.");
                continue;
            }
        };
        match (ClaimRule::name_of(&name), rest.parse()) {
            (Some(claim), Ok(path)) => rules.push(ClaimRule::new(claim, path, defaults.remove(&name))),
            _ => section.error(&format!("custom_claims.{name}"), "expected a path like metadata.team.id"),
        }
    }
    for name in defaults.into_keys() {
        section.error(&format!("custom_claim_defaults.{name}"), "has no claim of this name in custom_claims");
    }
    claims
}

pub(super) fn audit(mut section: Section<'_>) -> Audit {
    Audit { retention: section.duration("retention", SECOND..=TEN_YEARS).unwrap_or(90 * DAY) }
}

pub(super) fn upstream(mut section: Section<'_>) -> Upstream {
    let extra_roots = section.file("ca_file");
    let marker = b"-----BEGIN CERTIFICATE-----";
    if extra_roots.as_ref().is_some_and(|pem| !pem.windows(marker.len()).any(|window| window == marker)) {
        section.error("ca_file", "the file holds no certificate in PEM");
    }
    Upstream {
        extra_roots,
        allow_private_networks: section.truth("allow_private_networks").unwrap_or(false),
        timeout: section.duration("timeout", Duration::from_millis(1)..=MINUTE).unwrap_or(10 * SECOND),
    }
}

pub(super) fn development(mut section: Section<'_>) -> Development {
    Development {
        directory: section.text("directory").map_or_else(|| PathBuf::from(".vouchsafe"), PathBuf::from),
        simulator: section.truth("simulator").unwrap_or(true),
    }
}
