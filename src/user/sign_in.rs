//! The one transaction of a sign-in: facts, decision, rows; all of it or nothing.

use std::time::Duration;

use super::facts::narrow;
use super::messages::{Credential, Intent, SignIn, SignedIn, StorePendingName, UserError};
use super::policy::{self, Decision, Facts, InitialState, PolicyError, Requested};
use super::repo::UserService;
use crate::domain::audit::{Action, Event};
use crate::domain::clock::Timestamp;
use crate::domain::email::EmailAddress;
use crate::domain::fail_point;
use crate::domain::hooks::NewUser;
use crate::domain::id::UserId;
use crate::domain::profile::ExternalProfile;
use crate::domain::sha256::sha256;
use crate::session::one_time_code;
use crate::store::one_time_codes::NewCode;
use crate::store::users::User;
use crate::store::vault::NewEntry;
use crate::store::{Transaction, audit, identities, one_time_codes, pending_names, tickets, users, vault};

/// Whoever loses a race against a unique index looks again: the winner's row is now a fact.
const ATTEMPTS: usize = 3;

/// How long a name waits for its user to sign up.
const PENDING_NAME_TTL: Duration = Duration::from_secs(90 * 24 * 3600);

impl UserService {
    pub(super) async fn sign_in(&self, request: &SignIn) -> Result<SignedIn, UserError> {
        let address = request.profile.email_address();
        let mut attempt = 1;
        loop {
            match self.try_sign_in(request, address.as_ref()).await {
                Err(UserError::Store(error)) if error.is_lost_race() && attempt < ATTEMPTS => attempt += 1,
                outcome => {
                    // The transaction took the ticket; where it was rolled back, a refusal takes it all the same.
                    if let (Some(ticket), Err(UserError::Policy(_) | UserError::Vetoed(_))) = (request.ticket, &outcome)
                    {
                        tickets::take(&self.store, ticket, self.clock.now()).await?;
                    }
                    return outcome;
                }
            }
        }
    }

    /// Before anything else is decided, because the provider does not say it twice.
    pub(super) async fn store_pending_name(&self, request: &StorePendingName) -> Result<(), UserError> {
        let StorePendingName { provider, subject, name } = request;
        Ok(pending_names::put(&self.store, provider, subject, name, self.clock.now().plus(PENDING_NAME_TTL)).await?)
    }

    async fn try_sign_in(&self, request: &SignIn, address: Option<&EmailAddress>) -> Result<SignedIn, UserError> {
        let now = self.clock.now();
        let identity = format!("{} {}", request.profile.provider, request.profile.subject);
        let transaction = self.store.begin_for(&identity).await?;
        if let Some(ticket) = request.ticket {
            tickets::take(&transaction, ticket, now).await?.ok_or(UserError::TicketNotValid)?;
        }
        let mut created = None;
        let requested = match request.intent {
            Intent::SignIn(_) => Requested::SignIn,
            Intent::SignUp => Requested::SignUp,
            Intent::Connect(session) => match self.lock_fresh(&transaction, session).await {
                Ok(status) => Requested::Connect(Some(self.account(&status))),
                Err(UserError::Policy(denied)) => {
                    transaction.rollback().await?;
                    let event = event(request, Action::Link, Some(session.user_id())).with_outcome(denied);
                    audit::add(&self.store, event, now).await?;
                    return Err(denied.into());
                }
                Err(error) => return Err(error),
            },
        };
        let facts = self.gather_facts(&transaction, &request.profile, requested, address).await?;
        fail_point::reached("facts");
        let decision = narrow(policy::decide(facts, self.rules()), request.intent);
        let signed_in = match decision {
            Decision::Refuse(refusal) => {
                transaction.rollback().await?;
                self.record_denied(request, facts, refusal, now).await?;
                return Err(refusal.into());
            }
            Decision::SignIn(user_id) => {
                users::record_activity(&transaction, user_id, now).await?;
                identities::refresh(&transaction, user_id, &request.profile, address, now).await?;
                self.issue_credential(&transaction, request, user_id, now).await?
            }
            Decision::LinkByEmail(user_id) => {
                self.add_identity(&transaction, request, user_id, address, now).await?;
                self.issue_credential(&transaction, request, user_id, now).await?
            }
            Decision::Connect(user_id) => {
                self.add_identity(&transaction, request, user_id, address, now).await?;
                store_tokens(&transaction, request, user_id, now).await?;
                SignedIn::Connected
            }
            Decision::Create(beginning) => {
                let user = match self.create_user(&transaction, request, address, now).await {
                    Err(UserError::Vetoed(veto)) => {
                        transaction.rollback().await?;
                        // The app's own words stay in its own log.
                        let event = event(request, Action::SignUp, None).with_outcome("vetoed");
                        audit::add(&self.store, event, now).await?;
                        return Err(veto.into());
                    }
                    user => user?,
                };
                let user_id = created.insert(user).id;
                match beginning {
                    InitialState::SignedIn => self.issue_credential(&transaction, request, user_id, now).await?,
                    InitialState::PendingVerification => SignedIn::PendingVerification,
                    InitialState::Disabled => {
                        // Refused, but there all the same, so that somebody can let them in.
                        let event = event(request, Action::SignUp, Some(user_id)).with_outcome(PolicyError::Disabled);
                        audit::add(&transaction, event, now).await?;
                        transaction.commit().await?;
                        self.notify_created(created.as_ref(), &request.profile);
                        return Err(PolicyError::Disabled.into());
                    }
                }
            }
        };
        let (action, user_id) = match decision {
            Decision::SignIn(user_id) => (Action::SignIn, Some(user_id)),
            Decision::LinkByEmail(user_id) | Decision::Connect(user_id) => (Action::Link, Some(user_id)),
            Decision::Create(_) | Decision::Refuse(_) => (Action::SignUp, created.as_ref().map(|user| user.id)),
        };
        let event = event(request, action, user_id);
        let event = match &signed_in {
            SignedIn::Session { session, .. } => event.in_session(session.id()),
            SignedIn::PendingVerification => event.with_outcome(PolicyError::Unverified),
            SignedIn::Code(_) | SignedIn::Connected => event,
        };
        fail_point::reached("session");
        audit::add(&transaction, event, now).await?;
        fail_point::reached("commit");
        transaction.commit().await?;
        self.notify_created(created.as_ref(), &request.profile);
        Ok(signed_in)
    }

    async fn record_denied(
        &self,
        request: &SignIn,
        facts: Facts,
        refusal: PolicyError,
        now: Timestamp,
    ) -> Result<(), UserError> {
        let (action, user_id) = match facts.requested {
            Requested::SignIn => (Action::SignIn, facts.owner.map(|owner| owner.id)),
            Requested::SignUp => (Action::SignUp, None),
            Requested::Connect(user) => (Action::Link, user.map(|user| user.id)),
        };
        Ok(audit::add(&self.store, event(request, action, user_id).with_outcome(refusal), now).await?)
    }

    fn notify_created(&self, created: Option<&User>, profile: &ExternalProfile) {
        if let Some(user) = created {
            self.hooks.user_created(&new_user(user, profile));
        }
    }

    async fn create_user(
        &self,
        transaction: &Transaction,
        request: &SignIn,
        address: Option<&EmailAddress>,
        now: Timestamp,
    ) -> Result<User, UserError> {
        let id = self.random.uuid();
        let mut profile = request.profile.clone();
        if profile.name.is_none() {
            profile.name = pending_names::take(transaction, &profile.provider, &profile.subject).await?;
        }
        let user = request.options.build_user(id, &profile, address, &self.sign_up, now)?;
        self.hooks.may_sign_up(&new_user(&user, &request.profile))?;
        users::add(transaction, &user).await?;
        fail_point::reached("user");
        self.add_identity(transaction, request, user.id, address, now).await?;
        Ok(user)
    }

    async fn add_identity(
        &self,
        transaction: &Transaction,
        request: &SignIn,
        user_id: UserId,
        address: Option<&EmailAddress>,
        now: Timestamp,
    ) -> Result<(), UserError> {
        Ok(identities::add(transaction, self.random.uuid(), user_id, &request.profile, address, now).await?)
    }

    /// The provider's tokens into the vault, ours into the user's hand.
    async fn issue_credential(
        &self,
        transaction: &Transaction,
        request: &SignIn,
        user_id: UserId,
        now: Timestamp,
    ) -> Result<SignedIn, UserError> {
        fail_point::reached("identity");
        store_tokens(transaction, request, user_id, now).await?;
        fail_point::reached("deposit");
        match &request.credential {
            Credential::RefreshToken => {
                let claims = request.profile.claims.clone();
                let (session, refresh_token) = self.begin_session(transaction, user_id, claims.clone(), now).await?;
                Ok(SignedIn::Session { refresh_token, session, claims })
            }
            Credential::Code { challenge } => {
                let new_code = one_time_code::new_code(self.random.as_ref());
                let row = NewCode {
                    code_hash: sha256(new_code.expose()),
                    user_id,
                    challenge: challenge.clone(),
                    expires_at: now.plus(self.session.code_ttl),
                    claims: request.profile.claims.clone(),
                };
                one_time_codes::add(transaction, row).await?;
                Ok(SignedIn::Code(new_code))
            }
        }
    }
}

fn event(request: &SignIn, action: Action, user_id: Option<UserId>) -> Event {
    Event {
        action,
        user_id,
        session_id: None,
        provider: Some(request.profile.provider.clone()),
        origin: request.origin.clone(),
        outcome: "done".to_owned(),
    }
}

fn new_user<'a>(user: &'a User, profile: &'a ExternalProfile) -> NewUser<'a> {
    NewUser {
        user_id: user.id,
        profile,
        display_name: &user.display_name,
        email: user.email.as_deref(),
        is_email_verified: user.email_verified,
        roles: &user.roles,
        metadata: user.metadata.as_ref(),
    }
}

async fn store_tokens(
    transaction: &Transaction,
    request: &SignIn,
    user_id: UserId,
    now: Timestamp,
) -> Result<(), UserError> {
    let Some(sealable_tokens) = &request.sealable_tokens else { return Ok(()) };
    let entry = NewEntry {
        user_id,
        provider: sealable_tokens.provider().clone(),
        sealed: sealable_tokens.seal_for(user_id).map_err(|_| UserError::CredentialNotCreated)?,
        created_at: now,
        expires_at: sealable_tokens.expires_at(),
    };
    Ok(vault::put(transaction, entry).await?)
}
