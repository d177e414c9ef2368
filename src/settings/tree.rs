//! File, environment and flags laid over one another: one tree, and who set what in it.
//!
//! Nothing is understood here; a text stays exactly the text that it was.

use std::collections::{BTreeMap, BTreeSet};

use super::error::{SettingsError, SettingsErrors};

/// What every variable that sets something begins with.
const PREFIX: &str = "VOUCHSAFE__";

/// Settings by name.
pub(super) type Table = BTreeMap<String, Node>;

/// A value before anyone asked for it. It has no `Debug`, because it may hold a secret.
pub(super) enum Node {
    Table(Table),
    List(Vec<Node>),
    /// A string of the file.
    Text(String),
    /// From the environment or a flag, where all is text: whoever asks decides what it means.
    Untyped(String),
    Bool(bool),
    Integer(i64),
    /// A TOML value of which no setting is made, by its name.
    Other(&'static str),
}

impl Node {
    /// What it is, for an error that must not show it.
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
}

impl From<toml::Value> for Node {
    fn from(value: toml::Value) -> Self {
        match value {
            toml::Value::String(text) => Self::Text(text),
            toml::Value::Integer(number) => Self::Integer(number),
            toml::Value::Boolean(truth) => Self::Bool(truth),
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
    origin: String,
}

/// What keeps something weaker out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OverriddenBy {
    /// The key that is set.
    pub key: String,
    /// Who set it.
    pub by: String,
}

/// All that was set.
#[derive(Default)]
pub(super) struct Tree {
    pub root: Table,
    /// The file's name, if there is one.
    pub file: Option<String>,
    /// Who set a dotted key, if not the file.
    pub origins: BTreeMap<String, String>,
    /// What went wrong before anything was read.
    pub errors: Vec<SettingsError>,
}

impl Tree {
    /// Reads a file. The parser's own rendering shows the line, which may hold a secret, so only its message is kept.
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

    /// Lays the environment over what is there; variables of others are left alone.
    pub fn merge_environment(&mut self, variables: Vec<(String, String)>) {
        let ours = variables.into_iter().filter_map(|(name, text)| {
            let key = name.get(..PREFIX.len()).filter(|prefix| prefix.eq_ignore_ascii_case(PREFIX));
            let key = key.map(|_| name[PREFIX.len()..].to_ascii_lowercase())?;
            Some(Entry { path: key.split("__").map(str::to_owned).collect(), text, origin: name })
        });
        self.merge(ours.collect());
    }

    /// Lays flags over what is there: dotted keys and their texts.
    pub fn merge_flags(&mut self, flags: Vec<(String, String)>) {
        let entries = flags.into_iter().map(|(key, text)| Entry {
            path: key.split('.').map(str::to_owned).collect(),
            text,
            origin: "the command line".to_owned(),
        });
        self.merge(entries.collect());
    }

    fn merge(&mut self, mut entries: Vec<Entry>) {
        // The deepest first, so that a text in the place of a whole section stays visible as an error.
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.path.len()));
        let mut set_here = BTreeSet::new();
        for Entry { path, text, origin } in entries {
            let key = path.join(".");
            if !set_here.insert(key.clone()) {
                let first = self.origins.get(&key).map_or("", String::as_str);
                let reason = format!("is set twice, by {first} and by {origin}");
                self.errors.push(SettingsError { key, reason, suggestion: None });
                continue;
            }
            let Some((name, parents)) = path.split_last() else { continue };
            let counterpart = counterpart(name);
            let counterpart_key = parents.iter().chain([&counterpart]).cloned().collect::<Vec<_>>().join(".");
            let is_counterpart_weaker = !set_here.contains(&counterpart_key);
            within(&mut self.root, parents, |table| {
                table.insert(name.clone(), Node::Untyped(text));
                // A secret from a stronger source replaces the weaker one's file, and the other way round.
                if is_counterpart_weaker {
                    table.remove(&counterpart);
                }
            });
            self.origins.insert(key, origin);
        }
    }

    /// Lays something below what is there: it counts where nothing was set.
    ///
    /// # Errors
    /// What is in its place.
    pub fn merge_default(&mut self, key: &str, node: Node, origin: &str) -> Result<(), OverriddenBy> {
        if let Some(stronger) = self.in_place_of(key) {
            return Err(stronger);
        }
        let path: Vec<String> = key.split('.').map(str::to_owned).collect();
        let Some((name, parents)) = path.split_last() else { return Ok(()) };
        note_origins(&mut self.origins, key, &node, origin);
        within(&mut self.root, parents, |table| {
            table.insert(name.clone(), node);
        });
        Ok(())
    }

    /// What is at `key`, at its counterpart, or in the place of a section on the way there.
    pub fn in_place_of(&self, key: &str) -> Option<OverriddenBy> {
        let (parents, name) = key.rsplit_once('.').unwrap_or(("", key));
        let mut table = &self.root;
        let mut path = String::new();
        for parent in parents.split('.').filter(|parent| !parent.is_empty()) {
            path = join(&path, parent);
            match table.get(parent)? {
                Node::Table(inner) => table = inner,
                _ => return Some(self.stronger(path)),
            }
        }
        let counterpart = counterpart(name);
        let found = [name, &counterpart].into_iter().find(|name| table.contains_key(*name))?;
        Some(self.stronger(join(&path, found)))
    }

    /// Whether `key` is a section that somebody has begun.
    pub fn is_section(&self, key: &str) -> bool {
        self.section(key).is_some()
    }

    /// What is set in a section; nothing if there is none.
    pub fn names(&self, section: &str) -> Vec<String> {
        self.section(section).map(|table| table.keys().cloned().collect()).unwrap_or_default()
    }

    fn section(&self, key: &str) -> Option<&Table> {
        key.split('.').try_fold(&self.root, |table, name| match table.get(name) {
            Some(Node::Table(inner)) => Some(inner),
            _ => None,
        })
    }

    /// A text that stands at the outermost place.
    pub fn word(&self, key: &str) -> Option<&str> {
        match self.root.get(key)? {
            Node::Text(text) | Node::Untyped(text) => Some(text),
            _ => None,
        }
    }

    fn stronger(&self, key: String) -> OverriddenBy {
        let by = origin(&self.origins, &key).map(str::to_owned).or_else(|| self.file.clone()).unwrap_or_default();
        OverriddenBy { key, by }
    }
}

/// Who set `key` or something below it, if not the file.
pub(super) fn origin<'a>(origins: &'a BTreeMap<String, String>, key: &str) -> Option<&'a str> {
    let inside = format!("{key}.");
    let below = || origins.range(inside.clone()..).next().filter(|(found, _)| found.starts_with(&inside));
    origins.get(key).or_else(|| below().map(|(_, origin)| origin)).map(String::as_str)
}

fn note_origins(origins: &mut BTreeMap<String, String>, key: &str, node: &Node, origin: &str) {
    if let Node::Table(table) = node {
        for (name, inner) in table {
            note_origins(origins, &format!("{key}.{name}"), inner, origin);
        }
    }
    origins.insert(key.to_owned(), origin.to_owned());
}

/// The dotted key of `name` in the section `path`.
pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Of a secret the name that stands for its file, and the other way round.
fn counterpart(name: &str) -> String {
    name.strip_suffix("_file").map_or_else(|| format!("{name}_file"), str::to_owned)
}

/// Changes the section at `path`; what stood in its way and is no section gives way.
fn within(table: &mut Table, path: &[String], change: impl FnOnce(&mut Table)) {
    let Some((first, rest)) = path.split_first() else { return change(table) };
    let mut inner = match table.remove(first) {
        Some(Node::Table(inner)) => inner,
        _ => Table::new(),
    };
    within(&mut inner, rest, change);
    table.insert(first.clone(), Node::Table(inner));
}
