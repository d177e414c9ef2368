//! Sign-ins: facts in one statement, the decision, and all that is written in one more.

use std::rc::Rc;

use tokio::sync::OwnedSemaphorePermit;

use super::{Batches, only, settled};
use crate::actor::batch::Batch;
use crate::domain::audit::Action;
use crate::domain::boxed::boxed;
use crate::domain::clock::Timestamp;
use crate::domain::email::EmailAddress;
use crate::domain::fail_point;
use crate::domain::id::UserId;
use crate::domain::sha256::sha256;
use crate::metrics::{SessionEvent, TicketEvent, VaultEvent};
use crate::store::sets::{IdentityFacts, IdentityQuery, KnownUser, NewAccount, SignInRows};
use crate::store::users::AccountStatus;
use crate::store::{StoreError, unless_lost_race};
use crate::user::credential::sealed_entry;
use crate::user::events;
use crate::user::messages::{AccountMatch, Intent, SignIn, SignInDone, SignedIn, UserError};
use crate::user::policy::{self, Decision, Facts, InitialState, Requested};
use crate::user::repo::UserService;
use crate::user::sign_in::{event, restrict};

/// How often a sign-in is decided anew after the hooks of the app were asked.
const MAX_CONSULTATIONS: usize = 3;

impl Batches {
    /// Signs in, and counts what came of it.
    pub(in crate::user) async fn sign_in(&self, request: Box<SignIn>) -> Result<SignInDone, UserError> {
        let (has_tokens, has_ticket) = (request.sealable_tokens.is_some(), request.ticket.is_some());
        let result = self.carry_out(request).await;
        let metrics = &self.service.metrics;
        if has_ticket && takes_ticket(&result) {
            metrics.tickets.count(TicketEvent::Taken);
        }
        if let Ok(done) = &result {
            if matches!(done.signed_in, SignedIn::Session { .. }) {
                metrics.sessions.count(SessionEvent::Begun);
            }
            if has_tokens && done.signed_in != SignedIn::PendingVerification {
                metrics.vault.count(VaultEvent::Stored);
            }
        }
        result
    }

    /// Signs in. Where the embedding app has hooks, they are asked in between.
    async fn carry_out(&self, request: Box<SignIn>) -> Result<SignInDone, UserError> {
        let service = &self.service;
        if service.hooks.are_absent() {
            return self.decide(request).await;
        }
        // Boxed, because it is rare and large: the future of each sign-in would have its size.
        boxed(|| self.carry_out_with_hooks(request)).await
    }

    async fn carry_out_with_hooks(&self, mut request: Box<SignIn>) -> Result<SignInDone, UserError> {
        let service = &self.service;
        if service.needs_token_claims(&request) {
            request.consulted = service.consult(&request).await?;
        }
        for _ in 0..MAX_CONSULTATIONS {
            match self.decide(request.clone()).await {
                Err(UserError::NotConsulted) => request.consulted = service.consult(&request).await?,
                result => return result,
            }
        }
        Err(StoreError::Collision("the account keeps changing while the hooks of the app are asked".to_owned()).into())
    }

    /// Signs in, by shared statements where the decision allows it.
    async fn decide(&self, request: Box<SignIn>) -> Result<SignInDone, UserError> {
        if self.uses_sets()
            && let Some(signed_in) = self.sign_in_by_sets(&request).await?
        {
            return Ok(signed_in);
        }
        if self.service.store.has_one_writer() {
            return self.sign_ins.carry_out(request).await?;
        }
        boxed(|| self.service.sign_in(&request)).await
    }

    /// `None`: nothing was written, and the sign-in needs a transaction of its own.
    async fn sign_in_by_sets(&self, request: &SignIn) -> Result<Option<SignInDone>, UserError> {
        let requested = match request.intent {
            Intent::SignIn(_) => Requested::SignIn,
            Intent::SignUp => Requested::SignUp,
            Intent::Connect(_) => return Ok(None),
        };
        // What is stored of a grant depends on the one that is there.
        if request.ticket.is_some() || request.grant.is_some() {
            return Ok(None);
        }
        let email = request.profile.email_address();
        let query = IdentityQuery {
            provider: request.profile.provider.clone(),
            subject: request.profile.subject.clone(),
            email_canonical: email.as_ref().map(|email| email.canonical().to_owned()),
        };
        let Some(found) = self.facts.carry_out(query).await?? else { return Ok(None) };
        if found.owner.is_none() && (found.is_email_owned || found.has_pending_name) {
            return Ok(None);
        }
        fail_point::reached("facts");
        let service = self.service.as_ref();
        let facts = Facts {
            requested,
            owner: found.owner.as_ref().map(|owner| service.account(owner)),
            email_owner: None,
            email: service.provider_email(&request.profile, email.as_ref()),
        };
        match (restrict(policy::decide(facts, service.rules()), request.intent), found.owner) {
            (Decision::SignIn(_), Some(status)) => self.sign_in_known_user(request, email, status).await,
            (Decision::Create(InitialState::SignedIn), None) => self.create_account(request, email).await,
            _ => Ok(None),
        }
    }

    async fn sign_in_known_user(
        &self,
        request: &SignIn,
        email: Option<EmailAddress>,
        status: AccountStatus,
    ) -> Result<Option<SignInDone>, UserError> {
        let (service, now) = (self.service.as_ref(), self.service.clock.now());
        let (user_id, account) = (status.id, AccountMatch::Identity);
        let (rows, signed_in) = service.rows(request, (user_id, email), Action::SignIn, now)?;
        let make = || events::of_sign_in(request, user_id, account, Some(&signed_in), now);
        let events = service.events.when_on(make);
        let rows = SignInRows { messages: service.events.messages(&events), ..rows };
        if !self.known_users.carry_out(KnownUser { status, rows }).await?? {
            return Ok(None);
        }
        service.events.publish(&events);
        Ok(Some(SignInDone { user_id, account, signed_in }))
    }

    async fn create_account(
        &self,
        request: &SignIn,
        email: Option<EmailAddress>,
    ) -> Result<Option<SignInDone>, UserError> {
        let (service, now) = (self.service.as_ref(), self.service.clock.now());
        let user = match service.new_user(request, &request.profile, now) {
            Ok(user) => user,
            Err(UserError::NotConsulted) => return Err(UserError::NotConsulted),
            // A refusal is recorded in the audit trail, by a transaction.
            Err(_) => return Ok(None),
        };
        let (user_id, account) = (user.id, AccountMatch::Created);
        let (rows, signed_in) = service.rows(request, (user_id, email), Action::SignUp, now)?;
        let make = || events::of_sign_in(request, user_id, account, Some(&signed_in), now);
        let events = service.events.when_on(make);
        let rows = SignInRows { messages: service.events.messages(&events), ..rows };
        let new_account = NewAccount { user: user.clone(), identity_id: service.random.uuid(), rows };
        if !self.new_accounts.carry_out(new_account).await?? {
            return Ok(None);
        }
        service.notify_created(Some(&user), &request.profile);
        service.events.publish(&events);
        Ok(Some(SignInDone { user_id, account, signed_in }))
    }
}

/// Whether a ticket is spent: also by a refusal, but not by a failure.
fn takes_ticket(result: &Result<SignInDone, UserError>) -> bool {
    matches!(result, Ok(_) | Err(UserError::Policy(_) | UserError::Vetoed(_)))
}

impl UserService {
    /// What a sign-in stores besides its user, and what the app receives. `email` is the provider's.
    fn rows(
        &self,
        request: &SignIn,
        (user_id, email): (UserId, Option<EmailAddress>),
        action: Action,
        now: Timestamp,
    ) -> Result<(SignInRows, SignedIn), UserError> {
        let profile = &request.profile;
        let (credential, signed_in) = self.new_credential(request, user_id, now)?;
        let rows = SignInRows {
            user_id,
            provider: profile.provider.clone(),
            subject: profile.subject.clone(),
            is_email_verified: email.is_some() && profile.is_email_verified(),
            email: email.map(|email| email.written().to_owned()),
            entry: sealed_entry(request, user_id, now)?,
            credential,
            event: event(request, action, Some(user_id)),
            messages: Vec::new(),
            now,
        };
        Ok((rows, signed_in))
    }
}

/// Reads facts.
#[derive(Debug)]
pub(super) struct FindFacts(pub(super) Rc<UserService>);

impl Batch for FindFacts {
    type Item = IdentityQuery;
    type Answer = Result<Option<IdentityFacts>, StoreError>;

    fn key(&self, _: &Self::Item) -> Option<u128> {
        None
    }

    async fn together(&self, queries: &[Self::Item]) -> Option<Vec<Option<Self::Answer>>> {
        settled(self.0.store.find_facts(queries).await)
    }

    async fn alone(&self, query: Self::Item) -> Self::Answer {
        only(self.0.store.find_facts(&[query]).await?)
    }
}

/// Signs known users in. `false`: nothing was written.
#[derive(Debug)]
pub(super) struct SignInKnownUsers(pub(super) Rc<UserService>);

impl Batch for SignInKnownUsers {
    type Item = KnownUser;
    type Answer = Result<bool, StoreError>;

    fn key(&self, sign_in: &Self::Item) -> Option<u128> {
        Some(sign_in.rows.user_id.0.as_u128())
    }

    async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        self.0.store.batch_permit().await
    }

    async fn together(&self, sign_ins: &[Self::Item]) -> Option<Vec<Option<Self::Answer>>> {
        fail_point::reached("write");
        settled(self.0.store.sign_in_known_users(sign_ins).await)
    }

    async fn alone(&self, _: Self::Item) -> Self::Answer {
        Ok(false)
    }
}

/// Creates accounts. `false`: nothing was written.
#[derive(Debug)]
pub(super) struct CreateAccounts(pub(super) Rc<UserService>);

impl Batch for CreateAccounts {
    type Item = NewAccount;
    type Answer = Result<bool, StoreError>;

    fn key(&self, account: &Self::Item) -> Option<u128> {
        let rows = &account.rows;
        let hash = sha256(&format!("{} {}", rows.provider, rows.subject));
        hash.first_chunk().map(|first| u128::from_be_bytes(*first))
    }

    async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        self.0.store.batch_permit().await
    }

    async fn together(&self, accounts: &[Self::Item]) -> Option<Vec<Option<Self::Answer>>> {
        fail_point::reached("write");
        settled(self.0.store.create_accounts(accounts).await.map(|()| vec![true; accounts.len()]))
    }

    async fn alone(&self, account: Self::Item) -> Self::Answer {
        match self.0.store.create_accounts(&[account]).await {
            Ok(()) => Ok(true),
            Err(error) if error.is_lost_race() => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Signs in by transactions, for what no set can do: a savepoint for each, or one for itself.
#[derive(Debug)]
pub(super) struct SignInTogether(pub(super) Rc<UserService>);

impl Batch for SignInTogether {
    type Item = Box<SignIn>;
    type Answer = Result<SignInDone, UserError>;

    fn key(&self, _: &Self::Item) -> Option<u128> {
        // One transaction carries out one after the other.
        None
    }

    async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        self.0.store.batch_permit().await
    }

    async fn together(&self, requests: &[Self::Item]) -> Option<Vec<Option<Self::Answer>>> {
        let service = &self.0;
        let work = service.store.in_one_transaction(requests, async |transaction, request| {
            service.sign_in_within(transaction, request).await
        });
        let finished = work.await.into_iter().zip(requests).map(|(concluded, request)| {
            unless_lost_race(concluded.and_then(|concluded| service.finish(concluded, request)))
        });
        Some(finished.collect())
    }

    async fn alone(&self, request: Self::Item) -> Self::Answer {
        self.0.sign_in(&request).await
    }
}
