//! One getter per type of value. Values of the file have a type; those of environment and flags are text.
//!
//! Each getter returns `None` for a key that is not set or invalid; an invalid one is added to the errors.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use ::url::Url;

use super::duration;
use super::error::{Problem, closest, did_you_mean};
use super::section::Section;
use super::shape::Shape;
use super::tree::Node;
use super::url::{self, AllowHttp};

impl Section<'_> {
    /// Text that is not empty, unchanged.
    pub fn text(&mut self, key: &str) -> Option<String> {
        self.read(key, non_empty_text)
    }

    /// Text that `parse` accepts; `expected` completes the sentence "expected …".
    pub fn parsed<T>(&mut self, key: &str, expected: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        self.read(key, |node| parse(&non_empty_text(node)?).ok_or_else(|| format!("expected {expected}").into()))
    }

    /// One of the given words.
    pub fn choice<T: Copy>(&mut self, key: &str, words: &[(&str, T)]) -> Option<T> {
        self.declare(key, Shape::Choice(words.iter().map(|(word, _)| (*word).to_owned()).collect()));
        self.read(key, |node| choose(&non_empty_text(node)?, words))
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, key: &str) -> Option<bool> {
        self.declare(key, Shape::Boolean);
        self.read(key, |node| match node {
            Node::Bool(value) => Ok(value),
            Node::Untyped(text) => text.parse().map_err(|_| "expected true or false".into()),
            Node::Text(_) => Err(Problem::from("expected true or false, not text").suggest("leave out the quotes")),
            other => Err(format!("expected true or false, not {}", other.kind()).into()),
        })
    }

    /// A whole number.
    pub fn number<T: TryFrom<u64>>(&mut self, key: &str, range: RangeInclusive<u64>) -> Option<T> {
        self.declare(key, Shape::Integer { min: *range.start(), max: *range.end() });
        let problem = || format!("expected a whole number from {} to {}", range.start(), range.end());
        self.read(key, |node| {
            let number = match node {
                Node::Integer(number) => u64::try_from(number).ok(),
                Node::Untyped(text) => text.parse().ok(),
                Node::Text(_) => return Err(Problem::from(problem()).suggest("leave out the quotes")),
                _ => None,
            };
            let number = number.filter(|number| range.contains(number));
            number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| problem().into())
        })
    }

    /// A duration.
    pub fn duration(&mut self, key: &str, range: RangeInclusive<Duration>) -> Option<Duration> {
        self.declare(key, Shape::Duration);
        self.read(key, |node| {
            let (min, max) = (duration::format(*range.start()), duration::format(*range.end()));
            let problem = Problem::from(format!("expected a duration from {min} to {max}"));
            let found = match node {
                Node::Text(text) | Node::Untyped(text) => duration::parse(&text),
                _ => None,
            };
            let found = found.filter(|found| range.contains(found));
            found.ok_or_else(|| problem.suggest("write a number and a unit: 500ms, 10s, 15m, 1h or 30d"))
        })
    }

    /// A list of texts, separated by commas in environment and flags.
    pub fn list(&mut self, key: &str) -> Option<Vec<String>> {
        self.declare(key, Shape::Texts);
        match self.take(key)? {
            Node::Untyped(text) if text.trim().is_empty() => Some(Vec::new()),
            Node::Untyped(text) => Some(text.split(',').map(|item| item.trim().to_owned()).collect()),
            Node::List(nodes) => {
                let items = nodes.into_iter().enumerate().map(|(position, node)| {
                    let item = text(node);
                    item.map_err(|problem| self.error(&format!("{key}[{position}]"), problem)).ok()
                });
                // Collected first, so that all items are checked.
                items.collect::<Vec<_>>().into_iter().collect()
            }
            other => {
                let problem = Problem::from(format!("expected a list of texts, not {}", other.kind()));
                self.error(key, problem.suggest(format!("write {key} = [\"…\"]")));
                None
            }
        }
    }

    /// A list whose items all pass `check`.
    pub fn checked_list(&mut self, key: &str, expected: &str, check: impl Fn(&str) -> bool) -> Option<Vec<String>> {
        let items = self.list(key)?;
        for (position, _) in items.iter().enumerate().filter(|(_, item)| !check(item)) {
            self.error(&format!("{key}[{position}]"), format!("expected {expected}"));
        }
        Some(items)
    }

    /// A section of texts under names that the operator chooses; a name that is not `allowed` is an error.
    pub fn text_map(&mut self, key: &str, allowed: impl Fn(&str) -> Result<(), Problem>) -> BTreeMap<String, String> {
        let mut section = self.section(key);
        self.declare(key, Shape::TextMap);
        let mut texts = BTreeMap::new();
        for name in section.names() {
            if let Some(text) = section.read(&name, |node| allowed(&name).and_then(|()| text(node))) {
                texts.insert(name, text);
            }
        }
        texts
    }

    /// An `http` or `https` URL.
    pub fn url(&mut self, key: &str, http: AllowHttp) -> Option<Url> {
        self.declare(key, Shape::Url);
        self.read(key, |node| url::parse(&non_empty_text(node)?, http))
    }
}

fn text(node: Node) -> Result<String, Problem> {
    match node {
        Node::Text(text) | Node::Untyped(text) => Ok(text),
        Node::Integer(_) | Node::Bool(_) | Node::Other(_) => {
            Err(Problem::from(format!("expected text, not {}", node.kind())).suggest("put it in quotes"))
        }
        Node::List(_) | Node::Table(_) => Err(format!("expected text, not {}", node.kind()).into()),
    }
}

/// Text that is not empty.
pub(in crate::settings) fn non_empty_text(node: Node) -> Result<String, Problem> {
    let text = text(node)?;
    if text.trim().is_empty() { Err("is empty".into()) } else { Ok(text) }
}

fn choose<T: Copy>(word: &str, words: &[(&str, T)]) -> Result<T, Problem> {
    if let Some((_, choice)) = words.iter().find(|(name, _)| *name == word) {
        return Ok(*choice);
    }
    let names: Vec<_> = words.iter().map(|(name, _)| *name).collect();
    let problem = Problem::from(format!("expected one of {}", names.join(", ")));
    Err(closest(word, names).map(did_you_mean).into_iter().fold(problem, Problem::suggest))
}
