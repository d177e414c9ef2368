//! The keys of access tokens: the first signs, all verify, the public keys are published (RFC 7517).

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation};
use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::domain::random::RandomSource;
use crate::domain::secret::Secret;
use crate::settings::{JwtAlgorithm, JwtKey};

/// The space in a token for a signature, in characters; only that of RSA is longer.
const SIGNATURE_LENGTH: usize = 90;

/// Why a key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The settings hold no key.
    #[error("there is no key to sign access tokens with")]
    Missing,
    /// The text of the key at this position does not fit its algorithm.
    #[error("keys.jwt[{0}]: the key does not fit its algorithm (a private key in PEM, PKCS#8)")]
    Malformed(usize),
    /// The system could not generate a key.
    #[error("no key could be generated")]
    GenerationFailed,
}

/// One key.
pub(super) struct SigningKey {
    pub(super) id: String,
    pub(super) algorithm: Algorithm,
    signer: Signer,
    decoding: DecodingKey,
    public: Option<Jwk>,
}

/// What signs with a key.
enum Signer {
    /// A shared secret, prepared once: `jsonwebtoken` does it for each token, which takes as long as signing.
    Shared(Box<hmac::Key>),
    Private(EncodingKey),
}

/// The header of a token (RFC 7515 section 4.1).
#[derive(Serialize)]
struct TokenHeader<'a> {
    typ: &'a str,
    alg: Algorithm,
    kid: &'a str,
}

/// A key without its material.
#[cfg(feature = "pages")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyDescription<'a> {
    /// Its id, as in the header of tokens.
    pub id: &'a str,
    /// Its algorithm.
    pub algorithm: String,
    /// Whether its public half is in the key set; a shared secret is not.
    pub is_published: bool,
}

/// All keys, in the order of the settings.
pub struct SigningKeys(Vec<SigningKey>);

impl std::fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.id)).finish()
    }
}

impl SigningKeys {
    /// Reads the keys of the settings.
    ///
    /// # Errors
    /// [`KeyError`]
    pub fn new(keys: &[JwtKey]) -> Result<Self, KeyError> {
        let read = |(position, key)| SigningKey::new(key).ok_or(KeyError::Malformed(position));
        let keys = keys.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err(KeyError::Missing) } else { Ok(Self(keys)) }
    }

    /// The public keys; shared secrets are not among them.
    #[must_use]
    pub fn public_jwks(&self) -> JwkSet {
        JwkSet { keys: self.0.iter().filter_map(|key| key.public.clone()).collect() }
    }

    /// What operators may see of the keys: the first signs.
    #[cfg(feature = "pages")]
    pub fn descriptions<'a>(&'a self) -> impl Iterator<Item = KeyDescription<'a>> {
        let describe = |key: &'a SigningKey| KeyDescription {
            id: &key.id,
            algorithm: format!("{:?}", key.algorithm),
            is_published: key.public.is_some(),
        };
        self.0.iter().map(describe)
    }

    /// Signs a token with this `typ` and these claims.
    pub(super) fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<Secret, KeyError> {
        let key = self.signing().ok_or(KeyError::Missing)?;
        let header = json(&TokenHeader { typ, alg: key.algorithm, kid: &key.id })?;
        let claims = json(claims)?;
        let mut token = String::with_capacity((header.len() + claims.len()).div_ceil(3) * 4 + SIGNATURE_LENGTH);
        URL_SAFE_NO_PAD.encode_string(header, &mut token);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        match &key.signer {
            Signer::Shared(secret) => {
                let tag = hmac::sign(secret, token.as_bytes());
                token.push('.');
                URL_SAFE_NO_PAD.encode_string(tag, &mut token);
            }
            Signer::Private(private) => {
                let signature = jsonwebtoken::crypto::sign(token.as_bytes(), private, key.algorithm);
                token.push('.');
                token.push_str(&signature.map_err(|_| KeyError::Malformed(0))?);
            }
        }
        Ok(Secret::new(token))
    }

    /// The `typ` and the claims of a token that one of these keys signed; the caller checks the claims.
    pub(super) fn decode(&self, token: &str) -> Option<(Option<String>, Value)> {
        // An extension that the token declares critical is one that this server does not know (RFC 7515, 4.1.11).
        let header = jsonwebtoken::decode_header(token).ok().filter(|header| header.crit.is_none())?;
        let claims = self.candidates(header.kid.as_deref(), header.alg).find_map(|key| {
            let mut validation = Validation::new(key.algorithm);
            // The caller checks times, with the injected clock, and all other claims.
            validation.validate_exp = false;
            validation.validate_aud = false;
            validation.required_spec_claims.clear();
            jsonwebtoken::decode::<Value>(token, &key.decoding, &validation).ok()
        })?;
        Some((header.typ, claims.claims))
    }

    pub(super) fn signing(&self) -> Option<&SigningKey> {
        self.0.first()
    }

    /// The keys that may have signed a token with this header.
    pub(super) fn candidates(&self, id: Option<&str>, algorithm: Algorithm) -> impl Iterator<Item = &SigningKey> {
        self.0.iter().filter(move |key| key.algorithm == algorithm && id.is_none_or(|id| id == key.id))
    }
}

impl SigningKey {
    fn new(key: &JwtKey) -> Option<Self> {
        let text = key.key.expose().as_bytes();
        match key.algorithm {
            JwtAlgorithm::HS256 => Some(Self::shared(key, Algorithm::HS256, hmac::HMAC_SHA256)),
            JwtAlgorithm::HS384 => Some(Self::shared(key, Algorithm::HS384, hmac::HMAC_SHA384)),
            JwtAlgorithm::HS512 => Some(Self::shared(key, Algorithm::HS512, hmac::HMAC_SHA512)),
            JwtAlgorithm::RS256 => Self::private(key, Algorithm::RS256, EncodingKey::from_rsa_pem(text).ok()?),
            JwtAlgorithm::ES256 => Self::private(key, Algorithm::ES256, EncodingKey::from_ec_pem(text).ok()?),
            JwtAlgorithm::EdDSA => Self::private(key, Algorithm::EdDSA, EncodingKey::from_ed_pem(text).ok()?),
        }
    }

    fn shared(key: &JwtKey, algorithm: Algorithm, hash: hmac::Algorithm) -> Self {
        let text = key.key.expose().as_bytes();
        let id = key.id.clone().unwrap_or_else(|| fingerprint(text));
        let signer = Signer::Shared(Box::new(hmac::Key::new(hash, text)));
        Self { id, algorithm, signer, decoding: DecodingKey::from_secret(text), public: None }
    }

    fn private(key: &JwtKey, algorithm: Algorithm, encoding: EncodingKey) -> Option<Self> {
        let mut public = Jwk::from_encoding_key(&encoding, algorithm).ok()?;
        let id = key.id.clone().or_else(|| public.thumbprint(ThumbprintHash::SHA256).ok())?;
        public.common.key_id = Some(id.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        let decoding = DecodingKey::from_jwk(&public).ok()?;
        Some(Self { id, algorithm, signer: Signer::Private(encoding), decoding, public: Some(public) })
    }
}

/// A part of a token, with space for the usual claims.
fn json(part: &impl Serialize) -> Result<Vec<u8>, KeyError> {
    let mut json = Vec::with_capacity(512);
    serde_json::to_writer(&mut json, part).map_err(|_| KeyError::Malformed(0))?;
    Ok(json)
}

/// An id for a shared secret that reveals nothing about it.
fn fingerprint(secret: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    URL_SAFE_NO_PAD.encode(&hmac::sign(&key, b"kid").as_ref()[..8])
}

/// A new key for an algorithm, as the text of a key file: a private key in PEM (PKCS#8), or 64 hexadecimal digits.
///
/// # Errors
/// [`KeyError::GenerationFailed`]
pub fn generate(algorithm: JwtAlgorithm, random: &dyn RandomSource) -> Result<Secret, KeyError> {
    let not_generated = |_| KeyError::GenerationFailed;
    Ok(match algorithm {
        JwtAlgorithm::HS256 | JwtAlgorithm::HS384 | JwtAlgorithm::HS512 => {
            let bytes = Zeroizing::new(random.bytes::<32>());
            Secret::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        }
        JwtAlgorithm::ES256 => {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(not_generated)?;
            pem(pair.to_pkcs8v1().map_err(not_generated)?.as_ref())
        }
        JwtAlgorithm::EdDSA => {
            let pair = Ed25519KeyPair::generate().map_err(not_generated)?;
            pem(pair.to_pkcs8v1().map_err(not_generated)?.as_ref())
        }
        JwtAlgorithm::RS256 => {
            let pair = KeyPair::generate(KeySize::Rsa2048).map_err(not_generated)?;
            let document: Pkcs8V1Der<'_> = pair.as_der().map_err(not_generated)?;
            pem(document.as_ref())
        }
    })
}

fn pem(document: &[u8]) -> Secret {
    let body = Zeroizing::new(STANDARD.encode(document));
    let lines: Vec<&str> = body.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    Secret::new(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::random::OsRandom;

    #[test]
    fn generated_keys_differ_and_fit_their_algorithm() {
        for algorithm in [JwtAlgorithm::HS256, JwtAlgorithm::ES256, JwtAlgorithm::EdDSA, JwtAlgorithm::RS256] {
            let new = || generate(algorithm, &OsRandom).expect("a key");
            let (first, second) = (new(), new());
            assert_ne!(first, second, "{algorithm:?}");
            assert!(SigningKeys::new(&[JwtKey { id: None, algorithm, key: first }]).is_ok(), "{algorithm:?}");
        }
    }

    #[test]
    fn published_key_has_an_id_and_no_private_member() {
        let key = JwtKey {
            id: None,
            algorithm: JwtAlgorithm::ES256,
            key: generate(JwtAlgorithm::ES256, &OsRandom).expect("a key"),
        };
        let keys = SigningKeys::new(&[key]).expect("a valid key");
        let published = serde_json::to_value(keys.public_jwks()).expect("JSON");
        let key = &published["keys"][0];
        assert_eq!((&key["kty"], &key["alg"], &key["use"]), (&"EC".into(), &"ES256".into(), &"sig".into()));
        assert_eq!(key["kid"], keys.signing().expect("a key").id.as_str());
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(key.get(private).is_none(), "{private}");
        }
    }

    #[test]
    fn shared_secret_is_not_published() {
        let key = JwtKey { id: None, algorithm: JwtAlgorithm::HS256, key: Secret::new("s".repeat(32)) };
        let keys = SigningKeys::new(&[key]).expect("a valid key");
        assert!(keys.public_jwks().keys.is_empty());
        #[cfg(feature = "pages")]
        assert_eq!(
            keys.descriptions().map(|key| (key.algorithm, key.is_published)).collect::<Vec<_>>(),
            [("HS256".into(), false)]
        );
        assert_eq!(keys.signing().expect("a key").id.len(), 11);
    }

    #[test]
    fn token_is_checked_with_the_key_that_it_names() {
        let key = |id: &str, secret: &str| JwtKey {
            id: Some(id.to_owned()),
            algorithm: JwtAlgorithm::HS256,
            key: Secret::new(secret.repeat(32)),
        };
        let signed =
            |id: &str| SigningKeys::new(&[key(id, "a")]).expect("a key").sign("JWT", &json!({})).expect("signed");
        let both = SigningKeys::new(&[key("a", "a"), key("b", "b")]).expect("valid keys");
        assert!(both.decode(signed("a").expose()).is_some());
        assert!(both.decode(signed("b").expose()).is_none(), "the secret of `a` signs nothing for `b`");
    }

    #[test]
    fn malformed_key_is_reported_with_its_position() {
        let good = JwtKey {
            id: None,
            algorithm: JwtAlgorithm::ES256,
            key: generate(JwtAlgorithm::ES256, &OsRandom).expect("a key"),
        };
        let bad = JwtKey { algorithm: JwtAlgorithm::RS256, ..good.clone() };
        assert_eq!(SigningKeys::new(&[good, bad]).err(), Some(KeyError::Malformed(1)));
        assert_eq!(SigningKeys::new(&[]).err(), Some(KeyError::Missing));
    }
}
