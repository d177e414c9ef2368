//! Finds and lists users, their sessions and their audit events.

use super::UserAdmin;
use super::error::AdminError;
use super::messages::{FindUsers, ListEvents, ListSessions, ListUsers, MAX_LIMIT, ShowUser};
#[cfg(feature = "cli")]
use super::records::GrantRecord;
use super::records::{AuditPage, EventRecord, IdentityRecord, SessionRecord, UserDetails, UserPage, UserRecord};
use super::selector::Selector;
use crate::domain::email::EmailAddress;
use crate::domain::id::UserId;
#[cfg(feature = "cli")]
use crate::store::grants;
use crate::store::user_records::{self, Filter};
use crate::store::{audit, identities, sessions};

impl UserAdmin {
    /// Lists users in the order of their ids.
    ///
    /// # Errors
    /// [`AdminError::Store`]
    pub async fn list(&self, request: ListUsers) -> Result<UserPage, AdminError> {
        let ListUsers { after, limit, is_disabled, provider } = request;
        let limit = limit.clamp(1, MAX_LIMIT);
        // One more says whether there is a next page.
        let filter = Filter { after, limit: limit + 1, is_disabled, provider };
        let mut users: Vec<UserRecord> = records(user_records::list(&self.store, &filter).await?);
        let next = cut(&mut users, limit).then(|| users.last().map(|user| user.id)).flatten();
        Ok(UserPage { users, next })
    }

    /// Finds all users that a selector fits: at most one, or several who claim an address.
    ///
    /// # Errors
    /// [`AdminError`] says what was not found.
    pub async fn find(&self, FindUsers(selector): FindUsers) -> Result<Vec<UserRecord>, AdminError> {
        if let Selector::Email(email) = &selector {
            return self.find_by_email(email).await;
        }
        let id = self.resolve(&selector).await?;
        let found = user_records::find(&self.store, id).await?.ok_or(AdminError::UnknownUser(id))?;
        Ok(vec![found.into()])
    }

    /// The one user that a selector means. An address means the user who has proven it. Whether a user has the id is
    /// not checked.
    ///
    /// # Errors
    /// [`AdminError`] says what was not found.
    pub async fn resolve(&self, selector: &Selector) -> Result<UserId, AdminError> {
        match selector {
            Selector::Id(id) => Ok(*id),
            Selector::Identity(provider, subject) => {
                let owner = identities::find_owner(&self.store, provider, subject).await?;
                Ok(owner.ok_or_else(|| AdminError::UnknownIdentity(provider.clone(), subject.clone()))?.id)
            }
            Selector::Email(email) => {
                let found = self.find_by_email(email).await?;
                if let Some(owner) = found.iter().find(|user| user.email_verified) {
                    return Ok(owner.id);
                }
                let claimants = found.into_iter().map(|user| user.id).collect();
                Err(AdminError::UnprovenEmail { email: email.clone(), claimants })
            }
        }
    }

    async fn find_by_email(&self, text: &str) -> Result<Vec<UserRecord>, AdminError> {
        let email = EmailAddress::parse(text).map_err(|_| AdminError::InvalidEmail(text.to_owned()))?;
        let found = user_records::find_by_email(&self.store, email.canonical(), MAX_LIMIT).await?;
        if found.is_empty() { Err(AdminError::UnknownEmail(text.to_owned())) } else { Ok(records(found)) }
    }

    /// Finds a user with identities.
    ///
    /// # Errors
    /// [`AdminError::UnknownUser`]
    pub async fn show(&self, ShowUser(id): ShowUser) -> Result<UserDetails, AdminError> {
        let user = user_records::find(&self.store, id).await?.ok_or(AdminError::UnknownUser(id))?;
        let identities = identities::list(&self.store, id).await?;
        Ok(UserDetails { user: user.into(), identities: identities.into_iter().map(IdentityRecord::from).collect() })
    }

    /// Lists the sessions of a user that have not ended, the most recently used first.
    ///
    /// # Errors
    /// [`AdminError::UnknownUser`]
    pub async fn sessions(&self, ListSessions(id): ListSessions) -> Result<Vec<SessionRecord>, AdminError> {
        if user_records::find(&self.store, id).await?.is_none() {
            return Err(AdminError::UnknownUser(id));
        }
        let found = sessions::list(&self.store, id, self.clock.now()).await?;
        Ok(found.into_iter().map(SessionRecord::from).collect())
    }

    /// Lists the provider tokens that the service keeps for a user, without the tokens.
    ///
    /// # Errors
    /// [`AdminError::UnknownUser`]
    #[cfg(feature = "cli")]
    pub async fn grants(&self, id: UserId) -> Result<Vec<GrantRecord>, AdminError> {
        if user_records::find(&self.store, id).await?.is_none() {
            return Err(AdminError::UnknownUser(id));
        }
        Ok(grants::list(&self.store, id).await?.into_iter().map(GrantRecord::from).collect())
    }

    /// Lists the audit events about a user, the latest first. They outlive the user until their retention ends.
    ///
    /// # Errors
    /// [`AdminError::UnknownUser`] if there is neither a user nor an event.
    pub async fn events(&self, request: ListEvents) -> Result<AuditPage, AdminError> {
        let ListEvents { user, before, limit } = request;
        let limit = limit.clamp(1, MAX_LIMIT);
        let found = audit::list(&self.store, user, before, limit + 1).await?;
        if found.is_empty() && before.is_none() && user_records::find(&self.store, user).await?.is_none() {
            return Err(AdminError::UnknownUser(user));
        }
        let mut events: Vec<EventRecord> = found.into_iter().map(EventRecord::from).collect();
        let next = cut(&mut events, limit).then(|| events.last().map(|event| event.id)).flatten();
        Ok(AuditPage { events, next })
    }
}

fn records(found: Vec<user_records::UserRecord>) -> Vec<UserRecord> {
    found.into_iter().map(UserRecord::from).collect()
}

/// Cuts a list to a page. Returns whether there was more.
fn cut<T>(rows: &mut Vec<T>, limit: u64) -> bool {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    has_more
}
