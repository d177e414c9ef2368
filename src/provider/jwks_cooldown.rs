//! Limits how often unknown key ids cause a fetch of a provider's keys.
//!
//! Anyone can write an unknown key id into a token, so the number of fetches must not depend on the number of tokens.

use std::time::Duration;

use crate::domain::clock::Timestamp;

/// The least time between two such fetches.
const JWKS_COOLDOWN: Duration = Duration::from_secs(30);

/// Whether an unknown key id may cause a fetch at `now`; `last` is the time of the last fetch that one caused.
///
/// A `last` in the future (the clock was set back) does not count.
#[must_use]
pub(super) fn may_refetch_jwks(last: Option<Timestamp>, now: Timestamp) -> bool {
    last.is_none_or(|last| last > now || now.since(last) >= JWKS_COOLDOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousand_unknown_keys_in_a_minute_cause_three_fetches() {
        let mut last = None;
        let mut fetches = 0;
        for step in 0..=1000 {
            let now = Timestamp::from_millis(1_800_000_000_000 + step * 60);
            if may_refetch_jwks(last, now) {
                last = Some(now);
                fetches += 1;
            }
        }
        assert_eq!(fetches, 3, "at once, after 30 s and after 60 s");
    }

    #[test]
    fn clock_that_was_set_back_does_not_block_the_fetch() {
        let now = Timestamp::from_seconds(1_800_000_000);
        assert!(may_refetch_jwks(Some(now.plus(Duration::from_secs(3600))), now));
        assert!(!may_refetch_jwks(Some(now), now));
    }
}
