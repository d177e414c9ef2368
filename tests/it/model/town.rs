//! The model's states, what may happen in each, and what has to hold.

use stateright::{Model, Property};

/// Which browser, and so which flow, which code and which deposit.
type Who = usize;

/// Which node.
type Node = usize;

const BOTH: [usize; 2] = [0, 1];

/// How often each callback arrives.
const ARRIVALS: u8 = 2;

/// Above this many it is all the same.
const MANY: u8 = 2;

pub const ONE_EXCHANGE: &str = "a code is presented at most once";
pub const ONE_SESSION: &str = "a callback brings at most one session";
pub const ONE_TAKE: &str = "a deposit is handed out at most once";
pub const ONE_ACCOUNT: &str = "a person has one account";
pub const WHOLE: &str = "no session and no deposit stands without person and identity";

/// How it could be done wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The claim is read, and then written.
    ClaimLooksFirst,
    /// A claim is forgotten at the moment at which its flow is over, although somebody may still be at it.
    ClaimIsSweptAtOnce,
    /// The deposit is read, and then deleted.
    TakeLooksFirst,
    /// Session, person and identity are written one after the other.
    SignInIsInPieces,
    /// Two identities may name the same person of a provider.
    IdentityIsNotUnique,
}

/// The town; see the head of the parent module.
#[derive(Clone, Copy, Debug)]
pub struct Town {
    pub flaw: Option<Flaw>,
    /// Whether nodes die, statements fail and time runs out.
    pub is_mishap_possible: bool,
}

/// How far a node is with a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    Admitted,
    /// Of [`Flaw::ClaimLooksFirst`] alone.
    LookedUnclaimed,
    Claimed,
    Exchanged,
    Identified,
    /// Inside the transaction: it has looked whether the person is known.
    Decided {
        is_new: bool,
    },
    /// Of [`Flaw::SignInIsInPieces`] alone.
    HalfWritten,
    Committed,
}

/// A callback in a node's hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Callback {
    who: Who,
    node: Node,
    step: Step,
}

/// A request for the tokens in a node's hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fetch {
    node: Node,
    hand: Hand,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Hand {
    Empty,
    /// Of [`Flaw::TakeLooksFirst`] alone: read, not deleted yet.
    Looked(Who),
    Full(Who),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct State {
    // In the hands of the nodes, in order, because it does not matter which of two equal ones came first.
    callbacks: Vec<Callback>,
    fetches: Vec<Fetch>,
    // What the browsers will still do.
    arrivals_left: [u8; 2],
    fetches_left: [u8; 2],
    // The database.
    claims: [bool; 2],
    people: u8,
    identities: u8,
    sessions: [u8; 2],
    shelf: Option<Who>,
    // What others saw.
    exchanges: [u8; 2],
    credentials: [u8; 2],
    handed_out: [u8; 2],
    sent_home_empty: [bool; 2],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A callback reaches a node.
    Arrive(Who, Node),
    /// A node does the next step of a callback in its hands.
    GoOn(Callback),
    /// The next step of a callback fails.
    Fail(Callback),
    /// Somebody who is signed in asks a node for the tokens.
    Ask(Who, Node),
    /// A node does the next step of such a request.
    Serve(Fetch),
    /// A node dies and starts again.
    Die(Node),
    /// A flow's time is over: no callback is admitted any more.
    RunOut(Who),
    /// Its claim is forgotten.
    Sweep(Who),
}

impl State {
    fn count(number: &mut u8) {
        *number = (*number + 1).min(MANY);
    }

    fn is_at_work(&self, who: Who) -> bool {
        self.callbacks.iter().any(|callback| callback.who == who)
    }

    fn replace(&mut self, old: Callback, step: Option<Step>) {
        self.callbacks.retain(|callback| *callback != old);
        self.callbacks.extend(step.map(|step| Callback { step, ..old }));
        self.callbacks.sort();
    }

    fn write_session(&mut self, who: Who) {
        Self::count(&mut self.sessions[who]);
        self.shelf = Some(who);
    }

    fn write_person(&mut self) {
        Self::count(&mut self.people);
        Self::count(&mut self.identities);
    }
}

impl Town {
    fn has(self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// The step that follows; `None`: the callback is answered.
    fn go_on(self, state: &mut State, callback: Callback) -> Option<Step> {
        let who = callback.who;
        match callback.step {
            Step::Admitted if state.claims[who] => {
                state.sent_home_empty[who] = true;
                None
            }
            Step::Admitted if self.has(Flaw::ClaimLooksFirst) => Some(Step::LookedUnclaimed),
            Step::Admitted | Step::LookedUnclaimed => {
                state.claims[who] = true;
                Some(Step::Claimed)
            }
            // A provider that is asked twice may well answer twice.
            Step::Claimed => {
                State::count(&mut state.exchanges[who]);
                Some(Step::Exchanged)
            }
            Step::Exchanged => Some(Step::Identified),
            Step::Identified => Some(Step::Decided { is_new: state.identities == 0 }),
            // The unique index refuses a second identity; whoever was too late looks again.
            Step::Decided { is_new: true } if state.identities > 0 && !self.has(Flaw::IdentityIsNotUnique) => {
                Some(Step::Identified)
            }
            Step::Decided { is_new: true } if self.has(Flaw::SignInIsInPieces) => {
                state.write_session(who);
                Some(Step::HalfWritten)
            }
            Step::HalfWritten => {
                state.write_person();
                Some(Step::Committed)
            }
            Step::Decided { is_new } => {
                if is_new {
                    state.write_person();
                }
                state.write_session(who);
                Some(Step::Committed)
            }
            Step::Committed => {
                State::count(&mut state.credentials[who]);
                None
            }
        }
    }

    fn serve(self, state: &mut State, fetch: Fetch) -> Option<Hand> {
        match fetch.hand {
            Hand::Empty if self.has(Flaw::TakeLooksFirst) => state.shelf.map(Hand::Looked),
            Hand::Empty => state.shelf.take().map(Hand::Full),
            Hand::Looked(whose) => {
                state.shelf = None;
                Some(Hand::Full(whose))
            }
            Hand::Full(whose) => {
                State::count(&mut state.handed_out[whose]);
                None
            }
        }
    }
}

impl Model for Town {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State { arrivals_left: [ARRIVALS; 2], fetches_left: [1; 2], ..State::default() }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for who in BOTH {
            for node in BOTH {
                if state.arrivals_left[who] > 0 {
                    actions.push(Action::Arrive(who, node));
                }
                if state.credentials[who] > 0 && state.fetches_left[who] > 0 {
                    actions.push(Action::Ask(who, node));
                }
            }
        }
        actions.extend(state.callbacks.iter().copied().map(Action::GoOn));
        actions.extend(state.fetches.iter().copied().map(Action::Serve));
        if !self.is_mishap_possible {
            return;
        }
        actions.extend(state.callbacks.iter().copied().map(Action::Fail));
        for node in BOTH {
            let is_at_work = state.callbacks.iter().map(|callback| callback.node);
            let mut is_at_work = is_at_work.chain(state.fetches.iter().map(|fetch| fetch.node));
            if is_at_work.any(|at| at == node) {
                actions.push(Action::Die(node));
            }
        }
        for who in BOTH {
            if state.arrivals_left[who] > 0 {
                actions.push(Action::RunOut(who));
            } else if state.claims[who] && (!state.is_at_work(who) || self.has(Flaw::ClaimIsSweptAtOnce)) {
                // A callback that was admitted has ended long before its claim is forgotten.
                actions.push(Action::Sweep(who));
            }
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Arrive(who, node) => {
                state.arrivals_left[who] -= 1;
                let callback = Callback { who, node, step: Step::Admitted };
                // The flow's actor is busy with the first one; it lets no second one in.
                if state.callbacks.iter().any(|other| (other.who, other.node) == (who, node)) {
                    state.sent_home_empty[who] = true;
                } else {
                    state.callbacks.push(callback);
                    state.callbacks.sort();
                }
            }
            Action::GoOn(callback) => {
                let step = self.go_on(&mut state, callback);
                state.replace(callback, step);
            }
            Action::Fail(callback) => state.replace(callback, None),
            Action::Ask(who, node) => {
                state.fetches_left[who] -= 1;
                state.fetches.push(Fetch { node, hand: Hand::Empty });
                state.fetches.sort();
            }
            Action::Serve(fetch) => {
                let hand = self.serve(&mut state, fetch);
                let at = state.fetches.iter().position(|other| *other == fetch)?;
                state.fetches.remove(at);
                state.fetches.extend(hand.map(|hand| Fetch { hand, ..fetch }));
                state.fetches.sort();
            }
            Action::Die(node) => {
                state.callbacks.retain(|callback| callback.node != node);
                state.fetches.retain(|fetch| fetch.node != node);
            }
            Action::RunOut(who) => state.arrivals_left[who] = 0,
            Action::Sweep(who) => state.claims[who] = false,
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![
            Property::always(ONE_EXCHANGE, |_, state: &State| state.exchanges.iter().all(|count| *count <= 1)),
            Property::always(ONE_SESSION, |_, state: &State| {
                state.sessions.iter().zip(state.credentials).all(|(sessions, gone)| *sessions <= 1 && gone <= *sessions)
            }),
            Property::always(ONE_TAKE, |_, state: &State| state.handed_out.iter().all(|count| *count <= 1)),
            Property::always(ONE_ACCOUNT, |_, state: &State| state.people <= 1 && state.people == state.identities),
            Property::always(WHOLE, |_, state: &State| {
                let is_anything = state.shelf.is_some() || state.sessions.iter().any(|count| *count > 0);
                !is_anything || (state.people > 0 && state.identities > 0)
            }),
            // The model can do what it should, so that what never happens in it is worth something.
            Property::sometimes("both come home, and one has the other's tokens", |_, state: &State| {
                state.credentials == [1, 1] && state.handed_out.contains(&1)
            }),
            Property::sometimes("both deposits are handed out", |_, state: &State| state.handed_out == [1, 1]),
            Property::sometimes("a callback comes again and brings nothing", |_, state: &State| {
                state.sent_home_empty[0] && state.credentials[0] == 1
            }),
        ];
        if self.is_mishap_possible {
            properties.extend([
                Property::sometimes("who dies with the claim takes the flow along", |_, state: &State| {
                    state.claims[0] && state.exchanges[0] == 0 && state.callbacks.is_empty() && state.sent_home_empty[0]
                }),
                Property::sometimes("a session is there, and nobody was told", |_, state: &State| {
                    state.sessions[0] == 1 && state.credentials[0] == 0 && state.callbacks.is_empty()
                }),
                Property::sometimes("tokens are lost with the node that took them", |_, state: &State| {
                    let is_gone = state.shelf.is_none() && state.fetches.is_empty();
                    is_gone && state.sessions[0] == 1 && state.handed_out == [0, 0]
                }),
                Property::sometimes("the second coming is the one that counts", |_, state: &State| {
                    state.credentials[0] == 1 && state.arrivals_left[0] == 0 && !state.sent_home_empty[0]
                }),
            ]);
        } else {
            properties
                .push(Property::eventually("everybody is signed in", |_, state: &State| state.credentials == [1, 1]));
            properties.push(Property::eventually("somebody gets the tokens", |_, state: &State| {
                state.handed_out.iter().sum::<u8>() > 0
            }));
        }
        properties
    }
}
