//! The clock of rate limits.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::Clock as GovernorClock;

use super::clock::{Clock, Timestamp};

/// The process's clock as time since the start, which never goes back: a corrected clock neither freezes budgets nor
/// refills them twice.
#[derive(Clone, Debug)]
pub struct SteadyClock {
    clock: Arc<dyn Clock>,
    last: Arc<Mutex<(Timestamp, Duration)>>,
}

impl SteadyClock {
    /// A clock that begins at zero.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let last = Arc::new(Mutex::new((clock.now(), Duration::ZERO)));
        Self { clock, last }
    }
}

impl GovernorClock for SteadyClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        *last = (now, last.1.saturating_add(now.since(last.0)));
        last.1
    }
}
