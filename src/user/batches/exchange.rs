//! Exchanges one-time codes for sessions.

use std::rc::Rc;

use tokio::sync::OwnedSemaphorePermit;

use super::{Batches, only, settled};
use crate::actor::batch::Batch;
use crate::domain::claims::Claims;
use crate::domain::fail_point;
use crate::domain::hooks::TokenClaims;
use crate::domain::sha256::sha256;
use crate::metrics::SessionEvent;
use crate::session::pkce;
use crate::store::StoreError;
use crate::store::sets::{self, CodeHash};
use crate::store::users::{AccountStatus, User};
use crate::user::messages::{Exchange, IssuedSession, UserError};
use crate::user::repo::UserService;

impl Batches {
    /// Exchanges a one-time code for a session.
    pub(in crate::user) async fn exchange(&self, request: Exchange) -> Result<IssuedSession, UserError> {
        let token_claims = self.token_claims_for_code(&request).await?;
        let issued = self.carry_out_exchange(request).await?;
        self.service.metrics.sessions.count(SessionEvent::Begun);
        Ok(IssuedSession { token_claims, ..issued })
    }

    /// The app's claims for the access token; asked for before the code is spent.
    async fn token_claims_for_code(&self, request: &Exchange) -> Result<TokenClaims, UserError> {
        if self.service.hooks.tokens.is_none() {
            return Ok(TokenClaims::default());
        }
        let owner = self.code_owners.carry_out(sha256(request.code.expose())).await??;
        self.service.claims_for(&owner.ok_or(UserError::CodeNotValid)?).await
    }

    async fn carry_out_exchange(&self, request: Exchange) -> Result<IssuedSession, UserError> {
        if self.uses_sets()
            && let Some(issued) = self.exchange_by_sets(&request).await?
        {
            return Ok(issued);
        }
        self.service.exchange(&request).await
    }

    /// `None`: nothing was written, and the exchange needs a transaction of its own.
    async fn exchange_by_sets(&self, request: &Exchange) -> Result<Option<IssuedSession>, UserError> {
        let code_hash = sha256(request.code.expose());
        let owner = self.code_owners.carry_out(code_hash).await??.ok_or(UserError::CodeNotValid)?;
        let user = self.service.check_user(owner)?;
        let (session, refresh_token) = self.service.new_session(user.id, Claims::new(), self.service.clock.now())?;
        let session_id = session.id;
        let challenge = pkce::challenge(request.verifier.expose());
        let exchange = sets::Exchange { code_hash, challenge, owner: AccountStatus::from(&user), session };
        let claims = self.codes.carry_out(exchange).await??;
        let token_claims = TokenClaims::default();
        Ok(claims.map(|claims| IssuedSession { refresh_token, session_id, user, claims, token_claims }))
    }
}

/// Finds the users of codes.
#[derive(Debug)]
pub(super) struct FindCodeOwners(pub(super) Rc<UserService>);

impl Batch for FindCodeOwners {
    type Item = CodeHash;
    type Answer = Result<Option<User>, StoreError>;

    fn key(&self, _: &Self::Item) -> Option<u128> {
        None
    }

    async fn together(&self, codes: &[Self::Item]) -> Option<Vec<Option<Self::Answer>>> {
        settled(self.0.store.find_code_owners(codes, self.0.clock.now()).await)
    }

    async fn alone(&self, code: Self::Item) -> Self::Answer {
        only(self.0.store.find_code_owners(&[code], self.0.clock.now()).await?)
    }
}

/// Exchanges codes whose users are known. `None`: nothing was written.
#[derive(Debug)]
pub(super) struct ExchangeCodes(pub(super) Rc<UserService>);

impl Batch for ExchangeCodes {
    type Item = sets::Exchange;
    type Answer = Result<Option<Claims>, StoreError>;

    fn key(&self, exchange: &Self::Item) -> Option<u128> {
        Some(exchange.owner.id.0.as_u128())
    }

    async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        self.0.store.batch_permit().await
    }

    async fn together(&self, exchanges: &[Self::Item]) -> Option<Vec<Option<Self::Answer>>> {
        fail_point::reached("write");
        settled(self.0.store.exchange_codes(exchanges, self.0.clock.now()).await)
    }

    async fn alone(&self, _: Self::Item) -> Self::Answer {
        Ok(None)
    }
}
