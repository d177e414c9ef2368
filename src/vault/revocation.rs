//! Pending revocations of provider tokens: leased to one caller at a time until the provider confirms.

use std::time::Duration;

use actix::{Handler, Message, ResponseFuture};
use uuid::Uuid;

use super::vault::{TokenVault, VaultError, VaultState};
use crate::domain::id::ProviderName;
use crate::domain::log;
use crate::domain::seal::SealError;
use crate::domain::tokens::ProviderTokens;
use crate::store::grants::GrantOwner;
use crate::store::revocations;

/// How many are leased at once.
const MAX_LEASED: u64 = 20;

/// Longer than they take; after a crash the rest is leased again.
const LEASE: Duration = Duration::from_secs(300);

/// The delay after the first failure; it doubles with each further one.
const FIRST_RETRY_DELAY: Duration = Duration::from_secs(60);

/// The longest delay.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(6 * 3600);

/// Leases revocations that are due to this caller.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<Vec<Revocation>, VaultError>")]
pub struct LeaseRevocations;

/// Tokens to be revoked.
#[derive(Clone, Debug)]
pub struct Revocation {
    /// The id for [`CompleteRevocation`].
    pub id: Uuid,
    /// Their provider.
    pub provider: ProviderName,
    /// The tokens.
    pub tokens: ProviderTokens,
    /// The number of attempts, including this one.
    pub attempts: u32,
}

/// Reports the result of an attempt.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<(), VaultError>")]
pub enum CompleteRevocation {
    /// Revoked, or not revocable; the tokens are deleted.
    Done(Uuid),
    /// The provider did not confirm; try again later.
    Retry {
        /// The revocation.
        id: Uuid,
        /// The number of attempts so far.
        attempts: u32,
    },
}

impl Handler<LeaseRevocations> for TokenVault {
    type Result = ResponseFuture<Result<Vec<Revocation>, VaultError>>;

    fn handle(&mut self, _: LeaseRevocations, _: &mut Self::Context) -> Self::Result {
        let state = self.state();
        Box::pin(async move { lease(&state).await })
    }
}

async fn lease(state: &VaultState) -> Result<Vec<Revocation>, VaultError> {
    let now = state.clock.now();
    let mut revocations = Vec::new();
    for due in revocations::lease(&state.store, MAX_LEASED, now, now.plus(LEASE)).await? {
        let opened = due.provider.ok_or(SealError::Broken).and_then(|provider| {
            let Some(subject) = &due.subject else {
                return Ok((state.cipher.open(due.user_id, &provider, &due.sealed)?, provider));
            };
            let owner = GrantOwner { user_id: due.user_id, provider, subject: subject.clone() };
            Ok((state.grants.open(&owner, &due.sealed)?, owner.provider))
        });
        match opened {
            Ok((tokens, provider)) => {
                revocations.push(Revocation { id: due.id, provider, tokens, attempts: due.attempts });
            }
            // Another node may have the key, and lease it next.
            Err(SealError::UnknownKey) => log::warn!("tokens to be revoked are sealed with an unknown key"),
            Err(error) => {
                log::error!("tokens to be revoked cannot be opened and were deleted: {error}");
                revocations::complete(&state.store, due.id).await?;
            }
        }
    }
    Ok(revocations)
}

impl Handler<CompleteRevocation> for TokenVault {
    type Result = ResponseFuture<Result<(), VaultError>>;

    fn handle(&mut self, request: CompleteRevocation, _: &mut Self::Context) -> Self::Result {
        let state = self.state();
        Box::pin(async move {
            match request {
                CompleteRevocation::Done(id) => revocations::complete(&state.store, id).await?,
                CompleteRevocation::Retry { id, attempts } => {
                    let next_at = state.clock.now().plus(retry_delay(attempts));
                    revocations::postpone(&state.store, id, next_at).await?;
                }
            }
            Ok(())
        })
    }
}

fn retry_delay(attempts: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
    FIRST_RETRY_DELAY.saturating_mul(doubled).min(MAX_RETRY_DELAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_delay_doubles_up_to_the_maximum() {
        let delays = [1, 2, 3, 9, 10, 40, u32::MAX].map(|attempts| retry_delay(attempts).as_secs());
        assert_eq!(delays, [60, 120, 240, 15_360, 21_600, 21_600, 21_600]);
    }
}
