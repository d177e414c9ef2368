//! Tokens that go back to their provider: leased to one caller at a time, until the provider has them.

use std::time::Duration;

use actix::{Handler, Message, ResponseFuture};
use uuid::Uuid;

use super::vault::{TokenVault, VaultError, VaultState};
use crate::domain::id::ProviderName;
use crate::domain::seal::SealError;
use crate::domain::tokens::ProviderTokens;
use crate::store::revocations;

/// How many are given back in one turn.
const MAX_LEASED: u64 = 20;

/// Longer than a turn takes; whoever dies in it leaves the rest to others.
const LEASE: Duration = Duration::from_secs(300);

/// The first wait after a failure; each further one is twice as long.
const FIRST_RETRY_DELAY: Duration = Duration::from_secs(60);

/// The longest wait.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(6 * 3600);

/// Takes tokens whose time has come, for this caller alone for a while.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<Vec<Revocation>, VaultError>")]
pub struct LeaseRevocations;

/// Tokens that are to be given back.
#[derive(Clone, Debug)]
pub struct Revocation {
    /// Names them in [`CompleteRevocation`].
    pub id: Uuid,
    /// Who gave them.
    pub provider: ProviderName,
    /// The tokens.
    pub tokens: ProviderTokens,
    /// How often it was tried, this time included.
    pub attempts: u32,
}

/// How it went.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<(), VaultError>")]
pub enum CompleteRevocation {
    /// Nothing is left to do: the tokens are destroyed.
    Done(Uuid),
    /// The provider did not take them; again later, and later each time.
    Retry {
        /// Which.
        id: Uuid,
        /// How often it was tried.
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
            let tokens = state.cipher.open(due.user_id, &provider, &due.sealed)?;
            Ok((tokens, provider))
        });
        match opened {
            Ok((tokens, provider)) => {
                revocations.push(Revocation { id: due.id, provider, tokens, attempts: due.attempts });
            }
            // Another node has the key; when the lease ends, it may be the one that asks.
            Err(SealError::UnknownKey) => log::warn!("tokens to be given back are sealed with a key that is not here"),
            Err(error) => {
                log::error!("tokens to be given back do not open and were destroyed: {error}");
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
    fn each_wait_is_twice_the_last_until_it_is_long_enough() {
        let waits = [1, 2, 3, 9, 10, 40, u32::MAX].map(|attempts| retry_delay(attempts).as_secs());
        assert_eq!(waits, [60, 120, 240, 15_360, 21_600, 21_600, 21_600]);
    }
}
