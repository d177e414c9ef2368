//! What may happen next, and what must hold.

use std::collections::BTreeSet;

use stateright::{Model, Property};

use super::rules::{Family, Flaw, Grant, NODES, Rotation, Stage, State, Status, TRIES, Task};

/// How often the access token expires again after a refresh.
const EXPIRIES: u8 = 1;

/// How often a request is not processed, and the node knows it.
const REFUSALS: u8 = 1;

/// Longer histories are not searched.
const MAX_FENCE: u8 = 5;

pub const ONE_REQUEST: &str = "a lease asks the provider at most once";
pub const NEVER_SPENT: &str =
    "a provider that revokes on reuse is never sent a refresh token again after it may have used it";
pub const FAMILY_KEPT: &str = "no grant is revoked by the provider because of us";
pub const LIVE_IS_HONOURED: &str = "a row that reads live holds a refresh token that the provider accepts";
pub const NEWER_KEPT: &str = "the holder of an older fence never overwrites a newer result";
pub const GIVEN_UP_FOR_CAUSE: &str =
    "a grant is given up only for a refusal of its stored token or for an unknown fate";
pub const ONLY_STORED: &str = "a caller is handed only the tokens of the row";
pub const NOT_STUCK: &str = "no grant stays refreshing";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The access token expires.
    Expire,
    /// A node finds the row live and the access token too old, and claims the refresh.
    Claim,
    /// The second statement of a claim, with [`Flaw::ReadsThenClaims`].
    WriteClaim(Task),
    Send(Task),
    /// The node does not reach the provider.
    CannotSend(Task),
    /// The provider answers; the answer may take any time to arrive.
    Process(Task),
    /// The provider answers that it is busy (status 429).
    Refuse(Task),
    /// The node writes the answer to the row.
    Complete(Task),
    /// The node crashes.
    Crash(Task),
    /// The node has waited long enough for the answer.
    TimeOut(Task),
    /// A node finds the row refreshing and its lease over. Clocks differ, and so it may seem over at any time.
    EndLease,
    /// The time to wait after a refusal is over.
    EndBackoff,
    /// The user signs in and consents anew.
    Consent,
    /// The user signs in, and the provider sends no refresh token.
    SignInWithoutRefreshToken,
    /// The user withdraws the consent at the provider.
    Withdraw,
}

impl Grant {
    fn failures_of(self, state: &State, task: Task, actions: &mut Vec<Action>) {
        match task.stage {
            Stage::Abandoned => {}
            Stage::Asked => actions.extend([Action::Crash(task), Action::TimeOut(task)]),
            _ => actions.push(Action::Crash(task)),
        }
        if state.refusals_left > 0 {
            match task.stage {
                Stage::Claimed => actions.push(Action::CannotSend(task)),
                Stage::Asked => actions.push(Action::Refuse(task)),
                _ => {}
            }
        }
    }
}

impl Grant {
    /// The model reaches what the rules are for; otherwise the invariants would hold trivially.
    fn reached(self) -> Vec<Property<Self>> {
        if !self.with_failures {
            return vec![Property::eventually("callers are served after each expiry", |_, state: &State| {
                state.expiries_left == 0 && state.row.is_fresh
            })];
        }
        let mut reached = vec![
            Property::sometimes("the answer arrives after a new consent", |_, state: &State| {
                state.granted().any(|task| task.fence < state.row.written)
            }),
            Property::sometimes("two nodes refresh at once", |_, state: &State| state.tasks.len() == NODES),
        ];
        if self.rotation != Rotation::RevokesOnReuse {
            reached.push(Property::sometimes("the answer arrives under a later lease", |_, state: &State| {
                let is_late = |task: &Task| (state.row.written + 1..state.row.fence).contains(&task.fence);
                state.row.status == Status::Refreshing && state.granted().any(is_late)
            }));
        }
        if self.rotation != Rotation::Keeps {
            reached.push(Property::sometimes("the answer arrives after the grant was given up", |_, state: &State| {
                state.row.status == Status::Unknown && state.granted().next().is_some()
            }));
        }
        reached
    }
}

impl Model for Grant {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let families = vec![Family::default()];
        vec![State { families, expiries_left: EXPIRIES, refusals_left: REFUSALS, ..State::default() }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let row = state.row;
        if row.is_fresh && state.expiries_left > 0 {
            actions.push(Action::Expire);
        }
        if row.status == Status::Live && !row.is_fresh && !row.is_backing_off && state.has_free_node() {
            actions.push(Action::Claim);
        }
        if row.is_backing_off {
            actions.push(Action::EndBackoff);
        }
        if !state.has_consented_anew() {
            actions.push(Action::Consent);
        }
        for task in state.tasks.iter().copied() {
            actions.push(match task.stage {
                Stage::Read => Action::WriteClaim(task),
                Stage::Claimed => Action::Send(task),
                Stage::Asked | Stage::Abandoned => Action::Process(task),
                Stage::Granted(_) | Stage::InvalidGrant | Stage::NotProcessed => Action::Complete(task),
            });
            if self.with_failures {
                self.failures_of(state, task, actions);
            }
        }
        if !self.with_failures {
            return;
        }
        if row.status == Status::Refreshing && state.has_free_node() && !self.has(Flaw::LeaseHasNoEnd) {
            actions.push(Action::EndLease);
        }
        let takes_sign_in = row.status == Status::Live || self.has(Flaw::SignInWithoutRefreshTokenCounts);
        if takes_sign_in && !row.is_fresh {
            actions.push(Action::SignInWithoutRefreshToken);
        }
        if state.families.iter().all(|family| !family.is_withdrawn) {
            actions.push(Action::Withdraw);
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Expire => {
                state.expiries_left -= 1;
                state.row.is_fresh = false;
            }
            Action::Claim if self.has(Flaw::ReadsThenClaims) => state.start(state.task(Stage::Read)),
            Action::Claim if self.has(Flaw::AsksBeforeIntent) => state.start(state.task(Stage::Claimed)),
            Action::Claim => {
                let task = state.claim();
                state.start(task);
            }
            Action::WriteClaim(task) => {
                state.row.fence = task.fence;
                let claimed = state.claim();
                state.replace(task, None);
                state.start(claimed);
            }
            Action::Send(task) => {
                state.is_sent_twice |= self.rotation == Rotation::RevokesOnReuse && state.is_maybe_spent(task.tokens);
                state.replace(task, Some(Stage::Asked));
            }
            Action::CannotSend(task) => {
                state.refusals_left -= 1;
                state.replace(task, Some(Stage::NotProcessed));
            }
            Action::Refuse(task) => {
                state.refusals_left -= 1;
                state.replace(task, Some(Stage::NotProcessed));
            }
            Action::Process(task) => {
                let answer = self.process(&mut state, task);
                state.replace(task, (task.stage == Stage::Asked).then_some(answer));
            }
            Action::Complete(task) => {
                self.complete(&mut state, task);
                state.replace(task, None);
            }
            Action::Crash(task) => state.abandon(task, self.rotation),
            Action::TimeOut(task) => {
                state.abandon(task, self.rotation);
                self.time_out(&mut state, task);
            }
            Action::EndLease => self.end_lease(&mut state),
            Action::EndBackoff => state.row.is_backing_off = false,
            Action::Consent => self.consent(&mut state),
            Action::SignInWithoutRefreshToken => self.sign_in_without_refresh_token(&mut state),
            Action::Withdraw => state.family(last.row.tokens).is_withdrawn = true,
        }
        Some(state)
    }

    /// A provider that keeps refresh tokens is asked any number of times.
    fn within_boundary(&self, state: &State) -> bool {
        state.row.fence <= MAX_FENCE
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![
            Property::always(ONE_REQUEST, |_, state: &State| {
                let holds = |task: &&Task| !matches!(task.stage, Stage::Read | Stage::Abandoned);
                let fences: Vec<u8> = state.tasks.iter().filter(holds).map(|task| task.fence).collect();
                fences.iter().collect::<BTreeSet<_>>().len() == fences.len()
            }),
            Property::always(NEVER_SPENT, |_, state: &State| !state.is_sent_twice),
            Property::always(FAMILY_KEPT, |_, state: &State| {
                state.families.iter().all(|family| !family.is_revoked_for_reuse)
            }),
            Property::always(LIVE_IS_HONOURED, |model: &Self, state: &State| {
                let is_in_doubt = state.row.attempts > 0 || state.is_withdrawn();
                state.row.status != Status::Live || is_in_doubt || state.is_honoured(model.rotation)
            }),
            Property::always(NEWER_KEPT, |_, state: &State| !state.is_overwritten),
            Property::always(GIVEN_UP_FOR_CAUSE, |model: &Self, state: &State| match state.row.status {
                Status::Live | Status::Refreshing => true,
                Status::Refused => !state.is_honoured(model.rotation),
                Status::Unknown => match model.rotation {
                    Rotation::Keeps => false,
                    Rotation::Rotates => state.claims == TRIES,
                    Rotation::RevokesOnReuse => state.claims > 0,
                },
            }),
            Property::always(ONLY_STORED, |_, state: &State| !state.is_stray_handed_out),
            // Each claim takes a fence and each path ends; where it ends, nothing is under way.
            Property::always(NOT_STUCK, |model: &Self, state: &State| {
                let mut actions = Vec::new();
                model.actions(state, &mut actions);
                state.row.status != Status::Refreshing || !actions.is_empty()
            }),
        ];
        properties.extend(self.reached());
        properties
    }
}
