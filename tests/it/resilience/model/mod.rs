//! The flow and the vault as a model, every state of which is looked at.
//!
//! Two browsers, two nodes, one database, one provider. Each browser went out once, as the same person, and its
//! callback arrives up to twice, at either node, in any order; both then fetch the tokens, at either node. Between
//! any two steps a node may die and start again, a statement may fail, and the time of a flow may run out. What a
//! node keeps in memory dies with it; a step that is one statement, or one transaction, is one step here.
//!
//! What always holds, whatever happens:
//! - a code is presented to its provider at most once;
//! - a callback brings at most one session, and at most one browser gets its credential, once;
//! - a deposit of tokens is handed out at most once;
//! - a person has one account, and no session or deposit stands without person and identity.
//!
//! The model is of the protocol, not of the code: [`Flaw`] names the ways in which the code could be written wrongly, and for
//! each of them the same search finds the way to the damage.

mod protocol;

use std::collections::BTreeSet;

use stateright::{Checker, HasDiscoveries, Model};

use protocol::{Flaw, Protocol};

/// Every state of the model as it stands; the number changes only when the model does.
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
        assert!(search.discovery(broken).is_some(), "{flaw:?} goes unnoticed by: {broken}");
    }
}
