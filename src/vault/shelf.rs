//! What may lie in the vault, and whom its seal names.
//!
//! A seal binds person and provider: a row that is moved to somebody else does not open.

use std::sync::Arc;

use crate::domain::clock::Timestamp;
use crate::domain::deposit::Deposit;
use crate::domain::entropy::Entropy;
use crate::domain::id::{ProviderName, UserId};
use crate::domain::seal::{MasterKey, SealError, Sealer};
use crate::domain::tokens::ProviderTokens;

/// Seals and opens what lies in the vault.
#[derive(Clone, Debug)]
pub struct Shelf {
    sealer: Sealer,
    entropy: Arc<dyn Entropy>,
}

impl Shelf {
    /// A shelf whose seals are made with the first of `keys` and open with all.
    ///
    /// # Errors
    /// [`SealError::NotSealed`] if there is no key.
    pub fn new(keys: &[MasterKey], entropy: Arc<dyn Entropy>) -> Result<Self, SealError> {
        Ok(Self { sealer: Sealer::new(keys, "vault: provider tokens")?, entropy })
    }

    /// Closes the tokens into a box that can be sealed for a person.
    #[must_use]
    pub fn deposit(&self, provider: ProviderName, tokens: &ProviderTokens, expires_at: Timestamp) -> Deposit {
        let (shelf, plaintext, name) = (self.clone(), tokens.to_plaintext(), provider.clone());
        Deposit::new(provider, expires_at, move |user_id| {
            let owner = user_id.to_string();
            shelf.sealer.seal(&plaintext, &[&owner, name.as_str()], shelf.entropy.as_ref())
        })
    }

    /// The same tokens under the key that seals today; `None` if they are, already.
    ///
    /// # Errors
    /// [`SealError`]
    pub fn reseal(
        &self,
        user_id: UserId,
        provider: &ProviderName,
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>, SealError> {
        if self.sealer.is_current(sealed) {
            return Ok(None);
        }
        let owner = user_id.to_string();
        let owner = [owner.as_str(), provider.as_str()];
        let plaintext = self.sealer.open(sealed, &owner)?;
        self.sealer.seal(&plaintext, &owner, self.entropy.as_ref()).map(Some)
    }

    /// Opens what was sealed for this person and provider.
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
    use crate::domain::entropy::SystemEntropy;
    use crate::domain::secret::Secret;

    #[test]
    fn tokens_open_for_their_person_and_provider_alone() {
        let shelf = Shelf::new(&[MasterKey::new("k", [1; 32])], Arc::new(SystemEntropy)).expect("a key");
        let tokens = ProviderTokens {
            access_token: Secret::new("the access token"),
            token_secret: None,
            expires_in: None,
            expires_at: None,
            refresh_token: Some(Secret::new("rt")),
        };
        let (google, github): (ProviderName, ProviderName) =
            ("google".parse().expect("name"), "github".parse().expect("name"));
        let (ann, ben) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        let deposit = shelf.deposit(google.clone(), &tokens, Timestamp::from_seconds(1));
        let sealed = deposit.seal_for(ann).expect("sealed");
        assert_ne!(sealed, deposit.seal_for(ann).expect("sealed"), "each seal has its own nonce");
        assert_eq!(shelf.open(ann, &google, &sealed), Ok(tokens));
        assert_eq!(shelf.open(ben, &google, &sealed), Err(SealError::Broken));
        assert_eq!(shelf.open(ann, &github, &sealed), Err(SealError::Broken));
        assert!(!sealed.windows(16).any(|window| window == b"the access token"), "nothing stands in the clear");
    }
}
