//! The actor `TokenVault`, one per worker. It has no state but what waits: the rows are in the database.

use std::sync::Arc;

use actix::{Actor, Context};

use super::cipher::TokenCipher;
use super::grant_cipher::GrantCipher;
use super::take::TakeTokens;
use super::ticket::Tickets;
use crate::actor::batch::{BatchAborted, Batcher};
use crate::domain::clock::Clock;
use crate::domain::seal::SealError;
use crate::events::Events;
use crate::metrics::{BatchKind, Metrics};
use crate::store::{Store, StoreError};

/// Why the vault did not answer.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The database failed; nothing was taken.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A row could not be sealed or opened; it is still there.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl From<BatchAborted> for VaultError {
    fn from(error: BatchAborted) -> Self {
        Self::Store(error.into())
    }
}

/// What the actor's tasks share.
#[derive(Clone, Debug)]
pub struct VaultState {
    /// The database.
    pub store: Store,
    /// Seals and opens provider tokens.
    pub cipher: TokenCipher,
    /// Seals and opens the tokens of grants.
    pub grants: GrantCipher,
    /// Seals and opens tickets.
    pub tickets: Tickets,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Who is told what happened.
    pub events: Events,
}

/// The actor.
#[derive(Debug)]
pub struct TokenVault {
    state: Arc<VaultState>,
    pub(super) takes: Batcher<TakeTokens>,
}

impl TokenVault {
    /// Creates the actor.
    #[must_use]
    pub fn new(state: VaultState) -> Self {
        let state = Arc::new(state);
        let (takes, metrics) = (TakeTokens(Arc::clone(&state)), state.metrics.batches(BatchKind::TakeTokens));
        let takes = Batcher::new(takes, state.store.max_batch(), metrics);
        Self { state, takes }
    }

    pub(super) fn state(&self) -> Arc<VaultState> {
        Arc::clone(&self.state)
    }
}

impl Actor for TokenVault {
    type Context = Context<Self>;
}

/// Makes the actor panic, for tests.
#[cfg(test)]
#[derive(actix::Message)]
#[rtype(result = "()")]
pub struct Break;

#[cfg(test)]
impl actix::Handler<Break> for TokenVault {
    type Result = ();

    fn handle(&mut self, _: Break, _: &mut Self::Context) {
        panic!("on purpose");
    }
}
