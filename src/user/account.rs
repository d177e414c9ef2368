//! What a person has here, and what they prove of it: identities, sessions, an address.

use super::messages::{FindFresh, Identities, Person, Seen, Sessions, UserError};
use super::policy::Refusal;
use super::repo::Desk;
use crate::domain::audit::{Action, Event, Origin};
use crate::domain::email::EmailAddress;
use crate::domain::id::{SessionId, UserId};
use crate::store::identities::Identity;
use crate::store::{Access, StoreError, audit, identities, people, sessions};

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
    pub(super) async fn check_fresh(
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
}
