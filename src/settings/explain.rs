//! Every setting with its value and its source: what `vouchsafe config explain` shows.
//!
//! The readers record what they read, so no list can become outdated. Defaults are shown from `config/default.toml`;
//! a test compares it with the code.

use super::nhost_env::VariableStatus;
use super::reader::error::SettingsErrors;
use super::reader::provenance::{Provenance, without_password};
use super::reader::tree::Node;
use super::{Mode, Settings, Warning};

const DEFAULTS: &str = include_str!("../../config/default.toml");

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedSetting {
    /// The dotted key.
    pub key: String,
    /// The value on one line, a secret as stars; `None` if there is none.
    pub value: Option<String>,
    /// The file's path, the variable's name, `the command line`, or `default`.
    pub source: String,
}

/// The settings and their sources.
#[derive(Debug)]
pub struct Explanation {
    /// All settings by key. Of providers only what is set: the rest is in their definitions.
    pub settings: Result<Vec<ResolvedSetting>, SettingsErrors>,
    /// The status of each variable of Nhost in the environment, by name.
    pub nhost: Vec<VariableStatus>,
    /// Settings that are valid but dangerous.
    pub warnings: Vec<Warning>,
}

/// All settings, by key.
pub(super) fn resolve(provenance: &Provenance, settings: &Settings) -> Vec<ResolvedSetting> {
    let values = provenance.values();
    let defaults = DEFAULTS.parse::<toml::Table>().unwrap_or_default();
    let has_inner_keys = |key: &str| {
        let next = values.range(format!("{key}.")..).next();
        next.is_some_and(|(next, _)| next.strip_prefix(key).is_some_and(|rest| rest.starts_with('.')))
    };
    let settings = values.iter().filter_map(|(key, value)| {
        let resolved =
            |value, source: &str| Some(ResolvedSetting { key: key.clone(), value, source: source.to_owned() });
        if key == "database.url" {
            // Shown as it is used: relative paths resolved, the content of `url_file`, the default.
            let keys = ["database.url", "database.url_file"];
            let is_set = |key: &&str| values.get(*key).is_some_and(Option::is_some);
            let source = keys.into_iter().find(is_set).and_then(|key| provenance.source(key));
            return resolved(Some(without_password(settings.database.url.expose())), source.unwrap_or("default"));
        }
        if let Some(value) = value {
            return resolved(Some(value.clone()), provenance.source(key).unwrap_or("default"));
        }
        let is_optional = key.starts_with("providers.") || key.starts_with("keys.") && key.matches('.').count() > 1;
        if is_optional || has_inner_keys(key) || provenance.is_covered_by_counterpart(key) {
            return None;
        }
        resolved(derived(settings, key).or_else(|| default(&defaults, key)), "default")
    });
    settings.collect()
}

/// A default that depends on other settings.
fn derived(settings: &Settings, key: &str) -> Option<String> {
    let generated = || (settings.mode == Mode::Development).then_some(&settings.development.directory);
    Some(match key {
        "mode" => match settings.mode {
            Mode::Development => "development".to_owned(),
            Mode::Production => "production".to_owned(),
        },
        "server.public_url" => settings.server.public_base(),
        "client.url" => settings.client.return_urls.default_url().as_str().to_owned(),
        "pages.name" => settings.pages.name.clone(),
        "session.issuer" => settings.session.issuer.clone(),
        "keys.jwt" | "keys.vault" => format!("generated in {}", generated()?.display()),
        _ => return None,
    })
}

fn default(table: &toml::Table, key: &str) -> Option<String> {
    match key.split_once('.') {
        Some((section, rest)) => default(table.get(section)?.as_table()?, rest),
        None => table.get(key).cloned().map(Node::from).map(|node| node.show()),
    }
}
