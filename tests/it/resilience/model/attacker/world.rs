//! Who there is, what they can say, and how the service answers.

/// A person, their browser and their account. Each has an account at the honest provider as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Party {
    Victim,
    Attacker,
}

pub(super) const PARTIES: [Party; 2] = [Party::Victim, Party::Attacker];

/// A provider, its callback path and its value of `iss`. The evil one belongs to the attacker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Provider {
    Honest,
    Evil,
}

pub(super) const PROVIDERS: [Provider; 2] = [Provider::Honest, Provider::Evil];

/// What stops an attack, and can be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defence {
    /// A callback needs the cookie of its flow.
    FlowBoundToBrowser,
    /// A flow is used once.
    FlowUsedOnce,
    /// The cookie of a flow is sealed.
    FlowSealed,
    /// The callback path is the one of the flow's provider.
    CallbackPath,
    /// `iss` is the one of the flow's provider (RFC 9207).
    ResponseIssuer,
    /// A code needs the verifier of its authorization request (RFC 7636).
    Pkce,
    /// An id_token has the nonce of the flow.
    Nonce,
    /// A refused callback leaves no trace of its code: no referrer, no copy in a redirect.
    CleanRefusal,
    /// The return URL is on the allow-list.
    ReturnUrl,
    /// A one-time code needs the verifier of the app that began.
    AppChallenge,
    /// Identities are told apart by provider and subject.
    SubjectOfProvider,
    /// An e-mail address that a provider states opens no account.
    EmailIsNoIdentity,
    /// An id_token is for our client.
    Audience,
    /// An id_token has the provider's signature.
    Signature,
    /// A link needs the consent of the user, who sees both accounts.
    LinkConfirmation,
    /// The consent to a link comes from our own page.
    ConfirmationForm,
    /// A spent refresh token is refused.
    SpentToken,
    /// A spent refresh token ends its session.
    ReuseEndsSession,
}

/// What the honest provider supports, and what the app uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abilities {
    pub pkce: bool,
    /// It issues id_tokens.
    pub nonce: bool,
    pub iss: bool,
    /// It accepts each callback path of the service, at both endpoints.
    pub loose_redirects: bool,
    /// The app takes one-time codes; otherwise the return URL has the credential itself.
    pub app_challenge: bool,
}

/// What a flow is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Intent {
    SignIn,
    /// To this account.
    Link(Party),
}

/// The index of a flow; also its state, its PKCE pair and its nonce.
pub type FlowId = u8;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Flow {
    /// Who has its cookie.
    pub(super) browser: Party,
    pub(super) provider: Provider,
    pub(super) intent: Intent,
    /// Whether the return URL is the attacker's.
    pub(super) returns_to_attacker: bool,
    pub(super) is_used: bool,
    pub(super) sessions: u8,
}

/// A code that the honest provider issued to our client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code {
    pub(super) person: Party,
    /// The flow whose challenge and nonce are in the authorization request.
    pub(super) bound: FlowId,
    pub(super) redirect: Provider,
}

/// A request to a callback route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Callback {
    pub(super) path: Provider,
    pub(super) state: FlowId,
    /// `None`: a code of the evil provider.
    pub(super) code: Option<Code>,
    pub(super) iss: Option<Provider>,
}

/// The user whom a provider names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Identity {
    Honest(Party),
    /// With the subject that the victim has at the honest provider, and the victim's e-mail address.
    Evil,
}

/// A one-time code, or a credential that needs none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Credential {
    pub(super) flow: FlowId,
    pub(super) account: Party,
}

/// An id_token that says to be from the honest provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdToken {
    pub(super) person: Party,
    pub(super) signed_by: Provider,
    /// Whether our client is its audience.
    pub(super) is_for_us: bool,
}

/// A link that awaits consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Link {
    pub(super) browser: Party,
    pub(super) account: Party,
    pub(super) identity: Party,
}

/// The refresh tokens of one session of the victim, by generation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tokens {
    pub(super) newest: u8,
    pub(super) victim: u8,
    pub(super) stolen: Option<u8>,
    pub(super) is_ended: bool,
    pub(super) was_spent_presented: bool,
    pub(super) was_spent_accepted: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct State {
    pub(super) flows: Vec<Flow>,
    /// How often the victim was at the honest provider.
    pub(super) visits: u8,
    /// The callback that the victim's browser is about to send.
    pub(super) returning: Option<Callback>,
    pub(super) link: Option<Link>,
    /// What the attacker has learnt.
    pub(super) known_codes: Vec<Code>,
    pub(super) known_credentials: Vec<Credential>,
    /// Who is signed in to whose account.
    pub(super) sessions: Vec<(Party, Party)>,
    /// Which identity of the honest provider opens which account, beside its own.
    pub(super) links: Vec<(Party, Party)>,
    pub(super) tokens: Tokens,
}

fn learn<T: Ord>(known: &mut Vec<T>, new: T) {
    known.push(new);
    known.sort();
    known.dedup();
}

/// The service, with all defences but one, or with all.
#[derive(Clone, Copy, Debug)]
pub struct Service {
    pub without: Option<Defence>,
    pub abilities: Abilities,
}

impl Service {
    pub(super) fn has(self, defence: Defence) -> bool {
        self.without != Some(defence)
    }

    /// The state after a callback; `None` if it changes nothing.
    pub(super) fn callback(self, last: &State, browser: Party, callback: Callback) -> Option<State> {
        let mut state = last.clone();
        if browser == Party::Victim && last.returning == Some(callback) {
            state.returning = None;
        }
        let flow = *state.flows.get(usize::from(callback.state))?;
        let is_accepted = (flow.browser == browser || !self.has(Defence::FlowBoundToBrowser))
            && !(flow.is_used && self.has(Defence::FlowUsedOnce))
            && (callback.path == flow.provider || !self.has(Defence::CallbackPath))
            && (self.is_issuer_right(flow, callback) || !self.has(Defence::ResponseIssuer));
        if !is_accepted {
            if !self.has(Defence::CleanRefusal) {
                state.known_codes = last.known_codes.clone();
                callback.code.into_iter().for_each(|code| learn(&mut state.known_codes, code));
            }
            return (state != *last).then_some(state);
        }
        state.flows[usize::from(callback.state)].is_used = true;
        match flow.provider {
            Provider::Honest => {
                if let Some(code) = callback.code {
                    if self.is_code_right(callback, code) {
                        self.finish(&mut state, browser, callback.state, Identity::Honest(code.person));
                    }
                    // Used responses are in histories and logs.
                    learn(&mut state.known_codes, code);
                }
            }
            // Its token endpoint gets the code, and says what the attacker wants.
            Provider::Evil => {
                callback.code.into_iter().for_each(|code| learn(&mut state.known_codes, code));
                self.finish(&mut state, browser, callback.state, Identity::Evil);
            }
        }
        (state != *last).then_some(state)
    }

    fn is_issuer_right(self, flow: Flow, callback: Callback) -> bool {
        match callback.iss {
            Some(iss) => iss == flow.provider,
            None => flow.provider == Provider::Evil || !self.abilities.iss,
        }
    }

    /// What the honest provider's token endpoint and the check of its id_token say.
    fn is_code_right(self, callback: Callback, code: Code) -> bool {
        let is_of_flow = code.bound == callback.state;
        let has_verifier = !self.abilities.pkce || is_of_flow || !self.has(Defence::Pkce);
        let has_nonce = !self.abilities.nonce || is_of_flow || !self.has(Defence::Nonce);
        // The redirect URI of the token request is the one of the flow's provider.
        has_verifier && has_nonce && (code.redirect == Provider::Honest || self.abilities.loose_redirects)
    }

    fn account(self, identity: Identity) -> Option<Party> {
        match identity {
            Identity::Honest(person) => Some(person),
            Identity::Evil if self.has(Defence::SubjectOfProvider) && self.has(Defence::EmailIsNoIdentity) => {
                // An account of its own, of no interest to anybody.
                None
            }
            Identity::Evil => Some(Party::Victim),
        }
    }

    fn finish(self, state: &mut State, browser: Party, id: FlowId, identity: Identity) {
        let flow = &mut state.flows[usize::from(id)];
        match (flow.intent, identity, self.account(identity)) {
            (Intent::SignIn, _, Some(account)) => {
                flow.sessions = (flow.sessions + 1).min(2);
                let credential = Credential { flow: id, account };
                // What reads return URLs gets it too; a credential of its own would be lost there.
                if flow.returns_to_attacker || self.abilities.app_challenge {
                    learn(&mut state.known_credentials, credential);
                }
                self.redeem(state, browser, credential);
            }
            (Intent::Link(account), Identity::Honest(identity), _) => {
                if self.has(Defence::LinkConfirmation) {
                    state.link = Some(Link { browser, account, identity });
                } else {
                    learn(&mut state.links, (identity, account));
                }
            }
            _ => {}
        }
    }

    /// Whoever began in an app has its verifier; of a flow that returns to the attacker the attacker has it.
    pub(super) fn redeem(self, state: &mut State, by: Party, credential: Credential) {
        let flow = state.flows[usize::from(credential.flow)];
        let holder = if flow.returns_to_attacker { Party::Attacker } else { flow.browser };
        let needs_verifier = self.abilities.app_challenge && self.has(Defence::AppChallenge);
        if holder == by || !needs_verifier {
            learn(&mut state.sessions, (by, credential.account));
        }
    }

    pub(super) fn confirm(state: &mut State, link: Link) {
        state.link = None;
        learn(&mut state.links, (link.identity, link.account));
    }

    /// A sign-in by an id_token that the app got itself, or says so.
    pub(super) fn sign_in_by_id_token(self, state: &mut State, by: Party, token: IdToken) {
        let is_ours = token.is_for_us || !self.has(Defence::Audience);
        if is_ours && (token.signed_by == Provider::Honest || !self.has(Defence::Signature)) {
            learn(&mut state.sessions, (by, token.person));
        }
    }

    /// A refresh with the token of this generation; returns the next one.
    pub(super) fn refresh(self, tokens: &mut Tokens, generation: u8) -> Option<u8> {
        if tokens.is_ended {
            return None;
        }
        let is_spent = generation < tokens.newest;
        if is_spent {
            tokens.was_spent_presented = true;
            tokens.is_ended = self.has(Defence::ReuseEndsSession);
            if self.has(Defence::SpentToken) {
                return None;
            }
            tokens.was_spent_accepted = true;
        }
        tokens.newest += 1;
        Some(tokens.newest)
    }
}
