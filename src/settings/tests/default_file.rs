//! Compares `config/default.toml` with the code: the same defaults and the same keys.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::{Settings, Sources, layered};
use crate::settings::{fixed, load};

const DEFAULT: &str = include_str!("../../../config/default.toml");

/// The file with its commented-out settings uncommented.
fn uncommented() -> toml::Table {
    let is_setting = |line: &str| {
        let key = line.split(" = ").next().filter(|key| key.len() < line.len()).unwrap_or_default();
        let is_key_byte = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let is_key = !key.is_empty() && key.bytes().all(is_key_byte);
        is_key || line.starts_with('[') || line.starts_with("    {") || line == "]"
    };
    let uncomment = |line: &'static str| line.strip_prefix("# ").filter(|line| is_setting(line)).unwrap_or(line);
    let text: Vec<_> = DEFAULT.lines().map(uncomment).collect();
    text.join("\n").parse().expect("every example is TOML")
}

/// All keys below `table`; any provider, webhook or client is `*`, and names that the operator chooses are left out.
fn collect(table: &toml::Table, path: &str, keys: &mut BTreeSet<String>) {
    for (name, value) in table {
        let key = match path {
            "" => name.clone(),
            "providers" | "webhooks" | "clients" => format!("{path}.*"),
            path => format!("{path}.{name}"),
        };
        let inner = match value {
            _ if ["parameters", "custom_claims", "custom_claim_defaults"].contains(&name.as_str()) => Vec::new(),
            toml::Value::Table(table) => vec![table],
            toml::Value::Array(values) => values.iter().filter_map(toml::Value::as_table).collect(),
            _ => Vec::new(),
        };
        for table in inner {
            collect(table, &key, keys);
        }
        keys.insert(key);
    }
}

#[test]
fn the_default_file_has_the_defaults_of_the_code() {
    let from_file = layered(DEFAULT, &[], &[("mode", "development")]).expect("settings");
    let built_in = Settings::load(Sources::default()).expect("settings");
    assert_eq!(format!("{from_file:#?}"), format!("{built_in:#?}"));
    assert_eq!(from_file.database.url, built_in.database.url);
}

#[test]
fn only_settings_without_a_fixed_default_are_commented_out() {
    let (mut live, mut all) = (BTreeSet::new(), BTreeSet::new());
    collect(&DEFAULT.parse().expect("TOML"), "", &mut live);
    collect(&uncommented(), "", &mut all);
    let commented = all
        .difference(&live)
        .filter(|key| !["providers.", "webhooks.", "clients.", "keys."].iter().any(|section| key.starts_with(section)));
    let expected = [
        "admin.token",
        "admin.token_file",
        "aufy.sign_up.fields",
        "aufy.sign_up.fields_file",
        "client.allowed_origins",
        "client.url",
        "clients",
        "database.sqlite_synchronous",
        "database.url",
        "database.url_file",
        "metrics.bind",
        "mode",
        "pages.contact",
        "pages.imprint_url",
        "pages.logo_file",
        "pages.name",
        "pages.privacy_url",
        "pages.terms_url",
        "providers",
        "server.public_url",
        "session.custom_claim_defaults",
        "session.custom_claims",
        "session.issuer",
        "upstream.ca_file",
        "webhooks",
    ];
    assert_eq!(commented.collect::<Vec<_>>(), expected.each_ref());
}

#[test]
fn the_default_file_lists_exactly_the_known_keys() {
    let mut mentioned = BTreeSet::new();
    collect(&uncommented(), "", &mut mentioned);
    let text = "[providers.x]\n[webhooks.x]\n[clients.x]\n[[keys.jwt]]\n[[keys.vault]]".to_owned();
    let file = Some((PathBuf::new(), text));
    let Ok((reading, ..)) = load::read(Sources { file, ..Sources::default() }) else { panic!("it is TOML") };
    let known: BTreeSet<_> = reading
        .finish()
        .1
        .into_iter()
        .map(|key| {
            key.replace("providers.x", "providers.*")
                .replace("webhooks.x", "webhooks.*")
                .replace("clients.x", "clients.*")
        })
        .collect();
    assert_eq!(mentioned, known);
}

/// What a reload replaces: whole sections, and keys of sections that are fixed otherwise.
const RELOADED: [&str; 21] = [
    "admin",
    "audit",
    "aufy.audience",
    "aufy.automatic_linking",
    "aufy.sign_in_ticket_ttl",
    "aufy.sign_up",
    "aufy.sign_up_ticket_ttl",
    "client",
    "clients",
    "compat",
    "grants",
    "keys",
    "log",
    "pages",
    "providers",
    "rate_limit",
    "session",
    "sign_up",
    "upstream",
    "vault",
    "webhooks",
];

#[test]
fn every_setting_is_either_fixed_or_reloaded() {
    let mut all = BTreeSet::new();
    collect(&uncommented(), "", &mut all);
    let is_below =
        |key: &str, path: &&str| key == *path || key.strip_prefix(*path).is_some_and(|rest| rest.starts_with('.'));
    // A path that others begin with is a section.
    let is_section = |key: &str| all.range(format!("{key}.")..).next().is_some_and(|next| is_below(next, &key));
    for key in all.iter().filter(|key| !is_section(key)) {
        let name = key.strip_suffix("_file").unwrap_or(key);
        let (is_fixed, is_reloaded) = (fixed::KEYS.contains(&name), RELOADED.iter().any(|path| is_below(name, path)));
        assert!(is_fixed != is_reloaded, "{key}: fixed {is_fixed}, reloaded {is_reloaded}");
    }
}

#[test]
fn fixed_settings_that_changed_are_named_and_kept() {
    let before = layered("server.workers = 1\nvault.ttl = '1h'", &[], &[("mode", "development")]).expect("settings");
    let text = "server.workers = 2\ndatabase.url = 'sqlite://other.db'\nvault.ttl = '2h'\naufy.audience = 'apps'";
    let after = layered(text, &[], &[("mode", "development")]).expect("settings");
    assert_eq!(before.changed_fixed_keys(&after), ["server.workers", "database.url"]);
    let mixed = after.with_fixed_of(&before);
    assert!(before.changed_fixed_keys(&mixed).is_empty());
    assert_eq!((mixed.vault.ttl.as_secs(), mixed.aufy.audience.as_str()), (7_200, "apps"));
}
