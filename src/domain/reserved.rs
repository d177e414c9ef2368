//! The parameters of an authorization request that belong to us (RFC 6749, 7636, OpenID Connect Core).

/// Parameters that nobody but us may set: whoever forwards a stranger's parameters refuses these, in any case of letters.
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

/// Whether `name` is one of [`RESERVED_PARAMETERS`], in any case of letters.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    RESERVED_PARAMETERS.iter().any(|reserved| reserved.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_case_of_letters_opens_no_back_door() {
        for reserved in ["state", "State", "REDIRECT_URI"] {
            assert!(is_reserved(reserved), "{reserved}");
        }
        assert!(!is_reserved("prompt"));
    }
}
