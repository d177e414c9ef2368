//! How a user leaves: one provider, or altogether.

use std::time::Duration;

use super::messages::{Unlink, UserError};
use super::policy::PolicyError;
use super::repo::UserService;
use crate::domain::audit::{Action, Event, RequestOrigin};
use crate::domain::id::UserId;
use crate::store::{StoreError, audit, identities, revocations, users};

/// How long it is tried to give tokens back.
const REVOCATION_TTL: Duration = Duration::from_secs(7 * 24 * 3600);

impl UserService {
    /// Identity and tokens go together; of two that are unlinked at once one stays, because the user's row is held.
    pub(super) async fn unlink(&self, request: &Unlink) -> Result<(), UserError> {
        let Unlink { session, provider, origin } = request;
        let transaction = self.store.begin().await?;
        let user_id = self.lock_fresh(&transaction, *session).await?.id;
        let (gone, left): (Vec<_>, Vec<_>) = identities::list(&transaction, user_id)
            .await?
            .into_iter()
            .partition(|identity| identity.provider == provider.as_str());
        if gone.is_empty() {
            return Err(PolicyError::NotLinked.into());
        }
        if left.is_empty() {
            return Err(PolicyError::LastIdentity.into());
        }
        identities::remove(&transaction, user_id, provider).await?;
        let now = self.clock.now();
        let lifetime = (now, now.plus(REVOCATION_TTL));
        revocations::queue(&transaction, user_id, Some(provider), self.random.as_ref(), lifetime).await?;
        let event =
            Event::done(Action::Unlink, user_id, origin.clone()).with_provider(provider).in_session(session.id());
        audit::add(&transaction, event, now).await?;
        Ok(transaction.commit().await?)
    }

    /// Everything that is theirs goes; their tokens go back to the providers. `false`: there was no such user.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing is gone.
    pub async fn erase(&self, user_id: UserId) -> Result<bool, StoreError> {
        let transaction = self.store.begin().await?;
        if users::lock_for_update(&transaction, user_id).await?.is_none() {
            return Ok(false);
        }
        let now = self.clock.now();
        let lifetime = (now, now.plus(REVOCATION_TTL));
        revocations::queue(&transaction, user_id, None, self.random.as_ref(), lifetime).await?;
        users::remove(&transaction, user_id).await?;
        audit::add(&transaction, Event::done(Action::Erase, user_id, RequestOrigin::default()), now).await?;
        transaction.commit().await?;
        Ok(true)
    }
}
