//! Nhost's environment variables: understood, and weaker than all that is said in our own words.
//!
//! [`table`] has a row for each. What is laid here lies below the file, so the file, our own variables and the
//! flags win. A variable that cannot be read is an error like any other, unless something stronger was said.

mod read;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use super::error::{Problem, SettingsError};
use super::tree::{Node, OverriddenBy, Table, Tree};
use table::{Becomes, PROVIDERS, ROWS, Read, Row};

/// What one of Nhost's variables became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariableStatus {
    /// The variable.
    pub variable: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Became { key: String, note: &'static str },
    Overruled(OverriddenBy),
    Faulty(String),
    Unread(String),
    Unused(String),
    Nothing(&'static str),
}

impl fmt::Display for VariableStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, part) in self.parts.iter().enumerate() {
            f.write_str(if position == 0 { "" } else { "; " })?;
            match part {
                Part::Became { key, note: "" } => write!(f, "became {key}"),
                Part::Became { key, note } => write!(f, "became {key} ({note})"),
                Part::Overruled(OverriddenBy { key, by }) => write!(f, "counts for nothing: {key} is set by {by}"),
                Part::Faulty(key) => write!(f, "cannot be used as {key}"),
                Part::Unread(member) => write!(f, "`{member}` in it is not read"),
                Part::Unused(why) => write!(f, "counts for nothing: {why}"),
                Part::Nothing(why) => write!(f, "has no counterpart: {why}"),
            }?;
        }
        Ok(())
    }
}

/// Those of `variables` that are Nhost's.
pub(super) fn find(variables: &[(String, String)]) -> BTreeMap<String, String> {
    variables.iter().filter(|(name, _)| row(name).is_some()).cloned().collect()
}

/// Lays `variables` below what is there, and tells what became of each.
pub(super) fn merge_default(
    tree: &mut Tree,
    variables: &BTreeMap<String, String>,
    is_production: bool,
) -> Vec<VariableStatus> {
    let fates = variables.iter().filter_map(|(name, text)| {
        let (row, provider) = row(name)?;
        let parts = match (row.becomes, provider) {
            (Becomes::Nothing(why), _) => vec![Part::Nothing(why)],
            _ if read::items(text).next().is_none() => vec![Part::Unused("it is empty".to_owned())],
            (Becomes::Key(_, Read::Switch), Some((theirs, ours))) => switch(tree, name, text, theirs, ours),
            (Becomes::Key(..), Some((theirs, _))) if !is_on(variables, theirs) => {
                vec![Part::Unused(format!("{} is not true", enabled(theirs)))]
            }
            (Becomes::Key(key, read), provider) => {
                let key = provider.map_or_else(|| key.to_owned(), |(_, ours)| key.replace("{p}", ours));
                merge_variable(tree, name, text, (&key, row.note, read), is_production)
            }
        };
        Some(VariableStatus { variable: name.clone(), parts })
    });
    fates.collect()
}

/// The row for a variable, and the provider that it names, in their spelling and in ours.
fn row(name: &str) -> Option<(&'static Row, Option<(&'static str, &'static str)>)> {
    ROWS.iter().find_map(|row| {
        if let Some((before, after)) = row.variable.split_once("{P}") {
            let theirs = name.strip_prefix(before)?.strip_suffix(after)?;
            let provider = PROVIDERS
                .into_iter()
                .find(|(word, ours)| *word == theirs && (row.only.is_empty() || row.only.contains(ours)))?;
            return Some((row, Some(provider)));
        }
        let is_it = row.variable.strip_suffix('*').map_or(name == row.variable, |start| name.starts_with(start));
        is_it.then_some((row, None))
    })
}

fn enabled(theirs: &str) -> String {
    format!("AUTH_PROVIDER_{theirs}_ENABLED")
}

fn is_on(variables: &BTreeMap<String, String>, theirs: &str) -> bool {
    variables.get(&enabled(theirs)).is_some_and(|text| read::truth(text).is_ok_and(|truth| truth))
}

/// The section of a provider that is turned on is there, even if nothing is in it: then it is told what it lacks.
fn switch(tree: &mut Tree, name: &str, text: &str, theirs: &str, ours: &str) -> Vec<Part> {
    let key = format!("providers.{ours}");
    match read::truth(text) {
        Err(problem) => vec![faulty(tree, key, problem, name)],
        Ok(false) => vec![Part::Unused(format!("it leaves {} off", theirs.to_ascii_lowercase()))],
        Ok(true) => match merge_node(tree, key.clone(), "", Node::Table(Table::new()), name) {
            // It is there: nothing contradicts.
            Part::Overruled(_) if tree.is_section(&key) => vec![Part::Became { key, note: "" }],
            part => vec![part],
        },
    }
}

fn merge_variable(
    tree: &mut Tree,
    name: &str,
    text: &str,
    (key, note, read): (&str, &'static str, Read),
    is_production: bool,
) -> Vec<Part> {
    match read::read(read, key, text, is_production, &tree.names("session.custom_claims")) {
        Ok(reading) => {
            let laid = reading.settings.into_iter().map(|(found, node)| {
                let note = if found == key { note } else { "" };
                merge_node(tree, found, note, node, name)
            });
            let parts: Vec<_> = laid.chain(reading.unread.into_iter().map(Part::Unread)).collect();
            if parts.is_empty() { vec![Part::Unused("there is nothing in it".to_owned())] } else { parts }
        }
        // Something stronger is in its place: then nobody needs to mend it.
        Err(problem) => match tree.in_place_of(key) {
            Some(stronger) => vec![Part::Overruled(stronger)],
            None => vec![faulty(tree, key.to_owned(), problem, name)],
        },
    }
}

fn merge_node(tree: &mut Tree, key: String, note: &'static str, node: Node, name: &str) -> Part {
    match tree.merge_default(&key, node, name) {
        Ok(()) => Part::Became { key, note },
        Err(stronger) => Part::Overruled(stronger),
    }
}

fn faulty(tree: &mut Tree, key: String, problem: Problem, name: &str) -> Part {
    let reason = format!("{} (set by {name})", problem.reason);
    tree.errors.push(SettingsError { key: key.clone(), reason, suggestion: problem.suggestion });
    Part::Faulty(key)
}
