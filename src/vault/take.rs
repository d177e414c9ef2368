//! Hands tokens out: once, to one of all callers on all nodes.
//!
//! An app that lost the response may repeat the request with the same `Idempotency-Key`: for a minute the same session
//! gets the same tokens again.

use std::time::Duration;

use actix::{Handler, Message, ResponseFuture};

use super::vault::{TokenVault, VaultError, VaultState};
use crate::domain::audit::{Action, Event, RequestOrigin};
use crate::domain::fail_point;
use crate::domain::id::{ProviderName, UserId};
use crate::domain::tokens::ProviderTokens;
use crate::store::idempotent_responses::{self, ResponseKey};
use crate::store::{LostRace, Transaction, audit, retry_lost_races, vault};
use crate::user::proof::LiveSession;

/// How long a response can be repeated.
const REPLAY_WINDOW: Duration = Duration::from_secs(60);

/// Takes the tokens. `None` if there are none, or none any more.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Option<ProviderTokens>, VaultError>")]
pub struct Take {
    /// The user's session.
    pub session: LiveSession,
    /// The provider.
    pub provider: ProviderName,
    /// The `Idempotency-Key` of the request; it is scoped to the session.
    pub idempotency_key: Option<String>,
    /// From where, for the audit trail.
    pub origin: RequestOrigin,
}

impl Handler<Take> for TokenVault {
    type Result = ResponseFuture<Result<Option<ProviderTokens>, VaultError>>;

    fn handle(&mut self, request: Take, _: &mut Self::Context) -> Self::Result {
        let state = self.state();
        Box::pin(async move { state.take(&request).await })
    }
}

impl LostRace for VaultError {
    fn is_lost_race(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_lost_race())
    }
}

impl VaultState {
    async fn take(&self, request: &Take) -> Result<Option<ProviderTokens>, VaultError> {
        retry_lost_races(async || self.try_take(request).await).await
    }

    /// The statement that takes, the audit event and the repeatable response are committed together.
    async fn try_take(&self, request: &Take) -> Result<Option<ProviderTokens>, VaultError> {
        let Take { session, provider, idempotency_key, origin } = request;
        let (user_id, session_id, now) = (session.user_id(), session.id(), self.clock.now());
        let key = idempotency_key.clone();
        let key = key.map(|key| ResponseKey { session_id, provider: provider.clone(), key });
        let event = Event::done(Action::Fetch, user_id, origin.clone());
        let event = event.with_provider(provider).in_session(session_id);
        let transaction = self.store.begin().await?;
        let mut sealed = self.find_response(&transaction, user_id, key.as_ref()).await?;
        let mut is_repeated = sealed.is_some();
        if sealed.is_none() {
            sealed = vault::take(&transaction, (user_id, session_id), provider, now).await?;
        }
        if sealed.is_none() {
            // A concurrent request with the same key may have won.
            sealed = self.find_response(&transaction, user_id, key.as_ref()).await?;
            is_repeated = sealed.is_some();
        }
        let Some(sealed) = sealed else { return Ok(None) };
        // Opened before the commit: a node without the key must not destroy what others can open.
        let tokens = self.cipher.open(user_id, provider, &sealed)?;
        let event = if is_repeated { event.with_outcome("repeated") } else { event };
        if let Some(key) = key.filter(|_| !is_repeated) {
            idempotent_responses::put(&transaction, &key, sealed, now.plus(REPLAY_WINDOW)).await?;
        }
        fail_point::reached("take");
        audit::add(&transaction, event, now).await?;
        transaction.commit().await?;
        fail_point::reached("taken");
        Ok(Some(tokens))
    }

    async fn find_response(
        &self,
        transaction: &Transaction,
        user_id: UserId,
        key: Option<&ResponseKey>,
    ) -> Result<Option<Vec<u8>>, VaultError> {
        let Some(key) = key else { return Ok(None) };
        Ok(idempotent_responses::find(transaction, user_id, key, self.clock.now()).await?)
    }
}
