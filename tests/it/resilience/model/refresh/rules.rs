//! The row, its statements, and the provider.

/// How many refreshes are under way at once: one at each of two nodes.
pub(super) const NODES: usize = 2;

/// How often a refresh token is sent without an answer, at a provider that rotates, before the grant is given up.
pub(super) const TRIES: u8 = 2;

/// When a provider replaces refresh tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    Keeps,
    Rotates,
    RevokesOnReuse,
}

/// A known way to implement the rules wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// A result is stored whoever stored another one since.
    StoresWithoutFence,
    /// The row says that it refreshes only once the answer is there.
    AsksBeforeIntent,
    /// An unknown fate is tried again at a provider that revokes on reuse.
    RetriesUnknownFate,
    /// The row is read as live and then claimed, in two statements.
    ReadsThenClaims,
    /// A consent takes a fence, but does not count as the writer of its tokens.
    ConsentDoesNotCount,
    /// A refusal is believed although another refresh has stored tokens since the claim.
    BelievesStaleRefusal,
    /// A sign-in that brings no refresh token counts as the writer of the old one.
    SignInWithoutRefreshTokenCounts,
    /// A request without an answer counts as one that was not processed.
    TimeoutIsNotSent,
    /// Tokens that arrive under a later lease are stored, but the row stays refreshing.
    LateTokensWait,
    /// Nobody looks at leases that ended.
    LeaseHasNoEnd,
    /// Callers are handed the answer whether or not it was stored.
    HandsOutUnstored,
}

/// The rules; see the parent module.
#[derive(Clone, Copy, Debug)]
pub struct Grant {
    pub rotation: Rotation,
    pub flaw: Option<Flaw>,
    /// Whether nodes crash, messages get lost or late, leases end and requests are refused.
    pub with_failures: bool,
}

/// A pair of tokens: the consent that it comes from, and the refreshes since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tokens {
    pub(super) family: u8,
    pub(super) generation: u8,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Status {
    #[default]
    Live,
    Refreshing,
    /// Needs reauthorization: the provider refused.
    Refused,
    /// Needs reauthorization: what became of the request is unknown.
    Unknown,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Row {
    pub(super) status: Status,
    pub(super) tokens: Tokens,
    /// The access token is good long enough.
    pub(super) is_fresh: bool,
    pub(super) fence: u8,
    pub(super) written: u8,
    pub(super) attempts: u8,
    pub(super) is_backing_off: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Only with [`Flaw::ReadsThenClaims`].
    Read,
    Claimed,
    Asked,
    /// The request is under way, but nobody waits for its answer.
    Abandoned,
    Granted(Tokens),
    InvalidGrant,
    /// The provider says that it did not process the request, or there was no connection to it.
    NotProcessed,
}

/// A refresh that a node carries out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Task {
    pub(super) fence: u8,
    /// What the row's `written` was at the claim.
    pub(super) base: u8,
    pub(super) tokens: Tokens,
    pub(super) stage: Stage,
}

/// What the provider knows of one consent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Family {
    pub(super) generation: u8,
    pub(super) is_revoked_for_reuse: bool,
    pub(super) is_withdrawn: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct State {
    pub(super) row: Row,
    // Sorted, because the order of equal ones does not matter.
    pub(super) tasks: Vec<Task>,
    pub(super) families: Vec<Family>,
    // What may still happen.
    pub(super) expiries_left: u8,
    pub(super) refusals_left: u8,
    // What an observer saw.
    /// The fence under which the tokens of the row were won.
    pub(super) writer: u8,
    /// How often the tokens of the row were claimed.
    pub(super) claims: u8,
    pub(super) is_sent_twice: bool,
    pub(super) is_overwritten: bool,
    pub(super) is_stray_handed_out: bool,
}

impl State {
    pub(super) fn replace(&mut self, old: Task, stage: Option<Stage>) {
        if let Some(at) = self.tasks.iter().position(|task| *task == old) {
            self.tasks.remove(at);
        }
        self.tasks.extend(stage.map(|stage| Task { stage, ..old }));
        self.tasks.sort();
    }

    pub(super) fn has_free_node(&self) -> bool {
        self.tasks.iter().filter(|task| task.stage != Stage::Abandoned).count() < NODES
    }

    pub(super) fn has_consented_anew(&self) -> bool {
        self.families.len() > 1
    }

    pub(super) fn is_withdrawn(&self) -> bool {
        self.families[usize::from(self.row.tokens.family)].is_withdrawn
    }

    pub(super) fn family(&mut self, tokens: Tokens) -> &mut Family {
        &mut self.families[usize::from(tokens.family)]
    }

    pub(super) fn is_honoured(&self, rotation: Rotation) -> bool {
        let family = self.families[usize::from(self.row.tokens.family)];
        let is_current = rotation == Rotation::Keeps || family.generation == self.row.tokens.generation;
        is_current && !family.is_revoked_for_reuse && !family.is_withdrawn
    }

    /// The refreshes whose tokens are about to be stored.
    pub(super) fn granted(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter().filter(|task| matches!(task.stage, Stage::Granted(_)))
    }

    pub(super) fn claim(&mut self) -> Task {
        self.row.fence += 1;
        self.row.status = Status::Refreshing;
        self.claims = (self.claims + 1).min(TRIES);
        self.task(Stage::Claimed)
    }

    /// Whether the provider has used this refresh token, or may be about to.
    pub(super) fn is_maybe_spent(&self, tokens: Tokens) -> bool {
        let is_under_way = |task: &Task| matches!(task.stage, Stage::Asked | Stage::Abandoned) && task.tokens == tokens;
        self.families[usize::from(tokens.family)].generation > tokens.generation || self.tasks.iter().any(is_under_way)
    }

    pub(super) fn task(&self, stage: Stage) -> Task {
        Task { fence: self.row.fence, base: self.row.written, tokens: self.row.tokens, stage }
    }

    pub(super) fn start(&mut self, task: Task) {
        self.tasks.push(task);
        self.tasks.sort();
    }

    /// Nobody waits for the answer any more, but the provider may still get the request.
    pub(super) fn abandon(&mut self, task: Task, rotation: Rotation) {
        self.replace(task, None);
        let is_of_row = task.tokens.family == self.row.tokens.family;
        if task.stage == Stage::Asked && is_of_row && rotation != Rotation::Keeps {
            self.start(Task { fence: 0, base: 0, stage: Stage::Abandoned, ..task });
        }
    }

    fn count_try(&mut self) {
        self.row.attempts = (self.row.attempts + 1).min(TRIES);
    }

    fn put_off(&mut self) {
        self.row.status = Status::Live;
        self.row.is_backing_off = true;
    }

    /// Tokens get into the row.
    pub(super) fn write(&mut self, fence: u8, tokens: Tokens) {
        self.is_overwritten |= fence < self.writer;
        self.writer = fence;
        self.row.tokens = tokens;
        self.row.is_fresh = true;
        self.claims = 0;
    }
}

impl Grant {
    pub(super) fn has(self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    pub(super) fn process(self, state: &mut State, task: Task) -> Stage {
        let rotation = self.rotation;
        let family = state.family(task.tokens);
        let is_spent = rotation != Rotation::Keeps && family.generation != task.tokens.generation;
        if is_spent && rotation == Rotation::RevokesOnReuse {
            family.is_revoked_for_reuse = true;
        }
        if is_spent || family.is_revoked_for_reuse || family.is_withdrawn {
            return Stage::InvalidGrant;
        }
        if rotation != Rotation::Keeps {
            family.generation += 1;
        }
        Stage::Granted(Tokens { generation: family.generation, ..task.tokens })
    }

    /// One statement; where the row is not as it has to be, it changes nothing.
    pub(super) fn complete(self, state: &mut State, task: Task) {
        let row = state.row;
        match task.stage {
            Stage::Granted(tokens) => {
                let is_newest = row.written < task.fence;
                if is_newest || self.has(Flaw::StoresWithoutFence) || self.has(Flaw::AsksBeforeIntent) {
                    state.write(task.fence, tokens);
                    state.row.written = task.fence;
                    let is_later_lease_out = row.status == Status::Refreshing && row.fence > task.fence;
                    if !(is_later_lease_out && self.has(Flaw::LateTokensWait)) {
                        state.row.status = Status::Live;
                        state.row.attempts = 0;
                    }
                } else if self.has(Flaw::HandsOutUnstored) && tokens != row.tokens {
                    state.is_stray_handed_out = true;
                }
            }
            Stage::InvalidGrant if row.fence == task.fence => {
                let is_current = row.written == task.base || self.has(Flaw::BelievesStaleRefusal);
                state.row.status = if is_current { Status::Refused } else { Status::Live };
            }
            Stage::NotProcessed if row.fence == task.fence => state.put_off(),
            _ => {}
        }
    }

    /// Whether a refresh token whose use is unknown may be sent again.
    fn may_try_again(self, row: Row) -> bool {
        match self.rotation {
            Rotation::Keeps => true,
            Rotation::Rotates => row.attempts + 1 < TRIES,
            Rotation::RevokesOnReuse => self.has(Flaw::RetriesUnknownFate) && row.attempts + 1 < TRIES,
        }
    }

    /// One statement as well.
    pub(super) fn end_lease(self, state: &mut State) {
        if self.may_try_again(state.row) {
            state.count_try();
            let task = state.claim();
            state.start(task);
        } else {
            state.row.status = Status::Unknown;
        }
    }

    /// One statement as well.
    pub(super) fn time_out(self, state: &mut State, task: Task) {
        if (state.row.fence, state.row.status) != (task.fence, Status::Refreshing) {
            return;
        }
        if state.row.written != task.base {
            state.row.status = Status::Live;
        } else if self.may_try_again(state.row) {
            state.count_try();
            state.put_off();
        } else if self.has(Flaw::TimeoutIsNotSent) {
            state.put_off();
        } else {
            state.row.status = Status::Unknown;
        }
    }

    /// The access token of a sign-in replaces the stored one; the refresh token stays.
    pub(super) fn sign_in_without_refresh_token(self, state: &mut State) {
        if self.has(Flaw::SignInWithoutRefreshTokenCounts) {
            state.row.fence += 1;
            state.row.written = state.row.fence;
            state.row.status = Status::Live;
            state.row.attempts = 0;
        }
        state.row.is_fresh = true;
    }

    pub(super) fn consent(self, state: &mut State) {
        state.row.fence += 1;
        let tokens = Tokens { family: 1, generation: 0 };
        state.families.push(Family::default());
        state.write(state.row.fence, tokens);
        if !self.has(Flaw::ConsentDoesNotCount) {
            state.row.written = state.row.fence;
        }
        state.row.status = Status::Live;
        state.row.attempts = 0;
        state.row.is_backing_off = false;
        // What becomes of these requests has no influence on the new consent.
        state.tasks.retain(|task| task.stage != Stage::Abandoned);
    }
}
