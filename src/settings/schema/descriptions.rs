//! The comments of `config/default.toml`, by key.
//!
//! A comment describes the settings below it up to the next blank line or comment. Settings without a fixed default are
//! commented out, so a comment that reads like a setting is one.

use std::collections::BTreeMap;

/// What the default file says about each key.
#[derive(Debug, Default)]
pub(super) struct Descriptions(BTreeMap<String, String>);

/// What a line of the file is.
enum Line<'a> {
    Blank,
    Section(&'a str),
    Setting(&'a str),
    Comment(&'a str),
    /// The inside of a value that spans several lines.
    Other,
}

impl Descriptions {
    pub(super) fn parse(text: &str) -> Self {
        let mut found = Self::default();
        let (mut section, mut comment, mut is_complete) = (String::new(), Vec::new(), false);
        for line in text.lines() {
            match classify(line) {
                Line::Blank => comment.clear(),
                Line::Section(name) => {
                    section = match name.split_once('.') {
                        Some((all @ ("providers" | "webhooks" | "clients"), _)) => format!("{all}.*"),
                        _ => name.to_owned(),
                    };
                    found.add(&section, &comment);
                    comment.clear();
                }
                Line::Setting(name) => {
                    let key = if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") };
                    found.add(&key, &comment);
                    is_complete = true;
                    continue;
                }
                Line::Comment(line) => {
                    if is_complete {
                        comment.clear();
                    }
                    comment.push(line);
                }
                Line::Other => continue,
            }
            is_complete = false;
        }
        found
    }

    /// The comment about a key; any provider, webhook or client is `*`.
    pub(super) fn of(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    fn add(&mut self, key: &str, comment: &[&str]) {
        let text = comment.join("\n");
        if !text.trim().is_empty() {
            self.0.insert(key.to_owned(), text.trim().to_owned());
        }
    }
}

fn classify(line: &str) -> Line<'_> {
    let is_comment = line.starts_with('#');
    let text = line.strip_prefix("# ").unwrap_or(line);
    let name = text.split(" = ").next().filter(|name| name.len() < text.len()).unwrap_or_default();
    if line.is_empty() {
        Line::Blank
    } else if let Some(section) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Line::Section(section)
    } else if !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    {
        Line::Setting(name)
    } else if is_comment && !text.starts_with("    {") && text != "]" {
        Line::Comment(text.trim_start_matches('#').trim_end())
    } else {
        Line::Other
    }
}
