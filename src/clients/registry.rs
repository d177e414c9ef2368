//! The clients of the settings, with their keys.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use aws_lc_rs::constant_time;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::domain::clock::Timestamp;
use crate::domain::id::ProviderName;
use crate::domain::secret::Secret;
use crate::domain::sha256::sha256;
use crate::oauth::assertion_validation::{AssertionError, UnverifiedAssertion, VerifiedAssertion};
use crate::oauth::jwks::Jwks;
use crate::settings::{BackendClient, BackendCredential};

/// No secret has this hash, so a comparison with it takes its time and fails.
const NO_SECRET: [[u8; 32]; 1] = [[0; 32]];

/// All clients. Cheap to clone.
#[derive(Clone)]
pub struct ClientRegistry(Arc<Clients>);

struct Clients {
    by_name: BTreeMap<Arc<str>, Registered>,
    /// What an assertion of a client without keys is checked with, so that it takes as long as that of a client with keys.
    decoy: Jwks,
    /// What assertions may name as their audience.
    audiences: Vec<String>,
}

struct Registered {
    settings: Arc<BackendClient>,
    /// Empty without a public key.
    keys: Option<Jwks>,
}

/// The public key of a client cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("clients.{0}: the public key is not one that verifies ES256, RS256 (2048 to 8192 bits) or EdDSA")]
pub struct UnusableKey(pub String);

/// A client that proved who it is. Made by this module alone.
#[derive(Clone, Debug)]
pub struct AuthenticatedClient {
    name: Arc<str>,
    settings: Arc<BackendClient>,
}

impl AuthenticatedClient {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it may ask for tokens of this provider.
    #[must_use]
    pub fn may_use(&self, provider: &ProviderName) -> bool {
        self.settings.providers.contains(provider)
    }

    /// Whether it may ask for this scope.
    #[must_use]
    pub fn may_ask_for(&self, scope: &str) -> bool {
        self.settings.scopes.as_ref().is_none_or(|scopes| scopes.contains(scope))
    }

    /// Whether it may act for users without a session.
    #[must_use]
    pub fn may_act_offline(&self) -> bool {
        self.settings.offline
    }
}

impl fmt::Debug for ClientRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.by_name.keys()).finish()
    }
}

impl ClientRegistry {
    /// Reads the keys of the clients. `audiences` are the names by which assertions may call this server.
    ///
    /// # Errors
    /// [`UnusableKey`]
    pub fn new(clients: &BTreeMap<String, BackendClient>, audiences: Vec<String>) -> Result<Self, UnusableKey> {
        let mut by_name = BTreeMap::new();
        for (name, settings) in clients {
            let keys = match &settings.credential {
                BackendCredential::Secrets(_) => None,
                BackendCredential::PublicKey(pem) => Some(Jwks::of_public_key(pem)),
                BackendCredential::Jwks(text) => {
                    Some(serde_json::from_str(text).ok().and_then(|document| Jwks::parse(&document).ok()))
                }
            };
            let keys = match keys {
                None => None,
                Some(keys) => {
                    let usable = keys.filter(|keys| !keys.is_empty());
                    Some(usable.ok_or_else(|| UnusableKey(name.clone()))?)
                }
            };
            by_name.insert(name.as_str().into(), Registered { settings: Arc::new(settings.clone()), keys });
        }
        Ok(Self(Arc::new(Clients { by_name, decoy: decoy(), audiences })))
    }

    /// The client with this name and secret. How long it takes does not tell whether there is one of this name.
    #[must_use]
    pub fn with_secret(&self, name: &str, secret: &Secret) -> Option<AuthenticatedClient> {
        let found = self.0.by_name.get_key_value(name);
        let hashes: &[[u8; 32]] = match found.map(|(_, client)| &client.settings.credential) {
            Some(BackendCredential::Secrets(hashes)) => hashes,
            _ => &NO_SECRET,
        };
        let presented = sha256(secret.expose());
        let is_equal = hashes
            .iter()
            .fold(false, |found, hash| found | constant_time::verify_slices_are_equal(hash, &presented).is_ok());
        found.filter(|_| is_equal).map(authenticated)
    }

    /// The client that signed this assertion, which still has to be marked as used.
    ///
    /// # Errors
    /// [`AssertionError`]; [`AssertionError::BadSignature`] also if there is no such client, or it has no key.
    pub fn with_assertion(
        &self,
        assertion: &Secret,
        now: Timestamp,
    ) -> Result<(AuthenticatedClient, VerifiedAssertion), AssertionError> {
        let assertion = UnverifiedAssertion::read(assertion)?;
        let found = self.0.by_name.get_key_value(assertion.client());
        let keys = found.and_then(|(_, client)| client.keys.as_ref());
        let verified = assertion.verify(keys.unwrap_or(&self.0.decoy), &self.0.audiences, now)?;
        // What the decoy verifies is from nobody.
        let client = found.filter(|_| keys.is_some()).ok_or(AssertionError::BadSignature)?;
        Ok((authenticated(client), verified))
    }
}

fn authenticated((name, client): (&Arc<str>, &Registered)) -> AuthenticatedClient {
    AuthenticatedClient { name: Arc::clone(name), settings: Arc::clone(&client.settings) }
}

/// One key of each kind, which nobody's assertion is accepted by: a modulus without factors that anybody chose, and the
/// examples of RFC 7517 and RFC 8037.
fn decoy() -> Jwks {
    let keys = json!({"keys": [
        {"kty": "RSA", "n": URL_SAFE_NO_PAD.encode([0xff; 256]), "e": "AQAB"},
        {"kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"},
        {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    ]});
    Jwks::parse(&keys).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(credential: BackendCredential) -> BackendClient {
        BackendClient {
            credential,
            providers: ["google".parse().expect("a name")].into(),
            scopes: None,
            offline: false,
        }
    }

    fn registry(credential: BackendCredential) -> Result<ClientRegistry, UnusableKey> {
        ClientRegistry::new(&BTreeMap::from([("worker".to_owned(), client(credential))]), Vec::new())
    }

    #[test]
    fn client_is_found_by_name_and_any_of_its_secrets() {
        let secrets = BackendCredential::Secrets(vec![sha256("old"), sha256("new")]);
        let registry = registry(secrets).expect("a registry");
        for secret in ["old", "new"] {
            let client = registry.with_secret("worker", &Secret::new(secret)).expect("the client");
            assert!(client.name() == "worker" && !client.may_act_offline() && client.may_ask_for("any"));
            assert!(client.may_use(&"google".parse().expect("a name")));
            assert!(!client.may_use(&"github".parse().expect("a name")));
        }
        for (name, secret) in [("worker", ""), ("worker", "other"), ("other", "new"), ("", "new"), ("WORKER", "new")] {
            assert!(registry.with_secret(name, &Secret::new(secret)).is_none(), "{name} {secret}");
        }
        let hash = hex::encode(sha256("new"));
        assert!(registry.with_secret("worker", &Secret::new(hash)).is_none(), "the hash is no secret");
    }

    #[test]
    fn key_that_cannot_be_used_is_named() {
        for credential in [
            BackendCredential::PublicKey("-----BEGIN PUBLIC KEY-----".to_owned()),
            BackendCredential::Jwks(r#"{"keys": []}"#.to_owned()),
            BackendCredential::Jwks(r#"{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}"#.to_owned()),
        ] {
            assert_eq!(registry(credential).err(), Some(UnusableKey("worker".to_owned())));
        }
    }

    #[cfg(feature = "cli")]
    #[test]
    fn decoy_has_a_key_of_each_kind() {
        assert!(["RS256", "ES256", "EdDSA"].iter().all(|algorithm| decoy().has_key_for(algorithm)));
    }

    #[test]
    fn client_with_a_key_has_no_secret() {
        let jwk = r#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
        let registry = registry(BackendCredential::Jwks(jwk.to_owned())).expect("a registry");
        for secret in ["", jwk] {
            assert!(registry.with_secret("worker", &Secret::new(secret)).is_none());
        }
    }
}
