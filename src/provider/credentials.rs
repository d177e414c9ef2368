//! Our client credentials at a provider, for one call: a fixed secret, or a credential that is signed for the call.

use super::client_signer::ClientSigner;
use super::model::{Protocol, Provider};
use super::quirk::apple;
use crate::domain::clock::Timestamp;
use crate::domain::random::RandomSource;
use crate::oauth::client::ClientCredentials;
use crate::oauth::client_assertion::SigningError;
use crate::oauth::oauth1::ConsumerCredentials;

impl Provider {
    /// Our credentials for one call to the provider that is made now.
    ///
    /// # Errors
    /// [`SigningError`] if the private key does not sign.
    pub fn credentials(&self, now: Timestamp, random: &dyn RandomSource) -> Result<ClientCredentials, SigningError> {
        let id = self.client.id.as_str();
        let secret = match &self.signer {
            None => return Ok(self.client.clone()),
            Some(ClientSigner::Apple { team_id, key }) => key.sign(team_id, id, apple::AUDIENCE, None, now)?,
            Some(ClientSigner::PrivateKeyJwt { key }) => {
                // The audience is the issuer and not the endpoint, so that no other provider can use the assertion.
                let audience = match (&self.protocol, &self.configured.token) {
                    // An issuer with a tenant placeholder identifies no server.
                    (Protocol::Oidc { issuer, .. }, _) if !issuer.contains('{') => issuer.as_str(),
                    (_, Some(token)) => token.as_str(),
                    (_, None) => return Err(SigningError),
                };
                key.sign(id, id, audience, Some(random.text::<16>()), now)?
            }
        };
        Ok(ClientCredentials { secret: Some(secret), ..self.client.clone() })
    }

    /// Our credentials at a provider of OAuth 1.0a; `None` at any other.
    #[must_use]
    pub fn consumer_credentials(&self) -> Option<ConsumerCredentials> {
        let secret = self.client.secret.clone().filter(|_| matches!(self.protocol, Protocol::OAuth1))?;
        Some(ConsumerCredentials { key: self.client.id.clone(), secret })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::client_signer::SignerError;
    use super::super::definition::DefinitionError;
    use super::super::tests::{NOW, claims_of, provider, settings_for};
    use crate::domain::client_authentication::ClientAuthentication;
    use crate::domain::random::OsRandom;
    use crate::domain::secret::Secret;
    use crate::oauth::client_assertion::tests::p256;
    use crate::settings::{ProviderKind, ProviderSettings};

    #[test]
    fn apple_secret_is_signed_for_each_call_for_five_minutes() {
        let apple = provider("apple", &settings_for("apple")).expect("a provider");
        let [first, second] = [NOW, NOW.plus(std::time::Duration::from_secs(3600))].map(|now| {
            let credentials = apple.credentials(now, &OsRandom).expect("credentials");
            assert_eq!(credentials.authentication, ClientAuthentication::ClientSecretPost);
            claims_of(credentials.secret.expect("a secret").expose())
        });
        assert_eq!(first["iss"], "TEAM123456");
        assert_eq!((&first["sub"], &first["aud"]), (&Value::from("CID"), &Value::from("https://appleid.apple.com")));
        let number = |claims: &Value, name: &str| claims[name].as_i64().expect("a number");
        assert_eq!(number(&first, "exp") - number(&first, "iat"), 300);
        assert_eq!(number(&second, "iat") - number(&first, "iat"), 3600);
    }

    #[test]
    fn unsuitable_private_key_is_refused_at_start() {
        for (settings, error) in [
            (ProviderSettings { private_key: None, ..settings_for("apple") }, SignerError::Missing("private_key")),
            (ProviderSettings { team_id: None, ..settings_for("apple") }, SignerError::Missing("team_id")),
            (ProviderSettings { key_id: None, ..settings_for("apple") }, SignerError::Missing("key_id")),
            (
                ProviderSettings { private_key: Some(Secret::new("x")), ..settings_for("apple") },
                SignerError::UnsuitableKey,
            ),
        ] {
            assert_eq!(provider("apple", &settings).err(), Some(DefinitionError::PrivateKey(error)));
        }
    }

    #[test]
    fn assertion_names_the_issuer_and_is_unique() {
        let settings = ProviderSettings {
            kind: Some(ProviderKind::Oidc),
            issuer: Some("https://login.acme.example".to_owned()),
            client_authentication: Some(ClientAuthentication::PrivateKeyJwt),
            private_key: Some(p256()),
            ..settings_for("acme")
        };
        let acme = provider("acme", &settings).expect("a provider");
        let [first, second] = [(); 2].map(|()| {
            let credentials = acme.credentials(NOW, &OsRandom).expect("credentials");
            claims_of(credentials.secret.expect("an assertion").expose())
        });
        assert_eq!((&first["iss"], &first["sub"]), (&Value::from("CID"), &Value::from("CID")));
        assert_eq!(first["aud"], "https://login.acme.example");
        assert_ne!(first["jti"], second["jti"]);
    }
}
