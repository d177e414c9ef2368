//! Who we are at a provider, for one call: a secret that stays, or a statement that is signed for it.

use super::definition::DefinitionError;
use super::quirk::{QuirkName, apple};
use super::{Protocol, Provider};
use crate::domain::client_authentication::ClientAuthentication;
use crate::domain::clock::Timestamp;
use crate::domain::random::RandomSource;
use crate::oauth::client::ClientCredentials;
use crate::oauth::client_assertion::{AssertionKey, SigningError};
use crate::oauth::oauth1::ConsumerCredentials;
use crate::settings::ProviderSettings;

/// What signs for us where no secret stays.
#[derive(Clone, Debug)]
pub enum ClientSigner {
    /// Apple: the client secret is a statement of the team.
    Apple {
        /// Who signs.
        team_id: String,
        /// With what.
        key: AssertionKey,
    },
    /// `private_key_jwt` (RFC 7523 section 2.2).
    Client {
        /// With what.
        key: AssertionKey,
    },
}

impl ClientSigner {
    /// The signer that a quirk or a way of authentication asks for.
    pub(super) fn of(
        quirk: Option<QuirkName>,
        authentication: ClientAuthentication,
        settings: &ProviderSettings,
    ) -> Result<Option<Self>, DefinitionError> {
        let is_apple = quirk == Some(QuirkName::Apple);
        if !is_apple && authentication != ClientAuthentication::PrivateKeyJwt {
            return Ok(None);
        }
        let missing = |key: &str| DefinitionError::Missing(key.to_owned());
        let text = settings.private_key.as_ref().ok_or_else(|| missing("private_key"))?;
        let key =
            AssertionKey::read(text, settings.key_id.clone()).map_err(|_| DefinitionError::UnsuitablePrivateKey)?;
        if !is_apple {
            return Ok(Some(Self::Client { key }));
        }
        if !key.is_es256() {
            return Err(DefinitionError::UnsuitablePrivateKey);
        }
        settings.key_id.as_ref().ok_or_else(|| missing("key_id"))?;
        let team_id = settings.team_id.clone().ok_or_else(|| missing("team_id"))?;
        Ok(Some(Self::Apple { team_id, key }))
    }
}

impl Provider {
    /// Who we are at the provider's token endpoint, for one call that is made now.
    ///
    /// # Errors
    /// [`SigningError`] if the private key does not sign.
    pub fn credentials(&self, now: Timestamp, random: &dyn RandomSource) -> Result<ClientCredentials, SigningError> {
        let id = self.client.id.as_str();
        let secret = match &self.signer {
            None => return Ok(self.client.clone()),
            Some(ClientSigner::Apple { team_id, key }) => key.sign(team_id, id, apple::AUDIENCE, None, now)?,
            Some(ClientSigner::Client { key }) => {
                // The issuer, and not the endpoint, names who may believe it: no other provider can pass it on.
                let audience = match (&self.protocol, &self.configured.token) {
                    // One with an open tenant is nobody's name.
                    (Protocol::Oidc { issuer, .. }, _) if !issuer.contains('{') => issuer.as_str(),
                    (_, Some(token)) => token.as_str(),
                    (_, None) => return Err(SigningError),
                };
                key.sign(id, id, audience, Some(random.text::<16>()), now)?
            }
        };
        Ok(ClientCredentials { secret: Some(secret), ..self.client.clone() })
    }

    /// Who we are at a provider of OAuth 1.0a; `None` at any other.
    #[must_use]
    pub fn consumer_credentials(&self) -> Option<ConsumerCredentials> {
        let secret = self.client.secret.clone().filter(|_| matches!(self.protocol, Protocol::OAuth1))?;
        Some(ConsumerCredentials { key: self.client.id.clone(), secret })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::tests::{NOW, claims_of, provider, settings_for};
    use super::*;
    use crate::domain::random::OsRandom;
    use crate::domain::secret::Secret;
    use crate::oauth::client_assertion::tests::p256;
    use crate::settings::ProviderKind;

    #[test]
    fn apples_secret_is_signed_for_each_call_and_lives_five_minutes() {
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
    fn a_key_of_another_kind_is_noticed_when_the_house_is_built() {
        for (settings, error) in [
            (
                ProviderSettings { private_key: None, ..settings_for("apple") },
                DefinitionError::Missing("private_key".to_owned()),
            ),
            (
                ProviderSettings { team_id: None, ..settings_for("apple") },
                DefinitionError::Missing("team_id".to_owned()),
            ),
            (ProviderSettings { key_id: None, ..settings_for("apple") }, DefinitionError::Missing("key_id".to_owned())),
            (
                ProviderSettings { private_key: Some(Secret::new("x")), ..settings_for("apple") },
                DefinitionError::UnsuitablePrivateKey,
            ),
        ] {
            assert_eq!(provider("apple", &settings).err(), Some(error));
        }
    }

    #[test]
    fn an_assertion_names_the_issuer_and_is_never_the_same_twice() {
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
