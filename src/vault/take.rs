//! How tokens leave the vault: once, for one of all who ask, on all nodes.
//!
//! An app whose answer was lost on the way may ask again with the same key (`Idempotency-Key`): for a minute it gets
//! the same tokens again, in the same session, and nobody else does.

use std::time::Duration;

use actix::{Handler, Message, ResponseFuture};

use super::vault::{TokenVault, VaultError, VaultState};
use crate::domain::audit::{Action, Event, RequestOrigin};
use crate::domain::fail_point;
use crate::domain::id::ProviderName;
use crate::domain::tokens::ProviderTokens;
use crate::store::idempotent_responses::{self, ResponseKey};
use crate::store::{audit, vault};
use crate::user::proof::LiveSession;

/// How long an answer can be had again.
const REPLAY_WINDOW: Duration = Duration::from_secs(60);

/// Takes the tokens out, for good. `None`: nothing lies there, or no more.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Option<ProviderTokens>, VaultError>")]
pub struct Take {
    /// The user's session.
    pub session: LiveSession,
    /// The provider.
    pub provider: ProviderName,
    /// The name that the app gave to this request; it counts within a session alone.
    pub idempotency_key: Option<String>,
    /// From where, for the audit trail.
    pub origin: RequestOrigin,
}

impl Handler<Take> for TokenVault {
    type Result = ResponseFuture<Result<Option<ProviderTokens>, VaultError>>;

    fn handle(&mut self, request: Take, _: &mut Self::Context) -> Self::Result {
        let state = self.state();
        Box::pin(async move { state.take(request).await })
    }
}

impl VaultState {
    /// The one statement that takes, the line in the trail that says so, and what can be had again: all or nothing.
    async fn take(&self, request: Take) -> Result<Option<ProviderTokens>, VaultError> {
        let Take { session, provider, idempotency_key, origin } = request;
        let (user_id, session_id, now) = (session.user_id(), session.id(), self.clock.now());
        let replay = idempotency_key.map(|key| ResponseKey { session_id, provider: provider.clone(), key });
        let transaction = self.store.begin().await?;
        if let Some(replay) = &replay
            && let Some(sealed) = idempotent_responses::find(&transaction, user_id, replay, now).await?
        {
            transaction.rollback().await?;
            return Ok(Some(self.cipher.open(user_id, &provider, &sealed)?));
        }
        let Some(sealed) = vault::take(&transaction, (user_id, session_id), &provider, now).await? else {
            // Whoever waited for the winner with the same key finds what the winner left.
            let late = match &replay {
                Some(replay) => idempotent_responses::find(&transaction, user_id, replay, now).await?,
                None => None,
            };
            transaction.rollback().await?;
            return Ok(late.map(|sealed| self.cipher.open(user_id, &provider, &sealed)).transpose()?);
        };
        // Opened before it is gone: a node that lacks the key must not destroy what others can read.
        let tokens = self.cipher.open(user_id, &provider, &sealed)?;
        if let Some(replay) = &replay {
            idempotent_responses::put(&transaction, replay, sealed, now.plus(REPLAY_WINDOW)).await?;
        }
        let event = Event::done(Action::Fetch, user_id, origin).with_provider(&provider).in_session(session_id);
        fail_point::reached("take");
        audit::add(&transaction, event, now).await?;
        transaction.commit().await?;
        fail_point::reached("taken");
        Ok(Some(tokens))
    }
}
