//! The model's states, actions and invariants.

use stateright::{Model, Property};

/// The index of a browser, and so of its flow, code and vault entry.
type BrowserId = usize;

/// The index of a node.
type Node = usize;

const INDICES: [usize; 2] = [0, 1];

/// How often each callback arrives.
const MAX_CALLBACKS: u8 = 2;

/// Counters stop here; higher counts are equivalent.
const SATURATED: u8 = 2;

pub const ONE_EXCHANGE: &str = "a code is exchanged at most once";
pub const ONE_SESSION: &str = "a callback starts at most one session";
pub const ONE_TAKE: &str = "stored tokens are returned at most once";
pub const ONE_ACCOUNT: &str = "a user has one account";
pub const WHOLE: &str = "every session and vault entry has a user and an identity";

/// A known way to implement the protocol wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The flow is read as unused and then marked used, in two statements.
    ReadBeforeMark,
    /// The used-flow row is deleted when the flow expires, although a callback may still run.
    UsedFlowDeletedEarly,
    /// The vault entry is read and then deleted, in two statements.
    ReadBeforeTake,
    /// Session, user and identity are written in separate transactions.
    SignInNotAtomic,
    /// The unique index on identities is missing.
    IdentityNotUnique,
}

/// The protocol; see the parent module.
#[derive(Clone, Copy, Debug)]
pub struct Protocol {
    pub flaw: Option<Flaw>,
    /// Whether nodes crash, statements fail and flows expire.
    pub with_failures: bool,
}

/// How far a node is with a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    Admitted,
    /// Only with [`Flaw::ReadBeforeMark`].
    ReadUnused,
    MarkedUsed,
    Exchanged,
    Identified,
    /// Inside the transaction: it has read whether the user exists.
    Decided {
        is_new: bool,
    },
    /// Only with [`Flaw::SignInNotAtomic`].
    SessionWritten,
    Committed,
}

/// A callback that a node is processing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Callback {
    pub(super) browser: BrowserId,
    pub(super) node: Node,
    pub(super) step: Step,
}

/// A claim of the tokens that a node is processing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fetch {
    node: Node,
    progress: Progress,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Progress {
    Started,
    /// Only with [`Flaw::ReadBeforeTake`]: read, not deleted yet.
    Read(BrowserId),
    Taken(BrowserId),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct State {
    // Requests in progress, sorted, because the order of equal ones does not matter.
    pub(super) callbacks: Vec<Callback>,
    fetches: Vec<Fetch>,
    // What the browsers have left to do.
    pub(super) callbacks_left: [u8; 2],
    fetches_left: [u8; 2],
    // The database.
    pub(super) used_flows: [bool; 2],
    users: u8,
    identities: u8,
    sessions: [u8; 2],
    vault: Option<BrowserId>,
    // What the provider and the browsers observed.
    exchanges: [u8; 2],
    credentials: [u8; 2],
    claimed: [u8; 2],
    pub(super) rejected: [bool; 2],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A callback reaches a node.
    CallbackArrives(BrowserId, Node),
    /// A node takes the next step of a callback.
    Advance(Callback),
    /// The next step of a callback fails.
    Fail(Callback),
    /// A signed-in browser requests the tokens from a node.
    RequestTokens(BrowserId, Node),
    /// A node takes the next step of such a request.
    AdvanceFetch(Fetch),
    /// A node crashes and restarts.
    Crash(Node),
    /// A flow expires: no further callback is admitted.
    Expire(BrowserId),
    /// Maintenance deletes the used-flow row.
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

    /// The next step; `None` if the callback is answered.
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
            // A provider may answer a second exchange of the same code.
            Step::MarkedUsed => {
                State::count(&mut state.exchanges[browser]);
                Some(Step::Exchanged)
            }
            Step::Exchanged => Some(Step::Identified),
            Step::Identified => Some(Step::Decided { is_new: state.identities == 0 }),
            // The unique index refuses a second identity; the loser reads again.
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
                // An admitted callback ends long before its used-flow row is deleted.
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
                // The flow's actor is busy with the first callback and admits no second one.
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
            // The model reaches the intended states; otherwise the invariants would hold trivially.
            Property::sometimes("both sign in, and one claims the other's tokens", |_, state: &State| {
                state.credentials == [1, 1] && state.claimed.contains(&1)
            }),
            Property::sometimes("both browsers claim tokens", |_, state: &State| state.claimed == [1, 1]),
            Property::sometimes("a repeated callback returns nothing", |_, state: &State| {
                state.rejected[0] && state.credentials[0] == 1
            }),
        ];
        if self.with_failures {
            properties.extend([
                Property::sometimes("browser dies with the claim takes the flow along", |_, state: &State| {
                    state.used_flows[0] && state.exchanges[0] == 0 && state.callbacks.is_empty() && state.rejected[0]
                }),
                Property::sometimes("a session exists whose credential was lost", |_, state: &State| {
                    state.sessions[0] == 1 && state.credentials[0] == 0 && state.callbacks.is_empty()
                }),
                Property::sometimes("tokens are lost with the node that took them", |_, state: &State| {
                    let is_gone = state.vault.is_none() && state.fetches.is_empty();
                    is_gone && state.sessions[0] == 1 && state.claimed == [0, 0]
                }),
                Property::sometimes("the second callback signs in", |_, state: &State| {
                    state.credentials[0] == 1 && state.callbacks_left[0] == 0 && !state.rejected[0]
                }),
            ]);
        } else {
            properties.push(Property::eventually("both are signed in", |_, state: &State| state.credentials == [1, 1]));
            let is_claimed = |_: &Self, state: &State| state.claimed != [0, 0];
            properties.push(Property::eventually("one browser gets the tokens", is_claimed));
        }
        properties
    }
}
