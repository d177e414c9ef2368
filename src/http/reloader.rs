//! Reads the settings again, for the operators' route.

use std::fmt;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;

/// The keys that have changed and need a restart; or why nothing was reloaded, one error in each line.
pub type ReloadOutcome = Result<Vec<&'static str>, String>;

/// Reloads when it is called. Cheap to clone.
#[derive(Clone)]
pub struct Reloader(Rc<dyn Fn() -> LocalBoxFuture<'static, ReloadOutcome>>);

impl fmt::Debug for Reloader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reloader").finish_non_exhaustive()
    }
}

impl Reloader {
    /// What to do.
    #[must_use]
    pub fn new(reload: impl Fn() -> LocalBoxFuture<'static, ReloadOutcome> + 'static) -> Self {
        Self(Rc::new(reload))
    }

    /// Reloads.
    ///
    /// # Errors
    /// The text of [`ReloadOutcome`].
    pub async fn reload(&self) -> ReloadOutcome {
        (self.0)().await
    }
}
