//! What the victim does and the attacker can do, and what must hold.

use stateright::{Model, Property};

use super::world::{
    Abilities, Callback, Code, Credential, Defence, Flow, FlowId, IdToken, Intent, Link, PARTIES, PROVIDERS, Party,
    Provider, Service, State,
};

/// The parts of the service, searched one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    SignIn,
    Link,
    Session,
}

/// How often the victim is at the honest provider.
const VISITS: u8 = 3;

/// How many refreshes succeed.
const REFRESHES: u8 = 3;

pub const NO_TAKEOVER: &str = "the attacker is never signed in to the victim's account";
pub const NO_SWAP: &str = "the victim is never signed in to the attacker's account";
pub const ONE_SESSION: &str = "a flow starts at most one session";
pub const NO_FOREIGN_LINK: &str = "no identity opens the account of another person";
pub const NO_SPENT_TOKEN: &str = "a spent refresh token is never accepted";
pub const THEFT_ENDS: &str = "a session of which a spent refresh token was presented has ended";

/// A search; see the parent module.
#[derive(Clone, Copy, Debug)]
pub struct Attack {
    pub scene: Scene,
    pub service: Service,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The victim consents at the honest provider to what their own flow asks for; with the account that their browser
    /// has there.
    Consent(FlowId, Party),
    /// The victim follows a link to the honest provider, with the state of one flow and challenge and nonce of another, and
    /// consents.
    LuredConsent {
        redirect: Provider,
        state: FlowId,
        bound: FlowId,
    },
    /// A browser sends a callback: the victim's what the provider sent, or what a link of the attacker says.
    SendCallback(Party, Callback),
    /// The attacker redeems what was read in a return URL.
    Redeem(Credential),
    /// The attacker posts an id_token.
    PostIdToken(IdToken),
    Confirm(Link),
    Decline,
    /// A page of the attacker sends the form of the confirmation page.
    ForgeConfirmation(Link),
    VictimRefreshes,
    /// The attacker copies the victim's refresh token.
    Steal,
    AttackerRefreshes,
}

/// Whether this person, who sees both accounts, agrees.
fn agrees(link: Link) -> bool {
    link.browser == Party::Attacker || (link.account, link.identity) == (Party::Victim, Party::Victim)
}

impl Attack {
    fn knows_flow(state: &State, id: FlowId) -> bool {
        let flow = state.flows[usize::from(id)];
        flow.browser == Party::Attacker || flow.provider == Provider::Evil
    }

    fn flow_ids(state: &State) -> impl Iterator<Item = FlowId> {
        (0..).take(state.flows.len())
    }

    /// What the attacker can put together.
    fn crafted(state: &State) -> Vec<Callback> {
        let codes: Vec<Option<Code>> =
            std::iter::once(None).chain(state.known_codes.iter().copied().map(Some)).collect();
        let mut crafted = Vec::new();
        for id in Self::flow_ids(state).filter(|id| Self::knows_flow(state, *id)) {
            for path in PROVIDERS {
                for code in &codes {
                    let iss = Some(state.flows[usize::from(id)].provider);
                    crafted.push(Callback { path, state: id, code: *code, iss });
                }
            }
        }
        crafted
    }

    fn sign_in_actions(self, state: &State, actions: &mut Vec<Action>) {
        // The victim uses a client of the attacker at the honest provider, which gets this token.
        let foreign = IdToken { person: Party::Victim, signed_by: Provider::Honest, is_for_us: false };
        let forged = IdToken { person: Party::Victim, signed_by: Provider::Evil, is_for_us: true };
        actions.extend([foreign, forged].map(Action::PostIdToken));
        actions.extend(state.known_credentials.iter().copied().map(Action::Redeem));
    }

    fn link_actions(self, state: &State, actions: &mut Vec<Action>) {
        if let Some(link) = state.link {
            actions.push(if agrees(link) { Action::Confirm(link) } else { Action::Decline });
            if !self.service.has(Defence::ConfirmationForm) {
                actions.push(Action::ForgeConfirmation(link));
            }
        }
    }

    fn flow_actions(self, state: &State, actions: &mut Vec<Action>) {
        let is_free = state.returning.is_none() && state.visits < VISITS;
        for id in Self::flow_ids(state) {
            let flow = state.flows[usize::from(id)];
            if is_free && flow.browser == Party::Victim && flow.provider == Provider::Honest && !flow.is_used {
                actions.push(Action::Consent(id, Party::Victim));
                if self.scene == Scene::Link {
                    actions.push(Action::Consent(id, Party::Attacker));
                }
            }
            if !Self::knows_flow(state, id) {
                continue;
            }
            for bound in Self::flow_ids(state).filter(|bound| is_free && Self::knows_flow(state, *bound)) {
                actions.push(Action::LuredConsent { redirect: Provider::Honest, state: id, bound });
                if self.service.abilities.loose_redirects {
                    actions.push(Action::LuredConsent { redirect: Provider::Evil, state: id, bound });
                }
            }
        }
        let sent = state.returning.into_iter().map(|callback| (Party::Victim, callback));
        let repeated = state.flows.iter().zip(0..).filter(|(flow, _)| flow.is_used && flow.browser == Party::Victim);
        let repeated = repeated.map(|(flow, id)| {
            let code = Code { person: Party::Victim, bound: id, redirect: flow.provider };
            let iss = self.service.abilities.iss.then_some(flow.provider);
            (Party::Victim, Callback { path: flow.provider, state: id, code: Some(code), iss })
        });
        let crafted = Self::crafted(state).into_iter().flat_map(|callback| PARTIES.map(|browser| (browser, callback)));
        for (browser, callback) in sent.chain(repeated).chain(crafted) {
            if self.service.callback(state, browser, callback).is_some() {
                actions.push(Action::SendCallback(browser, callback));
            }
        }
    }

    fn return_to(self, state: &mut State, person: Party, redirect: Provider, id: FlowId, bound: FlowId) {
        let code = Some(Code { person, bound, redirect });
        let iss = self.service.abilities.iss.then_some(Provider::Honest);
        state.returning = Some(Callback { path: redirect, state: id, code, iss });
        state.visits += 1;
    }

    /// Flows cost nothing, and so they have all begun.
    fn flows(self) -> Vec<Flow> {
        let new = |browser, provider, intent| Flow {
            browser,
            provider,
            intent,
            returns_to_attacker: false,
            is_used: false,
            sessions: 0,
        };
        let link = |browser, account| new(browser, Provider::Honest, Intent::Link(account));
        let mut flows = Vec::new();
        match self.scene {
            Scene::SignIn => {
                let all = PARTIES.into_iter().flat_map(|browser| PROVIDERS.map(|provider| (browser, provider)));
                flows.extend(all.map(|(browser, provider)| new(browser, provider, Intent::SignIn)));
                if !self.service.has(Defence::ReturnUrl) {
                    let lured = new(Party::Victim, Provider::Honest, Intent::SignIn);
                    flows.push(Flow { returns_to_attacker: true, ..lured });
                }
            }
            Scene::Link => {
                flows.extend(PARTIES.map(|party| link(party, party)));
                // By a link of the attacker with `connect=`.
                flows.push(link(Party::Victim, Party::Attacker));
                if !self.service.has(Defence::FlowSealed) {
                    flows.push(link(Party::Attacker, Party::Victim));
                }
            }
            Scene::Session => {}
        }
        flows
    }
}

impl Model for Attack {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let state = State { flows: self.flows(), ..State::default() };
        // The attacker consents to whatever helps.
        let known = Self::flow_ids(&state).filter(|id| Self::knows_flow(&state, *id));
        let known_codes =
            known.map(|bound| Code { person: Party::Attacker, bound, redirect: Provider::Honest }).collect();
        vec![State { known_codes, ..state }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        match self.scene {
            Scene::SignIn => self.sign_in_actions(state, actions),
            Scene::Link => self.link_actions(state, actions),
            Scene::Session if state.tokens.newest < REFRESHES => {
                let steal = state.tokens.stolen.is_none().then_some(Action::Steal);
                actions.extend([Action::VictimRefreshes, Action::AttackerRefreshes].into_iter().chain(steal));
            }
            Scene::Session => {}
        }
        self.flow_actions(state, actions);
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Consent(id, person) => self.return_to(&mut state, person, Provider::Honest, id, id),
            Action::LuredConsent { redirect, state: id, bound } => {
                self.return_to(&mut state, Party::Victim, redirect, id, bound);
            }
            Action::SendCallback(browser, callback) => return self.service.callback(last, browser, callback),
            Action::Redeem(credential) => self.service.redeem(&mut state, Party::Attacker, credential),
            Action::PostIdToken(token) => self.service.sign_in_by_id_token(&mut state, Party::Attacker, token),
            Action::Confirm(link) | Action::ForgeConfirmation(link) => Service::confirm(&mut state, link),
            Action::Decline => state.link = None,
            Action::VictimRefreshes => {
                let generation = state.tokens.victim;
                state.tokens.victim = self.service.refresh(&mut state.tokens, generation).unwrap_or(generation);
            }
            Action::Steal => state.tokens.stolen = Some(state.tokens.victim),
            Action::AttackerRefreshes => {
                let generation = state.tokens.stolen?;
                state.tokens.stolen = self.service.refresh(&mut state.tokens, generation).or(Some(generation));
            }
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![
            Property::always(NO_TAKEOVER, |_, state: &State| {
                !state.sessions.contains(&(Party::Attacker, Party::Victim))
            }),
            Property::always(NO_SWAP, |_, state: &State| !state.sessions.contains(&(Party::Victim, Party::Attacker))),
            Property::always(ONE_SESSION, |_, state: &State| state.flows.iter().all(|flow| flow.sessions <= 1)),
            Property::always(NO_FOREIGN_LINK, |_, state: &State| {
                state.links.iter().all(|(identity, account)| identity == account)
            }),
            Property::always(NO_SPENT_TOKEN, |_, state: &State| !state.tokens.was_spent_accepted),
            Property::always(THEFT_ENDS, |_, state: &State| !state.tokens.was_spent_presented || state.tokens.is_ended),
        ];
        properties.push(match self.scene {
            Scene::SignIn => Property::sometimes("both are signed in to their own account", |_, state: &State| {
                PARTIES.iter().all(|party| state.sessions.contains(&(*party, *party)))
            }),
            Scene::Link => Property::sometimes("both have linked their own identity", |_, state: &State| {
                PARTIES.iter().all(|party| state.links.contains(&(*party, *party)))
            }),
            Scene::Session => Property::sometimes("a stolen refresh token is used first", |_, state: &State| {
                state.tokens.stolen > Some(state.tokens.victim)
            }),
        });
        properties
    }
}

/// What providers and apps support, in every combination that is secure: without PKCE and nonce a code can be injected,
/// and a provider that accepts each callback path has to send `iss`.
pub fn secure_abilities() -> Vec<Abilities> {
    let mut all = Vec::new();
    for (pkce, nonce) in [(true, false), (false, true), (true, true)] {
        for (iss, loose_redirects) in [(false, false), (true, false), (true, true)] {
            for app_challenge in [false, true] {
                all.push(Abilities { pkce, nonce, iss, loose_redirects, app_challenge });
            }
        }
    }
    all
}
