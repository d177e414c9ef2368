//! A circuit breaker for each provider: who failed several times in a row is left alone for a while.
//!
//! Plain counting with the time given; a provider that hangs then costs its own people a clear answer, and
//! nobody else a thing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::domain::clock::Timestamp;
use crate::domain::id::ProviderName;

/// This many failures in a row
const MAX_FAILURES: u32 = 5;

/// earn this long a rest. The first failure after it earns the next.
const OPEN_DURATION: Duration = Duration::from_secs(15);

#[derive(Clone, Copy, Debug, Default)]
struct Breaker {
    failures: u32,
    open_until: Option<Timestamp>,
}

/// The breakers of all providers. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Breakers(Arc<Mutex<HashMap<ProviderName, Breaker>>>);

impl Breakers {
    /// Whether a provider is to be left alone now.
    #[must_use]
    pub fn is_open(&self, name: &ProviderName, now: Timestamp) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(name).and_then(|breaker| breaker.open_until).is_some_and(|until| now < until)
    }

    /// A provider answered, whatever it said.
    pub fn record_success(&self, name: &ProviderName) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    /// A provider did not answer.
    pub fn record_failure(&self, name: &ProviderName, now: Timestamp) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let breaker = all.entry(name.clone()).or_default();
        breaker.failures = (breaker.failures + 1).min(MAX_FAILURES);
        if breaker.failures == MAX_FAILURES {
            if breaker.open_until.is_none_or(|until| until <= now) {
                log::warn!(provider:% = name; "it does not answer; it is left alone for {} s", OPEN_DURATION.as_secs());
            }
            breaker.open_until = Some(now.plus(OPEN_DURATION));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_failures_in_a_row_earn_a_rest_and_the_next_one_earns_another() {
        let (breakers, name) = (Breakers::default(), "google".parse().expect("a name"));
        let at = Timestamp::from_seconds;
        for _ in 0..4 {
            breakers.record_failure(&name, at(0));
        }
        breakers.record_success(&name);
        for _ in 0..4 {
            breakers.record_failure(&name, at(0));
            assert!(!breakers.is_open(&name, at(0)));
        }
        breakers.record_failure(&name, at(0));
        assert!(breakers.is_open(&name, at(14)));
        assert!(!breakers.is_open(&"github".parse().expect("a name"), at(14)), "the others go on");
        assert!(!breakers.is_open(&name, at(15)));
        breakers.record_failure(&name, at(15));
        assert!(breakers.is_open(&name, at(29)));
        breakers.record_success(&name);
        assert!(!breakers.is_open(&name, at(29)));
    }
}
