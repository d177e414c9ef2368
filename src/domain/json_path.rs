//! Paths into a JSON document: `emails[0].value`, `name.first`, `sub`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A path of member names and array positions, as in provider definitions and settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JsonPath(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Member(String),
    Index(usize),
}

/// The text is not a path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a path like `emails[0].value`")]
pub struct InvalidJsonPath(String);

impl JsonPath {
    /// The member of the document in which the path begins.
    #[must_use]
    pub fn first_member(&self) -> Option<&str> {
        match self.0.first() {
            Some(Step::Member(name)) => Some(name),
            Some(Step::Index(_)) | None => None,
        }
    }

    /// The value at the path; `None` if there is none or it is `null`.
    #[must_use]
    pub fn find<'a>(&self, document: &'a Value) -> Option<&'a Value> {
        self.0
            .iter()
            .try_fold(document, |value, step| match step {
                Step::Member(name) => value.get(name),
                Step::Index(index) => value.get(index),
            })
            .filter(|value| !value.is_null())
    }
}

impl FromStr for JsonPath {
    type Err = InvalidJsonPath;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = || InvalidJsonPath(text.to_owned());
        let mut steps = Vec::new();
        for part in text.split('.') {
            let (name, indices) = part.split_once('[').map_or((part, None), |(name, rest)| (name, Some(rest)));
            if name.is_empty() || name.contains(']') {
                return Err(fail());
            }
            steps.push(Step::Member(name.to_owned()));
            if let Some(indices) = indices {
                for index in indices.strip_suffix(']').ok_or_else(fail)?.split("][") {
                    steps.push(Step::Index(index.parse().map_err(|_| fail())?));
                }
            }
        }
        Ok(Self(steps))
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Member(name) if position == 0 => f.write_str(name)?,
                Step::Member(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl TryFrom<String> for JsonPath {
    type Error = InvalidJsonPath;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<JsonPath> for String {
    fn from(path: JsonPath) -> Self {
        path.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_walks_members_and_lists() {
        let document =
            serde_json::json!({"data": [{"id": 9_007_199_254_740_993_u64}], "name": {"first": "Mira"}, "none": null});
        let find = |path: &str| path.parse::<JsonPath>().ok().and_then(|path| path.find(&document).cloned());
        assert_eq!(find("data[0].id").map(|id| id.to_string()).as_deref(), Some("9007199254740993"));
        assert_eq!(find("name.first"), Some("Mira".into()));
        assert_eq!(find("none"), None);
        assert_eq!(find("data[1].id"), None);
        assert_eq!(find("name.first.deeper"), None);
    }

    #[test]
    fn a_path_prints_as_written_and_an_invalid_one_is_refused() {
        for good in ["sub", "a.b", "a[0][1].b"] {
            assert_eq!(good.parse::<JsonPath>().map(|path| path.to_string()).as_deref(), Ok(good));
        }
        for bad in ["", ".", "a..b", "[0]", "a[", "a[x]", "a]b", "a[0"] {
            assert!(bad.parse::<JsonPath>().is_err(), "{bad}");
        }
    }
}
