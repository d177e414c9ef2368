//! One valid token, and one row for each way in which it can be invalid.

mod accepted;
mod forged;
mod vectors;
mod wrong_claims;

use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512,
    RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use aws_lc_rs::{digest, hmac};
use serde_json::json;

use super::ClaimFault::{Expired, Mismatch, Missing, NotYetValid, WrongType};
use super::IdTokenError::{AlgorithmNotAllowed, BadSignature, Malformed, UnknownKey, UnsuitableKey};
use super::*;
use crate::domain::clock::Timestamp;

static RSA: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
static OTHER_RSA: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
static EC: LazyLock<EcdsaKeyPair> = LazyLock::new(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap());
static ED: LazyLock<Ed25519KeyPair> = LazyLock::new(|| Ed25519KeyPair::generate().unwrap());

const NOW: i64 = 1_800_000_000;

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn rsa_sign(key: &RsaKeyPair, encoding: &'static dyn RsaEncoding, message: &str) -> Vec<u8> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(encoding, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
    signature
}

fn rsa_jwk(key: &RsaKeyPair, kid: &str) -> Value {
    let (n, e) = (key.public_key().modulus(), key.public_key().exponent());
    json!({"kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256",
        "n": b64(n.big_endian_without_leading_zero()), "e": b64(e.big_endian_without_leading_zero())})
}

fn ec_jwk() -> Value {
    let (x, y) = EC.public_key().as_ref()[1..].split_at(32);
    json!({"kty": "EC", "crv": "P-256", "kid": "ec", "x": b64(x), "y": b64(y)})
}

fn ed_jwk() -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "kid": "ed", "x": b64(ED.public_key())})
}

/// A token and what it is validated with. It is valid until a row changes it.
struct Case {
    header: Value,
    claims: Value,
    /// Replaces `claims`.
    payload: Option<String>,
    sign: fn(&str) -> Vec<u8>,
    /// Applied to the finished token.
    tamper: fn(String) -> String,
    keys: Value,
    algorithms: Vec<String>,
    nonce: Option<&'static str>,
    max_age: Option<u64>,
    now: i64,
}

impl Case {
    fn valid() -> Self {
        Self {
            header: json!({"alg": "RS256", "typ": "JWT", "kid": "rsa"}),
            claims: json!({"iss": "https://idp.example", "aud": "CID", "sub": "mira", "exp": NOW + 300, "iat": NOW,
                "nonce": "N0", "email": "mira@example.org"}),
            payload: None,
            sign: |message| rsa_sign(&RSA, &RSA_PKCS1_SHA256, message),
            tamper: |token| token,
            keys: json!({"keys": [rsa_jwk(&OTHER_RSA, "other"), rsa_jwk(&RSA, "rsa"), ec_jwk(), ed_jwk()]}),
            algorithms: vec!["RS256".into()],
            nonce: Some("N0"),
            max_age: None,
            now: NOW,
        }
    }

    fn validate(&self) -> Result<Value, IdTokenError> {
        let payload = self.payload.clone().unwrap_or_else(|| self.claims.to_string());
        let message = format!("{}.{}", b64(self.header.to_string()), b64(payload));
        let token = Secret::new((self.tamper)(format!("{message}.{}", b64((self.sign)(&message)))));
        validate_id_token(
            &token,
            &Jwks::parse(&self.keys).unwrap(),
            &IdTokenValidation {
                issuers: &["https://idp.example".into(), "https://second.example".into()],
                client_id: "CID",
                algorithms: &self.algorithms,
                nonce: self.nonce.map(Secret::new).as_ref(),
                max_age: self.max_age,
                access_token: Some(&Secret::new("AT")),
                now: Timestamp::from_seconds(self.now),
            },
        )
    }

    fn claim(&mut self, name: &str, value: Value) {
        self.claims[name] = value;
    }

    fn without(&mut self, name: &str) {
        self.claims.as_object_mut().unwrap().remove(name);
    }

    fn signed_by(&mut self, algorithm: &str, kid: &str, sign: fn(&str) -> Vec<u8>) {
        self.header = json!({"alg": algorithm, "kid": kid});
        self.sign = sign;
    }
}

/// A row: its name, its change to the valid token, and the expected result.
type Row<E> = (&'static str, fn(&mut Case), E);

fn claim(name: &'static str, fault: ClaimFault) -> IdTokenError {
    IdTokenError::Claim { name, fault }
}

fn left_half(algorithm: &'static digest::Algorithm) -> String {
    let hash = digest::digest(algorithm, b"AT");
    b64(&hash.as_ref()[..hash.as_ref().len() / 2])
}

fn with_part(token: &str, index: usize, change: impl Fn(&str) -> String) -> String {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    parts[index] = change(&parts[index]);
    parts.join(".")
}

fn flip(text: &str) -> String {
    let mut bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    b64(bytes)
}

#[test]
fn valid_token_returns_its_claims() {
    let claims = Case::valid().validate().unwrap();
    assert_eq!(claims, Case::valid().claims);
}

fn assert_refused(rows: &[Row<IdTokenError>]) {
    for (name, change, error) in rows {
        let mut case = Case::valid();
        change(&mut case);
        assert_eq!(case.validate(), Err(*error), "{name}");
    }
}

#[test]
fn keys_of_one_issuer_do_not_vouch_for_another() {
    let mut case = Case::valid();
    case.keys = json!({"keys": [rsa_jwk(&OTHER_RSA, "rsa")]});
    assert_eq!(case.validate(), Err(BadSignature), "the same kid, another issuer's key");
}

#[test]
fn error_holds_nothing_of_the_token() {
    let mut case = Case::valid();
    case.claim("iss", json!("https://secret.example"));
    let error = case.validate().unwrap_err();
    assert_eq!(error.to_string(), "the id_token's `iss` is not the expected one");
    assert!(!format!("{error:?}").contains("secret"));
}
