//! Real sign-ins, held against the model: the timeline of each flow has to be one that the model can take.
//!
//! A timeline has the events of all requests for a flow that this node served. What other nodes did is not in it, and what two
//! workers did in one millisecond may come in either order. So a flow may turn out to be used, and a ticket be redeemed, before
//! the callback that did it or stored it is seen.

use std::collections::HashSet;

use futures_util::FutureExt;
use stateright::{Expectation, Model};
use vouchsafe::{FlowFilter, Vouchsafe};

use super::protocol::{Action, Callback, Protocol, State, Step};
use crate::support::app::{Node, TestApp, listen, serve};
use crate::support::browser::Browser;

const MODEL: Protocol = Protocol { flaw: None, with_failures: true };

/// The browser that the flow is of.
const BROWSER: usize = 0;

/// Checks all flows that an app has in memory, of records in the database none; returns how many.
///
/// # Panics
/// The model does not accept one of them.
pub fn check(vouchsafe: &Vouchsafe) -> usize {
    let filter = FlowFilter { limit: 100_000, ..FlowFilter::default() };
    let Some(Ok(flows)) = vouchsafe.flows(&filter).now_or_never() else { return 0 };
    for flow in &flows {
        let timeline: Vec<&str> = flow.timeline.iter().map(|event| event.event.as_str()).collect();
        assert!(accepts(&timeline), "the model has no such sign-in: {timeline:?}");
    }
    flows.len()
}

fn accepts(timeline: &[&str]) -> bool {
    let callbacks = timeline.iter().filter(|event| **event == "came-back").count();
    let mut state = State::default();
    state.callbacks_left[BROWSER] = u8::try_from(callbacks).unwrap_or(u8::MAX);
    let mut states = HashSet::from([state]);
    for event in timeline {
        let next = states.iter().flat_map(|state| after(state, event, callbacks == 0));
        states = next.filter(is_right).map(renumbered).collect();
    }
    !states.is_empty()
}

/// Nodes are alike, and so states that differ only in their numbers are one.
fn renumbered(mut state: State) -> State {
    state.callbacks.sort_by_key(|callback| callback.step);
    for (node, callback) in state.callbacks.iter_mut().enumerate() {
        callback.node = node;
    }
    state.callbacks.sort();
    state
}

fn is_right(state: &State) -> bool {
    let properties = MODEL.properties();
    let mut always = properties.iter().filter(|property| matches!(property.expectation, Expectation::Always));
    always.all(|property| (property.condition)(&MODEL, state))
}

/// The states after an event; several, where it can be of several callbacks.
fn after(state: &State, event: &str, is_without_callback: bool) -> Vec<State> {
    let at = |step: Step| state.callbacks.iter().copied().filter(move |callback| callback.step == step);
    let take = |action| MODEL.next_state(state, action);
    let stay = || vec![state.clone()];
    let begin_at = |step| {
        let mut state = state.clone();
        state.callbacks.push(Callback { browser: BROWSER, node: 0, step });
        state
    };
    match event {
        "started" | "abandoned" | "authenticated" => stay(),
        // At a worker that is free, or at one that is busy with this flow.
        "came-back" => {
            let is_busy = |node: &usize| state.callbacks.iter().any(|callback| callback.node == *node);
            let busy = state.callbacks.first().map(|callback| callback.node);
            let nodes = (0..).find(|node| !is_busy(node)).into_iter().chain(busy);
            nodes.filter_map(|node| take(Action::CallbackArrives(BROWSER, node))).collect()
        }
        "state-accepted" => at(Step::Admitted).next().map(|_| state.clone()).into_iter().collect(),
        "marked-used" if state.used_flows[BROWSER] => Vec::new(),
        "marked-used" => at(Step::Admitted).filter_map(|callback| take(Action::Advance(callback))).collect(),
        "used-before" => {
            let mut used = state.clone();
            used.used_flows[BROWSER] = true;
            let refused = at(Step::Admitted).filter_map(|callback| {
                let mut refused = MODEL.next_state(&used, Action::Advance(callback))?;
                refused.used_flows = state.used_flows;
                Some(refused)
            });
            refused.chain(state.rejected[BROWSER].then(|| state.clone())).collect()
        }
        "exchanged" => at(Step::MarkedUsed).filter_map(|callback| take(Action::Advance(callback))).collect(),
        "id-token-accepted" if is_without_callback => vec![begin_at(Step::Exchanged)],
        "id-token-accepted" => at(Step::Exchanged).next().map(|_| state.clone()).into_iter().collect(),
        "identified" => at(Step::Exchanged).filter_map(|callback| take(Action::Advance(callback))).collect(),
        "redeemed" if at(Step::Identified).next().is_none() => vec![begin_at(Step::Identified)],
        // The callback ended there, and whoever redeems what it left goes on.
        "awaits-app" | "awaits-confirmation" | "redeemed" => {
            at(Step::Identified).next().map(|_| state.clone()).into_iter().collect()
        }
        "decided" => at(Step::Identified).filter_map(|callback| take(Action::Advance(callback))).collect(),
        "signed-in" => {
            let decided = state.callbacks.iter().copied().filter(|done| matches!(done.step, Step::Decided { .. }));
            let committed = decided.filter_map(|callback| take(Action::Advance(callback)));
            let answered = |state: State| {
                let callback = state.callbacks.iter().copied().find(|done| done.step == Step::Committed)?;
                MODEL.next_state(&state, Action::Advance(callback))
            };
            committed.filter_map(answered).collect()
        }
        "awaits-verification" | "failed" => {
            let failed = state.callbacks.iter().filter_map(|callback| take(Action::Fail(*callback)));
            failed.chain(stay()).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn timelines_that_no_sign_in_can_have_are_refused() {
    let whole = "started came-back state-accepted marked-used exchanged id-token-accepted identified decided signed-in";
    let second = "came-back state-accepted used-before";
    let words = |text: &str| accepts(&text.split(' ').collect::<Vec<_>>());
    assert!(words(whole) && words(&format!("{whole} {second} {second}")));
    assert!(words("started came-back failed came-back state-accepted marked-used failed"));
    assert!(words(
        "started came-back came-back used-before state-accepted marked-used exchanged identified decided signed-in"
    ));
    for wrong in [
        format!("{whole} came-back state-accepted marked-used failed"),
        whole.replace("marked-used ", ""),
        whole.replace("exchanged ", "exchanged exchanged "),
        whole.replace("decided signed-in", "decided signed-in signed-in"),
        whole.replace("marked-used exchanged", "exchanged marked-used"),
        whole.replace("came-back state-accepted", "state-accepted"),
        format!("{whole} unheard-of"),
    ] {
        assert!(!words(&wrong), "{wrong}");
    }
}

#[actix_web::test]
async fn sign_ins_of_an_app_are_held_against_the_model() {
    let app = TestApp::new();
    let (listener, origin) = listen();
    let vouchsafe = app.build(app.settings(&origin, "")).await;
    let routes = vouchsafe.clone();
    let node = Node::at(origin, serve(listener, 2, move || routes.routes()));
    let mut browser = Browser::new();
    let callback = node.authorize(&mut browser, "google", "", "mira").await;
    futures_util::future::join_all((0..16).map(|_| browser.peek(&callback))).await;
    node.sign_in(&mut browser, "github", "", "jonas").await;
    assert_eq!(check(&vouchsafe), 2);
}
