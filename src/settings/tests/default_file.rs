//! Compares `config/default.toml` with the code: the same defaults and the same keys.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::{Settings, Sources, layered};
use crate::settings::load;

const DEFAULT: &str = include_str!("../../../config/default.toml");

/// The file with its commented-out settings uncommented.
fn uncommented() -> toml::Table {
    let is_setting = |line: &str| {
        let key = line.split(" = ").next().filter(|key| key.len() < line.len()).unwrap_or_default();
        let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        is_key || line.starts_with('[') || line.starts_with("    {") || line == "]"
    };
    let uncomment = |line: &'static str| line.strip_prefix("# ").filter(|line| is_setting(line)).unwrap_or(line);
    let text: Vec<_> = DEFAULT.lines().map(uncomment).collect();
    text.join("\n").parse().expect("every example is TOML")
}

/// All keys below `table`; any provider is `*`, and names that the operator chooses are left out.
fn collect(table: &toml::Table, path: &str, keys: &mut BTreeSet<String>) {
    for (name, value) in table {
        let key = match path {
            "" => name.clone(),
            "providers" => "providers.*".to_owned(),
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
    let commented = all.difference(&live).filter(|key| !key.starts_with("providers.") && !key.starts_with("keys."));
    let expected = [
        "aufy.sign_up.fields",
        "aufy.sign_up.fields_file",
        "client.allowed_origins",
        "client.url",
        "database.sqlite_synchronous",
        "database.url",
        "database.url_file",
        "mode",
        "providers",
        "server.public_url",
        "session.custom_claim_defaults",
        "session.custom_claims",
        "session.issuer",
        "upstream.ca_file",
    ];
    assert_eq!(commented.collect::<Vec<_>>(), expected.each_ref());
}

#[test]
fn the_default_file_lists_exactly_the_known_keys() {
    let mut mentioned = BTreeSet::new();
    collect(&uncommented(), "", &mut mentioned);
    let text = "[providers.x]\n[[keys.jwt]]\n[[keys.vault]]".to_owned();
    let file = Some((PathBuf::new(), text));
    let Ok((reading, ..)) = load::read(Sources { file, ..Sources::default() }) else { panic!("it is TOML") };
    let known: BTreeSet<_> =
        reading.finish().1.into_iter().map(|key| key.replace("providers.x", "providers.*")).collect();
    assert_eq!(mentioned, known);
}
