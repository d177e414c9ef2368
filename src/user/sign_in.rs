//! The transaction of a sign-in: facts, decision, rows and audit event are committed together or not at all.

use super::events;
use super::messages::{AccountMatch, Intent, SignIn, SignInDone, SignedIn, UserError};
use super::policy::{self, Decision, Facts, InitialState, PolicyError, Requested};
use super::repo::UserService;
use crate::domain::audit::{Action, Event};
use crate::domain::clock::Timestamp;
use crate::domain::event::Event as PublicEvent;
use crate::domain::fail_point;
use crate::domain::id::UserId;
use crate::store::users::User;
use crate::store::{StoreError, Transaction, audit, identities, retry_lost_races, tickets, users};

/// What a sign-in did, for the audit event.
struct Done {
    action: Action,
    user_id: UserId,
    account: AccountMatch,
    /// An error for a new account that starts disabled: it is created and refused.
    result: Result<SignedIn, PolicyError>,
    created: Option<User>,
}

/// A sign-in whose rows are written but not committed. An error is what the user is told: it was recorded.
#[derive(Debug)]
pub(super) struct Concluded {
    result: Result<SignInDone, UserError>,
    created: Option<User>,
    /// What is told of it after the commit.
    events: Vec<PublicEvent>,
}

impl UserService {
    /// Signs in by a transaction of its own, which locks what the decision depends on.
    pub(super) async fn sign_in(&self, request: &SignIn) -> Result<SignInDone, UserError> {
        let concluded = retry_lost_races(async || {
            // Sign-ins of one identity take turns, so that they do not occupy all connections while the account is
            // locked.
            let identity = format!("{} {}", request.profile.provider, request.profile.subject);
            let transaction = self.store.begin_for(&identity).await?;
            let concluded = self.sign_in_within(&transaction, request).await?;
            transaction.commit().await?;
            Ok::<_, UserError>(concluded)
        });
        self.finish(concluded.await?, request)
    }

    /// Signs in within a transaction, to be committed by the caller unless this fails.
    pub(super) async fn sign_in_within(
        &self,
        transaction: &Transaction,
        request: &SignIn,
    ) -> Result<Concluded, UserError> {
        let now = self.clock.now();
        take_ticket(transaction, request, now).await?;
        let (facts, decision) = match self.decide(transaction, request).await {
            Ok(decided) => decided,
            Err(UserError::Policy(error)) => return deny(transaction, request, error, now).await,
            Err(error) => return Err(error),
        };
        if let Decision::Refuse(error) = decision {
            let event = event(request, action(facts.requested), account_of(facts)).with_outcome(error);
            return refuse(transaction, event, error.into(), now).await;
        }
        let done = match self.carry_out(transaction, request, decision, now).await {
            Err(UserError::Vetoed(veto)) => {
                let event = event(request, Action::SignUp, None).with_outcome("vetoed");
                return refuse(transaction, event, veto.into(), now).await;
            }
            done => done?,
        };
        let event = event(request, done.action, Some(done.user_id));
        let event = match &done.result {
            Ok(SignedIn::Session { session, .. }) => event.in_session(session.id()),
            Ok(SignedIn::PendingVerification) => event.with_outcome(PolicyError::Unverified),
            Ok(SignedIn::Code(_) | SignedIn::Connected) => event,
            Err(error) => event.with_outcome(error),
        };
        fail_point::reached("session");
        audit::add(transaction, event, now).await?;
        let Done { user_id, account, created, .. } = done;
        let make = || events::of_sign_in(request, user_id, account, done.result.as_ref().ok(), now);
        let events = self.events.when_on(make);
        self.events.record(transaction, &events).await?;
        let result = done.result.map(|signed_in| SignInDone { user_id, account, signed_in });
        Ok(Concluded { result: result.map_err(UserError::from), created, events })
    }

    /// What remains to be done after the commit.
    pub(super) fn finish(&self, concluded: Concluded, request: &SignIn) -> Result<SignInDone, UserError> {
        self.notify_created(concluded.created.as_ref(), &request.profile);
        self.events.publish(&concluded.events);
        concluded.result
    }

    /// Gathers the facts and decides. The row of an existing account is locked, so that the decision holds until the
    /// commit.
    async fn decide(&self, transaction: &Transaction, request: &SignIn) -> Result<(Facts, Decision), UserError> {
        let requested = match request.intent {
            Intent::SignIn(_) => Requested::SignIn,
            Intent::SignUp => Requested::SignUp,
            Intent::Connect(session) => Requested::Connect(self.account(&self.lock_fresh(transaction, session).await?)),
        };
        let look = async || {
            let facts = self.gather_facts(transaction, &request.profile, requested).await?;
            Ok::<_, UserError>((facts, restrict(policy::decide(facts, self.rules()), request.intent)))
        };
        let (facts, decision) = look().await?;
        fail_point::reached("facts");
        let (Decision::SignIn(id) | Decision::LinkByEmail(id)) = decision else { return Ok((facts, decision)) };
        users::lock_for_update(transaction, id).await?.ok_or_else(account_changed)?;
        match look().await? {
            (facts, Decision::Refuse(error)) => Ok((facts, Decision::Refuse(error))),
            (facts, locked) if locked == decision => Ok((facts, decision)),
            _ => Err(account_changed().into()),
        }
    }

    async fn carry_out(
        &self,
        transaction: &Transaction,
        request: &SignIn,
        decision: Decision,
        now: Timestamp,
    ) -> Result<Done, UserError> {
        let done = |action, user_id, account, signed_in| {
            let result = Ok(signed_in);
            Done { action, user_id, account, result, created: None }
        };
        Ok(match decision {
            Decision::Refuse(error) => return Err(error.into()),
            Decision::SignIn(user_id) => {
                users::record_activity(transaction, user_id, now).await?;
                let email = request.profile.email_address();
                identities::refresh(transaction, user_id, &request.profile, email.as_ref(), now).await?;
                let signed_in = self.issue_credential(transaction, request, user_id, now).await?;
                done(Action::SignIn, user_id, AccountMatch::Identity, signed_in)
            }
            Decision::LinkByEmail(user_id) => {
                self.add_identity(transaction, request, user_id, now).await?;
                let signed_in = self.issue_credential(transaction, request, user_id, now).await?;
                done(Action::Link, user_id, AccountMatch::VerifiedEmail, signed_in)
            }
            Decision::Connect(user_id) => {
                self.add_identity(transaction, request, user_id, now).await?;
                self.store_tokens(transaction, request, user_id, now).await?;
                done(Action::Link, user_id, AccountMatch::Session, SignedIn::Connected)
            }
            Decision::Create(state) => {
                let user = self.create_user(transaction, request, now).await?;
                let (action, user_id, account) = (Action::SignUp, user.id, AccountMatch::Created);
                let result = match state {
                    InitialState::SignedIn => Ok(self.issue_credential(transaction, request, user_id, now).await?),
                    InitialState::PendingVerification => Ok(SignedIn::PendingVerification),
                    InitialState::Disabled => Err(PolicyError::Disabled),
                };
                Done { action, user_id, account, result, created: Some(user) }
            }
        })
    }
}

/// Takes the ticket of the sign-in, if it has one. Whatever is decided, it is spent, unless the database fails.
async fn take_ticket(transaction: &Transaction, request: &SignIn, now: Timestamp) -> Result<(), UserError> {
    let Some(ticket) = request.ticket else { return Ok(()) };
    let taken = tickets::take(transaction, ticket, now).await?;
    fail_point::reached("ticket");
    taken.map(drop).ok_or(UserError::TicketNotValid)
}

/// Refuses to connect, because of the session that asks for it.
async fn deny(
    transaction: &Transaction,
    request: &SignIn,
    error: PolicyError,
    now: Timestamp,
) -> Result<Concluded, UserError> {
    let user_id = match request.intent {
        Intent::Connect(session) => Some(session.user_id()),
        Intent::SignIn(_) | Intent::SignUp => None,
    };
    let event = event(request, Action::Link, user_id).with_outcome(error);
    refuse(transaction, event, error.into(), now).await
}

/// Refuses, and records that.
async fn refuse(
    transaction: &Transaction,
    event: Event,
    error: UserError,
    now: Timestamp,
) -> Result<Concluded, UserError> {
    audit::add(transaction, event, now).await?;
    Ok(Concluded { result: Err(error), created: None, events: Vec::new() })
}

/// A decision within what the intent allows.
pub(super) fn restrict(decision: Decision, intent: Intent) -> Decision {
    match (decision, intent) {
        (Decision::LinkByEmail(_), Intent::SignIn(policy)) if !policy.is_linking_allowed => {
            Decision::Refuse(PolicyError::AlreadyExists)
        }
        (Decision::Create(_), Intent::SignIn(policy)) if !policy.is_sign_up_allowed => {
            Decision::Refuse(PolicyError::Unknown)
        }
        (decision, _) => decision,
    }
}

fn account_changed() -> StoreError {
    StoreError::Collision("the account changed during the sign-in".to_owned())
}

fn action(requested: Requested) -> Action {
    match requested {
        Requested::SignIn => Action::SignIn,
        Requested::SignUp => Action::SignUp,
        Requested::Connect(_) => Action::Link,
    }
}

/// The account that a refused sign-in was for.
fn account_of(facts: Facts) -> Option<UserId> {
    match facts.requested {
        Requested::SignIn => facts.owner.map(|owner| owner.id),
        Requested::SignUp => None,
        Requested::Connect(account) => Some(account.id),
    }
}

pub(super) fn event(request: &SignIn, action: Action, user_id: Option<UserId>) -> Event {
    Event {
        action,
        user_id,
        session_id: None,
        provider: Some(request.profile.provider.clone()),
        origin: request.origin.clone(),
        outcome: "done".to_owned(),
        actor: None,
    }
}
