//! Proof that a session may act for its user.
//!
//! An access token is only a signed claim ([`crate::session::access_token::Principal`]): it outlives the session that it was issued in. `UserRepo`
//! turns it into a [`LiveSession`] or [`FreshSession`], and messages that act for a user take one of them instead of
//! the user's id. Both say what was true a moment ago, so the statement that acts checks the session again.

use std::time::Duration;

use super::messages::UserError;
use super::policy::{self, PolicyError};
use super::repo::UserService;
use crate::domain::clock::Timestamp;
use crate::domain::id::{SessionId, UserId};
use crate::store::sessions::SessionSummary;
use crate::store::sets::SessionOwner;
use crate::store::users::{AccountStatus, User};
use crate::store::{Transaction, sessions, users};

/// A session that has not ended, of a user with access. Made by `UserRepo` alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveSession {
    user_id: UserId,
    id: SessionId,
}

impl LiveSession {
    pub(super) fn new(user_id: UserId, id: SessionId) -> Self {
        Self { user_id, id }
    }

    /// The user of the session.
    #[must_use]
    pub fn user_id(self) -> UserId {
        self.user_id
    }

    /// The session.
    #[must_use]
    pub fn id(self) -> SessionId {
        self.id
    }
}

/// A [`LiveSession`] that began within `session.reauthentication_window`: its user proved a short while ago who they
/// are. Made by `UserRepo` alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreshSession(LiveSession);

impl FreshSession {
    /// The user of the session.
    #[must_use]
    pub fn user_id(self) -> UserId {
        self.0.user_id
    }

    /// The session.
    #[must_use]
    pub fn id(self) -> SessionId {
        self.0.id
    }
}

impl From<FreshSession> for LiveSession {
    fn from(session: FreshSession) -> Self {
        session.0
    }
}

impl UserService {
    /// The proof of a session that was found with its user.
    pub(super) fn check_live(
        &self,
        found: Option<SessionOwner>,
    ) -> Result<(LiveSession, User, SessionSummary), UserError> {
        let SessionOwner { user, session } = found.ok_or(PolicyError::Unknown)?;
        let session = session.ok_or(PolicyError::SessionEnded)?;
        let user = self.check_user(user)?;
        Ok((LiveSession { user_id: user.id, id: session.id }, user, session))
    }

    /// The same, if the session is fresh.
    pub(super) fn check_fresh(&self, found: Option<SessionOwner>) -> Result<FreshSession, UserError> {
        let (live, _, session) = self.check_live(found)?;
        check_fresh(&session, self.session.reauthentication_window, self.clock.now())?;
        Ok(FreshSession(live))
    }

    /// Locks the user's row and checks again that the session is live.
    pub(super) async fn lock_live(
        &self,
        transaction: &Transaction,
        session: LiveSession,
    ) -> Result<AccountStatus, UserError> {
        self.lock_session(transaction, session).await.map(|(owner, _)| owner)
    }

    /// Locks the user's row and checks again that the session is live and fresh.
    pub(super) async fn lock_fresh(
        &self,
        transaction: &Transaction,
        session: FreshSession,
    ) -> Result<AccountStatus, UserError> {
        let (owner, summary) = self.lock_session(transaction, session.0).await?;
        check_fresh(&summary, self.session.reauthentication_window, self.clock.now())?;
        Ok(owner)
    }

    async fn lock_session(
        &self,
        transaction: &Transaction,
        session: LiveSession,
    ) -> Result<(AccountStatus, SessionSummary), UserError> {
        let LiveSession { user_id, id } = session;
        let owner = users::lock_for_update(transaction, user_id).await?.ok_or(PolicyError::SessionEnded)?;
        let summary = sessions::find_by_id(transaction, user_id, id, self.clock.now()).await?;
        let summary = summary.ok_or(PolicyError::SessionEnded)?;
        policy::check_access(self.account(&owner), self.rules())?;
        Ok((owner, summary))
    }
}

fn check_fresh(session: &SessionSummary, window: Duration, now: Timestamp) -> Result<(), PolicyError> {
    if now.since(session.created_at) <= window { Ok(()) } else { Err(PolicyError::NotFresh) }
}
