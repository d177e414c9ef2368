//! A provider's key, and id_tokens signed with it.

use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::oauth::jwks::Jwks;

static KEY: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"));

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The public key.
pub(super) fn keys() -> Jwks {
    let (n, e) = (KEY.public_key().modulus(), KEY.public_key().exponent());
    let key = json!({"kty": "RSA", "kid": "k1", "use": "sig", "alg": "RS256",
        "n": b64(n.big_endian_without_leading_zero()), "e": b64(e.big_endian_without_leading_zero())});
    Jwks::parse(&json!({"keys": [key]})).expect("a key set")
}

/// A token with `claims`.
pub(super) fn signed(claims: &Value) -> String {
    let message = format!("{}.{}", b64(json!({"alg": "RS256", "kid": "k1"}).to_string()), b64(claims.to_string()));
    let mut signature = vec![0; KEY.public_modulus_len()];
    KEY.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).expect("signed");
    format!("{message}.{}", b64(signature))
}
