//! A function of the embedding app that fetches a user's profile with an access token.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use serde_json::Value;

use super::hooks::Unavailable;
use super::secret::Secret;

type Fetch = dyn Fn(Secret) -> LocalBoxFuture<'static, Result<Value, Unavailable>> + Send + Sync;

/// The function.
#[derive(Clone)]
pub struct ProfileSource(Arc<Fetch>);

impl fmt::Debug for ProfileSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProfileSource")
    }
}

/// Why the function gave no profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileSourceError {
    /// No answer in time.
    #[error("the app's function did not fetch the profile in time")]
    Timeout,
    /// It panicked.
    #[error("the app's function that fetches the profile panicked")]
    Panicked,
    /// It failed.
    #[error("the app's function did not fetch the profile: {0}")]
    Failed(#[from] Unavailable),
}

impl ProfileSource {
    pub(crate) fn new<F, A>(fetch: F) -> Self
    where
        F: Fn(Secret) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Value, Unavailable>> + 'static,
    {
        Self(Arc::new(move |token| Box::pin(fetch(token))))
    }

    /// The profile of the user of an access token.
    pub(crate) async fn fetch(&self, token: Secret, deadline: Duration) -> Result<Value, ProfileSourceError> {
        // The function itself may panic, too.
        let fetch = AssertUnwindSafe(async { (self.0)(token).await });
        let answer = tokio::time::timeout(deadline, fetch.catch_unwind()).await;
        Ok(answer.map_err(|_| ProfileSourceError::Timeout)?.map_err(|_| ProfileSourceError::Panicked)??)
    }
}
