//! The operator's custom claims of access tokens, read from a document by path.

use std::collections::BTreeMap;

use serde_json::Value;

use super::json_path::JsonPath;

/// The prefix of every claim, by which Hasura recognises session variables.
const PREFIX: &str = "x-hasura-";

/// Claims that are always set by us.
const RESERVED: [&str; 4] =
    ["x-hasura-allowed-roles", "x-hasura-default-role", "x-hasura-user-id", "x-hasura-user-is-anonymous"];

/// The greatest length of a value in bytes, because tokens travel in headers.
const MAX_LENGTH: usize = 1024;

/// Claims by name. Values are text, as Hasura requires.
pub type Claims = BTreeMap<String, String>;

/// A claim and the path of its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimRule {
    claim: String,
    path: JsonPath,
    default: Option<String>,
}

impl ClaimRule {
    /// The claim of this name, in lower case and with its prefix; `None` if the name is reserved or invalid.
    #[must_use]
    pub fn name_of(name: &str) -> Option<String> {
        let name = name.to_ascii_lowercase();
        let rest = name.strip_prefix(PREFIX).unwrap_or(&name);
        let is_name =
            !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        let claim = format!("{PREFIX}{rest}");
        (is_name && !RESERVED.contains(&claim.as_str())).then_some(claim)
    }

    /// A claim whose name came from [`Self::name_of`]; `default` is used if there is no value at `path`.
    #[must_use]
    pub fn new(claim: String, path: JsonPath, default: Option<String>) -> Self {
        Self { claim, path, default }
    }
}

/// The claims that the rules find in a document. A missing or too long value is replaced by its default or left out.
#[must_use]
pub fn evaluate(rules: &[ClaimRule], document: &Value) -> Claims {
    rules
        .iter()
        .filter_map(|rule| {
            let found = rule.path.find(document).map(encode).filter(|text| text.len() <= MAX_LENGTH);
            Some((rule.claim.clone(), found.or_else(|| rule.default.clone())?))
        })
        .collect()
}

/// Text unchanged, an array as a PostgreSQL array, anything else as JSON.
pub(super) fn encode(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(_) => {
            let json = value.to_string();
            format!("{{{}}}", &json[1..json.len() - 1])
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule(name: &str, path: &str, default: Option<&str>) -> ClaimRule {
        let claim = ClaimRule::name_of(name).expect("a name");
        ClaimRule::new(claim, path.parse().expect("a path"), default.map(str::to_owned))
    }

    #[test]
    fn a_name_gets_the_prefix_and_a_reserved_one_is_refused() {
        assert_eq!(ClaimRule::name_of("Team-Id").as_deref(), Some("x-hasura-team-id"));
        assert_eq!(ClaimRule::name_of("X-Hasura-Org").as_deref(), Some("x-hasura-org"));
        for bad in
            ["user-id", "x-hasura-allowed-roles", "Default-Role", "", "x-hasura-", "a b", "ü", "user-is-anonymous"]
        {
            assert_eq!(ClaimRule::name_of(bad), None, "{bad}");
        }
    }

    #[test]
    fn each_type_of_value_is_encoded_as_text() {
        let document = json!({"metadata": {
            "text": "a \"b\"", "list": ["a", "b"], "none": [], "number": 7, "truth": true, "nothing": null,
            "object": {"a": 1}, "deep": [{"id": "x"}], "long": "x".repeat(1025),
        }});
        let rules = [
            rule("text", "metadata.text", None),
            rule("list", "metadata.list", None),
            rule("none", "metadata.none", None),
            rule("number", "metadata.number", None),
            rule("truth", "metadata.truth", None),
            rule("object", "metadata.object", None),
            rule("deep", "metadata.deep[0].id", None),
            rule("nothing", "metadata.nothing", Some("fallback")),
            rule("missing", "metadata.missing", None),
            rule("long", "metadata.long", Some("short")),
        ];
        let claims = evaluate(&rules, &document);
        let expected = [
            ("deep", "x"),
            ("list", r#"{"a","b"}"#),
            ("long", "short"),
            ("none", "{}"),
            ("nothing", "fallback"),
            ("number", "7"),
            ("object", r#"{"a":1}"#),
            ("text", r#"a "b""#),
            ("truth", "true"),
        ];
        let expected = expected.map(|(name, text)| (format!("x-hasura-{name}"), text.to_owned()));
        assert_eq!(claims.into_iter().collect::<Vec<_>>(), expected);
    }
}
