//! Seals the tokens of grants. User, provider and subject are associated data, so that a row copied to another account
//! does not open.

use std::sync::Arc;

use crate::domain::id::UserId;
use crate::domain::random::RandomSource;
use crate::domain::seal::{MasterKey, SealError, Sealer};
use crate::domain::sealable_grant::{GrantTerms, SealFor, SealableGrant};
use crate::domain::tokens::ProviderTokens;
use crate::store::grants::GrantOwner;

/// Seals and opens the tokens of grants.
#[derive(Clone, Debug)]
pub struct GrantCipher {
    sealer: Sealer,
    random: Arc<dyn RandomSource>,
}

impl GrantCipher {
    /// Seals with the first of `keys`, opens with all.
    ///
    /// # Errors
    /// [`SealError::NotSealed`] if there is no key.
    pub fn new(keys: &[MasterKey], random: Arc<dyn RandomSource>) -> Result<Self, SealError> {
        Ok(Self { sealer: Sealer::new(keys, "vault: grants")?, random })
    }

    /// Prepares tokens that can be sealed for a user who is not known yet.
    #[must_use]
    pub fn sealable(&self, terms: GrantTerms, tokens: &ProviderTokens) -> SealableGrant {
        let (cipher, plaintext, provider) = (self.clone(), tokens.to_plaintext(), terms.provider.clone());
        SealableGrant::new(terms, move |SealFor { user_id, subject, earlier }| {
            let Some(earlier) = earlier else {
                return cipher.seal_bytes(user_id, provider.as_str(), subject, &plaintext);
            };
            let owner = GrantOwner { user_id, provider: provider.clone(), subject: subject.to_owned() };
            let refresh_token = cipher.open(&owner, earlier)?.refresh_token;
            let tokens = ProviderTokens::from_plaintext(&plaintext).ok_or(SealError::Broken)?;
            cipher.seal(&owner, &ProviderTokens { refresh_token, ..tokens })
        })
    }

    /// Seals tokens for an account.
    ///
    /// # Errors
    /// [`SealError`]
    pub fn seal(&self, owner: &GrantOwner, tokens: &ProviderTokens) -> Result<Vec<u8>, SealError> {
        self.seal_bytes(owner.user_id, owner.provider.as_str(), &owner.subject, &tokens.to_plaintext())
    }

    fn seal_bytes(
        &self,
        user_id: UserId,
        provider: &str,
        subject: &str,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        let user_id = user_id.to_string();
        self.sealer.seal(plaintext, &[&user_id, provider, subject], self.random.as_ref())
    }

    /// Opens what was sealed for this account.
    ///
    /// # Errors
    /// [`SealError`]
    pub fn open(&self, owner: &GrantOwner, sealed: &[u8]) -> Result<ProviderTokens, SealError> {
        let user_id = owner.user_id.to_string();
        let plaintext = self.sealer.open(sealed, &[&user_id, owner.provider.as_str(), &owner.subject])?;
        ProviderTokens::from_plaintext(&plaintext).ok_or(SealError::Broken)
    }

    /// Seals the same tokens with the current key; `None` if they are already.
    ///
    /// # Errors
    /// [`SealError`]
    pub fn rekey(&self, owner: &GrantOwner, sealed: &[u8]) -> Result<Option<Vec<u8>>, SealError> {
        if self.sealer.is_current(sealed) {
            return Ok(None);
        }
        self.seal(owner, &self.open(owner, sealed)?).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::grant_lifetime::GrantLifetime;
    use crate::domain::random::OsRandom;
    use crate::domain::secret::Secret;

    fn tokens(access_token: &str, refresh_token: Option<&str>) -> ProviderTokens {
        ProviderTokens {
            access_token: Secret::new(access_token),
            token_secret: None,
            expires_in: None,
            expires_at: None,
            refresh_token: refresh_token.map(Secret::new),
            scopes: Vec::new(),
        }
    }

    fn owner(user: u128, subject: &str) -> GrantOwner {
        let provider = "google".parse().expect("a name");
        GrantOwner { user_id: UserId(Uuid::from_u128(user)), provider, subject: subject.to_owned() }
    }

    #[test]
    fn sealed_grant_opens_for_its_account_only() {
        let cipher = GrantCipher::new(&[MasterKey::new("k", [1; 32])], Arc::new(OsRandom)).expect("a key");
        let sealed = cipher.seal(&owner(1, "a"), &tokens("at", Some("rt"))).expect("sealed");
        assert_eq!(cipher.open(&owner(1, "a"), &sealed), Ok(tokens("at", Some("rt"))));
        for other in
            [owner(2, "a"), owner(1, "b"), GrantOwner { provider: "github".parse().expect("a name"), ..owner(1, "a") }]
        {
            assert_eq!(cipher.open(&other, &sealed), Err(SealError::Broken), "{other:?}");
        }
        let keys = [MasterKey::new("newer", [2; 32]), MasterKey::new("k", [1; 32])];
        let newer = GrantCipher::new(&keys, Arc::new(OsRandom)).expect("keys");
        let rekeyed = newer.rekey(&owner(1, "a"), &sealed).expect("rekeyed").expect("sealed with the older key");
        assert_eq!(newer.open(&owner(1, "a"), &rekeyed), Ok(tokens("at", Some("rt"))));
        assert_eq!(newer.rekey(&owner(1, "a"), &rekeyed), Ok(None));
    }

    #[test]
    fn earlier_refresh_token_stays_with_new_access_token() {
        let cipher = GrantCipher::new(&[MasterKey::new("k", [1; 32])], Arc::new(OsRandom)).expect("a key");
        let earlier = cipher.seal(&owner(1, "a"), &tokens("old", Some("rt"))).expect("sealed");
        let lifetime = GrantLifetime { good_until: None, refresh_at: None };
        let terms = GrantTerms {
            provider: "google".parse().expect("a name"),
            scopes: Vec::new(),
            can_refresh: false,
            lifetime,
            lifetime_with_earlier: lifetime,
        };
        let sealable = cipher.sealable(terms, &tokens("new", None));
        let account = owner(1, "a");
        let seal = |earlier| sealable.seal_for(SealFor { user_id: account.user_id, subject: "a", earlier });
        let merged = seal(Some(&earlier)).expect("sealed");
        assert_eq!(cipher.open(&account, &merged), Ok(tokens("new", Some("rt"))));
        assert_eq!(cipher.open(&account, &seal(None).expect("sealed")), Ok(tokens("new", None)));
        let of_other = cipher.seal(&owner(2, "a"), &tokens("old", Some("rt"))).expect("sealed");
        assert_eq!(seal(Some(&of_other)), Err(SealError::Broken));
    }
}
