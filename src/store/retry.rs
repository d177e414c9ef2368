//! Carries out a transaction again if a concurrent one interfered.

use super::StoreError;
use crate::domain::log;

/// How often it is carried out at most.
const MAX_ATTEMPTS: usize = 5;

/// An error that may say that a race was lost.
pub trait LostRace: std::fmt::Display {
    /// Whether the transaction wrote nothing and may succeed if it is carried out again.
    fn is_lost_race(&self) -> bool;
}

impl LostRace for StoreError {
    fn is_lost_race(&self) -> bool {
        self.is_lost_race()
    }
}

/// Carries out `transaction` until it loses no race; each attempt sees what won the one before.
///
/// # Errors
/// Those of `transaction`.
pub async fn retry_lost_races<T, E: LostRace>(transaction: impl AsyncFn() -> Result<T, E>) -> Result<T, E> {
    for _ in 1..MAX_ATTEMPTS {
        match transaction().await {
            Err(error) if error.is_lost_race() => log::debug!("a transaction is tried again: {error}"),
            result => return result,
        }
    }
    transaction().await
}

/// The result, unless a race was lost: then whoever asked may try again.
pub fn unless_lost_race<T, E: LostRace>(result: Result<T, E>) -> Option<Result<T, E>> {
    match result {
        Err(error) if error.is_lost_race() => None,
        result => Some(result),
    }
}
