//! Validates client assertions (RFC 7523 section 3, OpenID Connect Core section 9): JWTs by which a client of ours says who
//! it is.
//!
//! Stricter than a library: as for id_tokens, and each audience must be ours, and the lifetime is limited. Whether an
//! assertion was used before is not decided here. Pure.

use std::time::Duration;

use serde_json::{Map, Value};

use super::id_token::{self, Parts};
use super::jwks::Jwks;
use crate::domain::clock::Timestamp;
use crate::domain::secret::Secret;

/// The accepted algorithms; all asymmetric.
const ALGORITHMS: [&str; 3] = ["ES256", "RS256", "EdDSA"];
/// The longest time until an assertion expires.
const MAX_LIFETIME: Duration = Duration::from_secs(5 * 60);
/// The tolerated difference between the client's clock and ours.
const SKEW: Duration = Duration::from_secs(60);
/// The longest `jti`, in bytes.
const MAX_ID_BYTES: usize = 255;
/// The type that names these tokens; others have a `typ` of their own (RFC 8725 section 3.11).
const TYP: &str = "client-authentication+jwt";

/// An assertion before its signature is checked.
pub struct UnverifiedAssertion<'a> {
    token: Parts<'a>,
    claims: Map<String, Value>,
    client: String,
}

/// The signature is that of the client, and the claims are good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedAssertion {
    /// `jti`, which the client uses once.
    pub id: String,
    /// Until when another assertion with this id would be accepted.
    pub expires_at: Timestamp,
}

/// Why an assertion is not valid. It holds nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    /// Not a signed token in compact form, or its header is not one of an assertion.
    #[error("it is malformed")]
    Malformed,
    /// The algorithm is not one of ES256, RS256 and EdDSA.
    #[error("its algorithm is not accepted")]
    AlgorithmNotAccepted,
    /// No key of the client made the signature.
    #[error("its signature is not that of the client")]
    BadSignature,
    /// The claim is missing, of the wrong type, or has another value than it must have.
    #[error("its `{0}` is not the expected one")]
    Claim(&'static str),
}

impl<'a> UnverifiedAssertion<'a> {
    /// Reads an assertion.
    ///
    /// # Errors
    /// [`AssertionError::Malformed`], or the claim that does not name the client.
    pub fn read(assertion: &'a Secret) -> Result<Self, AssertionError> {
        let token = Parts::read(assertion.expose()).map_err(|_| AssertionError::Malformed)?;
        let claims = id_token::part(token.payload, "payload").map_err(|_| AssertionError::Malformed)?;
        let client = text(&claims, "sub")?.to_owned();
        if text(&claims, "iss")? != client {
            return Err(AssertionError::Claim("iss"));
        }
        Ok(Self { token, claims, client })
    }

    /// Which client it claims to be from.
    #[must_use]
    pub fn client(&self) -> &str {
        &self.client
    }

    /// Validates it with the keys of that client. A key without an id is tried whatever the assertion names.
    ///
    /// # Errors
    /// [`AssertionError`]
    pub fn verify(
        mut self,
        keys: &Jwks,
        audiences: &[String],
        now: Timestamp,
    ) -> Result<VerifiedAssertion, AssertionError> {
        let allowed = ALGORITHMS.map(str::to_owned);
        let algorithm = id_token::algorithm(&self.token.header, &allowed);
        let algorithm = algorithm.map_err(|_| AssertionError::AlgorithmNotAccepted)?;
        check_header(&self.token.header)?;
        if !keys.has_ids() {
            self.token.header.remove("kid");
        }
        id_token::check_signature(&self.token, keys, algorithm).map_err(|_| AssertionError::BadSignature)?;
        check_audience(&self.claims, audiences)?;
        let expires_at = check_times(&self.claims, now)?;
        let id = text(&self.claims, "jti")?;
        if !(1..=MAX_ID_BYTES).contains(&id.len()) {
            return Err(AssertionError::Claim("jti"));
        }
        Ok(VerifiedAssertion { id: id.to_owned(), expires_at: expires_at.plus(SKEW) })
    }
}

fn check_header(header: &Map<String, Value>) -> Result<(), AssertionError> {
    let is_ours = match header.get("typ") {
        None => true,
        Some(Value::String(kind)) => kind.eq_ignore_ascii_case("JWT") || kind.eq_ignore_ascii_case(TYP),
        Some(_) => false,
    };
    // No extension is supported, so none can be critical (RFC 7515 section 4.1.11).
    if is_ours && !header.contains_key("crit") { Ok(()) } else { Err(AssertionError::Malformed) }
}

/// An assertion that is also for another server could be presented here by it.
fn check_audience(claims: &Map<String, Value>, ours: &[String]) -> Result<(), AssertionError> {
    let is_ours = |value: &Value| value.as_str().is_some_and(|text| ours.iter().any(|one| one == text));
    let is_valid = match claims.get("aud") {
        Some(Value::Array(all)) => !all.is_empty() && all.iter().all(is_ours),
        Some(one) => is_ours(one),
        None => false,
    };
    if is_valid { Ok(()) } else { Err(AssertionError::Claim("aud")) }
}

/// Returns when it expires.
fn check_times(claims: &Map<String, Value>, now: Timestamp) -> Result<Timestamp, AssertionError> {
    let time = |name: &'static str| match claims.get(name) {
        None => Ok(None),
        Some(value) => value.as_i64().map(Timestamp::from_seconds).map(Some).ok_or(AssertionError::Claim(name)),
    };
    let latest = now.plus(SKEW);
    let expires_at = time("exp")?.ok_or(AssertionError::Claim("exp"))?;
    if expires_at.plus(SKEW) <= now || expires_at > latest.plus(MAX_LIFETIME) {
        return Err(AssertionError::Claim("exp"));
    }
    for name in ["iat", "nbf"] {
        if time(name)?.is_some_and(|begins_at| begins_at > latest) {
            return Err(AssertionError::Claim(name));
        }
    }
    Ok(expires_at)
}

fn text<'c>(claims: &'c Map<String, Value>, name: &'static str) -> Result<&'c str, AssertionError> {
    claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).ok_or(AssertionError::Claim(name))
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
    use aws_lc_rs::hmac;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
        RSA_PKCS1_SHA256, RsaKeyPair,
    };
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;
    const HERE: &str = "https://auth.test/oauth/token";

    fn b64(bytes: impl AsRef<[u8]>) -> String {
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn pem(der: &[u8]) -> String {
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der))
    }

    fn ec_pem(key: &EcdsaKeyPair) -> String {
        pem(AsDer::<PublicKeyX509Der>::as_der(key.public_key()).expect("DER").as_ref())
    }

    fn claims() -> Value {
        json!({"iss": "worker", "sub": "worker", "aud": HERE, "exp": NOW + 60, "iat": NOW, "jti": "one"})
    }

    fn signed(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> Secret {
        let message = format!("{}.{}", b64(header.to_string()), b64(claims.to_string()));
        Secret::new(format!("{message}.{}", b64(sign(message.as_bytes()))))
    }

    fn verify(token: &Secret, keys: &Jwks) -> Result<VerifiedAssertion, AssertionError> {
        let audiences = [HERE.to_owned(), "https://auth.test".to_owned()];
        let read = UnverifiedAssertion::read(token)?;
        assert_eq!(read.client(), "worker");
        read.verify(keys, &audiences, Timestamp::from_seconds(NOW))
    }

    struct Signer(EcdsaKeyPair);

    impl Signer {
        fn new() -> Self {
            Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"))
        }

        fn sign(&self, header: &Value, claims: &Value) -> Secret {
            signed(header, claims, |message| {
                self.0.sign(&SystemRandom::new(), message).expect("signed").as_ref().into()
            })
        }

        fn keys(&self) -> Jwks {
            Jwks::of_public_key(&ec_pem(&self.0)).expect("a key")
        }
    }

    #[test]
    fn assertion_of_each_kind_of_key_is_verified() {
        let expected = VerifiedAssertion { id: "one".to_owned(), expires_at: Timestamp::from_seconds(NOW + 120) };
        let ec = Signer::new();
        for header in [
            json!({"alg": "ES256"}),
            json!({"alg": "ES256", "typ": "JWT", "kid": "any"}),
            json!({"alg": "ES256", "typ": TYP}),
        ] {
            assert_eq!(verify(&ec.sign(&header, &claims()), &ec.keys()), Ok(expected.clone()), "{header}");
        }
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
        let token = signed(&json!({"alg": "RS256"}), &claims(), |message| {
            let mut signature = vec![0; rsa.public_modulus_len()];
            rsa.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).expect("signed");
            signature
        });
        let der = AsDer::<PublicKeyX509Der>::as_der(rsa.public_key()).expect("DER");
        assert_eq!(verify(&token, &Jwks::of_public_key(&pem(der.as_ref())).expect("a key")), Ok(expected.clone()));
        let ed = Ed25519KeyPair::generate().expect("a key");
        let token = signed(&json!({"alg": "EdDSA"}), &claims(), |message| ed.sign(message).as_ref().into());
        let der = AsDer::<PublicKeyX509Der>::as_der(ed.public_key()).expect("DER");
        assert_eq!(verify(&token, &Jwks::of_public_key(&pem(der.as_ref())).expect("a key")), Ok(expected));
    }

    #[test]
    fn forged_assertion_is_refused() {
        let (ec, other) = (Signer::new(), Signer::new());
        let keys = ec.keys();
        let none = Secret::new(format!("{}.{}.", b64(json!({"alg": "none"}).to_string()), b64(claims().to_string())));
        assert_eq!(verify(&none, &keys), Err(AssertionError::AlgorithmNotAccepted));
        // The public key as the secret of an HMAC.
        let secret = hmac::Key::new(hmac::HMAC_SHA256, ec_pem(&ec.0).as_bytes());
        let hs = signed(&json!({"alg": "HS256"}), &claims(), |message| hmac::sign(&secret, message).as_ref().into());
        assert_eq!(verify(&hs, &keys), Err(AssertionError::AlgorithmNotAccepted));
        let header = json!({"alg": "ES256"});
        assert_eq!(verify(&other.sign(&header, &claims()), &keys), Err(AssertionError::BadSignature));
        let rs = ec.sign(&json!({"alg": "RS256"}), &claims());
        assert_eq!(verify(&rs, &keys), Err(AssertionError::BadSignature), "a key of another kind");
        for header in [
            json!({"alg": "ES256", "crit": ["b64"]}),
            json!({"alg": "ES256", "typ": "at+jwt"}),
            json!({"alg": "ES256", "typ": 1}),
        ] {
            assert_eq!(verify(&ec.sign(&header, &claims()), &keys), Err(AssertionError::Malformed), "{header}");
        }
        for text in ["", "a.b", "a.b.c", &format!("{}.x", ec.sign(&header, &claims()).expose())] {
            assert_eq!(verify(&Secret::new(text), &keys), Err(AssertionError::Malformed), "{text}");
        }
    }

    #[test]
    fn assertion_is_tried_only_with_the_key_that_it_names() {
        let ec = Signer::new();
        let (x, y) = ec.0.public_key().as_ref()[1..].split_at(32);
        let key = json!({"kty": "EC", "crv": "P-256", "x": b64(x), "y": b64(y), "kid": "ours"});
        let keys = Jwks::parse(&json!({ "keys": [key] })).expect("keys");
        let with_id = |id: &str| verify(&ec.sign(&json!({"alg": "ES256", "kid": id}), &claims()), &keys).is_ok();
        assert!(with_id("ours") && !with_id("other"));
    }

    #[test]
    fn claim_with_another_value_is_refused() {
        let (ec, header) = (Signer::new(), json!({"alg": "ES256"}));
        let keys = ec.keys();
        let with = |name: &str, value: Value| {
            let mut claims = claims();
            claims[name] = value;
            verify(&ec.sign(&header, &claims), &keys)
        };
        for (name, value) in [
            ("iss", json!("other")),
            ("iss", json!(null)),
            ("sub", json!("")),
            ("aud", json!("https://other.test")),
            ("aud", json!([HERE, "https://other.test"])),
            ("aud", json!([])),
            ("aud", json!(null)),
            ("exp", json!(NOW - 60)),
            ("exp", json!(NOW + 361)),
            ("exp", json!((NOW + 60).to_string())),
            ("exp", json!(null)),
            ("iat", json!(NOW + 61)),
            ("nbf", json!(NOW + 61)),
            ("nbf", json!("now")),
            ("jti", json!("")),
            ("jti", json!("j".repeat(256))),
            ("jti", json!(1)),
        ] {
            assert_eq!(with(name, value.clone()), Err(AssertionError::Claim(name)), "{name}: {value}");
        }
        for (name, value) in [
            ("aud", json!("https://auth.test")),
            ("aud", json!([HERE, "https://auth.test"])),
            ("exp", json!(NOW + 360)),
            ("exp", json!(NOW - 59)),
            ("iat", json!(NOW + 60)),
            ("nbf", json!(NOW + 60)),
        ] {
            assert!(with(name, value.clone()).is_ok(), "{name}: {value}");
        }
    }

    #[test]
    fn key_that_is_unsuitable_is_refused() {
        let p384 = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).expect("a key");
        let key = Signer::new().0;
        let der = AsDer::<PublicKeyX509Der>::as_der(key.public_key()).expect("DER");
        let broken = pem(&der.as_ref()[..der.as_ref().len() - 1]);
        for text in [ec_pem(&p384), broken, pem(b"x"), String::new(), "-----BEGIN PUBLIC KEY-----".to_owned()] {
            assert!(Jwks::of_public_key(&text).is_none(), "{text}");
        }
    }
}
