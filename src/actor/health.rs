//! Whether this process is fit to answer, in one place that everybody may read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Green until something is beyond repair. Clones show the same light.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<AtomicBool>);

impl Health {
    /// Whether requests can be answered.
    #[must_use]
    pub fn is_green(&self) -> bool {
        !self.0.load(Ordering::Acquire)
    }

    /// Gives up: something could not be repaired. There is no way back but a new process.
    pub fn turn_red(&self) {
        self.0.store(true, Ordering::Release);
    }
}
