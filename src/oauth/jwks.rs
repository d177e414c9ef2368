//! A provider's public keys (JSON Web Key Set, RFC 7517), reduced to those that can verify a signature.
//!
//! A key that is weak, broken, secret or made for another use is left out and does not affect the others.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    VerificationAlgorithm,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use rustls::pki_types::SubjectPublicKeyInfoDer;
use rustls::pki_types::pem::PemObject;
use serde_json::Value;
use url::Url;

use super::algorithm::{KeyShape, SigningAlgorithm};
use super::http::{HttpClient, HttpError};
use crate::metrics::Endpoint;

/// The most keys that are kept of a set.
const MAX_KEYS: usize = 100;
/// The longest key id, in bytes.
const MAX_KID_BYTES: usize = 256;

/// The keys that one issuer signs with.
#[derive(Clone, Debug, Default)]
pub struct Jwks(Vec<PublicKey>);

#[derive(Clone, Debug)]
pub(super) struct PublicKey {
    kid: Option<String>,
    /// The only algorithm that the key is for, if it names one.
    algorithm: Option<SigningAlgorithm>,
    shape: KeyShape,
    key: DecodingKey,
}

/// Why there are no keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwksError {
    /// The document could not be fetched.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// It has no array named `keys`.
    #[error("the document is not a JSON Web Key Set")]
    NotAJwks,
}

/// Fetches the key set at `jwks_uri`.
///
/// # Errors
/// [`JwksError`]; each may be temporary.
pub async fn fetch_jwks(http: &HttpClient, jwks_uri: &Url) -> Result<Jwks, JwksError> {
    Jwks::parse(&http.get_metadata(Endpoint::Jwks, jwks_uri).await?)
}

impl Jwks {
    /// Reads a key set (RFC 7517 section 5) and keeps its first 100 usable keys; there may be none.
    ///
    /// # Errors
    /// [`JwksError::NotAJwks`] if there is no array of keys at all.
    pub fn parse(document: &Value) -> Result<Self, JwksError> {
        let keys = document.get("keys").and_then(Value::as_array).ok_or(JwksError::NotAJwks)?;
        Ok(Self(keys.iter().filter_map(PublicKey::parse).take(MAX_KEYS).collect()))
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// A set of one key without an id: a public key in PEM (P-256, RSA of 2048 to 8192 bits, or Ed25519). `None` if it is
    /// none of these.
    #[must_use]
    pub fn of_public_key(pem: &str) -> Option<Self> {
        let der = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes()).ok()?;
        let is_for = |algorithm: &'static dyn VerificationAlgorithm| ParsedPublicKey::new(algorithm, &*der).is_ok();
        let pem = pem.as_bytes();
        let (shape, key) = if is_for(&ECDSA_P256_SHA256_FIXED) {
            (KeyShape::P256, DecodingKey::from_ec_pem(pem))
        } else if is_for(&ED25519) {
            (KeyShape::Ed25519, DecodingKey::from_ed_pem(pem))
        } else if is_for(&RSA_PKCS1_2048_8192_SHA256) {
            (KeyShape::Rsa, DecodingKey::from_rsa_pem(pem))
        } else {
            return None;
        };
        Some(Self(vec![PublicKey { kid: None, algorithm: None, shape, key: key.ok()? }]))
    }

    /// Whether a key has an id.
    pub(super) fn has_ids(&self) -> bool {
        self.0.iter().any(|key| key.kid.is_some())
    }

    /// Whether there is no usable key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a usable key has that id.
    #[must_use]
    pub fn contains(&self, kid: &str) -> bool {
        self.0.iter().any(|key| key.kid.as_deref() == Some(kid))
    }

    /// Whether a key may verify signatures of the algorithm of this name.
    #[cfg(feature = "cli")]
    #[must_use]
    pub fn has_key_for(&self, algorithm: &str) -> bool {
        SigningAlgorithm::named(algorithm).is_some_and(|algorithm| self.candidates(None, algorithm).next().is_some())
    }

    /// The keys that may verify a signature by `algorithm`; with a `kid` only those of that id.
    pub(super) fn candidates(
        &self,
        kid: Option<&str>,
        algorithm: SigningAlgorithm,
    ) -> impl Iterator<Item = &PublicKey> {
        self.0.iter().filter(move |key| {
            (kid.is_none() || key.kid.as_deref() == kid)
                && key.shape == algorithm.shape
                && key.algorithm.is_none_or(|only| only == algorithm)
        })
    }
}

impl PublicKey {
    fn parse(jwk: &Value) -> Option<Self> {
        let is_for_checking = jwk.get("use").is_none_or(|purpose| purpose == "sig")
            && jwk.get("key_ops").is_none_or(|operations| {
                operations.as_array().is_some_and(|operations| operations.iter().any(|operation| operation == "verify"))
            });
        // A published private key is known to everyone.
        if !is_for_checking || jwk.get("d").is_some() {
            return None;
        }
        let curve = || jwk.get("crv").and_then(Value::as_str);
        let (shape, key) = match jwk.get("kty")?.as_str()? {
            "RSA" => (KeyShape::Rsa, rsa(&number(jwk, "n")?, &number(jwk, "e")?)?),
            "EC" if curve() == Some("P-256") => (KeyShape::P256, point(jwk, 32, &ECDSA_P256_SHA256_FIXED)?),
            "EC" if curve() == Some("P-384") => (KeyShape::P384, point(jwk, 48, &ECDSA_P384_SHA384_FIXED)?),
            "OKP" if curve() == Some("Ed25519") => {
                let x = number(jwk, "x").filter(|x| x.len() == 32)?;
                (KeyShape::Ed25519, DecodingKey::from_ed_der(&x))
            }
            _ => return None,
        };
        let kid = text(jwk, "kid")?;
        if kid.as_ref().is_some_and(|kid| kid.len() > MAX_KID_BYTES) {
            return None;
        }
        let algorithm = match text(jwk, "alg")? {
            Some(name) => Some(SigningAlgorithm::named(&name)?),
            None => None,
        };
        Some(Self { kid, algorithm, shape, key })
    }

    /// Whether `signature` (base64url) over `message` was made with the private half of this key.
    pub(super) fn verifies(&self, signature: &str, message: &[u8], algorithm: SigningAlgorithm) -> bool {
        jsonwebtoken::crypto::verify(signature, message, &self.key, algorithm.verifier).unwrap_or(false)
    }
}

/// An optional text: `None` if the member has another type.
fn text(jwk: &Value, member: &str) -> Option<Option<String>> {
    match jwk.get(member) {
        None => Some(None),
        Some(Value::String(text)) => Some(Some(text.clone())),
        Some(_) => None,
    }
}

fn number(jwk: &Value, member: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(jwk.get(member)?.as_str()?).ok()
}

/// 2048 to 8192 bits (RFC 7518 section 3.3 sets the floor), and an odd exponent that is not 1.
fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<DecodingKey> {
    let significant = |bytes: &[u8]| bytes.iter().position(|byte| *byte != 0).map(|start| bytes[start..].to_vec());
    let (modulus, exponent) = (significant(modulus)?, significant(exponent)?);
    let bits = modulus.len() * 8 - usize::try_from(modulus.first()?.leading_zeros()).ok()?;
    let is_odd = exponent.last().is_some_and(|byte| byte % 2 == 1);
    ((2048..=8192).contains(&bits) && is_odd && exponent != [1])
        .then(|| DecodingKey::from_rsa_raw_components(&modulus, &exponent))
}

/// A point on its curve.
fn point(jwk: &Value, length: usize, curve: &'static dyn VerificationAlgorithm) -> Option<DecodingKey> {
    let (x, y) = (number(jwk, "x")?, number(jwk, "y")?);
    let point = [&[4], x.as_slice(), &y].concat();
    (x.len() == length && y.len() == length && ParsedPublicKey::new(curve, &point).is_ok())
        .then(|| DecodingKey::from_ec_der(&point))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::oauth::test_server::{TestServer, client};

    // The public key of RFC 8037 appendix A.2, a point of P-256 from RFC 7517 appendix A.1, and the generator of P-384.
    const ED: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    const X: &str = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4";
    const Y: &str = "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM";

    const X384: &str = "qofKIr6LBTeOscce8yCtdG4dO2KLp5uYWfdB4IJUKjhVAvJdv1UpbDpUXjhydgq3";
    const Y384: &str = "NhfeSpYmLG9dnpi_kpLcKfj0Hb0omhR86doxE7XwuMAKYLHOHX6BnXpDHXyQ6g5f";

    fn modulus(bits: usize) -> String {
        URL_SAFE_NO_PAD.encode([vec![0xc3], vec![0xff; bits / 8 - 1]].concat())
    }

    fn is_usable(jwk: Value) -> bool {
        Jwks::parse(&json!({ "keys": [jwk] })).unwrap().0.len() == 1
    }

    #[test]
    fn keys_of_supported_types_are_kept() {
        for good in [
            json!({"kty": "RSA", "n": modulus(2048), "e": "AQAB"}),
            json!({"kty": "RSA", "n": modulus(4096), "e": "Aw", "use": "sig", "alg": "PS512", "kid": "k"}),
            json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y, "key_ops": ["verify"]}),
            json!({"kty": "EC", "crv": "P-384", "x": X384, "y": Y384}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": ED, "unknown": [1]}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": ED, "alg": "EdDSA"}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": ED, "alg": "Ed25519"}),
        ] {
            assert!(is_usable(good.clone()), "{good}");
        }
    }

    #[test]
    fn keys_weak_broken_secret_or_for_other_use_are_left_out() {
        for bad in [
            json!({"kty": "RSA", "n": modulus(512), "e": "AQAB"}),
            json!({"kty": "RSA", "n": modulus(2040), "e": "AQAB"}),
            json!({"kty": "RSA", "n": URL_SAFE_NO_PAD.encode([vec![0x7f], vec![0xff; 255]].concat()), "e": "AQAB"}),
            json!({"kty": "RSA", "n": URL_SAFE_NO_PAD.encode([vec![0; 128], vec![0xff; 128]].concat()), "e": "AQAB"}),
            json!({"kty": "RSA", "n": modulus(16_384), "e": "AQAB"}),
            json!({"kty": "RSA", "n": modulus(2048), "e": "AQ"}),
            json!({"kty": "RSA", "n": modulus(2048), "e": "AAE"}),
            json!({"kty": "RSA", "n": modulus(2048), "e": "Ag"}),
            json!({"kty": "RSA", "n": modulus(2048), "e": ""}),
            json!({"kty": "RSA", "n": modulus(2048)}),
            json!({"kty": "RSA", "n": 3, "e": "AQAB"}),
            json!({"kty": "RSA", "n": modulus(2048), "e": "AQAB", "use": "enc"}),
            json!({"kty": "RSA", "n": modulus(2048), "e": "AQAB", "use": null}),
            json!({"kty": "RSA", "n": modulus(2048), "e": "AQAB", "key_ops": ["encrypt"]}),
            json!({"kty": "RSA", "n": modulus(2048), "e": "AQAB", "key_ops": "verify"}),
            json!({"kty": "RSA", "n": modulus(2048), "e": "AQAB", "d": "AQ"}),
            json!({"kty": "RSA", "n": modulus(2048), "e": "AQAB", "kid": 7}),
            json!({"kty": "RSA", "n": modulus(2048), "e": "AQAB", "alg": ["RS256"]}),
            json!({"kty": "RSA", "n": modulus(2048), "e": "AQAB", "alg": "HS256"}),
            json!({"kty": "EC", "crv": "P-256", "x": X, "y": X}),
            json!({"kty": "EC", "crv": "P-256", "x": X, "y": format!("{Y}=")}),
            json!({"kty": "EC", "crv": "P-384", "x": X, "y": Y}),
            json!({"kty": "EC", "crv": "secp256k1", "x": X, "y": Y}),
            json!({"kty": "EC", "crv": "P-521", "x": X384, "y": Y384}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": "AQAB"}),
            json!({"kty": "OKP", "crv": "X25519", "x": ED}),
            json!({"kty": "oct", "k": "c2VjcmV0"}),
            json!({"kty": "future"}),
            json!({}),
            json!("key"),
        ] {
            assert!(!is_usable(bad.clone()), "{bad}");
        }
    }

    #[test]
    fn bad_key_does_not_affect_the_others() {
        let keys = json!({"keys": [{"kty": "?", "kid": "a"}, {"kty": "OKP", "crv": "Ed25519", "x": ED, "kid": "b"}]});
        let keys = Jwks::parse(&keys).unwrap();
        assert!(keys.contains("b") && !keys.contains("a") && !keys.contains(""));
        #[cfg(feature = "cli")]
        assert!(keys.has_key_for("EdDSA") && !keys.has_key_for("ES256") && !keys.has_key_for("none"));
        for bad in [json!({}), json!([]), json!({"keys": {}}), json!({"keys": null}), json!("keys")] {
            assert_eq!(Jwks::parse(&bad).unwrap_err(), JwksError::NotAJwks);
        }
    }

    #[actix_web::test]
    async fn key_set_that_cannot_be_read_is_an_error() {
        for (status, content_type, body, error) in [
            (500, "application/json", "{\"keys\":[]}", JwksError::Http(HttpError::Status(500))),
            (200, "text/html", "<html>", JwksError::Http(HttpError::NotJson)),
            (200, "application/json", "{\"keys\":", JwksError::Http(HttpError::NotJson)),
            (200, "application/json", "{}", JwksError::NotAJwks),
        ] {
            let provider = TestServer::always(status, content_type, body);
            assert_eq!(fetch_jwks(&client(), &provider.url("/jwks")).await.unwrap_err(), error);
        }
        let provider = TestServer::always(200, "application/jwk-set+json", "{\"keys\":[]}");
        assert!(fetch_jwks(&client(), &provider.url("/jwks")).await.unwrap().0.is_empty());
    }

    #[test]
    fn key_set_keeps_at_most_100_keys_and_short_ids() {
        let key = |kid: String| json!({"kty": "OKP", "crv": "Ed25519", "x": ED, "kid": kid});
        let keys: Vec<_> = (0..150).map(|number| key(number.to_string())).collect();
        assert_eq!(Jwks::parse(&json!({ "keys": keys })).unwrap().0.len(), 100);
        assert!(is_usable(key("k".repeat(256))) && !is_usable(key("k".repeat(257))));
    }
}
