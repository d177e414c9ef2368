//! Apple: the client secret is a statement of the team, and the name comes once, unsigned, in a form.

use serde_json::Value;

use super::super::Provider;
use super::Quirk;
use crate::oauth::profile::clean;

/// For whom the client secret is meant.
pub const AUDIENCE: &str = "https://appleid.apple.com";

impl Provider {
    /// The name to show from the form field `user` of a callback (Apple sends it at the first consent alone).
    /// Nothing else of it is taken: it is not signed, so whoever can post the form can write it.
    #[must_use]
    pub fn name_from_form(&self, user: &str) -> Option<String> {
        if !matches!(self.quirk, Some(Quirk::Apple)) {
            return None;
        }
        let user: Value = serde_json::from_str(user).ok()?;
        let name = ["firstName", "lastName"].map(|part| user["name"][part].as_str().unwrap_or_default().trim());
        clean(&name.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::{provider, settings_for};

    #[test]
    fn the_name_of_the_form_is_for_show() {
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
