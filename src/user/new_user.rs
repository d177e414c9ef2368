//! Creates accounts.

use std::time::Duration;

use super::messages::{SignIn, StorePendingName, UserError};
use super::repo::UserService;
use crate::domain::clock::Timestamp;
use crate::domain::fail_point;
use crate::domain::id::UserId;
use crate::store::users::User;
use crate::store::{Transaction, identities, pending_names, users};

/// How long a name is kept for a user who has not signed up yet.
const PENDING_NAME_TTL: Duration = Duration::from_secs(90 * 24 * 3600);

impl UserService {
    /// Stores a name independently of the sign-in, because the provider sends it only once.
    pub(super) async fn store_pending_name(&self, request: &StorePendingName) -> Result<(), UserError> {
        let StorePendingName { provider, subject, name } = request;
        Ok(pending_names::put(&self.store, provider, subject, name, self.clock.now().plus(PENDING_NAME_TTL)).await?)
    }

    pub(super) async fn create_user(
        &self,
        transaction: &Transaction,
        request: &SignIn,
        now: Timestamp,
    ) -> Result<User, UserError> {
        let mut profile = request.profile.clone();
        let pending_name = match &profile.name {
            None => pending_names::find(transaction, &profile.provider, &profile.subject).await?,
            Some(_) => None,
        };
        let is_pending = pending_name.is_some();
        profile.name = profile.name.or(pending_name);
        let user = self.new_user(request, &profile, now)?;
        if is_pending {
            pending_names::remove(transaction, &profile.provider, &profile.subject).await?;
        }
        users::add(transaction, &user).await?;
        fail_point::reached("user");
        self.add_identity(transaction, request, user.id, now).await?;
        Ok(user)
    }

    pub(super) async fn add_identity(
        &self,
        transaction: &Transaction,
        request: &SignIn,
        user_id: UserId,
        now: Timestamp,
    ) -> Result<(), UserError> {
        let (id, email) = (self.random.uuid(), request.profile.email_address());
        Ok(identities::add(transaction, id, user_id, &request.profile, email.as_ref(), now).await?)
    }
}
