//! Provider tokens that the service keeps, before it is known whose they are.
//!
//! As with [`super::sealable_tokens`], the transaction of the sign-in seals them by a function that keeps the key.

use std::fmt;
use std::sync::Arc;

use super::grant_lifetime::GrantLifetime;
use super::id::{ProviderName, UserId};
use super::seal::SealError;

/// What is known of tokens that can only be sealed.
#[derive(Clone, Debug)]
pub struct GrantTerms {
    /// The provider that issued the tokens.
    pub provider: ProviderName,
    /// What was granted.
    pub scopes: Vec<String>,
    /// Whether there is a refresh token.
    pub can_refresh: bool,
    /// Their times as they are.
    pub lifetime: GrantLifetime,
    /// Their times together with an earlier refresh token.
    pub lifetime_with_earlier: GrantLifetime,
}

/// Who gets the tokens.
#[derive(Clone, Copy, Debug)]
pub struct SealFor<'a> {
    /// The user.
    pub user_id: UserId,
    /// The provider's id of the user.
    pub subject: &'a str,
    /// Sealed tokens whose refresh token is kept, because the provider issued no new one.
    pub earlier: Option<&'a [u8]>,
}

type Finish = dyn Fn(SealFor<'_>) -> Result<Vec<u8>, SealError> + Send + Sync;

/// Provider tokens of a grant that can only be sealed.
#[derive(Clone)]
pub struct SealableGrant {
    terms: GrantTerms,
    finish: Arc<Finish>,
}

impl fmt::Debug for SealableGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealableGrant").field("provider", &self.terms.provider).finish_non_exhaustive()
    }
}

impl SealableGrant {
    /// Tokens that `finish` seals.
    pub fn new(
        terms: GrantTerms,
        finish: impl Fn(SealFor<'_>) -> Result<Vec<u8>, SealError> + Send + Sync + 'static,
    ) -> Self {
        Self { terms, finish: Arc::new(finish) }
    }

    /// What is known of them.
    #[must_use]
    pub fn terms(&self) -> &GrantTerms {
        &self.terms
    }

    /// The tokens, sealed.
    ///
    /// # Errors
    /// [`SealError`], also if the earlier tokens do not open.
    pub fn seal_for(&self, owner: SealFor<'_>) -> Result<Vec<u8>, SealError> {
        (self.finish)(owner)
    }
}
