//! Apple's particularities: a signed client secret, and extra parameters beside the code.

use std::sync::OnceLock;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::Simulator;
use super::authorization_request::AuthorizationRequest;
use super::openid;
use super::personas::Persona;
use super::provider::SimulatedProvider;

/// The client's team id.
pub const APPLE_TEAM_ID: &str = "VOUCH5AFE0";

/// The id of the key that signs client secrets.
pub const APPLE_KEY_ID: &str = "DEM0KEY001";

/// Apple's real issuer: clients may use it as the audience wherever they send the secret.
const APPLE: &str = "https://appleid.apple.com";

/// Longest accepted lifetime of a client secret.
const MAX_SECRET_SECONDS: i64 = 15_777_000;

/// Accepted clock difference of a client.
const CLOCK_SKEW_SECONDS: i64 = 300;

/// The client's key pair, generated on first use.
#[derive(Default)]
pub(super) struct AppleKey(OnceLock<Option<GeneratedKey>>);

struct GeneratedKey {
    pem: String,
    public: Vec<u8>,
}

impl AppleKey {
    pub(super) fn pem(&self) -> String {
        self.made().map(|made| made.pem.clone()).unwrap_or_default()
    }

    fn made(&self) -> Option<&GeneratedKey> {
        self.0.get_or_init(GeneratedKey::new).as_ref()
    }
}

impl GeneratedKey {
    fn new() -> Option<Self> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok()?;
        let text = STANDARD.encode(pair.to_pkcs8v1().ok()?.as_ref());
        let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"));
        Some(Self { pem, public: pair.public_key().as_ref().to_vec() })
    }
}

/// Whether a client secret has a valid signature, audience and lifetime.
pub(super) fn is_valid_secret(simulator: &Simulator, client: &str, secret: &str) -> bool {
    verified_claims(simulator, secret).is_some_and(|claims| {
        let now = simulator.now();
        let time = |key: &str| claims[key].as_i64();
        let issuer = simulator.endpoints(SimulatedProvider::Apple).issuer;
        let is_apple = |audience: &Value| *audience == json!(APPLE) || *audience == json!(issuer);
        let audience = &claims["aud"];
        claims["iss"] == APPLE_TEAM_ID
            && claims["sub"] == client
            && (is_apple(audience) || audience.as_array().is_some_and(|list| list.len() == 1 && is_apple(&list[0])))
            && time("iat").is_some_and(|issued| issued <= now + CLOCK_SKEW_SECONDS)
            && time("exp").is_some_and(|expires| now < expires && expires - now <= MAX_SECRET_SECONDS)
    })
}

/// The claims of a token with the right header and a valid signature.
fn verified_claims(simulator: &Simulator, token: &str) -> Option<Value> {
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

/// Extra parameters of the response: an `id_token` if requested, and `user` at the first sign-in.
/// `None` if signing fails.
pub(super) fn form_post_parameters(
    simulator: &Simulator,
    authorization: &AuthorizationRequest,
    persona: &Persona,
) -> Option<Vec<(&'static str, String)>> {
    let mut form_post_parameters = Vec::new();
    if authorization.hybrid {
        let id_token_request = openid::IdTokenRequest {
            client: &authorization.client,
            scope: &authorization.scope,
            nonce: authorization.nonce.clone(),
            claims: None,
            auth_time: None,
            access_token: None,
        };
        form_post_parameters
            .push(("id_token", openid::id_token(simulator, SimulatedProvider::Apple, persona, id_token_request)?));
    }
    // A request without scopes does not count as the first sign-in.
    if !authorization.scope.is_empty() && simulator.0.introduced.insert(&persona.id, i64::MAX, simulator.now()) {
        form_post_parameters.push(("user", user_parameter(persona, &authorization.scope).to_string()));
    }
    Some(form_post_parameters)
}

fn user_parameter(persona: &Persona, scope: &str) -> Value {
    let mut user = json!({});
    if let Some((first, last)) = persona.name_parts()
        && SimulatedProvider::Apple.has_scope(scope, "name")
    {
        user["name"] = json!({ "firstName": first, "lastName": last });
    }
    if let Some(email) = &persona.email
        && SimulatedProvider::Apple.has_scope(scope, "email")
    {
        user["email"] = json!(email);
    }
    user
}
