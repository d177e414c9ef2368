//! What operators see of users, and do to them: for the command line, and as messages of `UserRepo` for the routes.

mod records;

use actix::Message;

pub use self::records::{IdentityRecord, UserDetails};
use super::repo::UserService;
use crate::domain::id::UserId;
use crate::store::{Store, StoreError, identities, user_records};

/// Why an operator's request was refused or failed. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// No user has the id.
    #[error("no user has the id {0}")]
    UnknownUser(UserId),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads and changes users for operators.
#[derive(Clone, Debug)]
pub struct UserAdmin {
    store: Store,
}

impl UserService {
    pub(super) fn admin(&self) -> UserAdmin {
        UserAdmin { store: self.store.clone() }
    }
}

/// Finds a user with identities.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<UserDetails, AdminError>")]
pub struct ShowUser(pub UserId);

impl UserAdmin {
    /// Finds a user with identities.
    ///
    /// # Errors
    /// [`AdminError::UnknownUser`]
    pub async fn show(&self, ShowUser(id): ShowUser) -> Result<UserDetails, AdminError> {
        let user = user_records::find(&self.store, id).await?.ok_or(AdminError::UnknownUser(id))?;
        let identities = identities::list(&self.store, id).await?;
        Ok(UserDetails { user: user.into(), identities: identities.into_iter().map(IdentityRecord::from).collect() })
    }
}
