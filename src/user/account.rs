//! What a user has here, and what they prove of it: identities, sessions, an address.

use super::messages::{FindFresh, Identities, SessionSummary, Sessions, User, UserError};
use super::policy::PolicyError;
use super::repo::UserService;
use crate::domain::audit::{Action, Event, RequestOrigin};
use crate::domain::email::EmailAddress;
use crate::domain::id::{SessionId, UserId};
use crate::store::identities::Identity;
use crate::store::{Executor, StoreError, audit, identities, sessions, users};

impl UserService {
    pub(super) async fn identities(&self, request: Identities) -> Result<Vec<Identity>, UserError> {
        self.find(&self.store, request.user_id).await?;
        Ok(identities::list(&self.store, request.user_id).await?)
    }

    pub(super) async fn sessions(&self, request: Sessions) -> Result<Vec<SessionSummary>, UserError> {
        self.find(&self.store, request.user_id).await?;
        Ok(sessions::list(&self.store, request.user_id, self.clock.now()).await?)
    }

    pub(super) async fn find_fresh(&self, request: FindFresh) -> Result<User, UserError> {
        let user = self.find(&self.store, request.user_id).await?;
        self.check_fresh(&self.store, request.user_id, request.session_id).await?;
        Ok(user)
    }

    /// Whether the user proved who they are not long ago.
    pub(super) async fn check_fresh(
        &self,
        access: &impl Executor,
        user_id: UserId,
        session_id: Option<SessionId>,
    ) -> Result<(), UserError> {
        let now = self.clock.now();
        let session = match session_id {
            Some(id) => sessions::find_by_id(access, user_id, id, now).await?,
            None => None,
        };
        let is_fresh =
            session.is_some_and(|session| now.since(session.created_at) <= self.session.reauthentication_window);
        if is_fresh { Ok(()) } else { Err(PolicyError::NotFresh.into()) }
    }

    /// The user proved that this address is theirs. `false`: it is not the address of the account, or not any more.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing changed.
    pub async fn confirm_address(&self, user_id: UserId, address: &str) -> Result<bool, StoreError> {
        let Ok(address) = EmailAddress::parse(address) else { return Ok(false) };
        let transaction = self.store.begin().await?;
        let is_theirs = users::mark_email_verified(&transaction, user_id, address.canonical()).await?;
        if is_theirs {
            let event = Event::done(Action::Confirm, user_id, RequestOrigin::default());
            audit::add(&transaction, event, self.clock.now()).await?;
        }
        transaction.commit().await?;
        Ok(is_theirs)
    }
}
