//! Signs our client credentials for one call, where a provider wants a signed one instead of a fixed secret.

use super::quirk::QuirkName;
use crate::domain::client_authentication::ClientAuthentication;
use crate::oauth::client_assertion::AssertionKey;
use crate::settings::ProviderSettings;

/// Signs client credentials.
#[derive(Clone, Debug)]
pub enum ClientSigner {
    /// Apple: the client secret is an assertion of the team.
    Apple {
        /// The team, which is the issuer.
        team_id: String,
        /// The team's key.
        key: AssertionKey,
    },
    /// `private_key_jwt` (RFC 7523 section 2.2).
    PrivateKeyJwt {
        /// The client's key.
        key: AssertionKey,
    },
}

/// Why the settings do not make a signer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignerError {
    /// A required setting is missing.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// The private key cannot be read, or is of a type that the provider does not take.
    #[error("`private_key` is not a private key of the right type in PEM (PKCS#8)")]
    UnsuitableKey,
}

impl ClientSigner {
    /// The signer that a quirk or a method of client authentication requires, if any.
    pub(super) fn from_settings(
        quirk: Option<QuirkName>,
        authentication: ClientAuthentication,
        settings: &ProviderSettings,
    ) -> Result<Option<Self>, SignerError> {
        let is_apple = quirk == Some(QuirkName::Apple);
        if !is_apple && authentication != ClientAuthentication::PrivateKeyJwt {
            return Ok(None);
        }
        let text = settings.private_key.as_ref().ok_or(SignerError::Missing("private_key"))?;
        let key = AssertionKey::read(text, settings.key_id.clone()).map_err(|_| SignerError::UnsuitableKey)?;
        if !is_apple {
            return Ok(Some(Self::PrivateKeyJwt { key }));
        }
        if !key.is_es256() {
            return Err(SignerError::UnsuitableKey);
        }
        settings.key_id.as_ref().ok_or(SignerError::Missing("key_id"))?;
        let team_id = settings.team_id.clone().ok_or(SignerError::Missing("team_id"))?;
        Ok(Some(Self::Apple { team_id, key }))
    }
}
