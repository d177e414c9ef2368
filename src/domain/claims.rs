//! Claims of the operator's choice in access tokens, taken out of a document by path.

use std::collections::BTreeMap;

use serde_json::Value;

use super::json_path::JsonPath;

/// What every claim begins with, so that Hasura takes it as a session variable.
const PREFIX: &str = "x-hasura-";

/// The claims that are ours to say.
const RESERVED: [&str; 4] =
    ["x-hasura-allowed-roles", "x-hasura-default-role", "x-hasura-user-id", "x-hasura-user-is-anonymous"];

/// The greatest length of a value in bytes: tokens travel in headers.
const MAX_LENGTH: usize = 1024;

/// Claims by name, each a text, as Hasura wants them.
pub type Claims = BTreeMap<String, String>;

/// A claim and where its value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimRule {
    claim: String,
    path: JsonPath,
    default: Option<String>,
}

impl ClaimRule {
    /// The claim of this name, in lower case and with its prefix; `None` for one that is ours to say, or for none.
    #[must_use]
    pub fn name_of(name: &str) -> Option<String> {
        let name = name.to_ascii_lowercase();
        let rest = name.strip_prefix(PREFIX).unwrap_or(&name);
        let is_name =
            !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        let claim = format!("{PREFIX}{rest}");
        (is_name && !RESERVED.contains(&claim.as_str())).then_some(claim)
    }

    /// A claim whose name came from [`Self::name_of`]; `default` where nothing stands at `path`.
    #[must_use]
    pub fn new(claim: String, path: JsonPath, default: Option<String>) -> Self {
        Self { claim, path, default }
    }
}

/// What the rules find in a document. A value that is missing or too long for a header is left out, or its default.
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

/// A text as it is, a list as PostgreSQL writes an array, anything else as JSON.
fn encode(value: &Value) -> String {
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
    fn names_get_the_prefix_and_never_one_of_ours() {
        assert_eq!(ClaimRule::name_of("Team-Id").as_deref(), Some("x-hasura-team-id"));
        assert_eq!(ClaimRule::name_of("X-Hasura-Org").as_deref(), Some("x-hasura-org"));
        for bad in
            ["user-id", "x-hasura-allowed-roles", "Default-Role", "", "x-hasura-", "a b", "ü", "user-is-anonymous"]
        {
            assert_eq!(ClaimRule::name_of(bad), None, "{bad}");
        }
    }

    #[test]
    fn each_sort_of_value_has_its_text() {
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
