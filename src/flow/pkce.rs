//! Proof key for code exchange (RFC 7636), method `S256` only: what binds a code to the flow that asked for it.

use crate::domain::entropy::Entropy;
use crate::domain::secret::Secret;
use crate::session::code;

/// A new verifier: 32 random bytes, 43 characters.
#[must_use]
pub fn new_verifier(entropy: &dyn Entropy) -> Secret {
    Secret::new(entropy.text::<32>())
}

/// The `S256` challenge of a verifier.
#[must_use]
pub fn challenge(verifier: &Secret) -> String {
    code::challenge_of(verifier.expose())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::entropy::SystemEntropy;

    #[test]
    fn a_verifier_has_the_form_that_the_rfc_asks_for() {
        let verifier = new_verifier(&SystemEntropy);
        assert!(code::is_verifier(verifier.expose()));
        assert!(code::is_challenge(&challenge(&verifier)));
        assert_ne!(verifier, new_verifier(&SystemEntropy));
    }
}
