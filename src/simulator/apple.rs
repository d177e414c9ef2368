//! What only Apple does: a client secret that the client signs, and what comes along with the code.

use std::sync::OnceLock;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::ask::Ask;
use super::house::House;
use super::openid;
use super::people::Person;
use super::{CLIENT_ID, Simulator};

/// The team that the client belongs to.
pub const APPLE_TEAM_ID: &str = "VOUCH5AFE0";

/// The name of the key that the client signs its secrets with.
pub const APPLE_KEY_ID: &str = "DEM0KEY001";

/// Who the real Apple says it is: a client may well address its secret there, wherever it is sent.
const APPLE: &str = "https://appleid.apple.com";

/// As far ahead as a secret may expire, in seconds.
const LONGEST: i64 = 15_777_000;

/// How far a client's clock may be ahead, in seconds.
const LEEWAY: i64 = 300;

/// The client's key, of which Apple knows the public half. Made when it is needed.
#[derive(Default)]
pub(super) struct AppleKey(OnceLock<Option<Made>>);

struct Made {
    pem: String,
    public: Vec<u8>,
}

impl AppleKey {
    pub(super) fn pem(&self) -> String {
        self.made().map(|made| made.pem.clone()).unwrap_or_default()
    }

    fn made(&self) -> Option<&Made> {
        self.0.get_or_init(Made::new).as_ref()
    }
}

impl Made {
    fn new() -> Option<Self> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok()?;
        let text = STANDARD.encode(pair.to_pkcs8v1().ok()?.as_ref());
        let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"));
        Some(Self { pem, public: pair.public_key().as_ref().to_vec() })
    }
}

/// Whether a client secret is one that the client's key signed, for Apple and for this moment.
pub(super) fn is_signed(simulator: &Simulator, secret: &str) -> bool {
    opened(simulator, secret).is_some_and(|claims| {
        let now = simulator.now();
        let time = |key: &str| claims[key].as_i64();
        let issuer = simulator.endpoints(House::Apple).issuer;
        let is_us = |audience: &Value| *audience == json!(APPLE) || *audience == json!(issuer);
        let audience = &claims["aud"];
        claims["iss"] == APPLE_TEAM_ID
            && claims["sub"] == CLIENT_ID
            && (is_us(audience) || audience.as_array().is_some_and(|list| list.len() == 1 && is_us(&list[0])))
            && time("iat").is_some_and(|issued| issued <= now + LEEWAY)
            && time("exp").is_some_and(|expires| now < expires && expires - now <= LONGEST)
    })
}

/// The claims of a token with the right header and a signature that holds.
fn opened(simulator: &Simulator, token: &str) -> Option<Value> {
    let (message, signature) = token.rsplit_once('.')?;
    let (header, claims) = message.split_once('.')?;
    let part = |text: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(text).ok()?).ok();
    let header = part(header)?;
    if header["alg"] != "ES256" || header["kid"] != APPLE_KEY_ID {
        return None;
    }
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &simulator.0.apple_key.made()?.public);
    key.verify(message.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
    part(claims)
}

/// What is posted with a code: an identity token if the client asked for one, and the person's name when they
/// come for the first time. `None` if nothing can be signed.
pub(super) fn companions(simulator: &Simulator, ask: &Ask, person: &Person) -> Option<Vec<(&'static str, String)>> {
    let mut companions = Vec::new();
    if ask.hybrid {
        let asked = openid::Asked { scope: &ask.scope, nonce: ask.nonce.clone(), claims: None, access_token: None };
        companions.push(("id_token", openid::id_token(simulator, House::Apple, person, asked)?));
    }
    // Who asks for nothing is told nothing, and the first time is still to come.
    if !ask.scope.is_empty() && simulator.0.introduced.write(&person.id, i64::MAX, simulator.now()) {
        companions.push(("user", introduction(person, &ask.scope).to_string()));
    }
    Some(companions)
}

fn introduction(person: &Person, scope: &str) -> Value {
    let mut user = json!({});
    if let Some((first, last)) = person.name_parts()
        && House::Apple.has_scope(scope, "name")
    {
        user["name"] = json!({ "firstName": first, "lastName": last });
    }
    if let Some(email) = &person.email
        && House::Apple.has_scope(scope, "email")
    {
        user["email"] = json!(email);
    }
    user
}
