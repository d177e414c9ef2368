//! What a person has here, and how they leave: one provider, or altogether.

use std::time::Duration;

use super::messages::{FindFresh, Identities, Person, Seen, Sessions, Unlink, UserError};
use super::policy::{self, Refusal};
use super::repo::Desk;
use crate::domain::audit::{Action, Event, Origin};
use crate::domain::email::EmailAddress;
use crate::domain::id::{SessionId, UserId};
use crate::store::identities::Identity;
use crate::store::{Access, StoreError, audit, identities, people, revocations, sessions};

/// How long it is tried to give tokens back.
const PATIENCE: Duration = Duration::from_secs(7 * 24 * 3600);

impl Desk {
    pub(super) async fn identities(&self, question: Identities) -> Result<Vec<Identity>, UserError> {
        self.find(&self.store, question.user_id).await?;
        Ok(identities::of_person(&self.store, question.user_id).await?)
    }

    pub(super) async fn sessions(&self, question: Sessions) -> Result<Vec<Seen>, UserError> {
        self.find(&self.store, question.user_id).await?;
        Ok(sessions::of_person(&self.store, question.user_id, self.clock.now()).await?)
    }

    pub(super) async fn find_fresh(&self, question: FindFresh) -> Result<Person, UserError> {
        let person = self.find(&self.store, question.user_id).await?;
        self.check_fresh(&self.store, question.user_id, question.session_id).await?;
        Ok(person)
    }

    /// Whether the person proved who they are not long ago.
    async fn check_fresh(
        &self,
        access: &impl Access,
        user_id: UserId,
        session_id: Option<SessionId>,
    ) -> Result<(), UserError> {
        let now = self.clock.now();
        let session = match session_id {
            Some(id) => sessions::of_person_by_id(access, user_id, id, now).await?,
            None => None,
        };
        let is_fresh = session.is_some_and(|session| now.since(session.created_at) <= self.session.fresh_for);
        if is_fresh { Ok(()) } else { Err(Refusal::NotFresh.into()) }
    }

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

    /// The person proved that this address is theirs. `false`: it is not the address of the account, or not any more.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing changed.
    pub async fn confirm_address(&self, user_id: UserId, address: &str) -> Result<bool, StoreError> {
        let Ok(address) = EmailAddress::parse(address) else { return Ok(false) };
        let transaction = self.store.begin().await?;
        let is_theirs = people::confirm_address(&transaction, user_id, address.canonical()).await?;
        if is_theirs {
            let event = Event::done(Action::Confirm, user_id, Origin::default());
            audit::add(&transaction, event, self.clock.now()).await?;
        }
        transaction.commit().await?;
        Ok(is_theirs)
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
