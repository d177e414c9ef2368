//! Seals provider tokens. User and provider are associated data, so that a row copied to another user does not open.

use std::sync::Arc;

use crate::domain::clock::Timestamp;
use crate::domain::id::{ProviderName, UserId};
use crate::domain::random::RandomSource;
use crate::domain::seal::{MasterKey, SealError, Sealer};
use crate::domain::sealable_tokens::SealableTokens;
use crate::domain::tokens::ProviderTokens;

/// Seals and opens provider tokens.
#[derive(Clone, Debug)]
pub struct TokenCipher {
    sealer: Sealer,
    random: Arc<dyn RandomSource>,
}

impl TokenCipher {
    /// Seals with the first of `keys`, opens with all.
    ///
    /// # Errors
    /// [`SealError::NotSealed`] if there is no key.
    pub fn new(keys: &[MasterKey], random: Arc<dyn RandomSource>) -> Result<Self, SealError> {
        Ok(Self { sealer: Sealer::new(keys, "vault: provider tokens")?, random })
    }

    /// Prepares tokens that can be sealed for a user who is not known yet.
    #[must_use]
    pub fn sealable(&self, provider: ProviderName, tokens: &ProviderTokens, expires_at: Timestamp) -> SealableTokens {
        let (cipher, plaintext, name) = (self.clone(), tokens.to_plaintext(), provider.clone());
        SealableTokens::new(provider, expires_at, move |user_id| {
            let owner = user_id.to_string();
            cipher.sealer.seal(&plaintext, &[&owner, name.as_str()], cipher.random.as_ref())
        })
    }

    /// Seals the same tokens with the current key; `None` if they are already.
    ///
    /// # Errors
    /// [`SealError`]
    pub fn rekey(&self, user_id: UserId, provider: &ProviderName, sealed: &[u8]) -> Result<Option<Vec<u8>>, SealError> {
        if self.sealer.is_current(sealed) {
            return Ok(None);
        }
        let owner = user_id.to_string();
        let owner = [owner.as_str(), provider.as_str()];
        let plaintext = self.sealer.open(sealed, &owner)?;
        self.sealer.seal(&plaintext, &owner, self.random.as_ref()).map(Some)
    }

    /// Opens what was sealed for this user and provider.
    ///
    /// # Errors
    /// [`SealError`]
    pub fn open(&self, user_id: UserId, provider: &ProviderName, sealed: &[u8]) -> Result<ProviderTokens, SealError> {
        let owner = user_id.to_string();
        let plaintext = self.sealer.open(sealed, &[&owner, provider.as_str()])?;
        ProviderTokens::from_plaintext(&plaintext).ok_or(SealError::Broken)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::random::OsRandom;
    use crate::domain::secret::Secret;

    #[test]
    fn sealed_tokens_open_for_their_user_and_provider_only() {
        let cipher = TokenCipher::new(&[MasterKey::new("k", [1; 32])], Arc::new(OsRandom)).expect("a key");
        let tokens = ProviderTokens {
            access_token: Secret::new("the access token"),
            token_secret: None,
            expires_in: None,
            expires_at: None,
            refresh_token: Some(Secret::new("rt")),
            scopes: Vec::new(),
        };
        let (google, github): (ProviderName, ProviderName) =
            ("google".parse().expect("name"), "github".parse().expect("name"));
        let (ann, ben) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        let sealable_tokens = cipher.sealable(google.clone(), &tokens, Timestamp::from_seconds(1));
        let sealed = sealable_tokens.seal_for(ann).expect("sealed");
        assert_ne!(sealed, sealable_tokens.seal_for(ann).expect("sealed"), "each seal has a nonce of its own");
        assert_eq!(cipher.open(ann, &google, &sealed), Ok(tokens));
        assert_eq!(cipher.open(ben, &google, &sealed), Err(SealError::Broken));
        assert_eq!(cipher.open(ann, &github, &sealed), Err(SealError::Broken));
        let keys = [MasterKey::new("newer", [2; 32]), MasterKey::new("k", [1; 32])];
        let newer = TokenCipher::new(&keys, Arc::new(OsRandom)).expect("keys");
        let rekeyed = newer.rekey(ann, &google, &sealed).expect("rekeyed").expect("sealed with the older key");
        assert_eq!(newer.open(ann, &google, &rekeyed), cipher.open(ann, &google, &sealed));
        assert_eq!(newer.rekey(ann, &google, &rekeyed), Ok(None));
        assert_eq!(newer.rekey(ben, &google, &sealed), Err(SealError::Broken));
        assert!(!sealed.windows(16).any(|window| window == b"the access token"), "the plaintext is not visible");
    }
}
