//! Signs client assertions (RFC 7523) and Apple's client secrets: JWTs about ourselves, one for each call.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::domain::clock::Timestamp;
use crate::domain::secret::Secret;

/// The lifetime of an assertion, in seconds.
const LIFETIME_SECONDS: i64 = 300;

/// Our private key; the provider has the public key.
#[derive(Clone)]
pub struct AssertionKey {
    id: Option<String>,
    algorithm: Algorithm,
    key: EncodingKey,
}

impl fmt::Debug for AssertionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssertionKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The text is not a supported private key, or signing failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the private key cannot sign (expected P-256, RSA or Ed25519 in PEM, PKCS#8)")]
pub struct SigningError;

impl AssertionKey {
    /// Reads a private key in PEM: P-256 (ES256), RSA (RS256) or Ed25519 (EdDSA). For environment variables, line
    /// breaks may be written as `\n`, or the whole be in base64.
    ///
    /// # Errors
    /// [`SigningError`]
    pub fn read(text: &Secret, id: Option<String>) -> Result<Self, SigningError> {
        let decoded = || Some(Secret::new(String::from_utf8(STANDARD.decode(text.expose().trim()).ok()?).ok()?));
        let pem = if text.expose().contains("-----BEGIN") { Some(text.clone()) } else { decoded() };
        let pem = pem.ok_or(SigningError)?;
        let pem = Secret::new(pem.expose().replace("\\n", "\n"));
        let bytes = pem.expose().as_bytes();
        let (algorithm, key) = EncodingKey::from_ec_pem(bytes)
            .map(|key| (Algorithm::ES256, key))
            .or_else(|_| EncodingKey::from_rsa_pem(bytes).map(|key| (Algorithm::RS256, key)))
            .or_else(|_| EncodingKey::from_ed_pem(bytes).map(|key| (Algorithm::EdDSA, key)))
            .map_err(|_| SigningError)?;
        let key = Self { id, algorithm, key };
        // A key of an unsupported curve fails now and not at the first sign-in.
        key.sign_claims(&json!({}))?;
        Ok(key)
    }

    /// Whether the key signs with ES256.
    #[must_use]
    pub fn is_es256(&self) -> bool {
        self.algorithm == Algorithm::ES256
    }

    /// An assertion of `issuer` about `subject` for `audience`, valid for five minutes. `id` makes it unique (`jti`,
    /// RFC 7523 section 3).
    ///
    /// # Errors
    /// [`SigningError`]
    pub fn sign(
        &self,
        issuer: &str,
        subject: &str,
        audience: &str,
        id: Option<String>,
        now: Timestamp,
    ) -> Result<Secret, SigningError> {
        let now = now.seconds();
        let mut claims =
            json!({"iss": issuer, "sub": subject, "aud": audience, "iat": now, "exp": now + LIFETIME_SECONDS});
        if let Some(id) = id {
            claims["jti"] = id.into();
        }
        self.sign_claims(&claims)
    }

    fn sign_claims(&self, claims: &Value) -> Result<Secret, SigningError> {
        let mut header = Header::new(self.algorithm);
        header.kid.clone_from(&self.id);
        encode(&header, claims, &self.key).map(Secret::new).map_err(|_| SigningError)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair};
    use aws_lc_rs::signature::{EcdsaSigningAlgorithm, KeyPair};
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;
    use crate::domain::random::OsRandom;
    use crate::settings::JwtAlgorithm;

    /// A new private key in PEM, and its public point.
    fn pair(curve: &'static EcdsaSigningAlgorithm) -> (Secret, Vec<u8>) {
        let pair = EcdsaKeyPair::generate(curve).unwrap();
        let body = STANDARD.encode(pair.to_pkcs8v1().unwrap().as_ref());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
        (Secret::new(pem), pair.public_key().as_ref().to_vec())
    }

    /// A private key as Apple gives it.
    pub(crate) fn p256() -> Secret {
        pair(&ECDSA_P256_SHA256_FIXED_SIGNING).0
    }

    #[test]
    fn assertion_has_the_required_claims_and_is_signed() {
        let (pem, public) = pair(&ECDSA_P256_SHA256_FIXED_SIGNING);
        let key = AssertionKey::read(&pem, Some("K7".to_owned())).unwrap();
        let now = Timestamp::from_seconds(1_800_000_000);
        let token = key.sign("TEAM", "CID", "https://idp.example", Some("once".to_owned()), now).unwrap();
        let (message, signature) = token.expose().rsplit_once('.').unwrap();
        let part = |text: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap() };
        let (header, claims) = message.split_once('.').unwrap();
        assert_eq!(part(header), json!({"alg": "ES256", "typ": "JWT", "kid": "K7"}));
        let expected = json!({"iss": "TEAM", "sub": "CID", "aud": "https://idp.example", "iat": 1_800_000_000,
            "exp": 1_800_000_300, "jti": "once"});
        assert_eq!(part(claims), expected);
        let decoding = jsonwebtoken::DecodingKey::from_ec_der(&public);
        assert!(jsonwebtoken::crypto::verify(signature, message.as_bytes(), &decoding, Algorithm::ES256).unwrap());
        assert!(!format!("{key:?}").contains("BEGIN"));
    }

    #[test]
    fn key_is_read_from_pem_escaped_pem_and_base64() {
        let pem = p256();
        let in_one_line = Secret::new(pem.expose().replace('\n', "\\n"));
        let in_base64 = Secret::new(STANDARD.encode(pem.expose()));
        for text in [&pem, &in_one_line, &in_base64] {
            assert!(AssertionKey::read(text, None).is_ok_and(|key| key.is_es256()));
        }
        let ed25519 = crate::session::keys::generate(JwtAlgorithm::EdDSA, &OsRandom).unwrap();
        assert!(AssertionKey::read(&ed25519, None).is_ok_and(|key| !key.is_es256()));
        for bad in [pair(&ECDSA_P384_SHA384_FIXED_SIGNING).0, Secret::new(""), Secret::new("bm8=")] {
            assert!(AssertionKey::read(&bad, None).is_err());
        }
    }
}
