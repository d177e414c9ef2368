//! Finds sessions with their users.

use std::rc::Rc;

use super::{Batches, settled};
use crate::actor::batch::Batch;
use crate::domain::id::{SessionId, UserId};
use crate::session::access_token::Principal;
use crate::store::sets::SessionOwner;
use crate::store::users::User;
use crate::store::{StoreError, sessions, users};
use crate::user::messages::{FreshSession, LiveSession, UserError};
use crate::user::policy::PolicyError;
use crate::user::repo::UserService;

impl Batches {
    /// The session of an access token, if it has not ended, and its user, if they have access.
    pub(in crate::user) async fn require_live(
        &self,
        Principal { user_id, session_id }: Principal,
    ) -> Result<(LiveSession, User), UserError> {
        let id = session_id.ok_or(PolicyError::SessionEnded)?;
        let owner = self.session_owners.carry_out((user_id, id)).await??;
        self.service.check_live(owner).map(|(session, user, _)| (session, user))
    }

    /// The same, if the session is fresh.
    pub(in crate::user) async fn require_fresh(
        &self,
        Principal { user_id, session_id }: Principal,
    ) -> Result<FreshSession, UserError> {
        let id = session_id.ok_or(PolicyError::SessionEnded)?;
        let owner = self.session_owners.carry_out((user_id, id)).await??;
        self.service.check_fresh(owner)
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
        if !self.0.store.has_sets() {
            // SQLite's readers work side by side, and a read waits for no disk.
            return None;
        }
        settled(self.0.store.find_session_owners(sessions, self.0.clock.now()).await)
    }

    async fn alone(&self, (user_id, id): Self::Item) -> Self::Answer {
        let store = &self.0.store;
        let Some(user) = users::find(store, user_id).await? else { return Ok(None) };
        let session = sessions::find_by_id(store, user_id, id, self.0.clock.now()).await?;
        Ok(Some(SessionOwner { user, session }))
    }
}
