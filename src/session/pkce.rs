//! Proof key for code exchange (RFC 7636), method `S256` only.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::random::RandomSource;
use crate::domain::secret::Secret;
use crate::domain::sha256::sha256;

/// A new verifier: 32 random bytes, 43 characters.
#[must_use]
pub fn new_verifier(random: &dyn RandomSource) -> Secret {
    Secret::new(random.text::<32>())
}

/// The `S256` challenge of a verifier (RFC 7636 section 4.2).
#[must_use]
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(verifier))
}

/// Whether a text has the form of a verifier: 43 to 128 unreserved characters (RFC 7636 section 4.1).
#[must_use]
pub fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
}

/// Whether a text has the form of an `S256` challenge: 43 characters of base64url.
#[must_use]
pub fn is_challenge(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::random::OsRandom;

    #[test]
    fn new_verifier_has_the_form_of_rfc_7636() {
        let verifier = new_verifier(&OsRandom);
        assert!(is_verifier(verifier.expose()));
        assert!(is_challenge(&challenge(verifier.expose())));
        assert_ne!(verifier, new_verifier(&OsRandom));
    }

    #[test]
    fn challenge_is_that_of_rfc_7636_appendix_b() {
        assert_eq!(
            challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn malformed_verifiers_and_challenges_are_recognised() {
        assert!(is_challenge("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
        assert!(!is_challenge("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c="));
        assert!(!is_challenge("short"));
        assert!(is_verifier(&"a.b~".repeat(20)));
        assert!(!is_verifier(&"a".repeat(42)));
        assert!(!is_verifier(&"a".repeat(129)));
        assert!(!is_verifier(&" ".repeat(50)));
    }
}
