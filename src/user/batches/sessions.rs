//! Finds sessions with their users.

use std::rc::Rc;

use super::{Batches, only, settled};
use crate::actor::batch::Batch;
use crate::domain::id::{SessionId, UserId};
use crate::session::access_token::Principal;
use crate::store::StoreError;
use crate::store::sets::SessionOwner;
use crate::store::users::User;
use crate::user::messages::{FreshSession, LiveSession, UserError};
use crate::user::policy::PolicyError;
use crate::user::repo::UserService;

impl Batches {
    /// The session of an access token, if it has not ended, and its user, if they have access.
    pub(in crate::user) async fn require_live(
        &self,
        Principal { user_id, session_id }: Principal,
    ) -> Result<(LiveSession, User), UserError> {
        let owner = self.find_owner(user_id, session_id.ok_or(PolicyError::SessionEnded)?).await?;
        self.service.check_live(owner).map(|(session, user, _)| (session, user))
    }

    /// The same, if the session is fresh.
    pub(in crate::user) async fn require_fresh(
        &self,
        Principal { user_id, session_id }: Principal,
    ) -> Result<FreshSession, UserError> {
        let owner = self.find_owner(user_id, session_id.ok_or(PolicyError::SessionEnded)?).await?;
        self.service.check_fresh(owner)
    }

    async fn find_owner(&self, user_id: UserId, id: SessionId) -> Result<Option<SessionOwner>, UserError> {
        Ok(self.session_owners.carry_out((user_id, id)).await??)
    }
}

/// Finds users with a session. `None`: there is no such user.
#[derive(Debug)]
pub(super) struct FindSessionOwners(pub(super) Rc<UserService>);

impl Batch for FindSessionOwners {
    type Item = (UserId, SessionId);
    type Answer = Result<Option<SessionOwner>, StoreError>;

    fn key(&self, _: &Self::Item) -> Option<u128> {
        None
    }

    async fn together(&self, sessions: &[Self::Item]) -> Option<Vec<Option<Self::Answer>>> {
        settled(self.0.store.find_session_owners(sessions, self.0.clock.now()).await)
    }

    async fn alone(&self, session: Self::Item) -> Self::Answer {
        only(self.0.store.find_session_owners(&[session], self.0.clock.now()).await?)
    }
}
