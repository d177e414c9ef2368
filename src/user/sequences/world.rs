//! The real thing, and what comes of each action held against the model.

use std::sync::Arc;

use actix::{Actor, Addr};
use futures_util::future::join;
use proptest::sample::Index;

use super::action::{Action, Visitor};
use super::model::{Model, Person, Session};
use crate::domain::audit::Origin;
use crate::domain::clock::{HandClock, Timestamp};
use crate::domain::entropy::SystemEntropy;
use crate::domain::hooks::NoHooks;
use crate::domain::profile::EmailTrust;
use crate::domain::seal::MasterKey;
use crate::domain::secret::Secret;
use crate::session::code;
use crate::session::refresh::RefreshTokens;
use crate::settings::Settings;
use crate::store::Store;
use crate::store::testing::{Census, set_disabled};
use crate::user::messages::{
    Credential, Ending, Exchange, Find, Intent, Refresh, SignIn, SignOut, SignedIn, Unlink, UserError,
};
use crate::user::options::SignUpOptions;
use crate::user::policy::Refusal;
use crate::user::repo::{Desk, UserRepo};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn question(visitor: &Visitor, intent: Intent, by_code: bool) -> SignIn {
    let credential =
        if by_code { Credential::Code { challenge: code::challenge_of(VERIFIER) } } else { Credential::RefreshToken };
    SignIn {
        profile: visitor.profile(),
        intent,
        options: SignUpOptions::default(),
        deposit: None,
        credential,
        origin: Origin::default(),
    }
}

pub(super) struct World {
    users: Addr<UserRepo>,
    store: Store,
    settings: Settings,
    model: Model,
}

impl World {
    pub(super) fn new(store: Store, rules: &str) -> Self {
        let settings = Settings::from_toml(&format!("mode = 'development'\n[sign_up]\n{rules}")).expect("settings");
        let desk = Desk {
            store: store.clone(),
            clock: Arc::new(HandClock::new(Timestamp::from_seconds(1_800_000_000))),
            entropy: Arc::new(SystemEntropy),
            refresh_tokens: RefreshTokens::new(&[MasterKey::new("k", [7; 32])]),
            sign_up: settings.sign_up.clone(),
            session: settings.session.clone(),
            audit_retention: settings.audit.retention,
            hooks: Arc::new(NoHooks),
        };
        Self { users: UserRepo::new(desk).start(), store, settings, model: Model::default() }
    }

    async fn ask(&self, question: SignIn) -> Result<SignedIn, UserError> {
        self.users.send(question).await.expect("an answer")
    }

    pub(super) async fn act(&mut self, action: Action) {
        match action {
            Action::SignIn { visitor, by_code } => {
                let outcome = self.ask(question(&visitor, Intent::SignIn, by_code)).await;
                self.arrived(&visitor, Intent::SignIn, outcome).await;
            }
            Action::SignUp(visitor) => {
                let outcome = self.ask(question(&visitor, Intent::SignUp, false)).await;
                self.arrived(&visitor, Intent::SignUp, outcome).await;
            }
            Action::Connect(who, visitor) => {
                let Some(who) = self.model.somebody(who) else { return };
                let outcome = self.ask(question(&visitor, Intent::Connect(who), false)).await;
                self.arrived(&visitor, Intent::Connect(who), outcome).await;
            }
            Action::Race(one, other) => self.race(&one, &other).await,
            Action::Refresh(which) => self.refresh(which).await,
            Action::Exchange(which) => self.exchange(which).await,
            Action::Unlink(which, provider) => self.unlink(which, provider).await,
            Action::SignOut(which) => {
                let Some(session) = some(&mut self.model.sessions, which) else { return };
                session.is_over = true;
                let token = session.token.clone();
                self.users
                    .send(SignOut { which: Ending::One(token), origin: Origin::default() })
                    .await
                    .expect("an answer")
                    .expect("signed out");
            }
            Action::SignOutEverywhere(who) => {
                let Some(who) = self.model.somebody(who) else { return };
                self.model
                    .sessions
                    .iter_mut()
                    .filter(|session| session.owner == who)
                    .for_each(|own| own.is_over = true);
                self.users
                    .send(SignOut { which: Ending::All(who), origin: Origin::default() })
                    .await
                    .expect("an answer")
                    .expect("signed out");
            }
            Action::Disable(who) => self.set_disabled(who, true).await,
            Action::Enable(who) => self.set_disabled(who, false).await,
        }
    }

    async fn set_disabled(&mut self, who: Index, is_disabled: bool) {
        let Some(who) = self.model.somebody(who) else { return };
        self.model.people.get_mut(&who).expect("somebody").is_disabled = is_disabled;
        set_disabled(&self.store, who, is_disabled).await;
    }

    /// What came of somebody's coming, held against the model; and the model as it is then.
    async fn arrived(&mut self, visitor: &Visitor, intent: Intent, outcome: Result<SignedIn, UserError>) {
        let census = Census::take(&self.store).await;
        let (before, mut after) = (std::mem::take(&mut self.model), Model::of(&census));
        let owner = after.owner(visitor);
        let is_new = after.people.len() > before.people.len();
        // Nobody else changed, nobody went, no identity moved.
        for (id, person) in &before.people {
            assert_eq!(after.people.get(id), Some(person), "{visitor:?} {intent:?}");
        }
        for (key, id) in &before.identities {
            assert_eq!(after.identities.get(key), Some(id), "{visitor:?} {intent:?}");
        }
        assert!(after.people.len() <= before.people.len() + 1 && after.identities.len() <= before.identities.len() + 1);
        if is_new {
            let id = owner.expect("a new person has the identity");
            let made = Person {
                address: visitor.canonical(),
                is_proven: visitor.canonical().is_some() && visitor.trust == EmailTrust::Verified,
                is_disabled: self.settings.sign_up.disabled_at_first,
            };
            assert_eq!((after.people.get(&id), before.owner(visitor)), (Some(&made), None));
            assert!(self.settings.sign_up.enabled && !matches!(intent, Intent::Connect(_)));
            assert!(self.settings.sign_up.automatic || intent == Intent::SignUp);
        } else if let (Some(id), None) = (owner, before.owner(visitor)) {
            let is_asked = intent == Intent::Connect(id);
            let namesake = &before.people[&id];
            let is_proven = namesake.is_proven && visitor.trust == EmailTrust::Verified;
            let is_linked = intent == Intent::SignIn
                && is_proven
                && namesake.address == visitor.canonical()
                && !before.identities.iter().any(|((provider, _), owner)| *owner == id && provider == visitor.provider)
                && self.settings.sign_up.link_by_address;
            assert!(is_asked || is_linked, "{visitor:?} {intent:?} was linked to {namesake:?}");
            assert!(before.may_go_on(id, &self.settings));
        }
        (after.sessions, after.codes) = (before.sessions, before.codes);
        self.model = after;
        let owner = owner.filter(|id| self.model.may_go_on(*id, &self.settings));
        match outcome {
            Ok(SignedIn::Session { refresh_token: token, session_id: id, user_id, .. }) => {
                assert_eq!(owner, Some(user_id), "{visitor:?} {intent:?}");
                assert!(intent != Intent::SignUp || is_new);
                self.model.sessions.push(Session { id, token, owner: user_id, is_over: false });
            }
            Ok(SignedIn::Code(one_time)) => self.model.codes.push((one_time, owner.expect("somebody who may go on"))),
            Ok(SignedIn::Connected) => assert!(owner.is_some_and(|owner| intent == Intent::Connect(owner))),
            Ok(SignedIn::Withheld) => assert!(is_new && owner.is_none()),
            Err(UserError::Refused(refusal)) => {
                assert!(!is_new || refusal == Refusal::Disabled, "{refusal} and a new person");
                let is_open = matches!(intent, Intent::SignIn) && owner.is_some();
                assert!(!is_open, "{visitor:?} has an account that may go on, and was refused: {refusal}");
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Of two at once each has an outcome that they could have had alone; who was first is not ours to say.
    async fn race(&mut self, one: &Visitor, other: &Visitor) {
        let ask = |visitor| self.ask(question(visitor, Intent::SignIn, false));
        let outcomes = join(ask(one), ask(other)).await;
        let after = Model::of(&Census::take(&self.store).await);
        let before = std::mem::replace(&mut self.model, after);
        (self.model.sessions, self.model.codes) = (before.sessions, before.codes);
        for (id, person) in &before.people {
            assert_eq!(self.model.people.get(id), Some(person));
        }
        for (key, id) in &before.identities {
            assert_eq!(self.model.identities.get(key), Some(id));
        }
        for (visitor, outcome) in [(one, outcomes.0), (other, outcomes.1)] {
            match outcome {
                Ok(SignedIn::Session { refresh_token: token, session_id: id, user_id, .. }) => {
                    assert_eq!(self.model.owner(visitor), Some(user_id));
                    assert!(self.model.may_go_on(user_id, &self.settings));
                    self.model.sessions.push(Session { id, token, owner: user_id, is_over: false });
                }
                Ok(SignedIn::Withheld) | Err(UserError::Refused(_)) => {}
                unexpected => panic!("{unexpected:?}"),
            }
        }
    }

    async fn refresh(&mut self, which: Index) {
        let Some(session) = some(&mut self.model.sessions, which) else { return };
        let (owner, is_over, token) = (session.owner, session.is_over, session.token.clone());
        let answer = self.users.send(Refresh { token, origin: Origin::default() }).await.expect("an answer");
        let is_expected = !is_over && self.model.may_go_on(owner, &self.settings);
        assert_eq!(answer.is_ok(), is_expected, "{answer:?}");
        if let (Ok(renewed), Some(session)) = (answer, some(&mut self.model.sessions, which)) {
            assert_eq!((renewed.person.id, renewed.person.is_disabled), (owner, false));
            session.token = renewed.refresh_token;
        }
    }

    async fn unlink(&mut self, which: Index, provider: &'static str) {
        let Some(session) = some(&mut self.model.sessions, which) else { return };
        let (user_id, session_id, is_over) = (session.owner, session.id, session.is_over);
        let of_person = self.model.identities.iter().filter(|(_, owner)| **owner == user_id);
        let (gone, left): (Vec<_>, Vec<_>) =
            of_person.map(|(key, _)| key.clone()).partition(|(linked, _)| linked == provider);
        let provider = provider.parse().expect("a name");
        let question = Unlink { user_id, session_id: Some(session_id), provider, origin: Origin::default() };
        let answer = self.users.send(question).await.expect("an answer");
        let is_allowed = !is_over && self.model.may_go_on(user_id, &self.settings);
        assert_eq!(answer.is_ok(), is_allowed && !gone.is_empty() && !left.is_empty(), "{answer:?}");
        if answer.is_ok() {
            self.model.identities.retain(|key, _| !gone.contains(key));
        }
    }

    async fn exchange(&mut self, which: Index) {
        let Some((one_time, owner)) = some(&mut self.model.codes, which).cloned() else { return };
        let verifier = Secret::new(VERIFIER);
        let answer = self.users.send(Exchange { code: one_time.clone(), verifier }).await.expect("an answer");
        assert_eq!(answer.is_ok(), self.model.may_go_on(owner, &self.settings), "{answer:?}");
        if let Ok(renewed) = answer {
            assert_eq!(renewed.person.id, owner);
            self.model.codes.retain(|(other, _)| *other != one_time);
            self.model.sessions.push(Session {
                id: renewed.session_id,
                token: renewed.refresh_token,
                owner,
                is_over: false,
            });
        }
    }

    /// Every session is good for exactly those who may go on.
    pub(super) async fn check_sessions(&self) {
        for Session { token, owner, is_over, .. } in &self.model.sessions {
            let answer =
                self.users.send(Refresh { token: token.clone(), origin: Origin::default() }).await.expect("an answer");
            assert_eq!(answer.is_ok(), !is_over && self.model.may_go_on(*owner, &self.settings), "{answer:?}");
        }
    }

    /// What holds at any time.
    pub(super) async fn check(&self) {
        let census = Census::take(&self.store).await;
        let mut addresses: Vec<_> = census.people.iter().filter_map(|one| one.email_canonical.as_ref()).collect();
        let mut identities: Vec<_> =
            census.identities.iter().map(|(provider, subject, _)| (provider, subject)).collect();
        let counts = (addresses.len(), identities.len());
        addresses.sort();
        addresses.dedup();
        identities.sort();
        identities.dedup();
        assert_eq!((addresses.len(), identities.len()), counts, "{census:?}");
        let seen = Model::of(&census);
        assert_eq!((&seen.people, &seen.identities), (&self.model.people, &self.model.identities));
        for &id in self.model.people.keys() {
            let found = self.users.send(Find { user_id: id }).await.expect("an answer");
            assert_eq!(found.is_ok(), self.model.may_go_on(id, &self.settings), "{found:?}");
        }
    }
}

fn some<T>(all: &mut [T], which: Index) -> Option<&mut T> {
    if all.is_empty() { None } else { Some(which.get_mut(all)) }
}
