//! The additional sign-up fields that an operator requires: a JSON Schema and its validation errors.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::Value;

/// The key of errors that are about no single field.
const WHOLE: &str = "body";

/// The greatest number of fields with an error in one answer.
const MAX_FIELDS: usize = 32;

/// The greatest length of a field name in an answer, in characters. A longer name is cut.
const MAX_NAME_CHARS: usize = 64;

/// The greatest length of a message in an answer, in characters. A longer message is cut.
const MAX_MESSAGE_CHARS: usize = 200;

/// Validation errors by field: one short message each, at most 32 fields. Their size does not grow with the input.
pub type FieldErrors = BTreeMap<String, Vec<String>>;

/// The text is not a usable JSON Schema.
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
    /// Parses a schema from JSON. References to other documents are not followed, and patterns match in linear time.
    ///
    /// # Errors
    /// [`InvalidSchema`]
    pub fn parse(text: &str) -> Result<Self, InvalidSchema> {
        let schema: Value =
            serde_json::from_str(text).map_err(|error| InvalidSchema(format!("is not JSON: {error}")))?;
        if !schema.is_object() {
            return Err(InvalidSchema("is not a JSON Schema: expected an object".to_owned()));
        }
        let options = jsonschema::options().with_pattern_options(PatternOptions::regex()).should_validate_formats(true);
        let validator = options.build(&schema);
        validator
            .map(|validator| Self(Arc::new(validator)))
            .map_err(|error| InvalidSchema(format!("is not a JSON Schema: {error} (at {})", error.instance_path())))
    }

    /// Validates the fields that a user filled in. The errors do not repeat their values.
    ///
    /// # Errors
    /// One message per invalid field, at most 32; what is about no single field is under `body`.
    pub fn check(&self, fields: &Value) -> Result<(), FieldErrors> {
        if !fields.is_object() {
            return Err(FieldErrors::from([(WHOLE.to_owned(), vec!["expected a JSON object".to_owned()])]));
        }
        let mut errors = FieldErrors::new();
        for error in self.0.iter_errors(fields) {
            add(&mut errors, &error);
            if errors.len() >= MAX_FIELDS {
                break;
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// Adds one message for each field of `error` that has none yet.
fn add(errors: &mut FieldErrors, error: &ValidationError<'_>) {
    let mut add_one = |field: &str, message: &dyn Fn() -> String| {
        let field = shorten(field, MAX_NAME_CHARS);
        if errors.len() < MAX_FIELDS && !errors.contains_key(&field) {
            errors.insert(field, vec![shorten(&message(), MAX_MESSAGE_CHARS)]);
        }
    };
    let message = || error.masked().to_string();
    if let Some(field) = error.instance_path().as_str().split('/').nth(1) {
        return add_one(&field.replace("~1", "/").replace("~0", "~"), &message);
    }
    match error.kind() {
        ValidationErrorKind::Required { property } => add_one(property.as_str().unwrap_or(WHOLE), &message),
        // The message of the library repeats all names in each of them.
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            for field in unexpected.iter().take(MAX_FIELDS) {
                add_one(field, &|| "is not a known field".to_owned());
            }
        }
        _ => add_one(WHOLE, &message),
    }
}

fn shorten(text: &str, max_chars: usize) -> String {
    match text.char_indices().nth(max_chars) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
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
    fn each_error_is_under_its_field_and_repeats_no_value() {
        let schema = SignUpSchema::parse(SCHEMA).expect("a schema");
        assert_eq!(schema.check(&json!({"aboutMe": "I am a person"})), Ok(()));
        for (fields, invalid) in [
            (json!({}), vec!["aboutMe"]),
            (json!({"aboutMe": "hush"}), vec!["aboutMe"]),
            (json!({"aboutMe": 1, "mySiteUrl": "not a hush"}), vec!["aboutMe", "mySiteUrl"]),
            (json!({"aboutMe": "I am a person", "address": {}}), vec!["address"]),
            (json!({"aboutMe": "I am a person", "hush": 1}), vec!["hush"]),
            (json!([]), vec!["body"]),
            (json!("hush"), vec!["body"]),
        ] {
            let errors = schema.check(&fields).expect_err("not valid");
            assert_eq!(errors.keys().collect::<Vec<_>>(), invalid, "{fields}");
            let is_repeated = |text: &String| text.contains("hush") && !invalid.contains(&"hush");
            assert!(!errors.values().flatten().any(is_repeated), "{errors:?}");
        }
    }

    #[test]
    fn the_size_of_the_errors_does_not_grow_with_the_input() {
        let schema = SignUpSchema::parse(SCHEMA).expect("a schema");
        let many: serde_json::Map<_, _> = (0..5_000).map(|n| (format!("field-{n}"), json!(1))).collect();
        let long = json!({"x".repeat(30_000): 1, "aboutMe": 1});
        let repeated = json!({"aboutMe": vec![1; 5_000], "address": vec![1; 5_000]});
        for fields in [Value::Object(many), long, repeated] {
            let errors = schema.check(&fields).expect_err("not valid");
            assert!(errors.len() <= 32, "{}", errors.len());
            assert!(errors.values().all(|messages| messages.len() == 1));
            let size: usize = errors.iter().map(|(field, messages)| field.len() + messages[0].len()).sum();
            assert!(size < 32 * 1024, "{size} bytes");
        }
    }

    #[test]
    fn an_invalid_schema_is_refused_with_a_reason() {
        for (text, reason) in [
            ("{", "is not JSON"),
            ("[]", "expected an object"),
            (r#"{"type": "objekt"}"#, "is not a JSON Schema"),
            (r#"{"properties": {"a": {"pattern": "(?=x)"}}}"#, "is not a JSON Schema"),
            (r#"{"$ref": "https://example.com/schema"}"#, "is not a JSON Schema"),
        ] {
            let error = SignUpSchema::parse(text).expect_err("not a schema").to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
