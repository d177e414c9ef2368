//! Signing keys of a provider. RS256 is written by hand, so that the client's JWT library is not tested against itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// Position of the modulus in the DER of a 2048-bit public key with exponent 65537: 9 bytes of headers, 256 of
/// modulus, 2 of header, 3 of exponent.
const MODULUS: std::ops::Range<usize> = 9..265;
const EXPONENT: std::ops::Range<usize> = 267..270;

/// What precedes such a key in a `SubjectPublicKeyInfo`.
const PUBLIC_KEY_INFO: [u8; 24] =
    [48, 130, 1, 34, 48, 13, 6, 9, 42, 134, 72, 134, 247, 13, 1, 1, 1, 5, 0, 3, 130, 1, 15, 0];

/// How a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signing {
    /// With the newest key.
    Newest,
    /// With a new key that replaces all others.
    Replaced,
    /// With a key that is not published.
    Unpublished,
    /// With HS256 and the newest public key, as PEM, as the secret.
    Symmetric,
    /// Not at all.
    Unsigned,
    /// With the newest key, wrongly.
    Wrong,
}

/// The keys of one provider, oldest first; the last one signs. Empty until first used.
#[derive(Debug, Default)]
pub(super) struct KeyRing(Mutex<Vec<Arc<SigningKey>>>);

#[derive(Debug)]
struct SigningKey {
    pair: RsaKeyPair,
    kid: String,
    jwk: Value,
}

impl KeyRing {
    /// Signs a JSON Web Token; `None` if key generation fails.
    pub(super) fn sign(&self, claims: &Value, signing: Signing) -> Option<String> {
        let key = match signing {
            Signing::Unpublished => Arc::new(SigningKey::generate()?),
            Signing::Replaced => {
                let key = Arc::new(SigningKey::generate()?);
                *self.keys() = vec![Arc::clone(&key)];
                key
            }
            _ => newest(&mut self.keys())?,
        };
        let header = match signing {
            Signing::Unsigned => json!({ "alg": "none", "typ": "JWT" }),
            Signing::Symmetric => json!({ "alg": "HS256", "typ": "JWT", "kid": key.kid }),
            _ => json!({ "alg": "RS256", "typ": "JWT", "kid": key.kid }),
        };
        let [header, claims] = [header.to_string(), claims.to_string()].map(|part| URL_SAFE_NO_PAD.encode(part));
        let message = format!("{header}.{claims}");
        let mut signature = match signing {
            Signing::Unsigned => Vec::new(),
            Signing::Symmetric => {
                hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.pem().as_bytes()), message.as_bytes())
                    .as_ref()
                    .to_vec()
            }
            _ => key.signature(&message)?,
        };
        if let (Signing::Wrong, Some(first)) = (signing, signature.first_mut()) {
            *first ^= 1;
        }
        Some(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The public keys as a JSON Web Key Set; `None` if key generation fails.
    pub(super) fn published(&self) -> Option<Value> {
        let mut keys = self.keys();
        newest(&mut keys)?;
        Some(json!({ "keys": keys.iter().map(|key| &key.jwk).collect::<Vec<_>>() }))
    }

    /// Adds a new signing key; the previous key stays published, older ones are removed.
    pub(super) fn rotate(&self) {
        let mut keys = self.keys();
        // An unused ring has published no key, so there is nothing to rotate.
        if keys.is_empty() {
            return;
        }
        keys.extend(SigningKey::generate().map(Arc::new));
        let surplus = keys.len().saturating_sub(2);
        keys.drain(..surplus);
    }

    fn keys(&self) -> MutexGuard<'_, Vec<Arc<SigningKey>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn newest(keys: &mut Vec<Arc<SigningKey>>) -> Option<Arc<SigningKey>> {
    if keys.is_empty() {
        keys.push(Arc::new(SigningKey::generate()?));
    }
    keys.last().cloned()
}

impl SigningKey {
    fn generate() -> Option<Self> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).ok()?;
        let der = pair.public_key().as_ref();
        let kid = URL_SAFE_NO_PAD.encode(&digest(&SHA256, der).as_ref()[..12]);
        let jwk = json!({
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": kid,
            "n": URL_SAFE_NO_PAD.encode(der.get(MODULUS)?),
            "e": URL_SAFE_NO_PAD.encode(der.get(EXPONENT)?),
        });
        Some(Self { pair, kid, jwk })
    }

    fn signature(&self, message: &str) -> Option<Vec<u8>> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).ok()?;
        Some(signature)
    }

    /// The public key as PEM.
    fn pem(&self) -> String {
        let text = STANDARD.encode([&PUBLIC_KEY_INFO, self.pair.public_key().as_ref()].concat());
        let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }
}

/// `base64url(SHA-256(text))`: the S256 challenge of a PKCE verifier (RFC 7636, section 4.2).
pub(super) fn s256(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
}

/// `at_hash` of an access token (OpenID Connect Core, section 3.1.3.6).
pub(super) fn at_hash(access_token: &str) -> String {
    URL_SAFE_NO_PAD.encode(&digest(&SHA256, access_token.as_bytes()).as_ref()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s256_matches_rfc_7636() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(s256(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn at_hash_matches_openid_core() {
        // Appendix A.4 of OpenID Connect Core.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(at_hash(token), "77QmUPtjPfzWtF2AnpK9RQ");
    }

    #[test]
    fn rotation_keeps_only_the_previous_key() {
        let ring = KeyRing::default();
        let kids = |ring: &KeyRing| -> Vec<String> {
            let published = ring.published().unwrap();
            published["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
        };
        let before = kids(&ring);
        ring.rotate();
        let scope_separators = kids(&ring);
        ring.rotate();
        let after = kids(&ring);
        assert_eq!((before.len(), scope_separators.len(), after.len()), (1, 2, 2));
        assert_eq!((&before[0], &scope_separators[1]), (&scope_separators[0], &after[0]));
    }
}
