//! The model's states, what may happen in each, and what has to hold.

use stateright::{Model, Property};

/// Which browser, and so which flow, which code and which deposit.
type BrowserId = usize;

/// Which node.
type Node = usize;

const INDICES: [usize; 2] = [0, 1];

/// How often each callback arrives.
const MAX_CALLBACKS: u8 = 2;

/// Above this many it is all the same.
const SATURATED: u8 = 2;

pub const ONE_EXCHANGE: &str = "a code is presented at most once";
pub const ONE_SESSION: &str = "a callback brings at most one session";
pub const ONE_TAKE: &str = "a deposit is handed out at most once";
pub const ONE_ACCOUNT: &str = "a person has one account";
pub const WHOLE: &str = "no session and no deposit stands without person and identity";

/// How it could be done wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The claim is read, and then written.
    ReadBeforeMark,
    /// A claim is forgotten at the moment at which its flow is over, although somebody may still be at it.
    UsedFlowDeletedEarly,
    /// The deposit is read, and then deleted.
    ReadBeforeTake,
    /// Session, person and identity are written one after the other.
    SignInNotAtomic,
    /// Two identities may name the same person of a provider.
    IdentityNotUnique,
}

/// The protocol; see the head of the parent module.
#[derive(Clone, Copy, Debug)]
pub struct Protocol {
    pub flaw: Option<Flaw>,
    /// Whether nodes die, statements fail and time runs out.
    pub with_failures: bool,
}

/// How far a node is with a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    Admitted,
    /// Of [`Flaw::ReadBeforeMark`] alone.
    ReadUnused,
    MarkedUsed,
    Exchanged,
    Identified,
    /// Inside the transaction: it has looked whether the person is known.
    Decided {
        is_new: bool,
    },
    /// Of [`Flaw::SignInNotAtomic`] alone.
    SessionWritten,
    Committed,
}

/// A callback in a node's hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Callback {
    browser: BrowserId,
    node: Node,
    step: Step,
}

/// A request for the tokens in a node's hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fetch {
    node: Node,
    progress: Progress,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Progress {
    Started,
    /// Of [`Flaw::ReadBeforeTake`] alone: read, not deleted yet.
    Read(BrowserId),
    Taken(BrowserId),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct State {
    // In the hands of the nodes, in order, because it does not matter which of two equal ones came first.
    callbacks: Vec<Callback>,
    fetches: Vec<Fetch>,
    // What the browsers will still do.
    callbacks_left: [u8; 2],
    fetches_left: [u8; 2],
    // The database.
    used_flows: [bool; 2],
    users: u8,
    identities: u8,
    sessions: [u8; 2],
    vault: Option<BrowserId>,
    // What others saw.
    exchanges: [u8; 2],
    credentials: [u8; 2],
    claimed: [u8; 2],
    rejected: [bool; 2],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A callback reaches a node.
    CallbackArrives(BrowserId, Node),
    /// A node does the next step of a callback in its hands.
    Advance(Callback),
    /// The next step of a callback fails.
    Fail(Callback),
    /// Somebody browser is signed in asks a node for the tokens.
    RequestTokens(BrowserId, Node),
    /// A node does the next step of such a request.
    AdvanceFetch(Fetch),
    /// A node dies and starts again.
    Crash(Node),
    /// A flow's time is over: no callback is admitted any more.
    Expire(BrowserId),
    /// Its claim is forgotten.
    DeleteUsedFlow(BrowserId),
}

impl State {
    fn count(number: &mut u8) {
        *number = (*number + 1).min(SATURATED);
    }

    fn is_busy(&self, browser: BrowserId) -> bool {
        self.callbacks.iter().any(|callback| callback.browser == browser)
    }

    fn replace(&mut self, old: Callback, step: Option<Step>) {
        self.callbacks.retain(|callback| *callback != old);
        self.callbacks.extend(step.map(|step| Callback { step, ..old }));
        self.callbacks.sort();
    }

    fn write_session(&mut self, browser: BrowserId) {
        Self::count(&mut self.sessions[browser]);
        self.vault = Some(browser);
    }

    fn write_user(&mut self) {
        Self::count(&mut self.users);
        Self::count(&mut self.identities);
    }
}

impl Protocol {
    fn has(self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// The step that follows; `None`: the callback is answered.
    fn advance_callback(self, state: &mut State, callback: Callback) -> Option<Step> {
        let browser = callback.browser;
        match callback.step {
            Step::Admitted if state.used_flows[browser] => {
                state.rejected[browser] = true;
                None
            }
            Step::Admitted if self.has(Flaw::ReadBeforeMark) => Some(Step::ReadUnused),
            Step::Admitted | Step::ReadUnused => {
                state.used_flows[browser] = true;
                Some(Step::MarkedUsed)
            }
            // A provider that is asked twice may well answer twice.
            Step::MarkedUsed => {
                State::count(&mut state.exchanges[browser]);
                Some(Step::Exchanged)
            }
            Step::Exchanged => Some(Step::Identified),
            Step::Identified => Some(Step::Decided { is_new: state.identities == 0 }),
            // The unique index refuses a second identity; whoever was too late looks again.
            Step::Decided { is_new: true } if state.identities > 0 && !self.has(Flaw::IdentityNotUnique) => {
                Some(Step::Identified)
            }
            Step::Decided { is_new: true } if self.has(Flaw::SignInNotAtomic) => {
                state.write_session(browser);
                Some(Step::SessionWritten)
            }
            Step::SessionWritten => {
                state.write_user();
                Some(Step::Committed)
            }
            Step::Decided { is_new } => {
                if is_new {
                    state.write_user();
                }
                state.write_session(browser);
                Some(Step::Committed)
            }
            Step::Committed => {
                State::count(&mut state.credentials[browser]);
                None
            }
        }
    }

    fn advance_fetch(self, state: &mut State, fetch: Fetch) -> Option<Progress> {
        match fetch.progress {
            Progress::Started if self.has(Flaw::ReadBeforeTake) => state.vault.map(Progress::Read),
            Progress::Started => state.vault.take().map(Progress::Taken),
            Progress::Read(owner) => {
                state.vault = None;
                Some(Progress::Taken(owner))
            }
            Progress::Taken(owner) => {
                State::count(&mut state.claimed[owner]);
                None
            }
        }
    }
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State { callbacks_left: [MAX_CALLBACKS; 2], fetches_left: [1; 2], ..State::default() }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for browser in INDICES {
            for node in INDICES {
                if state.callbacks_left[browser] > 0 {
                    actions.push(Action::CallbackArrives(browser, node));
                }
                if state.credentials[browser] > 0 && state.fetches_left[browser] > 0 {
                    actions.push(Action::RequestTokens(browser, node));
                }
            }
        }
        actions.extend(state.callbacks.iter().copied().map(Action::Advance));
        actions.extend(state.fetches.iter().copied().map(Action::AdvanceFetch));
        if !self.with_failures {
            return;
        }
        actions.extend(state.callbacks.iter().copied().map(Action::Fail));
        for node in INDICES {
            let is_busy = state.callbacks.iter().map(|callback| callback.node);
            let mut is_busy = is_busy.chain(state.fetches.iter().map(|fetch| fetch.node));
            if is_busy.any(|at| at == node) {
                actions.push(Action::Crash(node));
            }
        }
        for browser in INDICES {
            if state.callbacks_left[browser] > 0 {
                actions.push(Action::Expire(browser));
            } else if state.used_flows[browser] && (!state.is_busy(browser) || self.has(Flaw::UsedFlowDeletedEarly)) {
                // A callback that was admitted has ended long before its claim is forgotten.
                actions.push(Action::DeleteUsedFlow(browser));
            }
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::CallbackArrives(browser, node) => {
                state.callbacks_left[browser] -= 1;
                let callback = Callback { browser, node, step: Step::Admitted };
                // The flow's actor is busy with the first one; it lets no second one in.
                if state.callbacks.iter().any(|other| (other.browser, other.node) == (browser, node)) {
                    state.rejected[browser] = true;
                } else {
                    state.callbacks.push(callback);
                    state.callbacks.sort();
                }
            }
            Action::Advance(callback) => {
                let step = self.advance_callback(&mut state, callback);
                state.replace(callback, step);
            }
            Action::Fail(callback) => state.replace(callback, None),
            Action::RequestTokens(browser, node) => {
                state.fetches_left[browser] -= 1;
                state.fetches.push(Fetch { node, progress: Progress::Started });
                state.fetches.sort();
            }
            Action::AdvanceFetch(fetch) => {
                let progress = self.advance_fetch(&mut state, fetch);
                let at = state.fetches.iter().position(|other| *other == fetch)?;
                state.fetches.remove(at);
                state.fetches.extend(progress.map(|progress| Fetch { progress, ..fetch }));
                state.fetches.sort();
            }
            Action::Crash(node) => {
                state.callbacks.retain(|callback| callback.node != node);
                state.fetches.retain(|fetch| fetch.node != node);
            }
            Action::Expire(browser) => state.callbacks_left[browser] = 0,
            Action::DeleteUsedFlow(browser) => state.used_flows[browser] = false,
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![
            Property::always(ONE_EXCHANGE, |_, state: &State| state.exchanges.iter().all(|count| *count <= 1)),
            Property::always(ONE_SESSION, |_, state: &State| {
                state.sessions.iter().zip(state.credentials).all(|(sessions, gone)| *sessions <= 1 && gone <= *sessions)
            }),
            Property::always(ONE_TAKE, |_, state: &State| state.claimed.iter().all(|count| *count <= 1)),
            Property::always(ONE_ACCOUNT, |_, state: &State| state.users <= 1 && state.users == state.identities),
            Property::always(WHOLE, |_, state: &State| {
                let is_anything = state.vault.is_some() || state.sessions.iter().any(|count| *count > 0);
                !is_anything || (state.users > 0 && state.identities > 0)
            }),
            // The model can do what it should, so that what never happens in it is worth something.
            Property::sometimes("both come home, and one has the other's tokens", |_, state: &State| {
                state.credentials == [1, 1] && state.claimed.contains(&1)
            }),
            Property::sometimes("both deposits are handed out", |_, state: &State| state.claimed == [1, 1]),
            Property::sometimes("a callback comes again and brings nothing", |_, state: &State| {
                state.rejected[0] && state.credentials[0] == 1
            }),
        ];
        if self.with_failures {
            properties.extend([
                Property::sometimes("browser dies with the claim takes the flow along", |_, state: &State| {
                    state.used_flows[0] && state.exchanges[0] == 0 && state.callbacks.is_empty() && state.rejected[0]
                }),
                Property::sometimes("a session is there, and nobody was told", |_, state: &State| {
                    state.sessions[0] == 1 && state.credentials[0] == 0 && state.callbacks.is_empty()
                }),
                Property::sometimes("tokens are lost with the node that took them", |_, state: &State| {
                    let is_gone = state.vault.is_none() && state.fetches.is_empty();
                    is_gone && state.sessions[0] == 1 && state.claimed == [0, 0]
                }),
                Property::sometimes("the second coming is the one that counts", |_, state: &State| {
                    state.credentials[0] == 1 && state.callbacks_left[0] == 0 && !state.rejected[0]
                }),
            ]);
        } else {
            properties
                .push(Property::eventually("everybody is signed in", |_, state: &State| state.credentials == [1, 1]));
            properties.push(Property::eventually("somebody gets the tokens", |_, state: &State| {
                state.claimed.iter().sum::<u8>() > 0
            }));
        }
        properties
    }
}
