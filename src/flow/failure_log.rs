//! Keeps failed sign-ins from filling the log: any client can cause any number of them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::num::NonZeroU32;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use log::Level;

use super::error::{FailureCode, SignInError};
use crate::domain::clock::Clock;
use crate::domain::log;
use crate::domain::steady_clock::SteadyClock;

/// How many failures with one code a worker logs at once, and then in a minute.
const LINES_PER_MINUTE: NonZeroU32 = NonZeroU32::new(10).unwrap();

/// The budgets of one worker, one for each code, so that a flood of one failure hides no other. Clones share them.
#[derive(Clone)]
pub struct FailureLog(Rc<Budgets>);

struct Budgets {
    limiter: RateLimiter<FailureCode, HashMapStateStore<FailureCode>, SteadyClock, NoOpMiddleware<Duration>>,
    left_out: RefCell<HashMap<FailureCode, u64>>,
}

impl fmt::Debug for FailureLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FailureLog").finish_non_exhaustive()
    }
}

impl FailureLog {
    /// Full budgets.
    #[must_use]
    pub fn new(clock: &Arc<dyn Clock>) -> Self {
        let clock = SteadyClock::new(Arc::clone(clock));
        let limiter = RateLimiter::new(Quota::per_minute(LINES_PER_MINUTE), HashMapStateStore::default(), clock);
        Self(Rc::new(Budgets { limiter, left_out: RefCell::default() }))
    }

    /// The level at which this failure is logged: its own, or `Debug` if the budget is used up.
    #[must_use]
    pub fn level(&self, error: &SignInError) -> Level {
        let (level, code) = (error.log_level(), error.code);
        if level >= Level::Debug {
            return level;
        }
        let mut all = self.0.left_out.borrow_mut();
        let left_out = all.entry(code).or_default();
        if self.0.limiter.check_key(&code).is_err() {
            *left_out = left_out.saturating_add(1);
            return Level::Debug;
        }
        let left_out = std::mem::take(left_out);
        if left_out > 0 {
            log::log!(level, left_out; "{code:?} failed more sign-ins than are logged at this level");
        }
        level
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::{ManualClock, Timestamp};
    use crate::domain::kept_lines::keep_lines;
    use crate::flow::error::Step;

    #[test]
    fn lines_beyond_the_budget_are_logged_as_debug() {
        let clock = Arc::new(ManualClock::new(Timestamp::from_seconds(1_800_000_000)));
        let failures = FailureLog::new(&(Arc::clone(&clock) as Arc<dyn Clock>));
        let level = |code| failures.level(&SignInError::new(Step::Callback, code));
        let left_out = || failures.0.left_out.borrow().get(&FailureCode::ProviderError).copied();
        let count = |code, expected| (0..100).filter(|_| level(code) == expected).count();
        let kept = keep_lines();
        assert_eq!(count(FailureCode::ProviderError, Level::Warn), 10);
        assert_eq!(count(FailureCode::ConsentDenied, Level::Info), 10, "another code has its own budget");
        assert_eq!(left_out(), Some(90));
        clock.advance(Duration::from_secs(6));
        assert!(kept.lines().is_empty(), "nothing was left out before");
        assert_eq!(level(FailureCode::ProviderError), Level::Warn, "the budget is refilled");
        assert_eq!(kept.lines(), ["ProviderError failed more sign-ins than are logged at this level left_out=90"]);
        assert_eq!(left_out(), Some(0), "what was left out is said once");
        assert_eq!(level(FailureCode::ProviderError), Level::Debug);
    }
}
