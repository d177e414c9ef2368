//! Runs actions on the real `UserRepo` and compares the result of each with the model.

use std::sync::Arc;

use actix::{Actor, Addr};
use futures_util::future::join;
use proptest::sample::Index;

use super::action::{Action, ProviderUser};
use super::model::{Model, Session, User};
use crate::domain::audit::RequestOrigin;
use crate::domain::clock::{ManualClock, Timestamp};
use crate::domain::id::{SessionId, UserId};
use crate::domain::profile::EmailTrust;
use crate::domain::random::OsRandom;
use crate::domain::seal::MasterKey;
use crate::domain::secret::Secret;
use crate::events::Events;
use crate::metrics::Metrics;
use crate::session::access_token::Principal;
use crate::session::pkce;
use crate::session::refresh::RefreshTokens;
use crate::settings::Settings;
use crate::store::Store;
use crate::store::testing::{StoredUsers, set_disabled};
use crate::user::hooks::{Consulted, Hooks};
use crate::user::messages::{
    Credential, Exchange, Intent, Refresh, RequireFresh, RequireLive, SignIn, SignOut, SignOutScope, SignedIn, Unlink,
    UserError,
};
use crate::user::options::SignUpOptions;
use crate::user::policy::PolicyError;
use crate::user::repo::{UserRepo, UserService};

pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

pub(super) fn request(provider_user: &ProviderUser, intent: Intent, by_code: bool) -> SignIn {
    let credential =
        if by_code { Credential::Code { challenge: pkce::challenge(VERIFIER) } } else { Credential::RefreshToken };
    SignIn {
        profile: provider_user.profile(),
        intent,
        options: SignUpOptions::default(),
        sealable_tokens: None,
        grant: None,
        ticket: None,
        credential,
        returns_access_token: false,
        consulted: Consulted::default(),
        origin: RequestOrigin::default(),
    }
}

pub(super) struct World {
    pub(super) users: Addr<UserRepo>,
    pub(super) store: Store,
    settings: Settings,
    pub(super) model: Model,
}

impl World {
    pub(super) fn new(store: Store, rules: &str) -> Self {
        let settings = Settings::from_toml(&format!("mode = 'development'\n[sign_up]\n{rules}")).expect("settings");
        let service = UserService {
            store: store.clone(),
            clock: Arc::new(ManualClock::new(Timestamp::from_seconds(1_800_000_000))),
            random: Arc::new(OsRandom),
            refresh_tokens: RefreshTokens::new(&[MasterKey::new("k", [7; 32])]),
            sign_up: settings.sign_up.clone(),
            session: settings.session.clone(),
            revokes_on_sign_out: false,
            hooks: Hooks::default(),
            metrics: Arc::new(Metrics::new(Timestamp::from_seconds(1_800_000_000))),
            events: Events::default(),
        };
        Self { users: UserRepo::new(service).start(), store, settings, model: Model::default() }
    }

    pub(super) async fn ask(&self, request: SignIn) -> Result<SignedIn, UserError> {
        self.users.send(Box::new(request)).await.expect("an answer").map(|done| done.signed_in)
    }

    pub(super) async fn act(&mut self, action: Action) {
        match action {
            Action::SignIn { provider_user, by_code } => {
                let outcome = self.ask(request(&provider_user, Intent::SIGN_IN, by_code)).await;
                self.check_outcome(&provider_user, Intent::SIGN_IN, outcome).await;
            }
            Action::SignUp(provider_user) => {
                let outcome = self.ask(request(&provider_user, Intent::SignUp, false)).await;
                self.check_outcome(&provider_user, Intent::SignUp, outcome).await;
            }
            Action::Connect(which, provider_user) => {
                let Some(session) = some(&mut self.model.sessions, which) else { return };
                let (intent, is_ended) = (Intent::Connect(session.proof), session.is_ended);
                let outcome = self.ask(request(&provider_user, intent, false)).await;
                assert!(!is_ended || outcome.is_err(), "linked by a session that has ended");
                self.check_outcome(&provider_user, intent, outcome).await;
            }
            Action::Race(one, other) => self.race(&one, &other).await,
            Action::Refresh(which) => self.refresh(which).await,
            Action::Exchange(which) => self.exchange(which).await,
            Action::Unlink(which, provider) => self.unlink(which, provider).await,
            Action::SignOut(which) => {
                let Some(session) = some(&mut self.model.sessions, which) else { return };
                session.is_ended = true;
                let token = session.token.clone();
                self.users
                    .send(SignOut { scope: SignOutScope::RefreshToken(token), origin: RequestOrigin::default() })
                    .await
                    .expect("an answer")
                    .expect("signed out");
            }
            Action::SignOutEverywhere(which) => {
                let Some(session) = some(&mut self.model.sessions, which) else { return };
                let (proof, is_ended) = (session.proof, session.is_ended);
                let owner = proof.user_id();
                let scope = SignOutScope::All(proof.into());
                let answer = self.users.send(SignOut { scope, origin: RequestOrigin::default() }).await;
                let is_allowed = !is_ended && self.model.can_access(owner, &self.settings);
                assert_eq!(answer.expect("an answer").is_ok(), is_allowed);
                let own = self.model.sessions.iter_mut().filter(|session| session.proof.user_id() == owner);
                own.for_each(|session| session.is_ended |= is_allowed);
            }
            Action::Disable(who) => self.set_disabled(who, true).await,
            Action::Enable(who) => self.set_disabled(who, false).await,
        }
    }

    async fn set_disabled(&mut self, who: Index, is_disabled: bool) {
        let Some(who) = self.model.any_user(who) else { return };
        self.model.users.get_mut(&who).expect("a user").is_disabled = is_disabled;
        set_disabled(&self.store, who, is_disabled).await;
    }

    /// Checks the outcome of a sign-in and updates the model.
    async fn check_outcome(
        &mut self,
        provider_user: &ProviderUser,
        intent: Intent,
        outcome: Result<SignedIn, UserError>,
    ) {
        let stored = StoredUsers::read(&self.store).await;
        let (before, mut after) = (std::mem::take(&mut self.model), Model::of(&stored));
        let owner = after.owner(provider_user);
        let is_new = after.users.len() > before.users.len();
        // No other user changed or went, no identity moved.
        for (id, user) in &before.users {
            assert_eq!(after.users.get(id), Some(user), "{provider_user:?} {intent:?}");
        }
        for (key, id) in &before.identities {
            assert_eq!(after.identities.get(key), Some(id), "{provider_user:?} {intent:?}");
        }
        assert!(after.users.len() <= before.users.len() + 1 && after.identities.len() <= before.identities.len() + 1);
        if is_new {
            let id = owner.expect("a new user has the identity");
            let made = User {
                email: provider_user.canonical(),
                is_verified: provider_user.canonical().is_some() && provider_user.trust == EmailTrust::Verified,
                is_disabled: self.settings.sign_up.new_users_disabled,
            };
            assert_eq!((after.users.get(&id), before.owner(provider_user)), (Some(&made), None));
            assert!(self.settings.sign_up.enabled && !matches!(intent, Intent::Connect(_)));
            assert!(self.settings.sign_up.create_on_sign_in || intent == Intent::SignUp);
        } else if let (Some(id), None) = (owner, before.owner(provider_user)) {
            let is_asked = matches!(intent, Intent::Connect(session) if session.user_id() == id);
            let email_owner = &before.users[&id];
            let is_verified = email_owner.is_verified && provider_user.trust == EmailTrust::Verified;
            let is_linked = intent == Intent::SIGN_IN
                && is_verified
                && email_owner.email == provider_user.canonical()
                && !before
                    .identities
                    .iter()
                    .any(|((provider, _), owner)| *owner == id && provider == provider_user.provider)
                && self.settings.sign_up.link_by_verified_email;
            assert!(is_asked || is_linked, "{provider_user:?} {intent:?} was linked to {email_owner:?}");
            assert!(before.can_access(id, &self.settings));
        }
        (after.sessions, after.codes) = (before.sessions, before.codes);
        self.model = after;
        let owner = owner.filter(|id| self.model.can_access(*id, &self.settings));
        match outcome {
            Ok(SignedIn::Session { refresh_token, session, .. }) => {
                assert_eq!(owner, Some(session.user_id()), "{provider_user:?} {intent:?}");
                assert!(intent != Intent::SignUp || is_new);
                self.add_session(session.user_id(), session.id(), refresh_token).await;
            }
            Ok(SignedIn::Code(one_time)) => self.model.codes.push((one_time, owner.expect("a user with access"))),
            Ok(SignedIn::Connected) => {
                assert!(matches!(intent, Intent::Connect(session) if owner == Some(session.user_id())));
            }
            Ok(SignedIn::PendingVerification) => assert!(is_new && owner.is_none()),
            Err(UserError::Policy(refusal)) => {
                assert!(!is_new || refusal == PolicyError::Disabled, "{refusal} and a new user");
                let is_open = intent == Intent::SIGN_IN && owner.is_some();
                assert!(!is_open, "{provider_user:?} has an account with access, and was refused: {refusal}");
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Two sign-ins at once: each has an outcome that it could have had alone, in whichever order.
    async fn race(&mut self, one: &ProviderUser, other: &ProviderUser) {
        let ask = |provider_user| self.ask(request(provider_user, Intent::SIGN_IN, false));
        let outcomes = join(ask(one), ask(other)).await;
        let after = Model::of(&StoredUsers::read(&self.store).await);
        let before = std::mem::replace(&mut self.model, after);
        (self.model.sessions, self.model.codes) = (before.sessions, before.codes);
        for (id, user) in &before.users {
            assert_eq!(self.model.users.get(id), Some(user));
        }
        for (key, id) in &before.identities {
            assert_eq!(self.model.identities.get(key), Some(id));
        }
        for (provider_user, outcome) in [(one, outcomes.0), (other, outcomes.1)] {
            match outcome {
                Ok(SignedIn::Session { refresh_token, session, .. }) => {
                    let user_id = session.user_id();
                    assert_eq!(self.model.owner(provider_user), Some(user_id));
                    assert!(self.model.can_access(user_id, &self.settings));
                    self.add_session(user_id, session.id(), refresh_token).await;
                }
                Ok(SignedIn::PendingVerification) | Err(UserError::Policy(_)) => {}
                unexpected => panic!("{unexpected:?}"),
            }
        }
    }

    async fn refresh(&mut self, which: Index) {
        let Some(session) = some(&mut self.model.sessions, which) else { return };
        let (owner, is_ended, token) = (session.proof.user_id(), session.is_ended, session.token.clone());
        let answer = self.users.send(Refresh { token, origin: RequestOrigin::default() }).await.expect("an answer");
        let is_expected = !is_ended && self.model.can_access(owner, &self.settings);
        assert_eq!(answer.is_ok(), is_expected, "{answer:?}");
        if let (Ok(issued), Some(session)) = (answer, some(&mut self.model.sessions, which)) {
            assert_eq!((issued.user.id, issued.user.is_disabled), (owner, false));
            session.token = issued.refresh_token;
        }
    }

    async fn unlink(&mut self, which: Index, provider: &'static str) {
        let Some(session) = some(&mut self.model.sessions, which) else { return };
        let (session, is_ended) = (session.proof, session.is_ended);
        let user_id = session.user_id();
        let of_user = self.model.identities.iter().filter(|(_, owner)| **owner == user_id);
        let (gone, left): (Vec<_>, Vec<_>) =
            of_user.map(|(key, _)| key.clone()).partition(|(linked, _)| linked == provider);
        let provider = provider.parse().expect("a name");
        let request = Unlink { session, provider, account: None, origin: RequestOrigin::default() };
        let answer = self.users.send(request).await.expect("an answer");
        let is_allowed = !is_ended && self.model.can_access(user_id, &self.settings);
        assert_eq!(answer.is_ok(), is_allowed && !gone.is_empty() && !left.is_empty(), "{answer:?}");
        if answer.is_ok() {
            self.model.identities.retain(|key, _| !gone.contains(key));
        }
    }

    async fn exchange(&mut self, which: Index) {
        let Some((one_time, owner)) = some(&mut self.model.codes, which).cloned() else { return };
        let verifier = Secret::new(VERIFIER);
        let answer = self.users.send(Exchange { code: one_time.clone(), verifier }).await.expect("an answer");
        assert_eq!(answer.is_ok(), self.model.can_access(owner, &self.settings), "{answer:?}");
        if let Ok(issued) = answer {
            assert_eq!(issued.user.id, owner);
            self.model.codes.retain(|(other, _)| *other != one_time);
            self.add_session(owner, issued.session_id, issued.refresh_token).await;
        }
    }

    /// Adds a session to the model, with the proof that it has at its beginning and keeps when it has ended.
    async fn add_session(&mut self, user_id: UserId, id: SessionId, token: Secret) {
        let principal = Principal { user_id, session_id: Some(id) };
        let proof = self.users.send(RequireFresh(principal)).await.expect("an answer").expect("a fresh session");
        self.model.sessions.push(Session { token, proof, is_ended: false });
    }

    /// A session can be refreshed if it has not ended and its user has access.
    pub(super) async fn check_sessions(&self) {
        for Session { token, proof, is_ended } in &self.model.sessions {
            let answer = self
                .users
                .send(Refresh { token: token.clone(), origin: RequestOrigin::default() })
                .await
                .expect("an answer");
            assert_eq!(
                answer.is_ok(),
                !is_ended && self.model.can_access(proof.user_id(), &self.settings),
                "{answer:?}"
            );
        }
    }

    /// Checks what holds at any time.
    pub(super) async fn check(&self) {
        let stored = StoredUsers::read(&self.store).await;
        let verified = stored.users.iter().filter(|user| user.is_email_verified);
        let mut emails: Vec<_> = verified.filter_map(|user| user.email_canonical.as_ref()).collect();
        let mut identities: Vec<_> =
            stored.identities.iter().map(|(provider, subject, _)| (provider, subject)).collect();
        let counts = (emails.len(), identities.len());
        emails.sort();
        emails.dedup();
        identities.sort();
        identities.dedup();
        assert_eq!((emails.len(), identities.len()), counts, "{stored:?}");
        let seen = Model::of(&stored);
        assert_eq!((&seen.users, &seen.identities), (&self.model.users, &self.model.identities));
        for Session { proof, is_ended, .. } in &self.model.sessions {
            let principal = Principal { user_id: proof.user_id(), session_id: Some(proof.id()) };
            let answer = self.users.send(RequireLive(principal)).await.expect("an answer");
            assert_eq!(
                answer.is_ok(),
                !is_ended && self.model.can_access(proof.user_id(), &self.settings),
                "{answer:?}"
            );
        }
    }
}

fn some<T>(all: &mut [T], which: Index) -> Option<&mut T> {
    if all.is_empty() { None } else { Some(which.get_mut(all)) }
}
