//! Proof that a session may act for its user.
//!
//! An access token is only a signed claim ([`Principal`]): it outlives the session that it was issued in. `UserRepo`
//! turns it into a [`LiveSession`] or [`FreshSession`], and messages that act for a user take one of them instead of
//! the user's id. Both say what was true a moment ago, so the statement that acts checks the session again.

use std::time::Duration;

use super::messages::{RequireFresh, RequireLive, UserError};
use super::policy::{self, PolicyError};
use super::repo::UserService;
use crate::domain::clock::Timestamp;
use crate::domain::id::{SessionId, UserId};
use crate::session::access_token::Principal;
use crate::store::sessions::SessionSummary;
use crate::store::users::AccountStatus;
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
    pub(super) async fn require_live(&self, request: RequireLive) -> Result<LiveSession, UserError> {
        self.verify(request.0).await.map(|(session, _)| session)
    }

    pub(super) async fn require_fresh(&self, request: RequireFresh) -> Result<FreshSession, UserError> {
        let (session, summary) = self.verify(request.0).await?;
        check_fresh(&summary, self.session.reauthentication_window, self.clock.now())?;
        Ok(FreshSession(session))
    }

    async fn verify(&self, principal: Principal) -> Result<(LiveSession, SessionSummary), UserError> {
        let Principal { user_id, session_id: Some(id) } = principal else {
            return Err(PolicyError::SessionEnded.into());
        };
        let found = sessions::find_with_owner(&self.store, user_id, id, self.clock.now()).await?;
        let Some((summary, owner)) = found else {
            let owner = users::find_status(&self.store, user_id).await?;
            return Err(owner.map_or(PolicyError::Unknown, |_| PolicyError::SessionEnded).into());
        };
        policy::check_access(self.account(&owner), self.rules())?;
        Ok((LiveSession { user_id, id }, summary))
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
