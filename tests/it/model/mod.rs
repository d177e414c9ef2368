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

mod town;

use std::collections::BTreeSet;

use stateright::{Checker, HasDiscoveries, Model};

use town::{Flaw, Town};

/// Every state of the model as it stands; the number changes only when the model does.
const STATES: usize = 20_807;

#[test]
fn whatever_happens_and_in_whatever_order_everything_happens_at_most_once() {
    let search = Town { flaw: None, is_mishap_possible: true }.checker().spawn_bfs().join();
    search.assert_properties();
    assert_eq!(search.unique_state_count(), STATES);
}

#[test]
fn where_nothing_breaks_everybody_gets_home() {
    let search = Town { flaw: None, is_mishap_possible: false }.checker().spawn_bfs().join();
    search.assert_properties();
}

#[test]
fn each_way_of_doing_it_wrongly_is_found_out() {
    for (flaw, broken) in [
        (Flaw::ClaimLooksFirst, town::ONE_EXCHANGE),
        (Flaw::ClaimLooksFirst, town::ONE_SESSION),
        (Flaw::ClaimIsSweptAtOnce, town::ONE_EXCHANGE),
        (Flaw::TakeLooksFirst, town::ONE_TAKE),
        (Flaw::SignInIsInPieces, town::WHOLE),
        (Flaw::IdentityIsNotUnique, town::ONE_ACCOUNT),
    ] {
        let until = HasDiscoveries::AllOf(BTreeSet::from([broken]));
        let search =
            Town { flaw: Some(flaw), is_mishap_possible: true }.checker().finish_when(until).spawn_bfs().join();
        assert!(search.discovery(broken).is_some(), "{flaw:?} goes unnoticed by: {broken}");
    }
}
