//! How long a provider's access token counts as valid, and when it is refreshed ahead of that.

use std::time::Duration;

use super::clock::Timestamp;
use super::tokens::ProviderTokens;

/// What is assumed where the provider states no lifetime but issues a refresh token.
const ASSUMED_LIFETIME: Duration = Duration::from_secs(3600);

/// New tokens count as valid for this time at least, whatever lifetime the provider states: of a shorter one each request
/// would cause a refresh, or many.
const MIN_LIFETIME: Duration = Duration::from_secs(10);

/// The part of a lifetime that a refresh ahead leaves unused at most: one in four.
const MAX_UNUSED_PART: u32 = 4;

/// The times of a grant's tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantLifetime {
    /// Until when the access token counts as valid; `None`: until it is revoked.
    pub good_until: Option<Timestamp>,
    /// When it is refreshed ahead of that; `None`: only when it is asked for.
    pub refresh_at: Option<Timestamp>,
}

impl GrantLifetime {
    /// The times of tokens that arrived at `now`. They are refreshed `ahead` of their end, and up to half of that earlier:
    /// `jitter` spreads the grants that came at the same time.
    #[must_use]
    pub fn of(tokens: &ProviderTokens, ahead: Option<Duration>, jitter: u8, now: Timestamp) -> Self {
        let can_refresh = tokens.refresh_token.is_some();
        let assumed = || can_refresh.then(|| now.plus(ASSUMED_LIFETIME));
        let good_until = tokens.expires_at.map(|end| end.max(now.plus(MIN_LIFETIME))).or_else(assumed);
        let refresh_at = good_until.zip(ahead.filter(|_| can_refresh)).map(|(end, ahead)| {
            let ahead = (ahead + ahead * u32::from(jitter) / (2 * 255)).min(end.since(now) / MAX_UNUSED_PART);
            end.minus(ahead)
        });
        Self { good_until, refresh_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::Secret;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn times(expires_in: Option<u64>, has_refresh_token: bool, jitter: u8) -> (Option<u64>, Option<u64>) {
        let tokens = ProviderTokens {
            access_token: Secret::new("at"),
            token_secret: None,
            expires_in,
            expires_at: expires_in.map(|seconds| NOW.plus(Duration::from_secs(seconds))),
            refresh_token: has_refresh_token.then(|| Secret::new("rt")),
            scopes: Vec::new(),
        };
        let lifetime = GrantLifetime::of(&tokens, Some(Duration::from_secs(300)), jitter, NOW);
        let seconds = |at: Timestamp| at.since(NOW).as_secs();
        (lifetime.good_until.map(seconds), lifetime.refresh_at.map(seconds))
    }

    #[test]
    fn tokens_are_refreshed_ahead_with_jitter_but_not_much_too_early() {
        assert_eq!(times(Some(3600), true, 0), (Some(3600), Some(3300)));
        assert_eq!(times(Some(3600), true, 255), (Some(3600), Some(3150)));
        assert_eq!(times(Some(60), true, 255), (Some(60), Some(45)), "a quarter of the lifetime at most");
    }

    #[test]
    fn stated_lifetime_below_the_minimum_counts_as_the_minimum() {
        for (stated, until) in [(0, 10), (1, 10), (10, 10), (11, 11)] {
            assert_eq!(times(Some(stated), true, 0), (Some(until), Some(until - until / 4 - 1)), "{stated}");
            assert_eq!(times(Some(stated), false, 0), (Some(until), None), "{stated}");
        }
    }

    #[test]
    fn token_without_a_stated_lifetime_is_refreshed_every_hour_if_it_can_be() {
        assert_eq!(times(None, true, 0), (Some(3600), Some(3300)));
        assert_eq!(times(None, false, 0), (None, None));
        assert_eq!(times(Some(3600), false, 0), (Some(3600), None));
    }
}
