//! Turns: how many transactions of one user may wait for the user's row at once, so that a locked row cannot hold every
//! connection of a pool.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use sea_orm::DbBackend;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::{Store, StoreError, Transaction};

/// Transactions of one user at once, in one pool. A second one keeps the row busy while the first one's answer travels.
const MAX_TRANSACTIONS: usize = 2;

/// How long a transaction waits for its turn: as long as a statement waits for a lock.
const TURN_TIMEOUT: Duration = Duration::from_secs(2);

/// The turns of one pool, by user.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns(Arc<Mutex<HashMap<String, Weak<Semaphore>>>>);

impl Turns {
    fn of(&self, user: &str) -> Arc<Semaphore> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(user).and_then(Weak::upgrade) {
            return turn;
        }
        turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::new(Semaphore::new(MAX_TRANSACTIONS));
        turns.insert(user.to_owned(), Arc::downgrade(&turn));
        turn
    }

    async fn wait(&self, user: &str) -> Result<OwnedSemaphorePermit, StoreError> {
        match timeout(TURN_TIMEOUT, self.of(user).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(StoreError::Unavailable("other transactions of the same user do not end".to_owned())),
        }
    }
}

impl Store {
    /// Begins a transaction that will lock a user's row. `user` is the user's id or identity; of one user only a few
    /// transactions hold a connection, the others wait without one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if neither a turn nor a connection is free in time.
    pub async fn begin_for(&self, user: &str) -> Result<Transaction, StoreError> {
        if self.backend() == DbBackend::Sqlite {
            // Its writers queue for one connection anyhow.
            return self.begin().await;
        }
        let permit = self.turns.wait(user).await?;
        Ok(Transaction { permit: Some(permit), ..self.begin().await? })
    }
}
