//! Changes users. Each change and its audit event commit together, and what changed nothing is recorded, too.

use super::UserAdmin;
use super::error::AdminError;
use super::messages::{EndSessions, EraseUser, Operator, RoleChange, SetDisabled, SetRoles, VerifyEmail};
use super::records::UserRecord;
use crate::domain::audit::{Action, Event};
use crate::domain::email::EmailAddress;
use crate::domain::event::SessionEnd;
use crate::domain::id::{SessionId, UserId};
use crate::domain::log;
use crate::store::users::AccountStatus;
use crate::store::{
    StoreError, Transaction, audit, one_time_codes, retry_lost_races, sessions, user_records, user_roles, users,
};

/// What the audit trail says of an act that changed nothing.
const UNCHANGED: &str = "unchanged";

/// The longest name of a role.
const MAX_ROLE_LENGTH: usize = 64;

/// What was changed.
struct Done {
    /// For the audit trail.
    event: Event,
    /// Sessions that ended, because the user was disabled.
    ended: Vec<SessionId>,
}

impl From<Event> for Done {
    fn from(event: Event) -> Self {
        Self { event, ended: Vec::new() }
    }
}

impl UserAdmin {
    /// Disables or enables a user. Disabling ends all sessions, so that none is there when the user is enabled again.
    ///
    /// # Errors
    /// [`AdminError::UnknownUser`]
    pub async fn set_disabled(&self, request: &SetDisabled) -> Result<UserRecord, AdminError> {
        let SetDisabled { by, user, is_disabled } = request;
        let action = if *is_disabled { Action::Disable } else { Action::Enable };
        self.change(by, *user, async |transaction, status| {
            let event = event(by, action, *user);
            if status.is_disabled == *is_disabled {
                return Ok(event.with_outcome(UNCHANGED).into());
            }
            users::set_disabled(transaction, *user, *is_disabled).await?;
            if !*is_disabled {
                return Ok(event.into());
            }
            one_time_codes::remove_all(transaction, *user).await?;
            Ok(Done { event, ended: sessions::end_all(transaction, *user).await? })
        })
        .await
    }

    /// Marks the address of a user as proven.
    ///
    /// # Errors
    /// [`AdminError`] if it is not the user's current address, or another user has proven it.
    pub async fn verify_email(&self, request: &VerifyEmail) -> Result<UserRecord, AdminError> {
        let VerifyEmail { by, user, email } = request;
        let address = EmailAddress::parse(email).map_err(|_| AdminError::InvalidEmail(email.clone()))?;
        self.change(by, *user, async |transaction, status| {
            let event = event(by, Action::Confirm, *user);
            if status.email_canonical.as_deref() != Some(address.canonical()) {
                let current = status.email_canonical.clone();
                return Err(AdminError::AnotherEmail { user: *user, email: email.clone(), current });
            }
            if status.is_email_verified {
                return Ok(event.with_outcome(UNCHANGED).into());
            }
            if let Some(owner) = users::find_status_by_verified_email(transaction, address.canonical()).await? {
                return Err(AdminError::EmailTaken { email: email.clone(), owner: owner.id });
            }
            // Whoever proves it at the same moment wins: the unique index makes this a lost race.
            users::mark_email_verified(transaction, *user, address.canonical()).await?;
            Ok(event.into())
        })
        .await
    }

    /// Changes the roles of a user. Access tokens name the old ones until they expire.
    ///
    /// # Errors
    /// [`AdminError`] if a name is not valid, or the default role would not be among the roles.
    pub async fn set_roles(&self, request: &SetRoles) -> Result<UserRecord, AdminError> {
        let SetRoles { by, user, change } = request;
        let named = change.set.iter().flatten().chain(&change.add).chain(&change.default);
        if let Some(role) = named.into_iter().find(|role| !is_role(role)) {
            return Err(AdminError::InvalidRole(role.clone()));
        }
        self.change(by, *user, async |transaction, _| {
            let event = event(by, Action::Roles, *user);
            let before = user_records::find(transaction, *user).await?.ok_or(AdminError::UnknownUser(*user))?.user;
            let (roles, default) = changed(change, &before.roles, &before.default_role)?;
            if roles == before.roles && default == before.default_role {
                return Ok(event.with_outcome(UNCHANGED).into());
            }
            if default != before.default_role {
                users::set_default_role(transaction, *user, &default).await?;
            }
            user_roles::replace(transaction, *user, &before.roles, &roles).await?;
            Ok(event.with_outcome(format_args!("roles {}; default {default}", roles.join(", "))).into())
        })
        .await
    }

    /// Ends sessions of a user. Returns how many.
    ///
    /// # Errors
    /// [`AdminError::UnknownUser`]
    pub async fn end_sessions(&self, request: &EndSessions) -> Result<u64, AdminError> {
        let EndSessions { by, user, session } = request;
        let ended = self.end_sessions_as(*user, *session, &event(by, Action::SignOut, *user)).await?;
        let ended = ended.ok_or(AdminError::UnknownUser(*user))?;
        note(by, *user);
        Ok(ended)
    }

    /// The same with this event. `None` if there is no such user.
    pub(in crate::user) async fn end_sessions_as(
        &self,
        user: UserId,
        session: Option<SessionId>,
        event: &Event,
    ) -> Result<Option<u64>, StoreError> {
        retry_lost_races(async || {
            let transaction = self.store.begin().await?;
            if users::lock_for_update(&transaction, user).await?.is_none() {
                return Ok(None);
            }
            let event = event.clone();
            let (ended, event) = match session {
                Some(id) => {
                    let is_ended = sessions::end_by_id(&transaction, user, id).await?;
                    (is_ended.then_some(id).into_iter().collect(), event.in_session(id))
                }
                None => {
                    // A code is a session that has not begun.
                    one_time_codes::remove_all(&transaction, user).await?;
                    (sessions::end_all(&transaction, user).await?, event)
                }
            };
            let event = match (ended.len(), session) {
                (0, _) => event.with_outcome(UNCHANGED),
                (_, Some(_)) => event,
                (count, None) => event.with_outcome(format_args!("{count} sessions ended")),
            };
            let now = self.clock.now();
            audit::add(&transaction, event, now).await?;
            let events = self.events.sessions_ended(user, &ended, SessionEnd::Operator, now);
            self.events.commit(transaction, &events).await?;
            Ok(Some(ended.len() as u64))
        })
        .await
    }

    /// Erases a user with everything that is theirs. The event keeps the id, and nothing that says whose it was.
    ///
    /// # Errors
    /// [`AdminError::UnknownUser`]
    pub async fn erase(&self, request: &EraseUser) -> Result<(), AdminError> {
        let event = event(&request.by, Action::Erase, request.user);
        if !self.erase_as(request.user, &event).await? {
            return Err(AdminError::UnknownUser(request.user));
        }
        note(&request.by, request.user);
        Ok(())
    }

    /// Locks the user's row, changes what `work` changes, and records the event that it returns.
    async fn change(
        &self,
        by: &Operator,
        user: UserId,
        work: impl AsyncFn(&Transaction, &AccountStatus) -> Result<Done, AdminError>,
    ) -> Result<UserRecord, AdminError> {
        let record = retry_lost_races(async || {
            let (transaction, status) = self.begin(user).await?;
            let Done { event, ended } = work(&transaction, &status).await?;
            let record = user_records::find(&transaction, user).await?.ok_or(AdminError::UnknownUser(user))?;
            let now = self.clock.now();
            audit::add(&transaction, event, now).await?;
            let events = self.events.sessions_ended(user, &ended, SessionEnd::UserDisabled, now);
            self.events.commit(transaction, &events).await?;
            Ok::<_, AdminError>(record)
        })
        .await?;
        note(by, user);
        Ok(record.into())
    }

    async fn begin(&self, user: UserId) -> Result<(Transaction, AccountStatus), AdminError> {
        let transaction = self.store.begin().await?;
        match users::lock_for_update(&transaction, user).await? {
            Some(status) => Ok((transaction, status)),
            None => Err(AdminError::UnknownUser(user)),
        }
    }
}

/// Points whoever reads the log to the audit trail.
fn note(by: &Operator, user: UserId) {
    log::info!(user:%, by:% = by.actor; "an operator acted on a user");
}

fn event(by: &Operator, action: Action, user: UserId) -> Event {
    Event::done(action, user, by.origin()).by(by.actor.clone())
}

/// The roles and the default role after a change.
fn changed(change: &RoleChange, before: &[String], default: &str) -> Result<(Vec<String>, String), AdminError> {
    let default = change.default.as_deref().unwrap_or(default);
    let mut roles = change.set.clone().unwrap_or_else(|| before.to_vec());
    roles.extend(change.add.iter().chain(&change.default).cloned());
    roles.retain(|role| !change.remove.contains(role));
    roles.sort();
    roles.dedup();
    if roles.iter().any(|role| role == default) {
        Ok((roles, default.to_owned()))
    } else {
        Err(AdminError::DefaultRoleMissing(default.to_owned()))
    }
}

/// Hasura reads lists of roles out of access tokens as `{"a","b"}`.
fn is_role(text: &str) -> bool {
    let is_allowed = |sign: char| !sign.is_whitespace() && !sign.is_control() && !"\",{}\\".contains(sign);
    (1..=MAX_ROLE_LENGTH).contains(&text.chars().count()) && text.chars().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn roles_are_set_added_and_removed_and_the_default_stays_among_them() {
        let before = texts(&["me", "user"]);
        let change = |set: Option<&[&str]>, add: &[&str], remove: &[&str], default: Option<&str>| RoleChange {
            set: set.map(texts),
            add: texts(add),
            remove: texts(remove),
            default: default.map(str::to_owned),
        };
        for (change, expected) in [
            (change(None, &[], &[], None), Some((&["me", "user"][..], "user"))),
            (change(None, &["editor", "me"], &[], None), Some((&["editor", "me", "user"], "user"))),
            (change(None, &[], &["me", "absent"], None), Some((&["user"], "user"))),
            (change(Some(&["user", "admin"]), &[], &[], None), Some((&["admin", "user"], "user"))),
            (change(Some(&["admin"]), &[], &[], Some("admin")), Some((&["admin"], "admin"))),
            (change(None, &[], &["user"], Some("editor")), Some((&["editor", "me"], "editor"))),
            (change(None, &[], &["user"], None), None),
            (change(Some(&[]), &[], &[], None), None),
            (change(None, &["a"], &["a"], Some("a")), None),
        ] {
            let after = changed(&change, &before, "user").ok();
            assert_eq!(after, expected.map(|(roles, default)| (texts(roles), default.to_owned())), "{change:?}");
        }
    }

    #[test]
    fn name_of_a_role_fits_into_a_list_of_an_access_token() {
        for role in ["user", "x", "réviseur", "org:admin", &"r".repeat(64)] {
            assert!(is_role(role), "{role}");
        }
        for role in ["", " ", "a b", "a,b", "a\"", "{a}", "a\\", "a\n", &"r".repeat(65)] {
            assert!(!is_role(role), "{role}");
        }
    }
}
