//! Environment variables of Nhost's auth service as the weakest source of settings.
//!
//! [`table`] has a row for each. File, our own variables and flags override them. A variable that cannot be read is
//! an error, unless it is overridden.

#[cfg(test)]
mod docs_tests;
mod read;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use super::reader::error::{Problem, SettingsError};
use super::reader::tree::{Node, OverriddenBy, Table, Tree};
use table::{Format, PROVIDERS, ROWS, Row, Target};

/// How one of Nhost's variables is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariableStatus {
    /// The name of the variable.
    pub variable: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Set { key: String, note: &'static str },
    Overridden(OverriddenBy),
    Invalid(String),
    Ignored(String),
    Unused(String),
    Unsupported(&'static str),
}

impl fmt::Display for VariableStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, part) in self.parts.iter().enumerate() {
            f.write_str(if position == 0 { "" } else { "; " })?;
            match part {
                Part::Set { key, note: "" } => write!(f, "sets {key}"),
                Part::Set { key, note } => write!(f, "sets {key} ({note})"),
                Part::Overridden(OverriddenBy { key, by }) => write!(f, "is overridden: {key} is set by {by}"),
                Part::Invalid(key) => write!(f, "is invalid as {key}"),
                Part::Ignored(member) => write!(f, "its member `{member}` is ignored"),
                Part::Unused(why) => write!(f, "is unused: {why}"),
                Part::Unsupported(why) => write!(f, "is not supported: {why}"),
            }?;
        }
        Ok(())
    }
}

/// Those of `variables` that are Nhost's.
pub(super) fn find(variables: &[(String, String)]) -> BTreeMap<String, String> {
    variables.iter().filter(|(name, _)| row(name).is_some()).cloned().collect()
}

/// Sets the keys of `variables` that nothing else sets, and returns the status of each variable.
pub(super) fn merge_default(
    tree: &mut Tree,
    variables: &BTreeMap<String, String>,
    is_production: bool,
) -> Vec<VariableStatus> {
    let statuses = variables.iter().filter_map(|(name, text)| {
        let (row, provider) = row(name)?;
        let parts = match (row.target, provider) {
            (Target::None(why), _) => vec![Part::Unsupported(why)],
            _ if read::items(text).next().is_none() => vec![Part::Unused("it is empty".to_owned())],
            (Target::Key(_, Format::Switch), Some((nhost_name, provider))) => {
                switch(tree, name, text, nhost_name, provider)
            }
            (Target::Key(..), Some((nhost_name, _))) if !is_on(variables, nhost_name) => {
                vec![Part::Unused(format!("{} is not true", enabled(nhost_name)))]
            }
            (Target::Key(key, read), provider) => {
                let key = provider.map_or_else(|| key.to_owned(), |(_, provider)| key.replace("{p}", provider));
                merge_variable(tree, name, text, (&key, row.note, read), is_production)
            }
        };
        Some(VariableStatus { variable: name.clone(), parts })
    });
    statuses.collect()
}

/// The row of a variable, and the provider in its name, as in the variable and as in the settings.
fn row(name: &str) -> Option<(&'static Row, Option<(&'static str, &'static str)>)> {
    ROWS.iter().find_map(|row| {
        if let Some((before, after)) = row.variable.split_once("{P}") {
            let nhost_name = name.strip_prefix(before)?.strip_suffix(after)?;
            let provider = PROVIDERS
                .into_iter()
                .find(|(name, provider)| *name == nhost_name && (row.only.is_empty() || row.only.contains(provider)))?;
            return Some((row, Some(provider)));
        }
        let is_it = row.variable.strip_suffix('*').map_or(name == row.variable, |start| name.starts_with(start));
        is_it.then_some((row, None))
    })
}

fn enabled(nhost_name: &str) -> String {
    format!("AUTH_PROVIDER_{nhost_name}_ENABLED")
}

fn is_on(variables: &BTreeMap<String, String>, nhost_name: &str) -> bool {
    variables.get(&enabled(nhost_name)).is_some_and(|text| read::boolean(text).is_ok_and(|value| value))
}

/// Creates the section of a provider that is enabled, so that missing keys in it become errors.
fn switch(tree: &mut Tree, name: &str, text: &str, nhost_name: &str, provider: &str) -> Vec<Part> {
    let key = format!("providers.{provider}");
    match read::boolean(text) {
        Err(problem) => vec![invalid(tree, key, problem, name)],
        Ok(false) => vec![Part::Unused(format!("{} stays disabled", nhost_name.to_ascii_lowercase()))],
        Ok(true) => match merge_node(tree, key.clone(), "", Node::Table(Table::new()), name) {
            // The section exists already, which is no contradiction.
            Part::Overridden(_) if tree.is_section(&key) => vec![Part::Set { key, note: "" }],
            part => vec![part],
        },
    }
}

fn merge_variable(
    tree: &mut Tree,
    name: &str,
    text: &str,
    (key, note, read): (&str, &'static str, Format),
    is_production: bool,
) -> Vec<Part> {
    match read::read(read, key, text, is_production, &tree.names("session.custom_claims")) {
        Ok(reading) => {
            let set = reading.settings.into_iter().map(|(found, node)| {
                let note = if found == key { note } else { "" };
                merge_node(tree, found, note, node, name)
            });
            let parts: Vec<_> = set.chain(reading.ignored.into_iter().map(Part::Ignored)).collect();
            if parts.is_empty() { vec![Part::Unused("nothing in it is supported".to_owned())] } else { parts }
        }
        // If it is overridden, its value does not matter.
        Err(problem) => match tree.overridden_by(key) {
            Some(setting) => vec![Part::Overridden(setting)],
            None => vec![invalid(tree, key.to_owned(), problem, name)],
        },
    }
}

fn merge_node(tree: &mut Tree, key: String, note: &'static str, node: Node, name: &str) -> Part {
    match tree.merge_default(&key, node, name) {
        Ok(()) => Part::Set { key, note },
        Err(setting) => Part::Overridden(setting),
    }
}

fn invalid(tree: &mut Tree, key: String, problem: Problem, name: &str) -> Part {
    let reason = format!("{} (set by {name})", problem.reason);
    tree.errors.push(SettingsError { key: key.clone(), reason, suggestion: problem.suggestion });
    Part::Invalid(key)
}
