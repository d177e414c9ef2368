//! Options that an app may set for a new user, alike in a query and in a body.

use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use super::errors::NhostError;
use crate::user::options::SignUpOptions;

/// The page's pattern: letters, numbers and symbols of any script, and a few marks.
#[expect(clippy::expect_used, reason = "a constant pattern, compiled by a test")]
static DISPLAY_NAME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^[\p{L}\p{N}\p{S} ,.'-]{1,32}$").expect("a pattern"));

/// The options, not yet checked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SignUpParams {
    pub(super) allowed_roles: Option<Vec<String>>,
    pub(super) default_role: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) locale: Option<String>,
    pub(super) metadata: Option<Value>,
    pub(super) redirect_to: Option<String>,
}

impl SignUpParams {
    /// The options if they are well formed. `redirect_to` is checked against the list of return URLs elsewhere.
    pub(super) fn checked(self) -> Result<SignUpOptions, NhostError> {
        let refuse = |reason| Err(NhostError::invalid_request(reason));
        if self.display_name.as_ref().is_some_and(|name| !DISPLAY_NAME.is_match(name)) {
            return refuse("displayName is 1 to 32 letters, numbers, symbols, spaces and ,.'-");
        }
        if self.locale.as_ref().is_some_and(|locale| !(2..=3).contains(&locale.chars().count())) {
            return refuse("locale is 2 or 3 characters");
        }
        if self.metadata.as_ref().is_some_and(|metadata| !metadata.is_object()) {
            return refuse("metadata is a JSON object");
        }
        Ok(SignUpOptions {
            allowed_roles: self.allowed_roles,
            default_role: self.default_role,
            display_name: self.display_name,
            locale: self.locale,
            metadata: self.metadata,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::fuzz;
    use crate::http::extract::Object;

    #[test]
    fn display_name_allows_any_script_but_no_control_characters() {
        for good in ["John Smith", "Mira O'Kafor-Weber, jr.", "李雷", "Ünï 7", "€$+", &"x".repeat(32)] {
            assert!(DISPLAY_NAME.is_match(good), "{good}");
        }
        for bad in ["", &"x".repeat(33), "a\nb", "a\u{0}b", "<b>\u{202e}", "a\u{200b}b", "a;b", "a\n"] {
            assert!(!DISPLAY_NAME.is_match(bad), "{bad:?}");
        }
    }

    /// What is accepted has the documented form, and is accepted once more as it is kept.
    #[test]
    fn fuzz_sign_up_options() {
        let words = [
            "\"displayName\":",
            "\"locale\":",
            "\"metadata\":",
            "\"allowedRoles\":[",
            "\"redirectTo\":",
            "\"id\":",
            "\"role\":",
        ];
        fuzz("sign_up_options", &words, |text| {
            let Ok(Object(params)) = serde_json::from_str::<Object<SignUpParams>>(text) else { return false };
            let redirect_to = params.redirect_to.clone();
            let Ok(options) = params.checked() else { return false };
            let SignUpOptions { allowed_roles, default_role, display_name, locale, metadata } = options.clone();
            assert!(display_name.as_ref().is_none_or(|name| (1..=32).contains(&name.chars().count())));
            assert!(display_name.as_ref().is_none_or(|name| !name.chars().any(char::is_control)));
            assert!(locale.as_ref().is_none_or(|locale| (2..=3).contains(&locale.chars().count())));
            assert!(metadata.as_ref().is_none_or(Value::is_object));
            let again = SignUpParams { allowed_roles, default_role, display_name, locale, metadata, redirect_to };
            assert!(again.checked().is_ok_and(|again| again == options), "once more");
            true
        });
    }
}
