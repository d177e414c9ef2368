//! Rotates refresh tokens.

use std::rc::Rc;

use super::{Batches, settled};
use crate::actor::batch::Batch;
use crate::session::refresh::{LAST_GENERATION, SessionHandle};
use crate::store::sets::{self, Refreshed};
use crate::store::{sessions, unless_lost_race};
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
        self.tokens.carry_out(Presented { handle, generation, request }).await?
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

    async fn together(&self, presented: &[Self::Item]) -> Option<Vec<Option<Self::Answer>>> {
        let service = &self.0;
        if !service.store.has_sets() {
            let work = async |transaction: &_, one: &Presented| {
                let (clock, ttl) = (service.clock.as_ref(), service.session.refresh_token_ttl);
                let hash = one.handle.hash();
                let rotated = sessions::rotate(transaction, hash, one.generation, clock.now(), ttl).await?;
                let Some(session) = rotated else { return Ok(None) };
                // A user without access got no token before either, and the token is used all the same.
                let user = service.find(transaction, session.user_id).await;
                Ok::<_, UserError>(Some(user.and_then(|user| service.issued(one.handle, session, user))))
            };
            let answers = service.store.in_one_transaction(presented, work).await.into_iter();
            return Some(answers.map(|answer| unless_lost_race(answer.transpose()?.flatten())).collect());
        }
        let tokens: Vec<_> = presented
            .iter()
            .map(|one| sets::Refresh { handle_hash: one.handle.hash(), generation: one.generation })
            .collect();
        let ttl = service.session.refresh_token_ttl;
        let refreshed = settled(service.store.rotate_all(&tokens, service.clock.now(), ttl).await)?;
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
