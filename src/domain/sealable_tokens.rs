//! Provider tokens that can be sealed for a user but not read.
//!
//! A sealed value is bound to its user, who is only known inside the transaction of the sign-in. The vault therefore
//! passes on a function that seals there, and keeps its key.

use std::fmt;
use std::sync::Arc;

use super::clock::Timestamp;
use super::id::{ProviderName, UserId};
use super::seal::SealError;

type Finish = dyn Fn(UserId) -> Result<Vec<u8>, SealError> + Send + Sync;

/// Provider tokens that can only be sealed.
#[derive(Clone)]
pub struct SealableTokens {
    provider: ProviderName,
    expires_at: Timestamp,
    finish: Arc<Finish>,
}

impl fmt::Debug for SealableTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealableTokens").field("provider", &self.provider).finish_non_exhaustive()
    }
}

impl SealableTokens {
    /// Tokens that `finish` seals for a user.
    pub fn new(
        provider: ProviderName,
        expires_at: Timestamp,
        finish: impl Fn(UserId) -> Result<Vec<u8>, SealError> + Send + Sync + 'static,
    ) -> Self {
        Self { provider, expires_at, finish: Arc::new(finish) }
    }

    /// The provider that issued the tokens.
    #[must_use]
    pub fn provider(&self) -> &ProviderName {
        &self.provider
    }

    /// When the tokens are deleted.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// The tokens, sealed for this user.
    ///
    /// # Errors
    /// [`SealError`]
    pub fn seal_for(&self, user_id: UserId) -> Result<Vec<u8>, SealError> {
        (self.finish)(user_id)
    }
}
