//! One getter per type: what the file says typed, environment and flags say as text.
//!
//! Each gives `None` for a key that is missing or wrong; a wrong one has then been remembered as an error.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use url::Url;

use super::duration;
use super::error::{Problem, closest, did_you_mean};
use super::reader::Section;
use super::tree::Node;
use super::urls::{self, AllowHttp};

impl Section<'_> {
    /// Text that is not empty, as it was written.
    pub fn text(&mut self, key: &str) -> Option<String> {
        self.read(key, filled_text)
    }

    /// Text that `parse` understands; `expected` completes the sentence "expected …".
    pub fn parsed<T>(&mut self, key: &str, expected: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        self.read(key, |node| parse(&filled_text(node)?).ok_or_else(|| format!("expected {expected}").into()))
    }

    /// One of a few words.
    pub fn choice<T: Copy>(&mut self, key: &str, words: &[(&str, T)]) -> Option<T> {
        self.read(key, |node| choose(&filled_text(node)?, words))
    }

    /// `true` or `false`.
    pub fn truth(&mut self, key: &str) -> Option<bool> {
        self.read(key, |node| match node {
            Node::Bool(truth) => Ok(truth),
            Node::Untyped(text) => text.parse().map_err(|_| "expected true or false".into()),
            Node::Text(_) => Err(Problem::from("expected true or false, not text").suggest("leave out the quotes")),
            other => Err(format!("expected true or false, not {}", other.kind()).into()),
        })
    }

    /// A whole number.
    pub fn number<T: TryFrom<u64>>(&mut self, key: &str, range: RangeInclusive<u64>) -> Option<T> {
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

    /// A length of time.
    pub fn duration(&mut self, key: &str, range: RangeInclusive<Duration>) -> Option<Duration> {
        self.read(key, |node| {
            let (least, most) = (duration::print(*range.start()), duration::print(*range.end()));
            let problem = Problem::from(format!("expected a duration from {least} to {most}"));
            let found = match node {
                Node::Text(text) | Node::Untyped(text) => duration::parse(&text),
                _ => None,
            };
            let found = found.filter(|found| range.contains(found));
            found.ok_or_else(|| problem.suggest("write a number and a unit: 500ms, 10s, 15m, 1h or 30d"))
        })
    }

    /// A list of texts; from the environment and flags separated by commas.
    pub fn list(&mut self, key: &str) -> Option<Vec<String>> {
        match self.take(key)? {
            Node::Untyped(text) if text.trim().is_empty() => Some(Vec::new()),
            Node::Untyped(text) => Some(text.split(',').map(|item| item.trim().to_owned()).collect()),
            Node::List(nodes) => {
                let items = nodes.into_iter().enumerate().map(|(position, node)| {
                    let item = text(node);
                    item.map_err(|problem| self.error(&format!("{key}[{position}]"), problem)).ok()
                });
                // Collected first, so that the errors of all items are found.
                items.collect::<Vec<_>>().into_iter().collect()
            }
            other => {
                let problem = Problem::from(format!("expected a list of texts, not {}", other.kind()));
                self.error(key, problem.suggest(format!("write {key} = [\"…\"]")));
                None
            }
        }
    }

    /// A list of which every item passes `check`.
    pub fn checked_list(&mut self, key: &str, expected: &str, check: impl Fn(&str) -> bool) -> Option<Vec<String>> {
        let items = self.list(key)?;
        for (position, _) in items.iter().enumerate().filter(|(_, item)| !check(item)) {
            self.error(&format!("{key}[{position}]"), format!("expected {expected}"));
        }
        Some(items)
    }

    /// A section of texts with names of the operator's choice; a name that is not `allowed` is an error.
    pub fn texts(&mut self, key: &str, allowed: impl Fn(&str) -> Result<(), Problem>) -> BTreeMap<String, String> {
        let mut section = self.section(key);
        let mut texts = BTreeMap::new();
        for name in section.names() {
            if let Some(text) = section.read(&name, |node| allowed(&name).and_then(|()| text(node))) {
                texts.insert(name, text);
            }
        }
        texts
    }

    /// An address of the web.
    pub fn url(&mut self, key: &str, http: AllowHttp) -> Option<Url> {
        self.read(key, |node| urls::parse(&filled_text(node)?, http))
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

/// Text with something in it.
pub(super) fn filled_text(node: Node) -> Result<String, Problem> {
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
