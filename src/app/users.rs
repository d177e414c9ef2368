//! Users for operators at the command line, for `vouchsafe users`.

use std::sync::Arc;

use super::builder::database_options;
use crate::domain::clock::SystemClock;
use crate::domain::random::{OsRandom, RandomSource};
use crate::events::{Events, Outbox, Recipients, Webhooks};
use crate::settings::Settings;
use crate::store::{Database, StoreError};
pub(crate) use crate::user::admin::{
    AdminError, AuditPage, EndSessions, EraseUser, FindUsers, GrantRecord, ListEvents, ListSessions, ListUsers,
    Operator, RoleChange, Selector, SessionRecord, SetDisabled, SetRoles, ShowUser, UserAdmin, UserDetails, UserPage,
    UserRecord, VerifyEmail,
};

/// What the command needs of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// It is opened for reading only.
    Read,
    /// Rows are changed.
    Write,
}

/// Opens the database of these settings. `None` if it does not exist or is not ours; nothing is created or migrated.
///
/// # Errors
/// [`StoreError`] if it cannot be reached or is not up to date.
pub(crate) async fn open(settings: &Settings, access: Access) -> Result<Option<UserAdmin>, StoreError> {
    let options = database_options(&settings.database);
    let Some(existing) = Database::open_existing(&options).await? else { return Ok(None) };
    let database = if access == Access::Read { existing } else { Database::open(&options).await? };
    let random: Arc<dyn RandomSource> = Arc::new(OsRandom);
    // The running service delivers what is stored.
    let webhooks = Webhooks::new(&settings.webhooks, &random, &Outbox::new().0);
    let events = Events::new(Recipients::default(), webhooks);
    Ok(Some(UserAdmin::new(database.store(1), Arc::new(SystemClock), random, events)))
}
