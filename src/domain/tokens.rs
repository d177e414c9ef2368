//! The tokens that a provider issues for a user, and their form inside a seal.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::clock::Timestamp;
use super::secret::Secret;

/// The tokens of one sign-in at a provider (RFC 6749 section 5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderTokens {
    /// The provider's access token.
    pub access_token: Secret,
    /// The token secret of OAuth 1.0a, with which each call is signed.
    pub token_secret: Option<Secret>,
    /// Its lifetime in seconds as the provider stated it, if it did.
    pub expires_in: Option<u64>,
    /// When it expires, computed when the tokens arrived; `None` if the provider stated no lifetime.
    pub expires_at: Option<Timestamp>,
    /// The provider's refresh token, if it issued one.
    pub refresh_token: Option<Secret>,
    /// The granted scopes; after a refresh empty unless the provider states them. OAuth 1.0a has none.
    pub scopes: Vec<String>,
}

/// The serialised form inside a seal.
#[derive(Serialize, Deserialize)]
struct Plain<'a> {
    #[serde(borrow)]
    access_token: std::borrow::Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    token_secret: Option<std::borrow::Cow<'a, str>>,
    expires_in: Option<u64>,
    expires_at: Option<Timestamp>,
    #[serde(borrow)]
    refresh_token: Option<std::borrow::Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "<[String]>::is_empty")]
    scopes: std::borrow::Cow<'a, [String]>,
}

impl ProviderTokens {
    /// The bytes to seal; wiped when dropped.
    #[must_use]
    pub fn to_plaintext(&self) -> Zeroizing<Vec<u8>> {
        let plain = Plain {
            access_token: self.access_token.expose().into(),
            token_secret: self.token_secret.as_ref().map(|secret| secret.expose().into()),
            expires_in: self.expires_in,
            expires_at: self.expires_at,
            refresh_token: self.refresh_token.as_ref().map(|token| token.expose().into()),
            scopes: self.scopes.as_slice().into(),
        };
        Zeroizing::new(serde_json::to_vec(&plain).unwrap_or_default())
    }

    /// Parses the output of [`Self::to_plaintext`]; `None` if it is malformed.
    #[must_use]
    pub fn from_plaintext(bytes: &[u8]) -> Option<Self> {
        let plain: Plain<'_> = serde_json::from_slice(bytes).ok()?;
        Some(Self {
            access_token: Secret::new(plain.access_token),
            token_secret: plain.token_secret.map(Secret::new),
            expires_in: plain.expires_in,
            expires_at: plain.expires_at,
            refresh_token: plain.refresh_token.map(Secret::new),
            scopes: plain.scopes.into_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_survive_serialisation() {
        let tokens = ProviderTokens {
            access_token: Secret::new("at \"quoted\""),
            token_secret: Some(Secret::new("ats")),
            expires_in: Some(3599),
            expires_at: Some(Timestamp::from_seconds(1_800_000_000)),
            refresh_token: None,
            scopes: vec!["openid".to_owned(), "email".to_owned()],
        };
        assert_eq!(ProviderTokens::from_plaintext(&tokens.to_plaintext()), Some(tokens.clone()));
        // As older versions sealed them.
        let without_scopes = ProviderTokens { scopes: Vec::new(), ..tokens };
        let plaintext = without_scopes.to_plaintext();
        assert!(!plaintext.windows(6).any(|window| window == b"scopes"));
        assert_eq!(ProviderTokens::from_plaintext(&plaintext), Some(without_scopes));
        assert_eq!(ProviderTokens::from_plaintext(b"{}"), None);
    }
}
