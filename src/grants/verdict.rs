//! What a caller gets of a grant as it is stored. Pure.

use std::time::Duration;

use crate::domain::clock::Timestamp;
use crate::domain::grant_state::GrantState;
use crate::domain::rotation::Rotation;
use crate::store::grants::Grant;
use crate::store::grants::lease::Loss;

/// What is to be done for a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The stored access token is handed out.
    HandOut,
    /// It is refreshed first.
    Refresh,
    /// It is refreshed once more: the result of the last refresh is unknown, and reuse of a token revokes nothing.
    RefreshAgain,
    /// Another caller's refresh is waited for.
    Wait,
    /// The provider is not to be asked before this time.
    PutOff(Timestamp),
    /// The grant is lost, which nobody has noted yet.
    Lose(Loss),
    /// The user has to sign in at the provider once more.
    Reauthorize,
}

/// The verdict on a grant, for a token that is valid for `min_validity`.
pub(super) fn verdict(grant: &Grant, rotation: Rotation, min_validity: Duration, now: Timestamp) -> Verdict {
    let is_good_for = |time| grant.good_until.is_none_or(|until| now.plus(time) < until);
    let is_good = is_good_for(enough(grant, min_validity));
    match grant.state {
        GrantState::NeedsReauthorization | GrantState::Revoked => Verdict::Reauthorize,
        GrantState::Refreshing if grant.lease_until.is_some_and(|until| now < until) => {
            if is_good {
                Verdict::HandOut
            } else {
                Verdict::Wait
            }
        }
        GrantState::Refreshing => match rotation {
            Rotation::Keeps => Verdict::RefreshAgain,
            Rotation::Rotates if grant.attempts == 0 => Verdict::RefreshAgain,
            Rotation::Rotates | Rotation::RevokesOnReuse => Verdict::Lose(Loss::UnknownResult),
        },
        GrantState::Live if is_good => Verdict::HandOut,
        GrantState::Live => match grant.retry_at.filter(|at| now < *at) {
            // Better than none.
            _ if !grant.can_refresh && is_good_for(Duration::ZERO) => Verdict::HandOut,
            _ if !grant.can_refresh => Verdict::Lose(Loss::Expired),
            Some(_) if is_good_for(Duration::ZERO) => Verdict::HandOut,
            Some(at) => Verdict::PutOff(at),
            None => Verdict::Refresh,
        },
    }
}

/// Half of a token's lifetime is always enough, or a caller who wants more than all of it would refresh each time.
fn enough(grant: &Grant, min_validity: Duration) -> Duration {
    grant.good_until.map_or(min_validity, |until| min_validity.min(until.since(grant.updated_at) / 2))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::id::UserId;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn seconds(seconds: i64) -> Timestamp {
        Timestamp::from_millis(NOW.millis() + seconds * 1000)
    }

    fn grant(state: GrantState, good_for: Option<i64>) -> Grant {
        Grant {
            id: Uuid::nil(),
            user_id: UserId(Uuid::nil()),
            provider: "google".to_owned(),
            subject: "s".to_owned(),
            state,
            scopes: Vec::new(),
            sealed: Vec::new(),
            can_refresh: true,
            good_until: good_for.map(seconds),
            fence: 3,
            written: 2,
            attempts: 0,
            lease_until: None,
            retry_at: None,
            last_error: None,
            created_at: seconds(-9000),
            updated_at: seconds(-3000),
        }
    }

    #[test]
    fn live_grant_is_handed_out_refreshed_or_put_off() {
        use GrantState::Live;
        let check = |grant: Grant, expected| {
            assert_eq!(verdict(&grant, Rotation::RevokesOnReuse, Duration::from_secs(60), NOW), expected, "{grant:?}");
        };
        check(grant(Live, Some(61)), Verdict::HandOut);
        check(grant(Live, None), Verdict::HandOut);
        check(grant(Live, Some(60)), Verdict::Refresh);
        check(grant(Live, Some(-1)), Verdict::Refresh);
        check(Grant { retry_at: Some(seconds(5)), ..grant(Live, Some(-1)) }, Verdict::PutOff(seconds(5)));
        check(Grant { retry_at: Some(seconds(5)), ..grant(Live, Some(5)) }, Verdict::HandOut);
        check(Grant { retry_at: Some(NOW), ..grant(Live, Some(5)) }, Verdict::Refresh);
        check(Grant { can_refresh: false, ..grant(Live, Some(5)) }, Verdict::HandOut);
        check(Grant { can_refresh: false, ..grant(Live, Some(0)) }, Verdict::Lose(Loss::Expired));
        // A token of 40 s that was just issued is enough for whoever wants a minute.
        check(Grant { updated_at: NOW, ..grant(Live, Some(40)) }, Verdict::HandOut);
        check(Grant { updated_at: seconds(-20), ..grant(Live, Some(20)) }, Verdict::Refresh);
    }

    #[test]
    fn refresh_under_way_is_waited_for_until_its_lease_ends() {
        let leased = |until, good_for, attempts| Grant {
            lease_until: Some(seconds(until)),
            attempts,
            ..grant(GrantState::Refreshing, Some(good_for))
        };
        use Rotation::{Keeps, RevokesOnReuse, Rotates};
        for (grant, rotation, expected) in [
            (leased(1, 61, 0), RevokesOnReuse, Verdict::HandOut),
            (leased(1, 60, 0), RevokesOnReuse, Verdict::Wait),
            (leased(1, -1, 9), Keeps, Verdict::Wait),
            (leased(0, 61, 0), RevokesOnReuse, Verdict::Lose(Loss::UnknownResult)),
            (leased(0, 61, 0), Rotates, Verdict::RefreshAgain),
            (leased(0, 61, 1), Rotates, Verdict::Lose(Loss::UnknownResult)),
            (leased(0, 61, 9), Keeps, Verdict::RefreshAgain),
        ] {
            assert_eq!(verdict(&grant, rotation, Duration::from_secs(60), NOW), expected, "{rotation:?} {grant:?}");
        }
    }

    #[test]
    fn ended_grant_needs_the_user() {
        for state in [GrantState::NeedsReauthorization, GrantState::Revoked] {
            let verdict = verdict(&grant(state, Some(3600)), Rotation::Keeps, Duration::ZERO, NOW);
            assert_eq!(verdict, Verdict::Reauthorize);
        }
    }
}
