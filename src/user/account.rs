//! What a user has here, and what they prove of it: identities, sessions, an address.

use super::messages::{Identities, SessionSummary, Sessions, UserError};
use super::repo::UserService;
use crate::domain::audit::{Action, Event, RequestOrigin};
use crate::domain::email::EmailAddress;
use crate::domain::id::UserId;
use crate::store::identities::Identity;
use crate::store::{StoreError, audit, identities, sessions, users};

impl UserService {
    pub(super) async fn identities(&self, request: Identities) -> Result<Vec<Identity>, UserError> {
        Ok(identities::list(&self.store, request.session.user_id()).await?)
    }

    pub(super) async fn sessions(&self, request: Sessions) -> Result<Vec<SessionSummary>, UserError> {
        Ok(sessions::list(&self.store, request.session.user_id(), self.clock.now()).await?)
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
