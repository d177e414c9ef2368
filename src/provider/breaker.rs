//! One circuit breaker per provider: after several failures in a row it is not called for some seconds, so that its users
//! get a clear answer at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::domain::clock::Timestamp;
use crate::domain::id::ProviderName;
use crate::domain::log;

/// Consecutive failures before the circuit opens.
const MAX_FAILURES: u32 = 5;

/// How long the circuit stays open. The first failure afterwards opens it again.
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
    /// Whether a provider must not be called now.
    #[must_use]
    pub fn is_open(&self, name: &ProviderName, now: Timestamp) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(name).and_then(|breaker| breaker.open_until).is_some_and(|until| now < until)
    }

    /// Records that a provider answered, whatever the answer.
    pub fn record_success(&self, name: &ProviderName) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    /// Records that a provider did not answer.
    pub fn record_failure(&self, name: &ProviderName, now: Timestamp) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let breaker = all.entry(name.clone()).or_default();
        breaker.failures = (breaker.failures + 1).min(MAX_FAILURES);
        if breaker.failures == MAX_FAILURES {
            if breaker.open_until.is_none_or(|until| until <= now) {
                log::warn!(provider:% = name; "the provider does not answer; no calls for {} s", OPEN_DURATION.as_secs());
            }
            breaker.open_until = Some(now.plus(OPEN_DURATION));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circuit_opens_after_five_failures_in_a_row() {
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
        assert!(!breakers.is_open(&"github".parse().expect("a name"), at(14)), "other providers are not affected");
        assert!(!breakers.is_open(&name, at(15)));
        breakers.record_failure(&name, at(15));
        assert!(breakers.is_open(&name, at(29)));
        breakers.record_success(&name);
        assert!(!breakers.is_open(&name, at(29)));
    }
}
