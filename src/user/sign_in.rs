//! The one transaction of a sign-in: facts, decision, rows; all of it or nothing.

use std::time::Duration;

use super::facts::narrow;
use super::messages::{Credential, KeepName, SignIn, SignedIn, UserError};
use super::policy::{self, Beginning, Decision, Facts, Refusal, Wish};
use super::repo::Desk;
use crate::domain::audit::{Action, Event};
use crate::domain::clock::Timestamp;
use crate::domain::email::EmailAddress;
use crate::domain::fail_point;
use crate::domain::hash::hash;
use crate::domain::hooks::Newcomer;
use crate::domain::id::UserId;
use crate::domain::profile::ExternalProfile;
use crate::session::code;
use crate::store::codes::NewCode;
use crate::store::people::Person;
use crate::store::vault::NewEntry;
use crate::store::{StoreError, Transaction, audit, codes, identities, names, people, vault};

/// Whoever loses a race against a unique index looks again: the winner's row is now a fact.
const ATTEMPTS: usize = 3;

/// How long a name waits for its person to sign up.
const NAME_KEPT: Duration = Duration::from_secs(90 * 24 * 3600);

impl Desk {
    pub(super) async fn sign_in(&self, question: &SignIn) -> Result<SignedIn, UserError> {
        let address = question.profile.email.as_deref().and_then(|email| EmailAddress::parse(email).ok());
        let mut attempt = 1;
        loop {
            match self.try_sign_in(question, address.as_ref()).await {
                Err(UserError::Store(StoreError::Taken)) if attempt < ATTEMPTS => attempt += 1,
                outcome => return outcome,
            }
        }
    }

    /// Before anything else is decided, because the provider does not say it twice.
    pub(super) async fn keep_name(&self, question: &KeepName) -> Result<(), UserError> {
        let KeepName { provider, subject, name } = question;
        Ok(names::keep(&self.store, provider, subject, name, self.clock.now().plus(NAME_KEPT)).await?)
    }

    async fn try_sign_in(&self, question: &SignIn, address: Option<&EmailAddress>) -> Result<SignedIn, UserError> {
        let now = self.clock.now();
        let transaction = self.store.begin().await?;
        let mut created = None;
        let facts = self.gather(&transaction, &question.profile, question.intent, address).await?;
        fail_point::reached("facts");
        let decision = narrow(policy::decide(facts, self.rules()), question.intent);
        let signed_in = match decision {
            Decision::Refuse(refusal) => {
                transaction.rollback().await?;
                self.note_refusal(question, facts, refusal, now).await?;
                return Err(refusal.into());
            }
            Decision::SignIn(user_id) => {
                identities::note_seen(&transaction, &question.profile, address, now).await?;
                people::note_seen(&transaction, user_id, now).await?;
                self.hand_out(&transaction, question, user_id, now).await?
            }
            Decision::Adopt(user_id) => {
                self.add_identity(&transaction, question, user_id, address, now).await?;
                self.hand_out(&transaction, question, user_id, now).await?
            }
            Decision::Connect(user_id) => {
                self.add_identity(&transaction, question, user_id, address, now).await?;
                lay_down(&transaction, question, user_id, now).await?;
                SignedIn::Connected
            }
            Decision::Create(beginning) => {
                let person = match self.add_person(&transaction, question, address, now).await {
                    Err(UserError::Vetoed(veto)) => {
                        transaction.rollback().await?;
                        // The app's own words stay in its own log.
                        let event = event(question, Action::SignUp, None).but("vetoed");
                        audit::add(&self.store, event, now).await?;
                        return Err(veto.into());
                    }
                    person => person?,
                };
                let user_id = created.insert(person).id;
                match beginning {
                    Beginning::SignedIn => self.hand_out(&transaction, question, user_id, now).await?,
                    Beginning::Withheld => SignedIn::Withheld,
                    Beginning::Disabled => {
                        // Refused, but there all the same, so that somebody can let them in.
                        let event = event(question, Action::SignUp, Some(user_id)).but(Refusal::Disabled);
                        audit::add(&transaction, event, now).await?;
                        transaction.commit().await?;
                        self.tell_of(created.as_ref(), &question.profile);
                        return Err(Refusal::Disabled.into());
                    }
                }
            }
        };
        let (action, user_id) = match decision {
            Decision::SignIn(user_id) => (Action::SignIn, Some(user_id)),
            Decision::Adopt(user_id) | Decision::Connect(user_id) => (Action::Link, Some(user_id)),
            Decision::Create(_) | Decision::Refuse(_) => (Action::SignUp, created.as_ref().map(|person| person.id)),
        };
        let event = event(question, action, user_id);
        let event = match &signed_in {
            SignedIn::Session { session_id, .. } => event.in_session(*session_id),
            SignedIn::Withheld => event.but(Refusal::Unverified),
            SignedIn::Code(_) | SignedIn::Connected => event,
        };
        fail_point::reached("session");
        audit::add(&transaction, event, now).await?;
        fail_point::reached("commit");
        transaction.commit().await?;
        self.tell_of(created.as_ref(), &question.profile);
        Ok(signed_in)
    }

    async fn note_refusal(
        &self,
        question: &SignIn,
        facts: Facts,
        refusal: Refusal,
        now: Timestamp,
    ) -> Result<(), UserError> {
        let (action, user_id) = match facts.wish {
            Wish::SignIn => (Action::SignIn, facts.owner.map(|owner| owner.id)),
            Wish::SignUp => (Action::SignUp, None),
            Wish::Connect(person) => (Action::Link, person.map(|person| person.id)),
        };
        Ok(audit::add(&self.store, event(question, action, user_id).but(refusal), now).await?)
    }

    fn tell_of(&self, created: Option<&Person>, profile: &ExternalProfile) {
        if let Some(person) = created {
            self.hooks.person_created(&newcomer(person, profile));
        }
    }

    async fn add_person(
        &self,
        transaction: &Transaction,
        question: &SignIn,
        address: Option<&EmailAddress>,
        now: Timestamp,
    ) -> Result<Person, UserError> {
        let id = self.entropy.uuid();
        let mut profile = question.profile.clone();
        if profile.name.is_none() {
            profile.name = names::take(transaction, &profile.provider, &profile.subject).await?;
        }
        let person = question.options.new_person(id, &profile, address, &self.sign_up, now)?;
        self.hooks.may_sign_up(&newcomer(&person, &question.profile))?;
        people::add(transaction, &person).await?;
        fail_point::reached("person");
        self.add_identity(transaction, question, person.id, address, now).await?;
        Ok(person)
    }

    async fn add_identity(
        &self,
        transaction: &Transaction,
        question: &SignIn,
        user_id: UserId,
        address: Option<&EmailAddress>,
        now: Timestamp,
    ) -> Result<(), UserError> {
        Ok(identities::add(transaction, self.entropy.uuid(), user_id, &question.profile, address, now).await?)
    }

    /// The provider's tokens into the vault, ours into the person's hand.
    async fn hand_out(
        &self,
        transaction: &Transaction,
        question: &SignIn,
        user_id: UserId,
        now: Timestamp,
    ) -> Result<SignedIn, UserError> {
        fail_point::reached("identity");
        lay_down(transaction, question, user_id, now).await?;
        fail_point::reached("deposit");
        match &question.credential {
            Credential::RefreshToken => {
                let claims = question.profile.claims.clone();
                let begun = self.begin_session(transaction, user_id, claims.clone(), now).await?;
                let (session_id, refresh_token) = begun;
                Ok(SignedIn::Session { refresh_token, session_id, user_id, claims })
            }
            Credential::Code { challenge } => {
                let new_code = code::new_code(self.entropy.as_ref());
                let row = NewCode {
                    code_hash: hash(new_code.expose()),
                    user_id,
                    challenge: challenge.clone(),
                    expires_at: now.plus(self.session.code_ttl),
                    claims: question.profile.claims.clone(),
                };
                codes::add(transaction, row).await?;
                Ok(SignedIn::Code(new_code))
            }
        }
    }
}

fn event(question: &SignIn, action: Action, user_id: Option<UserId>) -> Event {
    Event {
        action,
        user_id,
        session_id: None,
        provider: Some(question.profile.provider.clone()),
        origin: question.origin.clone(),
        outcome: "done".to_owned(),
    }
}

fn newcomer<'a>(person: &'a Person, profile: &'a ExternalProfile) -> Newcomer<'a> {
    Newcomer {
        user_id: person.id,
        profile,
        display_name: &person.display_name,
        email: person.email.as_deref(),
        is_email_verified: person.email_verified,
        roles: &person.roles,
        metadata: person.metadata.as_ref(),
    }
}

async fn lay_down(
    transaction: &Transaction,
    question: &SignIn,
    user_id: UserId,
    now: Timestamp,
) -> Result<(), UserError> {
    let Some(deposit) = &question.deposit else { return Ok(()) };
    let entry = NewEntry {
        user_id,
        provider: deposit.provider().clone(),
        sealed: deposit.seal_for(user_id).map_err(|_| UserError::NotMade)?,
        created_at: now,
        expires_at: deposit.expires_at(),
    };
    Ok(vault::put(transaction, entry).await?)
}
