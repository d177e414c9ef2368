//! A model of flow and vault, checked exhaustively.
//!
//! Two browsers, two nodes, one database, one provider. Each browser started one sign-in as the same person, and its
//! callback arrives up to twice, at either node, in any order; both then claim the tokens, at either node. Between
//! any two steps a node may crash and restart, a statement may fail, and a flow may expire. A node's memory is lost
//! with it; what is one statement or one transaction in the code is one step here.
//!
//! Invariants:
//! - a code is presented to its provider at most once;
//! - a callback creates at most one session, whose credential one browser gets once;
//! - stored tokens are returned at most once;
//! - a user has one account, and no session or vault entry exists without user and identity.
//!
//! The model describes the protocol, not the code: for each [`Flaw`], a known way to implement it wrongly, the search
//! finds a violated invariant.

mod attacker;
pub mod journeys;
mod protocol;
mod refresh;

use std::collections::BTreeSet;

use stateright::{Checker, HasDiscoveries, Model};

use protocol::{Flaw, Protocol};

/// The number of states; it changes only with the model.
const STATES: usize = 20_807;

#[test]
fn model_with_failures_keeps_every_invariant() {
    let search = Protocol { flaw: None, with_failures: true }.checker().spawn_bfs().join();
    search.assert_properties();
    assert_eq!(search.unique_state_count(), STATES);
}

#[test]
fn model_without_failures_finishes_every_sign_in() {
    let search = Protocol { flaw: None, with_failures: false }.checker().spawn_bfs().join();
    search.assert_properties();
}

#[test]
fn model_with_a_known_flaw_violates_an_invariant() {
    for (flaw, broken) in [
        (Flaw::ReadBeforeMark, protocol::ONE_EXCHANGE),
        (Flaw::ReadBeforeMark, protocol::ONE_SESSION),
        (Flaw::UsedFlowDeletedEarly, protocol::ONE_EXCHANGE),
        (Flaw::ReadBeforeTake, protocol::ONE_TAKE),
        (Flaw::SignInNotAtomic, protocol::WHOLE),
        (Flaw::IdentityNotUnique, protocol::ONE_ACCOUNT),
    ] {
        let found = HasDiscoveries::AllOf(BTreeSet::from([broken]));
        let search = Protocol { flaw: Some(flaw), with_failures: true }.checker().finish_when(found).spawn_bfs().join();
        assert!(search.discovery(broken).is_some(), "{flaw:?} is not detected by: {broken}");
    }
}
