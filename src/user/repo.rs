//! The actor `UserRepo`: users, identities and sessions, in the database. One per worker.
//!
//! It has no state but what waits: a handler reads facts, lets the policy decide, and carries the decision out in one
//! transaction. Messages that wait at the same time share statements ([`super::batches`]); a slow one delays no other.

use std::rc::Rc;
use std::sync::Arc;

use actix::{Actor, Context, Handler, Message, ResponseFuture};
use futures_util::TryFutureExt as _;

use super::admin::{
    EndSessions, EraseUser, FindUsers, ListEvents, ListSessions, ListUsers, SetDisabled, SetRoles, ShowUser,
    VerifyEmail,
};
use super::batches::Batches;
use super::batches::refresh::Presented;
use super::hooks::Hooks;
use super::messages::{
    Exchange, Find, Identities, IsRefreshTokenCurrent, IssuedSession, Refresh, RequireAccess, RequireFresh,
    RequireLive, RequireUser, Sessions, SignIn, SignOut, SignOutScope, StorePendingName, Unlink, UserError,
    WouldCreateAccount,
};
use super::policy::{self, PolicyError};
use crate::domain::audit::{Action, Event, RequestOrigin};
use crate::domain::boxed::boxed;
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::event::SessionEnd;
use crate::domain::hooks::TokenClaims;
use crate::domain::id::UserId;
use crate::domain::log;
use crate::domain::random::RandomSource;
use crate::domain::secret::Secret;
use crate::events::Events;
use crate::metrics::{Metrics, SessionEvent};
use crate::session::access_token::Principal;
use crate::session::refresh::{RefreshTokens, SessionHandle};
use crate::settings::{Session as SessionSettings, SignUp};
use crate::store::sessions::Session;
use crate::store::users::{AccountStatus, User};
use crate::store::{Executor, Store, audit, retry_lost_races, sessions, users};

/// What the actor's tasks share.
#[derive(Clone)]
pub struct UserService {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn RandomSource>,
    /// Derives refresh tokens.
    pub refresh_tokens: RefreshTokens,
    /// The settings for new users.
    pub sign_up: SignUp,
    /// The settings for sessions.
    pub session: SessionSettings,
    /// Whether provider tokens are revoked when a user signs out of the last session.
    pub revokes_on_sign_out: bool,
    /// The hooks of an embedding app.
    pub hooks: Hooks,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Who is told what happened.
    pub events: Events,
}

impl std::fmt::Debug for UserService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserService").field("sign_up", &self.sign_up).finish_non_exhaustive()
    }
}

impl UserService {
    pub(super) async fn find(&self, access: &impl Executor, user_id: UserId) -> Result<User, UserError> {
        self.check_user(users::find(access, user_id).await?.ok_or(PolicyError::Unknown)?)
    }

    /// Checks that a user has access.
    pub(super) fn check_user(&self, user: User) -> Result<User, UserError> {
        policy::check_access(self.account(&AccountStatus::from(&user)), self.rules())?;
        Ok(user)
    }

    /// Rotates a refresh token. One statement decides; only a used token costs a second one. SQLite's time is taken when
    /// its writer is free, so that waiting for it shortens no grace period.
    pub(super) async fn refresh(&self, presented: Presented) -> Result<IssuedSession, UserError> {
        let Presented { handle, generation, request } = presented;
        let ttl = self.session.refresh_token_ttl;
        let transaction = self.store.begin().await?;
        let now = self.clock.now();
        let rotated = sessions::rotate(&transaction, handle.hash(), generation, now, ttl).await?;
        transaction.commit().await?;
        let session = match rotated {
            Some(session) => session,
            None => self.handle_used_token(handle, generation, &request.origin, now).await?,
        };
        let user = self.find(&self.store, session.user_id).await?;
        self.issued(handle, session, user)
    }

    /// The answer to a rotated refresh token.
    pub(super) fn issued(
        &self,
        handle: SessionHandle,
        session: Session,
        user: User,
    ) -> Result<IssuedSession, UserError> {
        let refresh_token =
            self.refresh_tokens.token(handle, session.generation).ok_or(UserError::CredentialNotCreated)?;
        let token_claims = TokenClaims::default();
        Ok(IssuedSession { refresh_token, session_id: session.id, user, claims: session.claims, token_claims })
    }

    /// A used token: the current one once more within the grace of the used one, else the end of the session. Nodes'
    /// clocks may differ.
    async fn handle_used_token(
        &self,
        handle: SessionHandle,
        generation: u32,
        origin: &RequestOrigin,
        now: Timestamp,
    ) -> Result<Session, UserError> {
        let since = now.minus(self.session.refresh_grace).minus(self.store.max_clock_skew());
        if let Some(session) = sessions::find_superseded(&self.store, handle.hash(), generation, since, now).await? {
            return Ok(session);
        }
        let session = sessions::find(&self.store, handle.hash(), now).await?;
        let session = session.ok_or(UserError::RefreshTokenNotValid)?;
        let transaction = self.store.begin().await?;
        let is_ended = sessions::end(&transaction, handle.hash()).await?.is_some();
        if is_ended {
            let event = Event::done(Action::Reuse, session.user_id, origin.clone()).in_session(session.id);
            audit::add(&transaction, event.with_outcome("the session was ended"), now).await?;
        }
        let (session, user) = (session.id, session.user_id);
        let ended = if is_ended { &[session][..] } else { &[] };
        let events = self.events.sessions_ended(user, ended, SessionEnd::TokenReused, now);
        self.events.commit(transaction, &events).await?;
        if is_ended {
            self.metrics.sessions.count(SessionEvent::Reused);
        }
        origin.scope().run(|| log::warn!(session:%, user:%; "refresh token reused; the session was ended"));
        Err(UserError::RefreshTokenNotValid)
    }

    async fn is_refresh_token_current(&self, token: &Secret) -> Result<bool, UserError> {
        let Some((handle, generation)) = self.refresh_tokens.read(token.expose()) else { return Ok(false) };
        let session = sessions::find(&self.store, handle.hash(), self.clock.now()).await?;
        Ok(session.is_some_and(|session| session.generation == generation))
    }

    async fn sign_out(&self, request: &SignOut) -> Result<(), UserError> {
        retry_lost_races(async || self.try_sign_out(request).await).await
    }

    async fn try_sign_out(&self, request: &SignOut) -> Result<(), UserError> {
        let transaction = self.store.begin().await?;
        if self.revokes_on_sign_out {
            self.revoke_at_last_session(&transaction, &request.scope).await?;
        }
        let event = |user_id| Event::done(Action::SignOut, user_id, request.origin.clone());
        let mut all = Vec::new();
        let event = match &request.scope {
            SignOutScope::RefreshToken(token) => match self.refresh_tokens.read(token.expose()) {
                Some((handle, _)) => sessions::end(&transaction, handle.hash())
                    .await?
                    .map(|session| event(session.user_id).in_session(session.id)),
                None => None,
            },
            SignOutScope::Own(Principal { user_id, session_id }) => match session_id {
                Some(id) => {
                    sessions::end_by_id(&transaction, *user_id, *id).await?.then(|| event(*user_id).in_session(*id))
                }
                None => None,
            },
            SignOutScope::One(session, id) => {
                let user_id = self.lock_live(&transaction, *session).await?.id;
                sessions::end_by_id(&transaction, user_id, *id).await?.then(|| event(user_id).in_session(*id))
            }
            SignOutScope::All(session) => {
                let user_id = self.lock_live(&transaction, *session).await?.id;
                all = sessions::end_all(&transaction, user_id).await?;
                (!all.is_empty()).then(|| event(user_id).with_outcome(format!("{} sessions ended", all.len())))
            }
        };
        let Some(event) = event else { return Ok(transaction.commit().await?) };
        let (now, user_id) = (self.clock.now(), event.user_id);
        let ended = if all.is_empty() { event.session_id.into_iter().collect() } else { all };
        audit::add(&transaction, event, now).await?;
        let told = |user_id| self.events.sessions_ended(user_id, &ended, SessionEnd::SignedOut, now);
        self.events.commit(transaction, &user_id.map(told).unwrap_or_default()).await?;
        self.metrics.sessions.add(SessionEvent::Ended, ended.len() as u64);
        Ok(())
    }
}

/// The actor.
#[derive(Debug)]
pub struct UserRepo {
    service: Rc<UserService>,
    batches: Rc<Batches>,
}

impl UserRepo {
    /// Creates the actor.
    #[must_use]
    pub fn new(service: UserService) -> Self {
        let service = Rc::new(service);
        Self { batches: Rc::new(Batches::new(&service)), service }
    }
}

impl Actor for UserRepo {
    type Context = Context<Self>;
}

macro_rules! handle {
    ($message:ty, $part:ident, |$handler:ident, $request:ident| $work:expr) => {
        impl Handler<$message> for UserRepo {
            type Result = ResponseFuture<<$message as Message>::Result>;

            fn handle(&mut self, $request: $message, _: &mut Self::Context) -> Self::Result {
                let $handler = Rc::clone(&self.$part);
                boxed(|| async move { $work.await })
            }
        }
    };
}

handle!(Box<SignIn>, batches, |batches, request| batches.sign_in(request));
handle!(Refresh, batches, |batches, request| batches.refresh(request));
handle!(Exchange, batches, |batches, request| batches.exchange(request));
handle!(RequireUser, batches, |batches, request| batches.require_live(request.0));
handle!(RequireLive, batches, |batches, request| batches.require_live(request.0).map_ok(|(session, _)| session));
handle!(RequireFresh, batches, |batches, request| batches.require_fresh(request.0));
handle!(RequireAccess, service, |service, request| service.require_access(request.0));
handle!(WouldCreateAccount, service, |service, request| service.would_create_account(&request));
handle!(Find, service, |service, request| service.find(&service.store, request.session.user_id()));
handle!(Identities, service, |service, request| service.identities(request));
handle!(Sessions, service, |service, request| service.sessions(request));
handle!(Unlink, service, |service, request| service.unlink(&request));
handle!(StorePendingName, service, |service, request| service.store_pending_name(&request));
handle!(IsRefreshTokenCurrent, service, |service, request| service.is_refresh_token_current(&request.token));
handle!(SignOut, service, |service, request| service.sign_out(&request));

handle!(ListUsers, service, |service, request| async move { service.admin().list(request).await });
handle!(FindUsers, service, |service, request| async move { service.admin().find(request).await });
handle!(ShowUser, service, |service, request| async move { service.admin().show(request).await });
handle!(ListSessions, service, |service, request| async move { service.admin().sessions(request).await });
handle!(ListEvents, service, |service, request| async move { service.admin().events(request).await });
handle!(SetDisabled, service, |service, request| async move { service.admin().set_disabled(&request).await });
handle!(VerifyEmail, service, |service, request| async move { service.admin().verify_email(&request).await });
handle!(SetRoles, service, |service, request| async move { service.admin().set_roles(&request).await });
handle!(EndSessions, service, |service, request| async move { service.admin().end_sessions(&request).await });
handle!(EraseUser, service, |service, request| async move { service.admin().erase(&request).await });

/// Makes the actor panic, for tests.
#[cfg(test)]
#[derive(Message)]
#[rtype(result = "()")]
pub struct Break;

#[cfg(test)]
impl Handler<Break> for UserRepo {
    type Result = ();

    fn handle(&mut self, _: Break, _: &mut Self::Context) {
        panic!("on purpose");
    }
}
