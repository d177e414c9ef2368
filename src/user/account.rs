//! What a user sees of their account, and the confirmation of its email.

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

    /// Records that the user proved an email to be theirs. `false` if it is not the email of the account, or if another
    /// account has proven it already.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing changed.
    pub async fn confirm_email(&self, user_id: UserId, email: &str) -> Result<bool, StoreError> {
        let Ok(email) = EmailAddress::parse(email) else { return Ok(false) };
        let transaction = self.store.begin().await?;
        let is_confirmed = match users::mark_email_verified(&transaction, user_id, email.canonical()).await {
            Err(StoreError::Conflict) => return Ok(false),
            is_confirmed => is_confirmed?,
        };
        if is_confirmed {
            let event = Event::done(Action::Confirm, user_id, RequestOrigin::default());
            audit::add(&transaction, event, self.clock.now()).await?;
        }
        transaction.commit().await?;
        Ok(is_confirmed)
    }
}
