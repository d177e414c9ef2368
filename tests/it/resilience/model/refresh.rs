//! A model of the refresh of a managed grant, checked exhaustively.
//!
//! One grant, two nodes, one row, one provider of each kind of rotation. The access token expires twice, and either node
//! may find it so. Between any two steps a node may crash or give up waiting, a request or an answer may be late or
//! lost, a lease may seem over, the provider may refuse to process, the user may consent anew or withdraw the consent.
//! What is one statement in the code is one step here. Time is not part of the model: a lease ends at any moment, so no
//! invariant depends on the length of a lease or on clocks that agree.
//!
//! The rules:
//! - **Claim**, if the row is live and does not wait after a refusal: it is refreshing, under the next fence. The provider
//!   is asked afterwards.
//! - **Tokens** under fence f are stored if `written < f`; then `written = f`, the row is live and nothing was tried
//!   yet, also if a later lease is out.
//! - **A refusal** (`invalid_grant`) under f counts if the fence is still f: the grant is given up, or, if other tokens
//!   were stored since the claim, live.
//! - **Not processed** under f counts if the fence is still f: the row is live and waits.
//! - **An unknown fate**, by a timeout or, if the fence is still f, by the end of the lease: where the provider keeps
//!   refresh tokens, it is asked again; where it rotates them, once; where it revokes on reuse, the grant is given up.
//! - **A consent** takes a fence and is the writer of its tokens. A sign-in without a refresh token takes none: it replaces
//!   the access token of a live row.
//!
//! The invariants are the texts in `search.rs`. For each [`Flaw`] the search finds one that it violates.

mod rules;
mod search;

use std::collections::BTreeSet;

use stateright::{Checker, HasDiscoveries, Model};

use rules::{Flaw, Grant, Rotation};

/// The number of states of each search; it changes only with the model.
const STATES: [(Rotation, usize); 3] =
    [(Rotation::Keeps, 21_184), (Rotation::Rotates, 19_643), (Rotation::RevokesOnReuse, 1_284)];

#[test]
fn refresh_with_failures_keeps_every_invariant() {
    for (rotation, states) in STATES {
        let search = Grant { rotation, flaw: None, with_failures: true }.checker().spawn_bfs().join();
        search.assert_properties();
        assert_eq!(search.unique_state_count(), states, "{rotation:?}");
    }
}

#[test]
fn refresh_without_failures_serves_every_caller() {
    for (rotation, _) in STATES {
        let search = Grant { rotation, flaw: None, with_failures: false }.checker().spawn_bfs().join();
        search.assert_properties();
    }
}

#[test]
fn refresh_with_a_known_flaw_violates_an_invariant() {
    use Rotation::{Keeps, RevokesOnReuse, Rotates};
    for (flaw, rotation, broken) in [
        (Flaw::StoresWithoutFence, Keeps, search::NEWER_KEPT),
        (Flaw::AsksBeforeIntent, RevokesOnReuse, search::FAMILY_KEPT),
        (Flaw::AsksBeforeIntent, Rotates, search::LIVE_IS_HONOURED),
        (Flaw::RetriesUnknownFate, RevokesOnReuse, search::FAMILY_KEPT),
        (Flaw::ReadsThenClaims, RevokesOnReuse, search::FAMILY_KEPT),
        (Flaw::ReadsThenClaims, Keeps, search::ONE_REQUEST),
        (Flaw::ConsentDoesNotCount, RevokesOnReuse, search::NEWER_KEPT),
        (Flaw::BelievesStaleRefusal, Rotates, search::GIVEN_UP_FOR_CAUSE),
        (Flaw::SignInWithoutRefreshTokenCounts, Rotates, search::LIVE_IS_HONOURED),
        (Flaw::TimeoutIsNotSent, RevokesOnReuse, search::NEVER_SPENT),
        (Flaw::LateTokensWait, Rotates, search::GIVEN_UP_FOR_CAUSE),
        (Flaw::LeaseHasNoEnd, RevokesOnReuse, search::NOT_STUCK),
        (Flaw::HandsOutUnstored, RevokesOnReuse, search::ONLY_STORED),
    ] {
        let found = HasDiscoveries::AllOf(BTreeSet::from([broken]));
        let model = Grant { rotation, flaw: Some(flaw), with_failures: true };
        let search = model.checker().finish_when(found).spawn_bfs().join();
        assert!(search.discovery(broken).is_some(), "{flaw:?} is not detected by: {broken}");
    }
}
