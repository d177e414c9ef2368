//! What operators see of users, and do to them: for the command line, and as messages of `UserRepo` for the routes.
//!
//! Operators name a user by a [`Selector`]. What they see is in [`records`], what they do is recorded in the audit trail
//! with the [`Operator`]. The user's own proofs ([`super::proof`]) play no part: an operator needs no session.

mod change;
mod error;
mod find;
mod messages;
mod records;
mod selector;

use std::sync::Arc;

pub use self::error::AdminError;
pub use self::messages::{
    EndSessions, EraseUser, FindUsers, ListEvents, ListSessions, ListUsers, MAX_LIMIT, Operator, RoleChange,
    SetDisabled, SetRoles, ShowUser, VerifyEmail,
};
#[cfg(feature = "cli")]
pub use self::records::GrantRecord;
pub use self::records::{AuditPage, SessionRecord, UserDetails, UserPage, UserRecord};
#[cfg(feature = "pages")]
pub use self::records::{EventRecord, IdentityRecord};
pub use self::selector::Selector;
use super::repo::UserService;
use crate::domain::clock::Clock;
use crate::domain::random::RandomSource;
use crate::events::Events;
use crate::store::Store;

/// Reads and changes users for operators.
#[derive(Clone, Debug)]
pub struct UserAdmin {
    pub(super) store: Store,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn RandomSource>,
    pub(super) events: Events,
}

impl UserAdmin {
    /// On this database; `events` are told what changes.
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>, random: Arc<dyn RandomSource>, events: Events) -> Self {
        Self { store, clock, random, events }
    }
}

impl UserService {
    pub(super) fn admin(&self) -> UserAdmin {
        UserAdmin::new(self.store.clone(), Arc::clone(&self.clock), Arc::clone(&self.random), self.events.clone())
    }
}
