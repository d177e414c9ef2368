//! The signature algorithms of id_tokens, each with its key type and hash.
//!
//! Only asymmetric ones: who can verify such a signature cannot make one. Pure.

use aws_lc_rs::digest;
use jsonwebtoken::Algorithm;

/// The type of a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyShape {
    Rsa,
    P256,
    P384,
    Ed25519,
}

/// A known algorithm. `EdDSA` and `Ed25519` are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SigningAlgorithm {
    pub(super) verifier: Algorithm,
    pub(super) shape: KeyShape,
    /// The hash for `at_hash` (OpenID Connect Core section 3.1.3.6).
    pub(super) hash: &'static digest::Algorithm,
}

impl SigningAlgorithm {
    /// The algorithm of that exact name; `None` for `none`, the `HS` family and everything unknown.
    pub(super) fn named(name: &str) -> Option<Self> {
        let (verifier, shape, hash) = match name {
            "RS256" => (Algorithm::RS256, KeyShape::Rsa, &digest::SHA256),
            "RS384" => (Algorithm::RS384, KeyShape::Rsa, &digest::SHA384),
            "RS512" => (Algorithm::RS512, KeyShape::Rsa, &digest::SHA512),
            "PS256" => (Algorithm::PS256, KeyShape::Rsa, &digest::SHA256),
            "PS384" => (Algorithm::PS384, KeyShape::Rsa, &digest::SHA384),
            "PS512" => (Algorithm::PS512, KeyShape::Rsa, &digest::SHA512),
            "ES256" => (Algorithm::ES256, KeyShape::P256, &digest::SHA256),
            "ES384" => (Algorithm::ES384, KeyShape::P384, &digest::SHA384),
            // Ed25519 uses SHA-512 inside. The first name is that of RFC 8037, the second that of RFC 9864.
            "EdDSA" | "Ed25519" => (Algorithm::EdDSA, KeyShape::Ed25519, &digest::SHA512),
            _ => return None,
        };
        Some(Self { verifier, shape, hash })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_and_symmetric_algorithms_are_refused() {
        for name in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"] {
            assert!(SigningAlgorithm::named(name).is_some(), "{name}");
        }
        assert_eq!(SigningAlgorithm::named("Ed25519"), SigningAlgorithm::named("EdDSA"));
        for name in ["none", "None", "", "HS256", "HS384", "HS512", "rs256", "RS256 ", "ES512", "Ed448", "RSA-OAEP"] {
            assert_eq!(SigningAlgorithm::named(name), None, "{name}");
        }
    }
}
