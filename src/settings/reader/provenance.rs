//! Records every setting that a section reads, its value and its source, for `vouchsafe config explain`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::tree::Node;
use super::without_positions;

/// Shown in place of a secret.
const REDACTED: &str = "***";

/// The values read so far, by key, and where they came from.
pub(in crate::settings) struct Provenance {
    file: Option<String>,
    sources: BTreeMap<String, String>,
    secrets: RefCell<BTreeMap<String, Redact>>,
    values: RefCell<BTreeMap<String, Option<String>>>,
}

/// How much of a secret may be shown.
#[derive(Clone, Copy)]
enum Redact {
    All,
    /// A URL is shown without its password.
    Password,
}

impl Provenance {
    pub fn new(file: Option<String>, sources: BTreeMap<String, String>) -> Self {
        Self { file, sources, secrets: RefCell::default(), values: RefCell::default() }
    }

    /// Marks `key` as secret. Must precede [`Self::record`].
    pub fn mark_secret(&self, key: String) {
        self.secrets.borrow_mut().entry(key).or_insert(Redact::All);
    }

    /// Marks `key` as a URL of which only the password is secret. Must precede [`Self::record`].
    pub fn mark_password(&self, key: String) {
        self.secrets.borrow_mut().insert(key, Redact::Password);
    }

    /// Records what was found under a key. Sections and lists of sections have no value of their own.
    pub fn record(&self, key: String, node: Option<&Node>) {
        let is_section = |node: &Node| matches!(node, Node::Table(_));
        match node {
            Some(Node::List(nodes)) if nodes.iter().any(is_section) => return,
            Some(node) if is_section(node) => return,
            _ => {}
        }
        let redact = self.secrets.borrow().get(&key).copied();
        let value = node.map(|node| match (redact, node) {
            (None, node) => node.show(),
            (Some(Redact::Password), Node::Text(url) | Node::Untyped(url)) => without_password(url),
            (Some(_), _) => REDACTED.to_owned(),
        });
        self.values.borrow_mut().insert(key, value);
    }

    /// All keys read so far and their values; `None` is a key that is not set.
    pub fn values(&self) -> BTreeMap<String, Option<String>> {
        self.values.borrow().clone()
    }

    /// Which variable, flag or file set `key`.
    pub fn source(&self, key: &str) -> Option<&str> {
        self.sources.get(&without_positions(key)).or(self.file.as_ref()).map(String::as_str)
    }

    /// Whether an unset key needs no line because its counterpart is set: a secret whose `_file` is set, or the
    /// `_file` of a secret.
    pub fn is_covered_by_counterpart(&self, key: &str) -> bool {
        let (secrets, values) = (self.secrets.borrow(), self.values.borrow());
        let is_file_set = || values.get(&format!("{key}_file")).is_some_and(Option::is_some);
        key.strip_suffix("_file").is_some_and(|secret| secrets.contains_key(secret))
            || secrets.contains_key(key) && is_file_set()
    }

    /// The secrets whose text is written in the settings file itself.
    pub fn secrets_in_file(&self) -> BTreeSet<String> {
        let (secrets, values) = (self.secrets.borrow(), self.values.borrow());
        let is_in_file = |key: &&String| {
            let value = values.get(*key).and_then(Option::as_deref);
            let is_secret = value.is_some_and(|value| value.contains(REDACTED));
            is_secret && !self.sources.contains_key(&without_positions(key))
        };
        secrets.keys().filter(is_in_file).cloned().collect()
    }
}

/// A database URL without the password, neither in its authority nor in its query; stars if it cannot be parsed.
pub(in crate::settings) fn without_password(text: &str) -> String {
    if text.starts_with("sqlite:") {
        return text.to_owned();
    }
    let Ok(mut url) = url::Url::parse(text) else { return REDACTED.to_owned() };
    if url.password().is_some() && url.set_password(Some(REDACTED)).is_err() {
        return REDACTED.to_owned();
    }
    if url.query().is_some() {
        let pairs: Vec<_> = url.query_pairs().into_owned().collect();
        let redacted = pairs.iter().map(|(name, value)| {
            let is_password = name.to_ascii_lowercase().contains("password");
            (name.as_str(), if is_password { REDACTED } else { value.as_str() })
        });
        url.query_pairs_mut().clear().extend_pairs(redacted);
    }
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_url_is_shown_without_its_password() {
        for (url, shown) in [
            ("postgres://u:hunter2@h:5433/n?sslmode=require", "postgres://u:***@h:5433/n?sslmode=require"),
            ("postgres://u@h/n?password=hunter2&sslpassword=hunter2", "postgres://u@h/n?password=***&sslpassword=***"),
            ("postgres://h/n", "postgres://h/n"),
            ("sqlite://vouchsafe.db", "sqlite://vouchsafe.db"),
            ("sqlite::memory:", "sqlite::memory:"),
            ("hunter2", "***"),
            ("postgres://u:hunter2@h:port/n", "***"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
