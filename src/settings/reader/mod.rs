//! Reads typed values out of the merged sources and collects every error on the way.
//!
//! Own code instead of a configuration crate, because it is stricter: all errors of one load are reported together,
//! an unknown key is an error with a suggestion, no error shows a value, and each value knows its source.
//!
//! [`tree`] merges file, environment and flags; a [`Section`] takes keys out of the tree. Reading a key makes it
//! known, so the known keys need no list of their own. A key that is left in a section when it is dropped is unknown.

pub(super) mod duration;
pub(super) mod error;
mod file;
pub(super) mod provenance;
mod section;
pub(super) mod shape;
pub(super) mod tree;
pub(super) mod url;
mod value;
mod variable;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use error::{Problem, SettingsError, SettingsErrors, closest, did_you_mean};
pub(super) use file::is_readable_by_others;
use provenance::Provenance;
pub(super) use section::Section;
use shape::Shape;
use tree::{Table, Tree, join, source};
pub(super) use value::non_empty_text;

use super::warnings::{Risk, Warning};

/// One load of all settings: what was read, and what is wrong with it.
pub(super) struct Reading {
    /// The folder at which relative paths start.
    pub base: PathBuf,
    /// The values read so far and their sources.
    pub provenance: Provenance,
    sources: BTreeMap<String, String>,
    errors: RefCell<Vec<SettingsError>>,
    warnings: RefCell<Vec<Warning>>,
    known: RefCell<BTreeSet<String>>,
    shapes: RefCell<BTreeMap<String, Shape>>,
    unknown: RefCell<Vec<String>>,
    unknown_variables: Vec<String>,
}

impl Reading {
    /// Starts to read `tree`; the second value is its root for [`Self::root`].
    pub fn new(base: PathBuf, tree: Tree) -> (Self, Table) {
        let reading = Self {
            base,
            provenance: Provenance::new(tree.file, tree.sources.clone()),
            sources: tree.sources,
            errors: RefCell::new(tree.errors),
            warnings: RefCell::default(),
            known: RefCell::default(),
            shapes: RefCell::default(),
            unknown: RefCell::default(),
            unknown_variables: tree.unknown_variables,
        };
        (reading, tree.root)
    }

    /// The outermost section.
    pub fn root(&self, table: Table) -> Section<'_> {
        Section::new(self, String::new(), table)
    }

    /// Adds an error.
    pub fn error(&self, key: String, problem: impl Into<Problem>) {
        let Problem { mut reason, suggestion } = problem.into();
        let section = || key.rsplit_once('.').and_then(|(section, _)| self.sources.get(&without_positions(section)));
        if let Some(source) = source(&self.sources, &without_positions(&key)) {
            reason = format!("{reason} (set by {source})");
        } else if let Some(source) = section() {
            reason = format!("{reason} (its section is set by {source})");
        }
        self.errors.borrow_mut().push(SettingsError { key, reason, suggestion });
    }

    /// Adds a warning about a valid but dangerous setting.
    pub fn warn(&self, key: String, risk: Risk) {
        self.warnings.borrow_mut().push(Warning { key, risk });
    }

    /// The warnings so far; none remain.
    pub fn take_warnings(&self) -> Vec<Warning> {
        self.warnings.take()
    }

    /// The keys that were read, with their types.
    pub fn shapes(&self) -> BTreeMap<String, Shape> {
        let shapes = self.shapes.borrow();
        let of = |key: &String| (key.clone(), shapes.get(key).cloned().unwrap_or(Shape::Text));
        self.known.borrow().iter().map(of).collect()
    }

    /// All errors, unknown keys last, and all keys that were read.
    pub fn finish(self) -> (Vec<SettingsError>, BTreeSet<String>) {
        let known = self.known.borrow().clone();
        for key in self.unknown.take() {
            let problem = Problem::from("is not a known key");
            let similar = similar_key(&key, &known).map(|key| did_you_mean(&key));
            self.error(key, similar.into_iter().fold(problem, Problem::suggest));
        }
        let mut errors = self.errors.into_inner();
        errors.extend(self.unknown_variables.into_iter().map(|name| variable::unknown(name, &known)));
        (errors, known)
    }

    /// `value` if there was no error.
    pub fn into_result<T>(self, value: Option<T>) -> Result<T, SettingsErrors> {
        let (errors, _) = self.finish();
        match value {
            Some(value) if errors.is_empty() => Ok(value),
            _ => Err(SettingsErrors(errors)),
        }
    }
}

/// The known key that `key` probably stands for: a similar name in the same section, or the same name in another.
fn similar_key(key: &str, known: &BTreeSet<String>) -> Option<String> {
    fn split(key: &str) -> (&str, &str) {
        key.rsplit_once('.').unwrap_or(("", key))
    }
    let key = without_positions(key);
    let (section, name) = split(&key);
    let siblings = known.iter().map(|known| split(known)).filter(|(parent, _)| *parent == section);
    if let Some(similar) = closest(name, siblings.map(|(_, sibling)| sibling)) {
        return Some(join(section, similar));
    }
    let mut elsewhere = known.iter().filter(|known| split(known).1 == name);
    elsewhere.next().filter(|_| elsewhere.next().is_none()).cloned()
}

/// `a[0].b` as `a.b`.
pub(super) fn without_positions(key: &str) -> String {
    key.split('.').map(|part| part.split('[').next().unwrap_or(part)).collect::<Vec<_>>().join(".")
}
