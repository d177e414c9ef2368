//! Rotates refresh tokens.

use std::rc::Rc;

use tokio::sync::OwnedSemaphorePermit;

use super::{Batches, settled};
use crate::actor::batch::Batch;
use crate::domain::hooks::TokenClaims;
use crate::metrics::SessionEvent;
use crate::session::refresh::{LAST_GENERATION, SessionHandle};
use crate::store::sessions;
use crate::store::sets::{self, Refreshed};
use crate::user::messages::{IssuedSession, Refresh, UserError};
use crate::user::repo::UserService;

impl Batches {
    /// Exchanges a refresh token for its successor.
    pub(in crate::user) async fn refresh(&self, request: Refresh) -> Result<IssuedSession, UserError> {
        let token = self.service.refresh_tokens.read(request.token.expose());
        let (handle, generation) = token.ok_or(UserError::RefreshTokenNotValid)?;
        if generation == LAST_GENERATION {
            return Err(UserError::RefreshTokenNotValid);
        }
        let token_claims = self.token_claims_for_session(handle).await?;
        let refreshed = self.tokens.carry_out(Presented { handle, generation, request }).await??;
        self.service.metrics.sessions.count(SessionEvent::Refreshed);
        Ok(IssuedSession { token_claims, ..refreshed })
    }

    /// The app's claims for the access token; asked for before the refresh token is rotated.
    async fn token_claims_for_session(&self, handle: SessionHandle) -> Result<TokenClaims, UserError> {
        let service = &self.service;
        if service.hooks.tokens.is_none() {
            return Ok(TokenClaims::default());
        }
        let session = sessions::find(&service.store, handle.hash(), service.clock.now()).await?;
        let session = session.ok_or(UserError::RefreshTokenNotValid)?;
        service.claims_for(&service.find(&service.store, session.user_id).await?).await
    }
}

/// A refresh token of ours that is presented.
#[derive(Debug)]
pub(in crate::user) struct Presented {
    pub(in crate::user) handle: SessionHandle,
    pub(in crate::user) generation: u32,
    pub(in crate::user) request: Refresh,
}

/// Rotates refresh tokens.
#[derive(Debug)]
pub(super) struct RotateTokens(pub(super) Rc<UserService>);

impl Batch for RotateTokens {
    type Item = Presented;
    type Answer = Result<IssuedSession, UserError>;

    fn key(&self, presented: &Self::Item) -> Option<u128> {
        presented.handle.hash().first_chunk().map(|first| u128::from_be_bytes(*first))
    }

    async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        self.0.store.batch_permit().await
    }

    async fn together(&self, presented: &[Self::Item]) -> Option<Vec<Option<Self::Answer>>> {
        let service = &self.0;
        let tokens: Vec<_> = presented
            .iter()
            .map(|one| sets::Refresh { handle_hash: one.handle.hash(), generation: one.generation })
            .collect();
        let ttl = service.session.refresh_token_ttl;
        let refreshed = settled(service.store.rotate_all(&tokens, service.clock.as_ref(), ttl).await)?;
        let issue = |(answer, one): (Option<Result<Option<Refreshed>, UserError>>, &Presented)| {
            let Refreshed { session, user } = answer?.ok()??;
            Some(service.check_user(user).and_then(|user| service.issued(one.handle, session, user)))
        };
        Some(refreshed.into_iter().zip(presented).map(issue).collect())
    }

    async fn alone(&self, presented: Self::Item) -> Self::Answer {
        self.0.refresh(presented).await
    }
}
