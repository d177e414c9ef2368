//! The error codes of providers that are kept: those of the specifications and of provider documentation. All others are
//! `other`, because a provider may put anything into its error.

use serde::{Deserialize, Serialize, Serializer};

/// Sorted, so that a code is found by its place.
const CODES: &[&str] = &[
    "access_denied",
    "account_selection_required",
    "admin_policy_enforced",
    "application_suspended",
    "bad_client_secret",
    "bad_redirect_uri",
    "bad_verification_code",
    "code_already_used",
    "consent_required",
    "deleted_client",
    "disabled_client",
    "incorrect_client_credentials",
    "interaction_required",
    "invalid_client",
    "invalid_client_id",
    "invalid_code",
    "invalid_grant",
    "invalid_request",
    "invalid_request_object",
    "invalid_request_uri",
    "invalid_scope",
    "login_required",
    "org_internal",
    "other",
    "redirect_uri_mismatch",
    "request_not_supported",
    "server_error",
    "slow_down",
    "temporarily_unavailable",
    "unauthorized_client",
    "unspecified",
    "unsupported_grant_type",
    "unsupported_response_type",
    "unverified_user_email",
    "user_cancelled_authorize",
    "user_cancelled_login",
    "user_denied",
];

/// An error code of a provider that is on the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "String")]
pub struct ErrorCode(u8);

impl ErrorCode {
    /// The code of this text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let find = |text: &str| CODES.binary_search(&text).ok().and_then(|at| u8::try_from(at).ok());
        Self(find(text).or_else(|| find("other")).unwrap_or_default())
    }

    /// Its text.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        CODES.get(usize::from(self.0)).copied().unwrap_or("other")
    }
}

impl From<String> for ErrorCode {
    fn from(text: String) -> Self {
        Self::of(&text)
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_codes_are_kept() {
        assert!(CODES.is_sorted());
        for code in CODES {
            assert_eq!(ErrorCode::of(code).as_str(), *code);
        }
        for other in ["", "INVALID_CLIENT", "ya29.a-token", "invalid_client "] {
            assert_eq!(ErrorCode::of(other).as_str(), "other", "{other}");
        }
    }
}
