//! Takes the tree apart, section by section, and remembers all that was wrong with it.
//!
//! Every key that is asked for is known from then on. What a section still holds when it is dropped was
//! asked for by nobody: it is an unknown key, and nobody can forget to say so.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::error::{Problem, SettingsError, SettingsErrors, closest, did_you_mean};
use super::explain::Provenance;
use super::tree::{Node, Table, Tree, join, origin};

/// One reading of all settings.
pub(super) struct Reading {
    /// The folder to which files are relative.
    pub base: PathBuf,
    /// What was asked for, and who set it.
    pub provenance: Provenance,
    origins: BTreeMap<String, String>,
    errors: RefCell<Vec<SettingsError>>,
    known: RefCell<BTreeSet<String>>,
    unknown: RefCell<Vec<String>>,
}

impl Reading {
    /// A reading of `tree`, and the tree's root as a table.
    pub fn new(base: PathBuf, tree: Tree) -> (Self, Table) {
        let reading = Self {
            base,
            provenance: Provenance::new(tree.file, tree.origins.clone()),
            origins: tree.origins,
            errors: RefCell::new(tree.errors),
            known: RefCell::default(),
            unknown: RefCell::default(),
        };
        (reading, tree.root)
    }

    /// The outermost section.
    pub fn root(&self, table: Table) -> Section<'_> {
        Section { reading: self, path: String::new(), table }
    }

    /// Remembers an error.
    pub fn error(&self, key: String, problem: impl Into<Problem>) {
        let Problem { mut reason, suggestion } = problem.into();
        let section = || key.rsplit_once('.').and_then(|(section, _)| self.origins.get(&without_positions(section)));
        if let Some(origin) = self.origin(&key) {
            reason = format!("{reason} (set by {origin})");
        } else if let Some(origin) = section() {
            reason = format!("{reason} (its section is set by {origin})");
        }
        self.errors.borrow_mut().push(SettingsError { key, reason, suggestion });
    }

    /// Who set `key` or something below it, if not the file.
    fn origin(&self, key: &str) -> Option<&str> {
        origin(&self.origins, &without_positions(key))
    }

    /// All errors, unknown keys last, and all keys that were asked for.
    pub fn finish(self) -> (Vec<SettingsError>, BTreeSet<String>) {
        let known = self.known.borrow().clone();
        for key in self.unknown.take() {
            let problem = Problem::from("is not a known key");
            let meant = meant(&key, &known);
            self.error(key, meant.map(|meant| did_you_mean(&meant)).into_iter().fold(problem, Problem::suggest));
        }
        (self.errors.into_inner(), known)
    }

    /// `value` if nothing was wrong.
    pub fn conclude<T>(self, value: Option<T>) -> Result<T, SettingsErrors> {
        let (errors, _) = self.finish();
        match value {
            Some(value) if errors.is_empty() => Ok(value),
            _ => Err(SettingsErrors(errors)),
        }
    }
}

/// The known key that `key` was probably meant to be: a near name in the same section, or the same name in another.
fn meant(key: &str, known: &BTreeSet<String>) -> Option<String> {
    fn split(key: &str) -> (&str, &str) {
        key.rsplit_once('.').unwrap_or(("", key))
    }
    let key = without_positions(key);
    let (section, name) = split(&key);
    let siblings = known.iter().map(|known| split(known)).filter(|(parent, _)| *parent == section);
    if let Some(near) = closest(name, siblings.map(|(_, sibling)| sibling)) {
        return Some(join(section, near));
    }
    let mut elsewhere = known.iter().filter(|known| split(known).1 == name);
    elsewhere.next().filter(|_| elsewhere.next().is_none()).cloned()
}

/// `a[0].b` as `a.b`.
pub(super) fn without_positions(key: &str) -> String {
    key.split('.').map(|part| part.split('[').next().unwrap_or(part)).collect::<Vec<_>>().join(".")
}

/// One section, from which keys are taken one by one.
pub(super) struct Section<'r> {
    pub(super) reading: &'r Reading,
    path: String,
    table: Table,
}

impl Drop for Section<'_> {
    fn drop(&mut self) {
        let left_over = self.table.keys().map(|key| join(&self.path, key));
        self.reading.unknown.borrow_mut().extend(left_over);
    }
}

impl<'r> Section<'r> {
    /// The dotted key of `key` in this section.
    pub fn key(&self, key: &str) -> String {
        join(&self.path, key)
    }

    /// Whether `key` is there and was not yet taken.
    pub fn is_set(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// What is there and was not yet taken.
    pub fn names(&self) -> Vec<String> {
        self.table.keys().cloned().collect()
    }

    /// Looks without taking.
    pub fn peek(&self, key: &str) -> Option<&Node> {
        self.table.get(key)
    }

    /// Takes a key, which makes it known.
    pub fn take(&mut self, key: &str) -> Option<Node> {
        let (path, node) = (self.key(key), self.table.remove(key));
        self.reading.known.borrow_mut().insert(without_positions(&path));
        self.reading.provenance.note(path, node.as_ref());
        node
    }

    /// Takes a key and makes something of it, or remembers what is wrong with it.
    pub fn read<T>(&mut self, key: &str, make: impl FnOnce(Node) -> Result<T, Problem>) -> Option<T> {
        let node = self.take(key)?;
        make(node).map_err(|problem| self.error(key, problem)).ok()
    }

    /// Remembers an error of `key`.
    pub fn error(&self, key: &str, problem: impl Into<Problem>) {
        self.reading.error(self.key(key), problem);
    }

    /// Remembers an error if `key` is not set; to be asked before it is taken.
    pub fn require(&self, key: &str, problem: impl Into<Problem>) {
        if !self.is_set(key) {
            self.error(key, problem);
        }
    }

    /// A section inside this one; empty if there is none.
    pub fn section(&mut self, key: &str) -> Section<'r> {
        let table = self.read(key, |node| match node {
            Node::Table(table) => Ok(table),
            other => Err(Problem::from(format!("is a section, not {}", other.kind()))),
        });
        Section { reading: self.reading, path: self.key(key), table: table.unwrap_or_default() }
    }

    /// Sections of one kind: a list of them, or one that stands alone.
    pub fn sections(&mut self, key: &str) -> Vec<Section<'r>> {
        let (path, reading) = (self.key(key), self.reading);
        match self.take(key) {
            None => Vec::new(),
            Some(Node::Table(table)) => vec![Section { reading, path, table }],
            Some(Node::List(nodes)) => nodes
                .into_iter()
                .enumerate()
                .filter_map(|(position, node)| {
                    let path = format!("{path}[{position}]");
                    match node {
                        Node::Table(table) => Some(Section { reading, path, table }),
                        other => {
                            reading.error(path, format!("is a section, not {}", other.kind()));
                            None
                        }
                    }
                })
                .collect(),
            Some(other) => {
                self.error(key, format!("is a section or a list of sections, not {}", other.kind()));
                Vec::new()
            }
        }
    }
}
