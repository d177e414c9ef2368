//! How a person leaves: one provider, or altogether.

use std::time::Duration;

use super::messages::{Unlink, UserError};
use super::policy::{self, Refusal};
use super::repo::Desk;
use crate::domain::audit::{Action, Event, Origin};
use crate::domain::id::UserId;
use crate::store::{StoreError, audit, identities, people, revocations};

/// How long it is tried to give tokens back.
const PATIENCE: Duration = Duration::from_secs(7 * 24 * 3600);

impl Desk {
    /// Identity and tokens go together; of two that are unlinked at once one stays, because the person's row is held.
    pub(super) async fn unlink(&self, question: &Unlink) -> Result<(), UserError> {
        let Unlink { user_id, session_id, provider, origin } = question;
        let transaction = self.store.begin().await?;
        let standing = people::hold(&transaction, *user_id).await?.ok_or(Refusal::Unknown)?;
        policy::admit(self.account(&standing), self.rules())?;
        self.check_fresh(&transaction, *user_id, *session_id).await?;
        let (gone, left): (Vec<_>, Vec<_>) = identities::of_person(&transaction, *user_id)
            .await?
            .into_iter()
            .partition(|identity| identity.provider == provider.as_str());
        if gone.is_empty() {
            return Err(Refusal::NotLinked.into());
        }
        if left.is_empty() {
            return Err(Refusal::LastWayIn.into());
        }
        identities::remove(&transaction, *user_id, provider).await?;
        let now = self.clock.now();
        let lifetime = (now, now.plus(PATIENCE));
        revocations::recall(&transaction, *user_id, Some(provider), self.entropy.as_ref(), lifetime).await?;
        let event = Event::done(Action::Unlink, *user_id, origin.clone()).with(provider);
        let event = session_id.iter().fold(event, |event, id| event.in_session(*id));
        audit::add(&transaction, event, now).await?;
        Ok(transaction.commit().await?)
    }

    /// Everything that is theirs goes; their tokens go back to the providers. `false`: there was no such person.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing is gone.
    pub async fn erase(&self, user_id: UserId) -> Result<bool, StoreError> {
        let transaction = self.store.begin().await?;
        let now = self.clock.now();
        let lifetime = (now, now.plus(PATIENCE));
        revocations::recall(&transaction, user_id, None, self.entropy.as_ref(), lifetime).await?;
        let was_there = people::remove(&transaction, user_id).await?;
        if was_there {
            audit::add(&transaction, Event::done(Action::Erase, user_id, Origin::default()), now).await?;
        }
        transaction.commit().await?;
        Ok(was_there)
    }
}
