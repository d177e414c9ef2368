//! One section of the settings, from which keys are taken one by one.

use super::error::Problem;
use super::shape::Shape;
use super::tree::{Node, Table, join};
use super::{Reading, without_positions};
use crate::settings::warnings::Risk;

/// A section that is being read. What it still holds when it is dropped is reported as unknown.
pub(in crate::settings) struct Section<'r> {
    pub(super) reading: &'r Reading,
    path: String,
    table: Table,
}

impl Drop for Section<'_> {
    fn drop(&mut self) {
        let unread = self.table.keys().map(|key| join(&self.path, key));
        self.reading.unknown.borrow_mut().extend(unread);
    }
}

impl<'r> Section<'r> {
    pub(super) fn new(reading: &'r Reading, path: String, table: Table) -> Self {
        Self { reading, path, table }
    }

    /// The dotted key of `key` in this section.
    pub fn key(&self, key: &str) -> String {
        join(&self.path, key)
    }

    /// Whether `key` is set and was not yet taken.
    pub fn is_set(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// The names that are set and were not yet taken.
    pub fn names(&self) -> Vec<String> {
        self.table.keys().cloned().collect()
    }

    /// The value of a key, which is not taken.
    pub fn peek(&self, key: &str) -> Option<&Node> {
        self.table.get(key)
    }

    /// Takes a key, which makes it known.
    pub fn take(&mut self, key: &str) -> Option<Node> {
        let (path, node) = (self.key(key), self.table.remove(key));
        self.reading.known.borrow_mut().insert(without_positions(&path));
        self.reading.provenance.record(path, node.as_ref());
        node
    }

    /// Says of which type a key is; text, unless this is called.
    pub fn declare(&self, key: &str, shape: Shape) {
        self.reading.shapes.borrow_mut().insert(without_positions(&self.key(key)), shape);
    }

    /// Takes a key and converts its value; a failure is added to the errors.
    pub fn read<T>(&mut self, key: &str, convert: impl FnOnce(Node) -> Result<T, Problem>) -> Option<T> {
        let node = self.take(key)?;
        convert(node).map_err(|problem| self.error(key, problem)).ok()
    }

    /// Adds an error about `key`.
    pub fn error(&self, key: &str, problem: impl Into<Problem>) {
        self.reading.error(self.key(key), problem);
    }

    /// Adds a warning about `key`.
    pub fn warn(&self, key: &str, risk: Risk) {
        self.reading.warn(self.key(key), risk);
    }

    /// Adds an error if `key` is not set. Must precede taking it.
    pub fn require(&self, key: &str, problem: impl Into<Problem>) {
        if !self.is_set(key) {
            self.error(key, problem);
        }
    }

    /// A section inside this one; empty if it is not set.
    pub fn section(&mut self, key: &str) -> Section<'r> {
        self.declare(key, Shape::Section);
        let table = self.read(key, |node| match node {
            Node::Table(table) => Ok(table),
            other => Err(Problem::from(format!("is a section, not {}", other.kind()))),
        });
        Section::new(self.reading, self.key(key), table.unwrap_or_default())
    }

    /// A list of sections; a single section counts as a list of one.
    pub fn sections(&mut self, key: &str) -> Vec<Section<'r>> {
        let (path, reading) = (self.key(key), self.reading);
        self.declare(key, Shape::Sections);
        match self.take(key) {
            None => Vec::new(),
            Some(Node::Table(table)) => vec![Section::new(reading, path, table)],
            Some(Node::List(nodes)) => nodes
                .into_iter()
                .enumerate()
                .filter_map(|(position, node)| {
                    let path = format!("{path}[{position}]");
                    match node {
                        Node::Table(table) => Some(Section::new(reading, path, table)),
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
