//! Changed email addresses and sign-up fields.

use super::email::EmailAddress;
use crate::fuzz::fuzz;

#[test]
fn fuzz_email() {
    fuzz("email", &["@", "example.org", "xn--", "\u{df}", "\u{131}", ".", "+tag", ",", "\u{430}"], |text| {
        let shouted = EmailAddress::parse(&text.to_ascii_uppercase());
        let Ok(email) = EmailAddress::parse(text) else {
            assert!(shouted.is_err(), "refused, but not in capitals");
            return false;
        };
        let canonical = EmailAddress::parse(email.canonical()).expect("the canonical form is an address");
        assert_eq!(canonical.canonical(), email.canonical(), "canonical twice");
        assert_eq!((email.written(), email.canonical().matches('@').count()), (text, 1));
        assert!(!email.canonical().bytes().any(|byte| byte.is_ascii_uppercase()));
        if let Ok(shouted) = shouted {
            assert_eq!(shouted.canonical(), email.canonical(), "in capitals");
        }
        true
    });
}

#[cfg(feature = "aufy")]
#[test]
fn fuzz_sign_up_fields() {
    let schema = r#"{"type": "object", "required": ["aboutMe"], "additionalProperties": false, "properties": {
        "aboutMe": {"type": "string", "minLength": 10, "maxLength": 100, "pattern": "^[A-Za-z ]+$"},
        "site": {"type": "string", "format": "uri"}, "age": {"type": "integer", "minimum": 0},
        "tags": {"type": "array", "uniqueItems": true, "maxItems": 5, "items": {"enum": ["a", "b"]}}}}"#;
    let schema = super::sign_up_schema::SignUpSchema::parse(schema).expect("a schema");
    fuzz(
        "sign_up_fields",
        &["\"aboutMe\":", "\"site\":", "\"age\":", "\"tags\":", "https://a.test", "~1", "~0", "$ref"],
        |text| {
            let Ok(fields) = serde_json::from_str::<serde_json::Value>(text) else { return false };
            let checked = schema.check(&fields);
            let again = serde_json::from_str(&fields.to_string()).expect("JSON");
            assert_eq!(schema.check(&again), checked, "written again");
            match checked {
                Ok(()) => {
                    let about = fields["aboutMe"].as_str().expect("a text");
                    assert!(
                        (10..=100).contains(&about.len())
                            && about.bytes().all(|b| b.is_ascii_alphabetic() || b == b' ')
                    );
                    true
                }
                Err(errors) => {
                    assert!(!errors.is_empty() && errors.len() <= 32);
                    let is_short = |text: &String| text.chars().count() <= 201;
                    assert!(errors.iter().all(|(name, texts)| is_short(name) && texts.iter().all(is_short)));
                    false
                }
            }
        },
    );
}
