//! Apple: the client secret is an assertion of the team, and the name arrives once, unsigned, in a form.

use serde_json::Value;

use crate::oauth::profile::clean;

/// The audience of the client secret.
pub const AUDIENCE: &str = "https://appleid.apple.com";

/// The display name in the form field `user` of a callback, which Apple sends at the first consent only. No other field
/// is read: the form is not signed.
pub(super) fn name_from_form(user: &str) -> Option<String> {
    let user: Value = serde_json::from_str(user).ok()?;
    let name = ["firstName", "lastName"].map(|part| user["name"][part].as_str().unwrap_or_default().trim());
    clean(&name.join(" "))
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::{provider, settings_for};

    #[test]
    fn name_is_read_from_apples_form_only() {
        let apple = provider("apple", &settings_for("apple")).expect("a provider");
        for (user, name) in [
            (r#"{"name":{"firstName":"Mira","lastName":"Okafor"},"email":"x@y.z"}"#, Some("Mira Okafor")),
            (r#"{"name":{"firstName":" Mira\u0000\u202e "}}"#, Some("Mira")),
            (r#"{"name":{"firstName":"","lastName":null}}"#, None),
            (r#"{"email":"x@y.z"}"#, None),
            ("[]", None),
            ("", None),
        ] {
            assert_eq!(apple.name_from_form(user).as_deref(), name, "{user}");
        }
        let google = provider("google", &settings_for("google")).expect("a provider");
        assert_eq!(google.name_from_form(r#"{"name":{"firstName":"Mira"}}"#), None);
    }
}
