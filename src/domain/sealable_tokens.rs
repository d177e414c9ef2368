//! Provider tokens on their way into the vault, before it is known whose they are.
//!
//! The vault seals for a person; who that is, is only decided inside the transaction of the sign-in. So the vault
//! gives away a closed box that can be finished there, and keeps its key.

use std::fmt;
use std::sync::Arc;

use super::clock::Timestamp;
use super::id::{ProviderName, UserId};
use super::seal::SealError;

type Finish = dyn Fn(UserId) -> Result<Vec<u8>, SealError> + Send + Sync;

/// Tokens that can be sealed for a person, and in no other way be read.
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
    /// A box that `finish` seals for a person.
    pub fn new(
        provider: ProviderName,
        expires_at: Timestamp,
        finish: impl Fn(UserId) -> Result<Vec<u8>, SealError> + Send + Sync + 'static,
    ) -> Self {
        Self { provider, expires_at, finish: Arc::new(finish) }
    }

    /// Who gave the tokens.
    #[must_use]
    pub fn provider(&self) -> &ProviderName {
        &self.provider
    }

    /// When they are thrown away.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// The tokens, sealed for this person.
    ///
    /// # Errors
    /// [`SealError`]
    pub fn seal_for(&self, user_id: UserId) -> Result<Vec<u8>, SealError> {
        (self.finish)(user_id)
    }
}
