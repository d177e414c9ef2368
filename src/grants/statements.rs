//! The statements that callers share.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;

use crate::actor::batch::Batch;
use crate::domain::clock::Clock;
use crate::domain::fail_point;
use crate::domain::id::{ProviderName, UserId};
use crate::domain::random::RandomSource;
use crate::store::grants::lease::{self, Seen};
use crate::store::grants::{self, Grant, GrantOwner, GrantTokens};
use crate::store::{Store, StoreError, Transaction, retry_lost_races, revocations};
use crate::user::REVOCATION_TTL;

/// Reads the grants of a user at a provider.
#[derive(Debug)]
pub(super) struct FindGrants(pub(super) Store);

impl Batch for FindGrants {
    type Item = (UserId, ProviderName);
    type Answer = Result<Vec<Grant>, StoreError>;

    fn key(&self, _: &Self::Item) -> Option<u128> {
        None
    }

    async fn together(&self, items: &[Self::Item]) -> Option<Vec<Option<Self::Answer>>> {
        let mut keys = items.to_vec();
        keys.sort_unstable();
        keys.dedup();
        let found = grants::find(&self.0, &keys).await.ok()?;
        let of = |(user_id, provider): &(UserId, ProviderName)| {
            let is_of = |grant: &&Grant| grant.user_id == *user_id && grant.provider == provider.as_str();
            Some(Ok(found.iter().filter(is_of).cloned().collect()))
        };
        Some(items.iter().map(of).collect())
    }

    async fn alone(&self, item: Self::Item) -> Self::Answer {
        grants::find(&self.0, &[item]).await
    }
}

/// Leases grants for a refresh: what is written before a provider is asked.
#[derive(Debug)]
pub(super) struct ClaimGrants {
    pub(super) store: Store,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) lease: Duration,
}

impl ClaimGrants {
    async fn claim(&self, seen: &[Seen]) -> Result<Vec<Grant>, StoreError> {
        let now = self.clock.now();
        lease::claim(&self.store, seen, now, now.plus(self.lease)).await
    }
}

impl Batch for ClaimGrants {
    type Item = Seen;
    type Answer = Result<Option<Grant>, StoreError>;

    fn key(&self, seen: &Seen) -> Option<u128> {
        Some(seen.id.as_u128())
    }

    async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        self.store.batch_permit().await
    }

    async fn together(&self, seen: &[Seen]) -> Option<Vec<Option<Self::Answer>>> {
        let claimed = self.claim(seen).await.ok()?;
        let of = |seen: &Seen| Some(Ok(claimed.iter().find(|grant| grant.id == seen.id).cloned()));
        Some(seen.iter().map(of).collect())
    }

    async fn alone(&self, seen: Seen) -> Self::Answer {
        Ok(self.claim(&[seen]).await?.into_iter().next())
    }
}

/// Tokens that a provider issued in a refresh.
#[derive(Clone, Debug)]
pub(super) struct Completion {
    /// The lease under which the provider was asked.
    pub(super) seen: Seen,
    /// Whose they are.
    pub(super) owner: GrantOwner,
    /// The tokens.
    pub(super) tokens: GrantTokens,
}

/// Stores refreshed tokens, or has them revoked if the grant was ended meanwhile.
#[derive(Debug)]
pub(super) struct CompleteGrants {
    pub(super) store: Store,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn RandomSource>,
}

impl CompleteGrants {
    async fn complete(&self, completions: &[&Completion]) -> Result<(), StoreError> {
        let transaction = self.store.begin().await?;
        for completion in completions {
            self.complete_within(&transaction, completion).await?;
        }
        fail_point::reached("complete");
        transaction.commit().await
    }

    async fn complete_within(&self, transaction: &Transaction, completion: &Completion) -> Result<(), StoreError> {
        let Completion { seen, owner, tokens } = completion;
        let now = self.clock.now();
        if !lease::complete(transaction, *seen, tokens.clone(), now).await?
            && !lease::exists(transaction, seen.id).await?
        {
            let times = (now, now.plus(REVOCATION_TTL));
            revocations::add(transaction, owner, tokens.sealed.clone(), self.random.as_ref(), times).await?;
        }
        Ok(())
    }
}

impl Batch for CompleteGrants {
    type Item = Completion;
    type Answer = Result<(), StoreError>;

    fn key(&self, completion: &Completion) -> Option<u128> {
        Some(completion.seen.id.as_u128())
    }

    async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        self.store.batch_permit().await
    }

    async fn together(&self, completions: &[Completion]) -> Option<Vec<Option<Self::Answer>>> {
        // All transactions lock the rows in one order.
        let mut sorted: Vec<_> = completions.iter().collect();
        sorted.sort_unstable_by_key(|completion| completion.seen.id);
        self.complete(&sorted).await.ok()?;
        Some(completions.iter().map(|_| Some(Ok(()))).collect())
    }

    async fn alone(&self, completion: Completion) -> Self::Answer {
        retry_lost_races(async || self.complete(&[&completion]).await).await
    }
}
