//! Unlinks a provider from an account.

use std::time::Duration;

use super::messages::{Unlink, UserError};
use super::policy::PolicyError;
use super::repo::UserService;
use crate::domain::audit::{Action, Event};
use crate::domain::event::Event as PublicEvent;
use crate::domain::id::ProviderName;
use crate::store::identities::Identity;
use crate::store::revocations::{self, Which};
use crate::store::{audit, identities, retry_lost_races};

/// How long the revocation of provider tokens is tried.
pub const REVOCATION_TTL: Duration = Duration::from_secs(7 * 24 * 3600);

impl UserService {
    /// Removes identities and provider tokens together. The user's row is locked, so that of two requests that unlink
    /// different providers at once one finds its identity to be the last.
    pub(super) async fn unlink(&self, request: &Unlink) -> Result<(), UserError> {
        retry_lost_races(async || self.try_unlink(request).await).await
    }

    async fn try_unlink(&self, request: &Unlink) -> Result<(), UserError> {
        let Unlink { session, provider, account, origin } = request;
        let transaction = self.store.begin().await?;
        let user_id = self.lock_fresh(&transaction, *session).await?.id;
        let (unlinked, left): (Vec<_>, Vec<_>) = identities::list(&transaction, user_id)
            .await?
            .into_iter()
            .partition(|identity| is_meant(identity, provider, account.as_deref()));
        if unlinked.is_empty() {
            return Err(PolicyError::NotLinked.into());
        }
        if left.is_empty() {
            return Err(PolicyError::LastIdentity.into());
        }
        identities::remove(&transaction, user_id, provider, account.as_deref()).await?;
        let now = self.clock.now();
        let lifetime = (now, now.plus(REVOCATION_TTL));
        let which = Which {
            provider: Some(provider),
            subject: account.as_deref(),
            leaves_vault: !are_latest(&unlinked, &left, provider),
        };
        revocations::queue(&transaction, user_id, which, self.random.as_ref(), lifetime).await?;
        let event = Event::done(Action::Unlink, user_id, origin.clone());
        audit::add(&transaction, event.with_provider(provider).in_session(session.id()), now).await?;
        let (provider, session_id) = (provider.clone(), session.id());
        let unlinked = || vec![PublicEvent::IdentityUnlinked { at: now, user_id, provider, session_id }];
        Ok(self.events.commit(transaction, &self.events.when_on(unlinked)).await?)
    }
}

fn is_meant(identity: &Identity, provider: &ProviderName, account: Option<&str>) -> bool {
    identity.provider == provider.as_str() && account.is_none_or(|account| identity.subject == account)
}

/// Whether the tokens in the vault are those of an identity in `unlinked`: it keeps the tokens of the latest sign-in at a
/// provider only.
fn are_latest(unlinked: &[Identity], left: &[Identity], provider: &ProviderName) -> bool {
    let left = left.iter().filter(|identity| identity.provider == provider.as_str());
    let latest = |identity: &Identity| identity.last_seen_at;
    unlinked.iter().map(latest).max() >= left.map(latest).max()
}
