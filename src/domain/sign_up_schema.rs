//! The further fields that an operator asks of new people: a JSON Schema, and what it says to what they filled in.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::Value;

/// Where a complaint goes that is about no field alone.
const WHOLE: &str = "body";

/// What is wrong, field by field.
pub type FieldErrors = BTreeMap<String, Vec<String>>;

/// The text is not a schema that can be held against anything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidSchema(String);

/// A JSON Schema of an object.
#[derive(Clone)]
pub struct SignUpSchema(Arc<Validator>);

impl fmt::Debug for SignUpSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignUpSchema")
    }
}

impl SignUpSchema {
    /// Reads a schema from its JSON text. References to other documents are not followed, and patterns are those
    /// that are matched in linear time.
    ///
    /// # Errors
    /// [`InvalidSchema`]
    pub fn parse(text: &str) -> Result<Self, InvalidSchema> {
        let schema: Value =
            serde_json::from_str(text).map_err(|error| InvalidSchema(format!("is not JSON: {error}")))?;
        if !schema.is_object() {
            return Err(InvalidSchema("is a JSON Schema, an object".to_owned()));
        }
        let options = jsonschema::options().with_pattern_options(PatternOptions::regex()).should_validate_formats(true);
        let validator = options.build(&schema);
        validator
            .map(|validator| Self(Arc::new(validator)))
            .map_err(|error| InvalidSchema(format!("is not a JSON Schema: {error} (at {})", error.instance_path())))
    }

    /// Holds the schema against what somebody filled in. The complaints do not repeat it.
    ///
    /// # Errors
    /// What is wrong with each field; what is about no field alone stands under `body`.
    pub fn check(&self, filled_in: &Value) -> Result<(), FieldErrors> {
        if !filled_in.is_object() {
            return Err(FieldErrors::from([(WHOLE.to_owned(), vec!["expected a JSON object".to_owned()])]));
        }
        let mut complaints = FieldErrors::new();
        for error in self.0.iter_errors(filled_in) {
            let message = error.masked().to_string();
            for field in fields_of(&error) {
                complaints.entry(field).or_default().push(message.clone());
            }
        }
        if complaints.is_empty() { Ok(()) } else { Err(complaints) }
    }
}

fn fields_of(error: &ValidationError<'_>) -> Vec<String> {
    let inside =
        error.instance_path().as_str().split('/').nth(1).map(|name| name.replace("~1", "/").replace("~0", "~"));
    match (inside, error.kind()) {
        (Some(field), _) => vec![field],
        (None, ValidationErrorKind::Required { property }) => vec![property.as_str().unwrap_or(WHOLE).to_owned()],
        (
            None,
            ValidationErrorKind::AdditionalProperties { unexpected }
            | ValidationErrorKind::UnevaluatedProperties { unexpected },
        ) => unexpected.clone(),
        (None, _) => vec![WHOLE.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SCHEMA: &str = r#"{
        "type": "object",
        "properties": {
            "aboutMe": {"type": "string", "minLength": 10},
            "mySiteUrl": {"type": "string", "format": "uri"},
            "address": {"type": "object", "required": ["town"]}
        },
        "required": ["aboutMe"],
        "additionalProperties": false
    }"#;

    #[test]
    fn each_complaint_stands_under_its_field_and_repeats_nothing() {
        let fields = SignUpSchema::parse(SCHEMA).expect("a schema");
        assert_eq!(fields.check(&json!({"aboutMe": "I am a person"})), Ok(()));
        for (filled_in, wrong) in [
            (json!({}), vec!["aboutMe"]),
            (json!({"aboutMe": "hush"}), vec!["aboutMe"]),
            (json!({"aboutMe": 1, "mySiteUrl": "not a hush"}), vec!["aboutMe", "mySiteUrl"]),
            (json!({"aboutMe": "I am a person", "address": {}}), vec!["address"]),
            (json!({"aboutMe": "I am a person", "hush": 1}), vec!["hush"]),
            (json!([]), vec!["body"]),
            (json!("hush"), vec!["body"]),
        ] {
            let complaints = fields.check(&filled_in).expect_err("not valid");
            assert_eq!(complaints.keys().collect::<Vec<_>>(), wrong, "{filled_in}");
            let is_repeated = |text: &String| text.contains("hush") && !wrong.contains(&"hush");
            assert!(!complaints.values().flatten().any(is_repeated), "{complaints:?}");
        }
    }

    #[test]
    fn what_is_no_schema_is_said_plainly() {
        for (text, reason) in [
            ("{", "is not JSON"),
            ("[]", "an object"),
            (r#"{"type": "objekt"}"#, "is not a JSON Schema"),
            (r#"{"properties": {"a": {"pattern": "(?=x)"}}}"#, "is not a JSON Schema"),
            (r#"{"$ref": "https://example.com/schema"}"#, "is not a JSON Schema"),
        ] {
            let error = SignUpSchema::parse(text).expect_err("not a schema").to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
