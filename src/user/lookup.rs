//! Users and sessions for the embedding app, which needs no proof of theirs.

use super::messages::{Identity, LiveSession, SessionSummary, User, UserError};
use super::policy::PolicyError;
use super::repo::UserService;
use crate::domain::audit::{Action, Event, RequestOrigin};
use crate::domain::id::{SessionId, UserId};
use crate::metrics::SessionEvent;
use crate::session::access_token::Principal;
use crate::store::{StoreError, identities, sessions, users};

impl UserService {
    /// What [`RequireUser`](super::messages::RequireUser) does, without the actor.
    ///
    /// # Errors
    /// Those of the message.
    pub async fn require_user(&self, principal: Principal) -> Result<(LiveSession, User), UserError> {
        let Principal { user_id, session_id } = principal;
        let session = [(user_id, session_id.ok_or(PolicyError::SessionEnded)?)];
        let found = self.store.find_session_owners(&session, self.clock.now()).await?;
        self.check_live(found.into_iter().flatten().next()).map(|(session, user, _)| (session, user))
    }

    /// Requires that a user exists and has access.
    pub(super) async fn require_access(&self, user_id: UserId) -> Result<(), UserError> {
        let user = self.look_up(user_id).await?.ok_or(PolicyError::Unknown)?;
        self.check_user(user).map(drop)
    }

    /// Finds a user, whether they have access or not.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn look_up(&self, user_id: UserId) -> Result<Option<User>, StoreError> {
        users::find(&self.store, user_id).await
    }

    /// The identities of a user, oldest first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn identities_of(&self, user_id: UserId) -> Result<Vec<Identity>, StoreError> {
        identities::list(&self.store, user_id).await
    }

    /// The sessions of a user that have not ended, the one used last first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn sessions_of(&self, user_id: UserId) -> Result<Vec<SessionSummary>, StoreError> {
        sessions::list(&self.store, user_id, self.clock.now()).await
    }

    /// Ends all sessions of a user, or only one. Returns how many had not ended.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was ended.
    pub async fn end_sessions(&self, user_id: UserId, session: Option<SessionId>) -> Result<u64, StoreError> {
        let event = Event::done(Action::SignOut, user_id, RequestOrigin::default());
        let ended = self.admin().end_sessions_as(user_id, session, &event).await?.unwrap_or(0);
        self.metrics.sessions.add(SessionEvent::Ended, ended);
        Ok(ended)
    }
}
