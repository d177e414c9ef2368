//! Where a field may be in a provider's document: alternatives in order, each of one or several parts.
//!
//! Providers name the same field differently, or split a name in two. A definition writes `"name"`,
//! `"first_name + last_name"`, or a list of such texts, of which the first that is present counts. Pure.

use std::str::FromStr;

use serde::Deserialize;
use serde_json::Value;

use crate::domain::json_path::{InvalidJsonPath, JsonPath};

/// Alternatives in order; each is one path, or several whose texts are joined by a space.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "DefinitionText")]
pub struct FieldSelector(Vec<Vec<JsonPath>>);

/// The notation of a definition.
#[derive(Deserialize)]
#[serde(untagged)]
enum DefinitionText {
    One(String),
    Several(Vec<String>),
}

impl FieldSelector {
    /// All paths.
    pub(super) fn paths(&self) -> impl Iterator<Item = &JsonPath> {
        self.0.iter().flatten()
    }

    /// The first text that is present and not empty. Of joined parts some may be missing.
    #[must_use]
    pub fn text(&self, document: &Value) -> Option<String> {
        self.0.iter().find_map(|parts| {
            let found: Vec<&str> = parts
                .iter()
                .filter_map(|path| path.find(document)?.as_str())
                .map(|text| if parts.len() > 1 { text.trim() } else { text })
                .filter(|text| !text.is_empty())
                .collect();
            (!found.is_empty()).then(|| found.join(" "))
        })
    }
}

impl From<JsonPath> for FieldSelector {
    fn from(path: JsonPath) -> Self {
        Self(vec![vec![path]])
    }
}

impl FromStr for FieldSelector {
    type Err = InvalidJsonPath;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(vec![parts(text)?]))
    }
}

impl TryFrom<DefinitionText> for FieldSelector {
    type Error = InvalidJsonPath;

    fn try_from(text: DefinitionText) -> Result<Self, Self::Error> {
        match text {
            DefinitionText::One(text) => text.parse(),
            DefinitionText::Several(texts) => Ok(Self(texts.iter().map(|text| parts(text)).collect::<Result<_, _>>()?)),
        }
    }
}

fn parts(text: &str) -> Result<Vec<JsonPath>, InvalidJsonPath> {
    text.split(" + ").map(str::parse).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn alternatives_first_present_text_wins() {
        let selector: FieldSelector = serde_json::from_value(json!(["full", "first + last", "nick"])).unwrap();
        for (document, found) in [
            (json!({"full": "Mira Okafor", "nick": "m"}), Some("Mira Okafor")),
            (json!({"full": null, "first": " Mira ", "last": "Okafor"}), Some("Mira Okafor")),
            (json!({"full": "", "first": "", "last": "Okafor"}), Some("Okafor")),
            (json!({"first": null, "last": "", "nick": "m"}), Some("m")),
            (json!({"full": {"a": 1}, "nick": 7}), None),
        ] {
            assert_eq!(selector.text(&document).as_deref(), found, "{document}");
        }
    }

    #[test]
    fn single_path_is_not_trimmed_and_invalid_text_is_refused() {
        let selector: FieldSelector = "data[0].name".parse().unwrap();
        assert_eq!(selector.text(&json!({"data": [{"name": " Mira "}]})).as_deref(), Some(" Mira "));
        for bad in [json!("a + "), json!([""]), json!(" + a"), json!(7)] {
            assert!(serde_json::from_value::<FieldSelector>(bad.clone()).is_err(), "{bad}");
        }
    }
}
