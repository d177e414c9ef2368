//! Every setting, its value and who set it: what `vouchsafe config explain` shows.
//!
//! Whatever the readers ask for is noted as they ask for it, so that nothing can be forgotten here; a secret is
//! noted as stars. Defaults are those of `config/default.toml`, which a test holds against the code.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::error::SettingsErrors;
use super::model::{Mode, Settings};
use super::nhost::VariableStatus;
use super::reader::without_positions;
use super::tree::Node;

const DEFAULTS: &str = include_str!("../../config/default.toml");

/// What stands in the place of a secret.
const STARS: &str = "***";

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedSetting {
    /// The dotted key.
    pub key: String,
    /// The value in one line, a secret as stars; `None` if there is none.
    pub value: Option<String>,
    /// The file's path, the variable's name, `the command line`, or `default`.
    pub origin: String,
}

/// The settings, and where they came from.
#[derive(Debug)]
pub struct Explanation {
    /// All settings by key. Of the sections of providers only what is set: the rest is on a provider's page.
    pub settings: Result<Vec<ResolvedSetting>, SettingsErrors>,
    /// What became of Nhost's variables that are in the environment, by name.
    pub nhost: Vec<VariableStatus>,
}

/// What was asked for so far.
pub(super) struct Provenance {
    file: Option<String>,
    origins: BTreeMap<String, String>,
    hidden: RefCell<BTreeSet<String>>,
    values: RefCell<BTreeMap<String, Option<String>>>,
}

impl Provenance {
    pub fn new(file: Option<String>, origins: BTreeMap<String, String>) -> Self {
        Self { file, origins, hidden: RefCell::default(), values: RefCell::default() }
    }

    /// Keeps the value of a key secret; to be said before the key is noted.
    pub fn hide(&self, key: String) {
        self.hidden.borrow_mut().insert(key);
    }

    /// Notes what was found under a key. Sections and lists of them have no value of their own.
    pub fn note(&self, key: String, node: Option<&Node>) {
        let is_section = |node: &Node| matches!(node, Node::Table(_));
        match node {
            Some(Node::List(nodes)) if nodes.iter().any(is_section) => return,
            Some(node) if is_section(node) => return,
            _ => {}
        }
        let is_hidden = self.hidden.borrow().contains(&key);
        let value = node.map(|node| if is_hidden { STARS.to_owned() } else { show(node) });
        self.values.borrow_mut().insert(key, value);
    }

    /// Whether a key that is not set is a secret whose file is set, or the file of a secret.
    fn is_given_otherwise(&self, key: &str, values: &BTreeMap<String, Option<String>>) -> bool {
        let hidden = self.hidden.borrow();
        let is_in_file = || values.get(&format!("{key}_file")).is_some_and(Option::is_some);
        key.strip_suffix("_file").is_some_and(|secret| hidden.contains(secret)) || hidden.contains(key) && is_in_file()
    }

    /// All settings, by key.
    pub fn lines(&self, settings: &Settings) -> Vec<ResolvedSetting> {
        let values = self.values.borrow();
        let defaults = DEFAULTS.parse::<toml::Table>().unwrap_or_default();
        let has_parts = |key: &str| {
            let next = values.range(format!("{key}.")..).next();
            next.is_some_and(|(next, _)| next.strip_prefix(key).is_some_and(|rest| rest.starts_with('.')))
        };
        let lines = values.iter().filter_map(|(key, value)| {
            let line =
                |value, origin: &str| Some(ResolvedSetting { key: key.clone(), value, origin: origin.to_owned() });
            if let Some(value) = value {
                let origin = self.origins.get(&without_positions(key)).or(self.file.as_ref());
                return line(Some(value.clone()), origin.map_or("default", String::as_str));
            }
            let is_left_open =
                key.starts_with("providers.") || key.starts_with("keys.") && key.matches('.').count() > 1;
            if is_left_open || has_parts(key) || self.is_given_otherwise(key, &values) {
                return None;
            }
            line(derived(settings, key).or_else(|| default(&defaults, key)), "default")
        });
        lines.collect()
    }
}

/// A default that depends on other settings.
fn derived(settings: &Settings, key: &str) -> Option<String> {
    let made_up = || (settings.mode == Mode::Development).then_some(&settings.development.directory);
    Some(match key {
        "mode" => match settings.mode {
            Mode::Development => "development".to_owned(),
            Mode::Production => "production".to_owned(),
        },
        "server.public_url" => settings.server.public_base(),
        "client.url" => settings.client.return_urls.default_url().as_str().to_owned(),
        "session.issuer" => settings.session.issuer.clone(),
        // Nobody has set one, so there is no password in it.
        "database.url" => settings.database.url.expose().to_owned(),
        "keys.jwt" | "keys.vault" => format!("made up, and kept in {}", made_up()?.display()),
        _ => return None,
    })
}

fn default(table: &toml::Table, key: &str) -> Option<String> {
    match key.split_once('.') {
        Some((section, rest)) => default(table.get(section)?.as_table()?, rest),
        None => table.get(key).cloned().map(Node::from).map(|node| show(&node)),
    }
}

/// A value in one line, without anything that a terminal would obey.
fn show(node: &Node) -> String {
    match node {
        Node::Text(text) | Node::Untyped(text) if text.is_empty() => "\"\"".to_owned(),
        Node::Text(text) | Node::Untyped(text) => {
            text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
        }
        Node::Bool(truth) => truth.to_string(),
        Node::Integer(number) => number.to_string(),
        Node::List(nodes) if nodes.is_empty() => "[]".to_owned(),
        Node::List(nodes) => nodes.iter().map(show).collect::<Vec<_>>().join(", "),
        Node::Table(_) | Node::Other(_) => node.kind().to_owned(),
    }
}
