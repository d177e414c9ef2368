//! Parameters of an authorization request that only the sign-in sets (RFC 6749, RFC 7636, OpenID Connect Core).

/// Refused in settings and requests, regardless of case.
pub const RESERVED_PARAMETERS: &[&str] = &[
    "client_id",
    "client_secret",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "code",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "request",
    "request_uri",
    "response_mode",
];

/// Whether `name` is one of [`RESERVED_PARAMETERS`], regardless of case.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    RESERVED_PARAMETERS.iter().any(|reserved| reserved.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_names_are_recognised_in_any_case() {
        for reserved in ["state", "State", "REDIRECT_URI"] {
            assert!(is_reserved(reserved), "{reserved}");
        }
        assert!(!is_reserved("prompt"));
    }
}
