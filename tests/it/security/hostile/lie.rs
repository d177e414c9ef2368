//! An honest sign-in at the provider, and the ways in which a row changes it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    RSA_PKCS1_SHA256, RsaKeyPair,
};
use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::provider::Reply;

/// Part of every secret of this provider, so that one search finds each of them.
pub const CANARY: &str = "k9canary";

/// The endpoint of the metadata.
pub const METADATA: &str = ".well-known/openid-configuration";

/// The client's secret.
pub const CLIENT_SECRET: &str = "k9canary-client-secret";

/// The published key.
static KEY: LazyLock<EcdsaKeyPair> =
    LazyLock::new(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"));
/// A key that is not published.
static OTHER: LazyLock<EcdsaKeyPair> =
    LazyLock::new(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"));
static ED: LazyLock<Ed25519KeyPair> = LazyLock::new(|| Ed25519KeyPair::generate().expect("a key"));
static RSA: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"));

pub fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Who signs the id_token.
#[derive(Clone, Debug)]
pub enum Signer {
    Key,
    /// A key that is not published.
    Other,
    Ed25519,
    Rsa,
    /// The published key, in the encoding of X.509.
    Der,
    /// HMAC with these bytes.
    Hmac(Vec<u8>),
    /// No signature but these bytes.
    Bytes(Vec<u8>),
}

impl Signer {
    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Key => KEY.sign(&random, message).expect("signed").as_ref().to_vec(),
            Self::Other => OTHER.sign(&random, message).expect("signed").as_ref().to_vec(),
            Self::Ed25519 => ED.sign(message).as_ref().to_vec(),
            Self::Rsa => {
                let mut signature = vec![0; RSA.public_modulus_len()];
                RSA.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).expect("signed");
                signature
            }
            Self::Der => {
                let pkcs8 = KEY.to_pkcs8v1().expect("DER");
                let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref()).expect("a key");
                key.sign(&random, message).expect("signed").as_ref().to_vec()
            }
            Self::Hmac(key) => hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message).as_ref().to_vec(),
            Self::Bytes(bytes) => bytes.clone(),
        }
    }
}

/// The bytes of the published key, uncompressed.
pub fn public_key() -> Vec<u8> {
    KEY.public_key().as_ref().to_vec()
}

fn ec_jwk(key: &EcdsaKeyPair, kid: &str) -> Value {
    let (x, y) = key.public_key().as_ref()[1..].split_at(32);
    json!({"kty": "EC", "crv": "P-256", "kid": kid, "x": b64(x), "y": b64(y)})
}

/// The published key as a JWK.
pub fn jwk() -> Value {
    ec_jwk(&KEY, "k")
}

/// The key that is not published.
pub fn other_jwk() -> Value {
    ec_jwk(&OTHER, "other")
}

fn more_jwks() -> [Value; 2] {
    let (n, e) = (RSA.public_key().modulus(), RSA.public_key().exponent());
    let rsa = json!({"kty": "RSA", "kid": "rs", "n": b64(n.big_endian_without_leading_zero()),
        "e": b64(e.big_endian_without_leading_zero())});
    [json!({"kty": "OKP", "crv": "Ed25519", "kid": "ed", "x": b64(ED.public_key())}), rsa]
}

/// How the browser comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    Redirect,
    FormPost,
    /// Without the cookie of the start.
    OtherBrowser,
    /// With a changed cookie.
    ChangedCookie,
    /// At the callback of another provider.
    OtherProvider,
}

/// All that the provider sends in one sign-in. In its texts `{state}`, `{nonce}` and `{id_token}` are filled in.
#[derive(Clone)]
pub struct Lie {
    pub row: String,
    pub issuer: String,
    pub now: i64,
    pub metadata: Value,
    pub keys: Value,
    pub header: Value,
    pub claims: Value,
    /// Instead of `header` and `claims`.
    pub texts: (Option<String>, Option<String>),
    pub signer: Signer,
    /// Applied to the signed token.
    pub tamper: fn(&str) -> String,
    pub token: Value,
    pub userinfo: Value,
    /// Instead of what an endpoint would send.
    pub replies: BTreeMap<&'static str, Reply>,
    pub callback: Vec<(String, String)>,
    pub arrival: Arrival,
    /// Behind the start's URL.
    pub start: String,
}

impl Lie {
    /// Honest in everything.
    pub fn honest(origin: &str, row: &str, now: i64) -> Self {
        let issuer = format!("{origin}/{row}");
        let [ed, rsa] = more_jwks();
        let at = |path: &str| format!("{issuer}/{path}");
        let metadata = json!({
            "issuer": issuer, "authorization_endpoint": at("authorize"), "token_endpoint": at("token"),
            "userinfo_endpoint": at("me"), "jwks_uri": at("jwks"), "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["ES256"], "subject_types_supported": ["public"],
        });
        let claims = json!({"iss": issuer, "aud": "cid", "sub": row, "iat": now, "exp": now + 300, "nonce": "{nonce}"});
        let pair = |name: &str, value: String| (name.to_owned(), value);
        Self {
            row: row.to_owned(),
            now,
            metadata,
            keys: json!({"keys": [jwk(), ed, rsa]}),
            header: json!({"alg": "ES256", "kid": "k"}),
            claims,
            texts: (None, None),
            signer: Signer::Key,
            tamper: str::to_owned,
            token: json!({
                "access_token": format!("{CANARY}-at-{row}"), "token_type": "Bearer", "expires_in": 300,
                "refresh_token": format!("{CANARY}-rt-{row}"), "id_token": "{id_token}",
            }),
            userinfo: json!({"sub": row, "email": format!("{row}@example.org"), "email_verified": true, "name": "Mira"}),
            replies: BTreeMap::new(),
            callback: vec![pair("state", "{state}".to_owned()), pair("code", format!("{CANARY}-code-{row}"))],
            arrival: Arrival::Redirect,
            start: String::new(),
            issuer,
        }
    }

    /// What an endpoint would send, with nothing filled in.
    pub fn raw(&self, endpoint: &'static str) -> Reply {
        Reply::json(match endpoint {
            METADATA => &self.metadata,
            "jwks" => &self.keys,
            "me" => &self.userinfo,
            _ => &self.token,
        })
    }

    /// What an endpoint sends, once the nonce is known.
    pub fn reply(&self, endpoint: &'static str, nonce: &str) -> Reply {
        let mut reply = self.replies.get(endpoint).cloned().unwrap_or_else(|| self.raw(endpoint));
        if endpoint == "token" {
            let text = String::from_utf8_lossy(&reply.body).replace("{id_token}", &self.id_token(nonce));
            reply.body = text.into_bytes();
        }
        reply
    }

    fn id_token(&self, nonce: &str) -> String {
        let header = self.texts.0.clone().unwrap_or_else(|| self.header.to_string());
        let payload = self.texts.1.clone().unwrap_or_else(|| self.claims.to_string()).replace("{nonce}", nonce);
        let message = format!("{}.{}", b64(header), b64(payload));
        let token = format!("{message}.{}", b64(self.signer.sign(message.as_bytes())));
        (self.tamper)(&token)
    }

    /// The value of `at_hash` for the access token.
    pub fn at_hash(&self) -> String {
        let hash = digest::digest(&digest::SHA256, self.token["access_token"].as_str().expect("a token").as_bytes());
        b64(&hash.as_ref()[..16])
    }

    /// Replaces a parameter of the callback, or removes it.
    pub fn parameter(&mut self, name: &str, value: Option<&str>) {
        self.callback.retain(|(known, _)| known != name);
        self.callback.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    }
}
