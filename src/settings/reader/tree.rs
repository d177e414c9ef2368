//! Merges file, environment and flags into one tree of untyped values, each with its source.
//!
//! Texts are kept unchanged; types are checked where a value is read.

use std::collections::{BTreeMap, BTreeSet};

use super::error::{SettingsError, SettingsErrors};
use super::variable::{self, Variable};

/// Values by name.
pub(in crate::settings) type Table = BTreeMap<String, Node>;

/// A value whose type is not checked yet. It has no `Debug`, because it may hold a secret.
pub(in crate::settings) enum Node {
    Table(Table),
    List(Vec<Node>),
    /// A string of the file.
    Text(String),
    /// Text from the environment or a flag; the getter decides what it means.
    Untyped(String),
    Bool(bool),
    Integer(i64),
    /// A TOML value of a type that no setting has, by its name.
    Other(&'static str),
}

impl Node {
    /// The type in words, for an error that must not show the value.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Table(_) => "a section",
            Self::List(_) => "a list",
            Self::Text(_) | Self::Untyped(_) => "text",
            Self::Bool(_) => "true or false",
            Self::Integer(_) => "a number",
            Self::Other(name) => name,
        }
    }

    /// The value on one line, control characters escaped for the terminal.
    pub fn show(&self) -> String {
        match self {
            Self::Text(text) | Self::Untyped(text) if text.is_empty() => "\"\"".to_owned(),
            Self::Text(text) | Self::Untyped(text) => {
                text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
            }
            Self::Bool(value) => value.to_string(),
            Self::Integer(number) => number.to_string(),
            Self::List(nodes) if nodes.is_empty() => "[]".to_owned(),
            Self::List(nodes) => nodes.iter().map(Self::show).collect::<Vec<_>>().join(", "),
            Self::Table(_) | Self::Other(_) => self.kind().to_owned(),
        }
    }
}

impl From<toml::Value> for Node {
    fn from(value: toml::Value) -> Self {
        match value {
            toml::Value::String(text) => Self::Text(text),
            toml::Value::Integer(number) => Self::Integer(number),
            toml::Value::Boolean(value) => Self::Bool(value),
            toml::Value::Float(_) => Self::Other("a number with a fraction"),
            toml::Value::Datetime(_) => Self::Other("a date"),
            toml::Value::Array(values) => Self::List(values.into_iter().map(Self::from).collect()),
            toml::Value::Table(table) => Self::Table(from_toml(table)),
        }
    }
}

fn from_toml(table: toml::Table) -> Table {
    table.into_iter().map(|(key, value)| (key, Node::from(value))).collect()
}

/// One setting from the environment or a flag.
struct Entry {
    path: Vec<String>,
    text: String,
    source: String,
}

/// A setting that keeps a weaker source out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::settings) struct OverriddenBy {
    /// The key that is set.
    pub key: String,
    /// Which variable, flag or file set it.
    pub by: String,
}

/// All values that are set.
#[derive(Default)]
pub(in crate::settings) struct Tree {
    pub root: Table,
    /// The file's name, if there is one.
    pub file: Option<String>,
    /// Which variable or flag set a dotted key; a key of the file is not in it.
    pub sources: BTreeMap<String, String>,
    /// Variables that begin like ours and set nothing.
    pub unknown_variables: Vec<String>,
    /// Errors found while merging.
    pub errors: Vec<SettingsError>,
}

impl Tree {
    /// Parses a file. Only the parser's message is kept: its rendering shows the line, which may hold a secret.
    pub fn parse(name: &str, text: &str) -> Result<Self, SettingsErrors> {
        let table = text.parse::<toml::Table>().map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            let reason = format!("line {line}, column {column}: {}", error.message());
            SettingsErrors(vec![SettingsError { key: name.to_owned(), reason, suggestion: None }])
        })?;
        Ok(Self { root: from_toml(table), file: Some(name.to_owned()), ..Self::default() })
    }

    /// Merges the environment over the tree. Variables without our prefix are ignored.
    pub fn merge_environment(&mut self, variables: Vec<(String, String)>) {
        let mut entries = Vec::new();
        for (name, text) in variables {
            match variable::parse(&name) {
                Variable::Key(path) => entries.push(Entry { path, text, source: name }),
                Variable::Unknown => self.unknown_variables.push(name),
                Variable::Ignored => {}
            }
        }
        self.merge(entries);
    }

    /// Merges flags over the tree: dotted keys and their texts.
    pub fn merge_flags(&mut self, flags: Vec<(String, String)>) {
        let entries = flags.into_iter().map(|(key, text)| Entry {
            path: key.split('.').map(str::to_owned).collect(),
            text,
            source: "the command line".to_owned(),
        });
        self.merge(entries.collect());
    }

    fn merge(&mut self, mut entries: Vec<Entry>) {
        // The deepest first, so that a text in place of a whole section remains and becomes an error.
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.path.len()));
        let mut set_here = BTreeSet::new();
        for Entry { path, text, source } in entries {
            let key = path.join(".");
            if !set_here.insert(key.clone()) {
                let first = self.sources.get(&key).map_or("", String::as_str);
                let reason = format!("is set twice, by {first} and by {source}");
                self.errors.push(SettingsError { key, reason, suggestion: None });
                continue;
            }
            let Some((name, parents)) = path.split_last() else { continue };
            let counterpart = counterpart(name);
            let counterpart_key = parents.iter().chain([&counterpart]).cloned().collect::<Vec<_>>().join(".");
            let is_counterpart_weaker = !set_here.contains(&counterpart_key);
            within(&mut self.root, parents, |table| {
                table.insert(name.clone(), Node::Untyped(text));
                // A secret from a stronger source replaces the file of a weaker one, and vice versa.
                if is_counterpart_weaker {
                    table.remove(&counterpart);
                }
            });
            self.sources.insert(key, source);
        }
    }

    /// Sets `key` unless it is set already.
    ///
    /// # Errors
    /// The setting that has precedence.
    pub fn merge_default(&mut self, key: &str, node: Node, source: &str) -> Result<(), OverriddenBy> {
        if let Some(overriding) = self.overridden_by(key) {
            return Err(overriding);
        }
        let path: Vec<String> = key.split('.').map(str::to_owned).collect();
        let Some((name, parents)) = path.split_last() else { return Ok(()) };
        record_source(&mut self.sources, key, &node, source);
        within(&mut self.root, parents, |table| {
            table.insert(name.clone(), node);
        });
        Ok(())
    }

    /// The setting at `key`, at its counterpart, or in place of a section on the path to it.
    pub fn overridden_by(&self, key: &str) -> Option<OverriddenBy> {
        let (parents, name) = key.rsplit_once('.').unwrap_or(("", key));
        let mut table = &self.root;
        let mut path = String::new();
        for parent in parents.split('.').filter(|parent| !parent.is_empty()) {
            path = join(&path, parent);
            match table.get(parent)? {
                Node::Table(inner) => table = inner,
                _ => return Some(self.overrides(path)),
            }
        }
        let counterpart = counterpart(name);
        let found = [name, &counterpart].into_iter().find(|name| table.contains_key(*name))?;
        Some(self.overrides(join(&path, found)))
    }

    /// Whether `key` is a section.
    pub fn is_section(&self, key: &str) -> bool {
        self.section(key).is_some()
    }

    /// The names set in a section; none if it does not exist.
    pub fn names(&self, section: &str) -> Vec<String> {
        self.section(section).map(|table| table.keys().cloned().collect()).unwrap_or_default()
    }

    fn section(&self, key: &str) -> Option<&Table> {
        key.split('.').try_fold(&self.root, |table, name| match table.get(name) {
            Some(Node::Table(inner)) => Some(inner),
            _ => None,
        })
    }

    /// The text of a key outside of any section.
    pub fn root_text(&self, key: &str) -> Option<&str> {
        match self.root.get(key)? {
            Node::Text(text) | Node::Untyped(text) => Some(text),
            _ => None,
        }
    }

    fn overrides(&self, key: String) -> OverriddenBy {
        let by = source(&self.sources, &key).map(str::to_owned).or_else(|| self.file.clone()).unwrap_or_default();
        OverriddenBy { key, by }
    }
}

/// Which variable or flag set `key` or a key below it; `None` if only the file did.
pub(in crate::settings) fn source<'a>(sources: &'a BTreeMap<String, String>, key: &str) -> Option<&'a str> {
    let inside = format!("{key}.");
    let below = || sources.range(inside.clone()..).next().filter(|(found, _)| found.starts_with(&inside));
    sources.get(key).or_else(|| below().map(|(_, source)| source)).map(String::as_str)
}

fn record_source(sources: &mut BTreeMap<String, String>, key: &str, node: &Node, source: &str) {
    if let Node::Table(table) = node {
        for (name, inner) in table {
            record_source(sources, &format!("{key}.{name}"), inner, source);
        }
    }
    sources.insert(key.to_owned(), source.to_owned());
}

/// The dotted key of `name` in the section `path`.
pub(in crate::settings) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The `x_file` of a secret `x`, and the `x` of an `x_file`.
fn counterpart(name: &str) -> String {
    name.strip_suffix("_file").map_or_else(|| format!("{name}_file"), str::to_owned)
}

/// Changes the section at `path`, which is created if needed; a value that is not a section is replaced.
fn within(table: &mut Table, path: &[String], change: impl FnOnce(&mut Table)) {
    let Some((first, rest)) = path.split_first() else { return change(table) };
    let mut inner = match table.remove(first) {
        Some(Node::Table(inner)) => inner,
        _ => Table::new(),
    };
    within(&mut inner, rest, change);
    table.insert(first.clone(), Node::Table(inner));
}
