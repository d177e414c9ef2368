//! Where in a provider's document something may stand: a first place, a second one, parts that belong together.
//!
//! Providers call the same thing by different names, or split a name in two. A page writes that as text:
//! `"name"`, `"first_name + last_name"`, or a list of such texts, of which the first that is there counts. Pure.

use std::str::FromStr;

use serde::Deserialize;
use serde_json::Value;

use crate::domain::json_path::{InvalidJsonPath, JsonPath};

/// Alternatives in order; each is one place, or several whose texts are joined by a blank.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "DefinitionText")]
pub struct FieldSelector(Vec<Vec<JsonPath>>);

/// As a page writes it.
#[derive(Deserialize)]
#[serde(untagged)]
enum DefinitionText {
    One(String),
    Several(Vec<String>),
}

impl FieldSelector {
    /// The first text that is there and not empty. Of parts that belong together some may be missing.
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

    /// Whether anything at all stands in one of the places.
    #[must_use]
    pub fn is_present_in(&self, document: &Value) -> bool {
        self.0.iter().flatten().any(|path| path.find(document).is_some())
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

    fn try_from(written: DefinitionText) -> Result<Self, Self::Error> {
        match written {
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
    fn the_first_place_with_a_text_in_it_counts() {
        let places: FieldSelector = serde_json::from_value(json!(["full", "first + last", "nick"])).unwrap();
        for (document, found) in [
            (json!({"full": "Mira Okafor", "nick": "m"}), Some("Mira Okafor")),
            (json!({"full": null, "first": " Mira ", "last": "Okafor"}), Some("Mira Okafor")),
            (json!({"full": "", "first": "", "last": "Okafor"}), Some("Okafor")),
            (json!({"first": null, "last": "", "nick": "m"}), Some("m")),
            (json!({"full": {"a": 1}, "nick": 7}), None),
        ] {
            assert_eq!(places.text(&document).as_deref(), found, "{document}");
        }
    }

    #[test]
    fn one_place_is_taken_as_it_is_and_nonsense_is_refused() {
        let place: FieldSelector = "data[0].name".parse().unwrap();
        assert_eq!(place.text(&json!({"data": [{"name": " Mira "}]})).as_deref(), Some(" Mira "));
        assert!(place.is_present_in(&json!({"data": [{"name": 7}]})) && !place.is_present_in(&json!({"data": []})));
        for bad in [json!("a + "), json!([""]), json!(" + a"), json!(7)] {
            assert!(serde_json::from_value::<FieldSelector>(bad.clone()).is_err(), "{bad}");
        }
    }
}
