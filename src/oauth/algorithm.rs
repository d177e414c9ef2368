//! The signature algorithms that a provider may use, and what belongs to each: key shape and hash.
//!
//! Only asymmetric ones: whoever can check such a signature cannot make one. Pure.

use aws_lc_rs::digest;
use jsonwebtoken::Algorithm;

/// The names that this build can check (RFC 7518 section 3.1, RFC 8037), for settings and metadata.
pub const SIGNING_ALGORITHMS: &[&str] =
    &["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];

/// What a public key is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyShape {
    Rsa,
    P256,
    P384,
    Ed25519,
}

/// An algorithm of [`SIGNING_ALGORITHMS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SigningAlgorithm {
    pub(super) name: &'static str,
    pub(super) verifier: Algorithm,
    pub(super) shape: KeyShape,
    /// The hash that `at_hash` is reckoned with (OpenID Connect Core section 3.1.3.6).
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
            // Ed25519 hashes with SHA-512 inside, so its hash here is that one.
            "EdDSA" => (Algorithm::EdDSA, KeyShape::Ed25519, &digest::SHA512),
            _ => return None,
        };
        let name = SIGNING_ALGORITHMS.iter().copied().find(|known| *known == name)?;
        Some(Self { name, verifier, shape, hash })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_algorithm_is_known_and_no_other() {
        for name in SIGNING_ALGORITHMS {
            assert_eq!(SigningAlgorithm::named(name).map(|algorithm| algorithm.name), Some(*name));
        }
        for name in ["none", "None", "", "HS256", "HS384", "HS512", "rs256", "RS256 ", "ES512", "ES256K", "RSA-OAEP"] {
            assert_eq!(SigningAlgorithm::named(name), None, "{name}");
        }
    }
}
