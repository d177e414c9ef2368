//! The batches of `UserRepo`: which of its messages share statements, and how.
//!
//! Each message can be carried out alone, by a transaction with locks ([`UserService`]). A batch is a shorter way to the
//! same rows, by the statements of [`crate::store::sets`]. What a batch leaves open is carried out alone; on SQLite such
//! sign-ins share a transaction, with a savepoint for each.

mod exchange;
pub(super) mod refresh;
mod sessions;
mod sign_in;

use std::rc::Rc;

use self::exchange::{ExchangeCodes, FindCodeOwners};
use self::refresh::RotateTokens;
use self::sessions::FindSessionOwners;
use self::sign_in::{CreateAccounts, FindFacts, SignInKnownUsers, SignInTogether};
use super::messages::UserError;
use super::repo::UserService;
use crate::actor::batch::{BatchAborted, Batcher};
use crate::domain::log;
use crate::metrics::BatchKind;
use crate::store::StoreError;

/// The batches of one worker.
#[derive(Debug)]
pub(super) struct Batches {
    service: Rc<UserService>,
    facts: Batcher<FindFacts>,
    known_users: Batcher<SignInKnownUsers>,
    new_accounts: Batcher<CreateAccounts>,
    sign_ins: Batcher<SignInTogether>,
    tokens: Batcher<RotateTokens>,
    code_owners: Batcher<FindCodeOwners>,
    codes: Batcher<ExchangeCodes>,
    session_owners: Batcher<FindSessionOwners>,
}

impl Batches {
    pub(super) fn new(service: &Rc<UserService>) -> Self {
        let size = service.store.max_batch();
        let (of, metrics) = (|| Rc::clone(service), |kind| service.metrics.batches(kind));
        Self {
            service: of(),
            facts: Batcher::new(FindFacts(of()), size, metrics(BatchKind::FindFacts)),
            known_users: Batcher::new(SignInKnownUsers(of()), size, metrics(BatchKind::SignInKnownUsers)),
            new_accounts: Batcher::new(CreateAccounts(of()), size, metrics(BatchKind::CreateAccounts)),
            sign_ins: Batcher::new(SignInTogether(of()), size, metrics(BatchKind::SignIns)),
            tokens: Batcher::new(RotateTokens(of()), size, metrics(BatchKind::RotateTokens)),
            code_owners: Batcher::new(FindCodeOwners(of()), size, metrics(BatchKind::FindCodeOwners)),
            codes: Batcher::new(ExchangeCodes(of()), size, metrics(BatchKind::ExchangeCodes)),
            session_owners: Batcher::new(FindSessionOwners(of()), size, metrics(BatchKind::FindSessionOwners)),
        }
    }

    /// Whether the statements for sets are used; else each message has a transaction.
    fn uses_sets(&self) -> bool {
        self.service.store.max_batch() > 1
    }
}

impl From<BatchAborted> for StoreError {
    fn from(error: BatchAborted) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<BatchAborted> for UserError {
    fn from(error: BatchAborted) -> Self {
        Self::Store(error.into())
    }
}

/// The answers of a batch that succeeded; what failed is carried out item by item.
fn settled<T, E>(result: Result<Vec<T>, StoreError>) -> Option<Vec<Option<Result<T, E>>>> {
    match result {
        Ok(answers) => Some(answers.into_iter().map(|answer| Some(Ok(answer))).collect()),
        Err(error) => {
            log::debug!("a batch failed and is carried out item by item: {error}");
            None
        }
    }
}

/// The answer about a single item.
fn only<T>(answers: Vec<T>) -> Result<T, StoreError> {
    answers.into_iter().next().ok_or_else(|| StoreError::Internal("a statement gave no answer".to_owned()))
}

#[cfg(test)]
mod tests;
