//! Hands tokens out: once, to one of all callers on all nodes.
//!
//! An app that lost the response may repeat the request with the same `Idempotency-Key`: for a minute the same session
//! gets the same tokens again.

use std::sync::Arc;
use std::time::Duration;

use actix::{Handler, Message, ResponseFuture};
use tokio::sync::OwnedSemaphorePermit;

use super::vault::{TokenVault, VaultError, VaultState};
use crate::actor::batch::Batch;
use crate::domain::audit::{Action, Event, RequestOrigin};
use crate::domain::clock::Timestamp;
use crate::domain::event::Event as PublicEvent;
use crate::domain::fail_point;
use crate::domain::id::{ProviderName, UserId};
use crate::domain::tokens::ProviderTokens;
use crate::metrics::VaultEvent;
use crate::store::idempotent_responses::{self, ResponseKey};
use crate::store::webhook_messages::NewMessage;
use crate::store::{LostRace, Transaction, audit, retry_lost_races, sets, vault};
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
        let (takes, state) = (self.takes.clone(), self.state());
        Box::pin(async move {
            // The response to be repeated needs a transaction of its own.
            let tokens = match &request.idempotency_key {
                Some(_) => state.take(&request).await?,
                None => takes.carry_out(request).await??,
            };
            if tokens.is_some() {
                state.metrics.vault.count(VaultEvent::Taken);
            }
            Ok(tokens)
        })
    }
}

/// Takes tokens by shared statements.
#[derive(Debug)]
pub(super) struct TakeTokens(pub(super) Arc<VaultState>);

impl Batch for TakeTokens {
    type Item = Take;
    type Answer = Result<Option<ProviderTokens>, VaultError>;

    fn key(&self, request: &Take) -> Option<u128> {
        Some(request.session.user_id().0.as_u128())
    }

    async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        self.0.store.batch_permit().await
    }

    async fn together(&self, requests: &[Take]) -> Option<Vec<Option<Self::Answer>>> {
        let state = &self.0;
        let owners: Vec<_> =
            requests.iter().map(|request| (request.session.user_id(), request.provider.clone())).collect();
        let now = state.clock.now();
        let found = state.store.find_entries(&owners, now).await.ok()?;
        let (mut opened, mut rows) = (Vec::new(), Vec::new());
        for (number, (sealed, request)) in found.into_iter().zip(requests).enumerate() {
            let Some(sealed) = sealed else { continue };
            let tokens = state.cipher.open(request.session.user_id(), &request.provider, &sealed).ok()?;
            let events = state.events.when_on(|| vec![taken_event(request, now)]);
            rows.push(row(request, sealed, state.events.messages(&events)));
            opened.push((number, tokens, events));
        }
        let mut answers: Vec<_> = std::iter::repeat_with(|| None).take(requests.len()).collect();
        if rows.is_empty() {
            return Some(answers);
        }
        fail_point::reached("take");
        let taken = state.store.take_all(&rows, now).await.ok()?;
        fail_point::reached("taken");
        for ((number, tokens, events), _) in opened.into_iter().zip(taken).filter(|(_, is_taken)| *is_taken) {
            state.events.publish(&events);
            if let Some(answer) = answers.get_mut(number) {
                *answer = Some(Ok(Some(tokens)));
            }
        }
        Some(answers)
    }

    async fn alone(&self, request: Take) -> Self::Answer {
        self.0.take(&request).await
    }
}

fn row(request: &Take, sealed: Vec<u8>, messages: Vec<NewMessage>) -> sets::Take {
    sets::Take {
        user_id: request.session.user_id(),
        session_id: request.session.id(),
        provider: request.provider.clone(),
        sealed,
        event: event(request),
        messages,
    }
}

fn event(request: &Take) -> Event {
    let Take { session, provider, origin, .. } = request;
    let event = Event::done(Action::Fetch, session.user_id(), origin.clone());
    event.with_provider(provider).in_session(session.id())
}

fn taken_event(request: &Take, at: Timestamp) -> PublicEvent {
    let (user_id, session_id) = (request.session.user_id(), request.session.id());
    PublicEvent::TokensTaken { at, user_id, session_id, provider: request.provider.clone() }
}

impl LostRace for VaultError {
    fn is_lost_race(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_lost_race())
    }
}

/// Tokens that a transaction hands out.
struct Found {
    tokens: ProviderTokens,
    /// What is told of it after the commit.
    events: Vec<PublicEvent>,
}

impl VaultState {
    async fn take(&self, request: &Take) -> Result<Option<ProviderTokens>, VaultError> {
        retry_lost_races(async || {
            let transaction = self.store.begin().await?;
            let now = self.clock.now();
            let Some(found) = self.take_within(&transaction, request, now).await? else { return Ok(None) };
            self.events.commit(transaction, &found.events).await?;
            fail_point::reached("taken");
            Ok(Some(found.tokens))
        })
        .await
    }

    /// The statement that takes, the audit event and the repeatable response, to be committed by the caller.
    async fn take_within(
        &self,
        transaction: &Transaction,
        request: &Take,
        now: Timestamp,
    ) -> Result<Option<Found>, VaultError> {
        let Take { session, provider, idempotency_key, .. } = request;
        let (user_id, session_id) = (session.user_id(), session.id());
        let key = idempotency_key.clone();
        let key = key.map(|key| ResponseKey { session_id, provider: provider.clone(), key });
        let event = event(request);
        let mut sealed = self.find_response(transaction, user_id, key.as_ref()).await?;
        let mut is_repeated = sealed.is_some();
        if sealed.is_none() {
            sealed = vault::take(transaction, (user_id, session_id), provider, now).await?;
        }
        if sealed.is_none() {
            // A concurrent request with the same key may have won.
            sealed = self.find_response(transaction, user_id, key.as_ref()).await?;
            is_repeated = sealed.is_some();
        }
        let Some(sealed) = sealed else { return Ok(None) };
        // Opened before the commit: a node without the key must not destroy what others can open.
        let tokens = self.cipher.open(user_id, provider, &sealed)?;
        let event = if is_repeated { event.with_outcome("repeated") } else { event };
        let events = match is_repeated {
            false => self.events.when_on(|| vec![taken_event(request, now)]),
            true => Vec::new(),
        };
        if let Some(key) = key.filter(|_| !is_repeated) {
            idempotent_responses::put(transaction, &key, sealed, now.plus(REPLAY_WINDOW)).await?;
        }
        audit::add(transaction, event, now).await?;
        fail_point::reached("take");
        Ok(Some(Found { tokens, events }))
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
