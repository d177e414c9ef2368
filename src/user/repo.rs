//! The actor `UserRepo`: people, identities and sessions, over the rows. One per worker.
//!
//! It owns nothing that could be lost: a handler gathers facts, lets the policy decide, and writes the decision
//! in one transaction. Each question is answered by a task of its own, so a slow one holds up no other.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Context, Handler, Message, ResponseFuture};

use super::messages::{
    Ending, Exchange, Find, FindFresh, Foresee, Identities, IsAlive, KeepName, Refresh, Renewed, Sessions, SignIn,
    SignOut, Sweep, Unlink, UserError,
};
use super::policy::{self, Account, Held, Refusal, Rules};
use crate::domain::audit::{Action, Event, Origin};
use crate::domain::claims::Claims;
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::entropy::Entropy;
use crate::domain::fail_point;
use crate::domain::hash::hash;
use crate::domain::hooks::SignUpHooks;
use crate::domain::id::{SessionId, UserId};
use crate::domain::secret::Secret;
use crate::session::code;
use crate::session::refresh::{Handle, LAST_GENERATION, RefreshTokens};
use crate::settings::{Session as SessionSettings, SignUp};
use crate::store::people::{Person, Standing};
use crate::store::sessions::Session;
use crate::store::{Access, Store, audit, codes, names, people, sessions};

/// What the actor and its tasks share.
#[derive(Clone)]
pub struct Desk {
    /// The rows.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
    /// Makes refresh tokens.
    pub refresh_tokens: RefreshTokens,
    /// What new people start with.
    pub sign_up: SignUp,
    /// How long tokens live.
    pub session: SessionSettings,
    /// How long the audit trail is kept.
    pub audit_retention: Duration,
    /// The say of an embedding app.
    pub hooks: Arc<dyn SignUpHooks>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("sign_up", &self.sign_up).finish_non_exhaustive()
    }
}

impl Desk {
    pub(super) fn rules(&self) -> Rules {
        Rules {
            is_sign_up_enabled: self.sign_up.enabled,
            is_sign_up_automatic: self.sign_up.automatic,
            is_disabled_at_first: self.sign_up.disabled_at_first,
            is_address_required: self.sign_up.address_required,
            is_verified_address_required: self.sign_up.verified_address_required,
            is_linked_by_address: self.sign_up.link_by_address,
        }
    }

    /// How a person stands, in the words of the policy.
    pub(super) fn account(&self, standing: &Standing) -> Account {
        let is_proven = standing.is_address_verified;
        let held = |canonical: &String| Held { is_proven, is_barred: self.sign_up.emails.bars(canonical) };
        Account {
            id: standing.id,
            is_disabled: standing.is_disabled,
            address: standing.email_canonical.as_ref().map(held),
        }
    }

    /// Begins a session; the token is its first.
    pub(super) async fn begin_session(
        &self,
        access: &impl Access,
        user_id: UserId,
        claims: Claims,
        now: Timestamp,
    ) -> Result<(SessionId, Secret), UserError> {
        let handle = Handle::new(self.entropy.as_ref());
        let session = Session {
            id: SessionId(self.entropy.uuid()),
            user_id,
            handle_hash: handle.hash(),
            generation: 0,
            rotated_at: now,
            expires_at: now.plus(self.session.refresh_token_ttl),
            claims,
        };
        sessions::add(access, &session).await?;
        let token = self.refresh_tokens.token(handle, 0).ok_or(UserError::NotMade)?;
        Ok((session.id, token))
    }

    pub(super) async fn find(&self, access: &impl Access, user_id: UserId) -> Result<Person, UserError> {
        let person = people::find(access, user_id).await?.ok_or(Refusal::Unknown)?;
        policy::admit(self.account(&Standing::from(&person)), self.rules())?;
        Ok(person)
    }

    /// One statement moves the session; only who comes too late costs a second one.
    async fn refresh(&self, question: &Refresh) -> Result<Renewed, UserError> {
        let now = self.clock.now();
        let (handle, generation) =
            self.refresh_tokens.read(question.token.expose()).ok_or(UserError::RefreshTokenNotValid)?;
        if generation == LAST_GENERATION {
            return Err(UserError::RefreshTokenNotValid);
        }
        let next = generation + 1;
        let expires_at = now.plus(self.session.refresh_token_ttl);
        let session = match sessions::rotate(&self.store, handle.hash(), generation, now, expires_at).await? {
            Some(session) => session,
            None => self.forgive(handle, next, &question.origin, now).await?,
        };
        let person = self.find(&self.store, session.user_id).await?;
        let refresh_token = self.refresh_tokens.token(handle, next).ok_or(UserError::NotMade)?;
        Ok(Renewed { refresh_token, session_id: session.id, person, claims: session.claims })
    }

    /// A used token: its immediate successor once more within the grace, else the end of the session.
    async fn forgive(&self, handle: Handle, next: u32, origin: &Origin, now: Timestamp) -> Result<Session, UserError> {
        let session = sessions::find(&self.store, handle.hash(), now).await?;
        let session = session.ok_or(UserError::RefreshTokenNotValid)?;
        if session.generation == next && now.since(session.rotated_at) <= self.session.refresh_grace {
            return Ok(session);
        }
        let transaction = self.store.begin().await?;
        if sessions::end(&transaction, handle.hash()).await?.is_some() {
            let event = Event::done(Action::Reuse, session.user_id, origin.clone()).in_session(session.id);
            audit::add(&transaction, event.but("the session was ended"), now).await?;
        }
        transaction.commit().await?;
        log::warn!(session:% = session.id, user:% = session.user_id; "a used refresh token came again; the session was ended");
        Err(UserError::RefreshTokenNotValid)
    }

    async fn is_alive(&self, token: &Secret) -> Result<bool, UserError> {
        let Some((handle, generation)) = self.refresh_tokens.read(token.expose()) else { return Ok(false) };
        let session = sessions::find(&self.store, handle.hash(), self.clock.now()).await?;
        Ok(session.is_some_and(|session| session.generation == generation))
    }

    async fn exchange(&self, question: &Exchange) -> Result<Renewed, UserError> {
        let now = self.clock.now();
        let challenge = code::challenge_of(question.verifier.expose());
        let transaction = self.store.begin().await?;
        let taken = codes::take(&transaction, hash(question.code.expose()), &challenge, now).await?;
        let (user_id, claims) = taken.ok_or(UserError::CodeNotValid)?;
        fail_point::reached("code");
        let person = self.find(&transaction, user_id).await?;
        let (session_id, refresh_token) = self.begin_session(&transaction, user_id, claims.clone(), now).await?;
        fail_point::reached("code-commit");
        transaction.commit().await?;
        Ok(Renewed { refresh_token, session_id, person, claims })
    }

    async fn sign_out(&self, question: &SignOut) -> Result<(), UserError> {
        let transaction = self.store.begin().await?;
        let event = |user_id| Event::done(Action::SignOut, user_id, question.origin.clone());
        let event = match &question.which {
            Ending::One(token) => match self.refresh_tokens.read(token.expose()) {
                Some((handle, _)) => sessions::end(&transaction, handle.hash())
                    .await?
                    .map(|session| event(session.user_id).in_session(session.id)),
                None => None,
            },
            Ending::Session(user_id, session_id) => sessions::end_by_id(&transaction, *user_id, *session_id)
                .await?
                .then(|| event(*user_id).in_session(*session_id)),
            Ending::All(user_id) => {
                let ended = sessions::end_all(&transaction, *user_id).await?;
                (ended > 0).then(|| event(*user_id).but(format!("{ended} sessions ended")))
            }
        };
        if let Some(event) = event {
            audit::add(&transaction, event, self.clock.now()).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn sweep(&self) -> Result<u64, UserError> {
        let now = self.clock.now();
        let mut swept = sessions::sweep(&self.store, now).await?;
        swept += codes::sweep(&self.store, now).await?;
        swept += names::sweep(&self.store, now).await?;
        swept += audit::sweep(&self.store, now.minus(self.audit_retention)).await?;
        Ok(swept)
    }
}

/// The actor.
#[derive(Debug)]
pub struct UserRepo(Arc<Desk>);

impl UserRepo {
    /// An actor at this desk.
    #[must_use]
    pub fn new(desk: Desk) -> Self {
        Self(Arc::new(desk))
    }
}

impl Actor for UserRepo {
    type Context = Context<Self>;
}

macro_rules! answer {
    ($message:ty, |$desk:ident, $question:ident| $work:expr) => {
        impl Handler<$message> for UserRepo {
            type Result = ResponseFuture<<$message as Message>::Result>;

            fn handle(&mut self, $question: $message, _: &mut Self::Context) -> Self::Result {
                let $desk = Arc::clone(&self.0);
                Box::pin(async move { $work.await })
            }
        }
    };
}

answer!(SignIn, |desk, question| desk.sign_in(&question));
answer!(Foresee, |desk, question| desk.foresee(&question));
answer!(Refresh, |desk, question| desk.refresh(&question));
answer!(Exchange, |desk, question| desk.exchange(&question));
answer!(Find, |desk, question| desk.find(&desk.store, question.user_id));
answer!(Identities, |desk, question| desk.identities(question));
answer!(Sessions, |desk, question| desk.sessions(question));
answer!(FindFresh, |desk, question| desk.find_fresh(question));
answer!(Unlink, |desk, question| desk.unlink(&question));
answer!(KeepName, |desk, question| desk.keep_name(&question));
answer!(IsAlive, |desk, question| desk.is_alive(&question.token));
answer!(SignOut, |desk, question| desk.sign_out(&question));
answer!(Sweep, |desk, _question| desk.sweep());

/// Breaks the actor, for the test of its root.
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
