//! Erases a user.

use super::admin::UserAdmin;
use super::repo::UserService;
use super::unlink::REVOCATION_TTL;
use crate::domain::audit::{Action, Event, RequestOrigin};
use crate::domain::event::Event as PublicEvent;
use crate::domain::id::UserId;
use crate::store::revocations::{self, Which};
use crate::store::{StoreError, audit, retry_lost_races, users};

impl UserService {
    /// Erases a user with everything that is theirs, and queues the revocation of their provider tokens. `false` if
    /// there is no such user.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing is erased.
    pub async fn erase(&self, user_id: UserId) -> Result<bool, StoreError> {
        self.admin().erase_as(user_id, &Event::done(Action::Erase, user_id, RequestOrigin::default())).await
    }
}

impl UserAdmin {
    /// The same with this event.
    pub(super) async fn erase_as(&self, user_id: UserId, event: &Event) -> Result<bool, StoreError> {
        retry_lost_races(async || {
            let transaction = self.store.begin().await?;
            if users::lock_for_update(&transaction, user_id).await?.is_none() {
                return Ok(false);
            }
            let now = self.clock.now();
            let lifetime = (now, now.plus(REVOCATION_TTL));
            revocations::queue(&transaction, user_id, Which::default(), self.random.as_ref(), lifetime).await?;
            users::remove(&transaction, user_id).await?;
            audit::add(&transaction, event.clone(), now).await?;
            let events = self.events.when_on(|| vec![PublicEvent::UserErased { at: now, user_id }]);
            self.events.commit(transaction, &events).await?;
            Ok(true)
        })
        .await
    }
}
