//! Provider tokens are refreshed for their own user only, and revoked at the provider that issued them.

use std::time::Duration;

use vouchsafe_simulator::{Endpoint, Failure};

use super::*;
use crate::domain::audit::RequestOrigin;
use crate::domain::clock::Clock as _;
use crate::domain::random::OsRandom;
use crate::domain::tokens::ProviderTokens;
use crate::store::revocations::{self, Which};
use crate::vault::take::Take;

const DAY: Duration = Duration::from_secs(86_400);

impl TestService {
    async fn tokens_of(&self, session: LiveSession, provider: &str) -> ProviderTokens {
        let origin = RequestOrigin::new(None, None);
        let take = Take { session, provider: name(provider), idempotency_key: None, origin };
        self.services().vault.send(take).await.expect("an answer").expect("a database").expect("tokens")
    }

    async fn refresh(
        &self,
        session: LiveSession,
        provider: &str,
        token: &Secret,
    ) -> Result<ProviderTokens, (Step, FailureCode)> {
        let (sign_ins, provider, redirect_uri) = (self.sign_ins(), name(provider), redirect_uri(provider));
        let refreshed = sign_ins.refresh_provider_tokens(session, &provider, token, &redirect_uri).await;
        refreshed.map_err(|error| code_of(&error))
    }

    /// Signs in and has what the vault keeps revoked, from a day later on.
    async fn queue_revocation(&self, provider: &str) {
        let session = self.session(provider, "mira").await;
        let (store, due) = (self.store(), self.clock.now().plus(DAY));
        let transaction = store.begin().await.expect("begun");
        let times = (due, due.plus(DAY));
        let queued = revocations::queue(&transaction, session.user_id(), Which::default(), &OsRandom, times).await;
        assert_eq!(queued.expect("queued"), 1);
        transaction.commit().await.expect("committed");
    }

    async fn revoke_due(&self) -> u64 {
        self.sign_ins().revoke_due().await.expect("a database")
    }

    async fn pending(&self) -> u64 {
        revocations::count(&self.store()).await.expect("read")
    }
}

#[actix_rt::test]
async fn refresh_token_is_good_for_the_user_of_the_session_only() {
    let service = TestService::start().await;
    let (mira, aiko) = (service.session("google", "mira").await, service.session("google", "aiko").await);
    let token = service.tokens_of(mira, "google").await.refresh_token.expect("a refresh token");
    assert_eq!(service.refresh(aiko, "google", &token).await, Err((Step::Identify, FailureCode::ProviderError)));
    let refreshed = service.refresh(mira, "google", &token).await.expect("refreshed");
    assert_eq!(refreshed.refresh_token, Some(token), "the old one stays valid where there is no new one");
}

#[actix_rt::test]
async fn provider_without_refresh_tokens_is_not_asked() {
    let service = TestService::start().await;
    let session = service.session("facebook", "mira").await;
    let calls = service.simulator.counts().of(SimulatedProvider::Facebook).token;
    let refused = service.refresh(session, "facebook", &Secret::new("token")).await;
    assert_eq!(refused, Err((Step::Exchange, FailureCode::NotRefreshable)));
    assert_eq!(service.simulator.counts().of(SimulatedProvider::Facebook).token, calls);
}

#[actix_rt::test]
async fn tokens_that_are_due_are_revoked_at_their_provider_once() {
    let service = TestService::start().await;
    for provider in ["google", "gitlab", "linkedin"] {
        service.queue_revocation(provider).await;
    }
    assert_eq!((service.revoke_due().await, service.pending().await), (0, 3), "none is due");
    service.clock.advance(DAY);
    assert_eq!(service.revoke_due().await, 2, "LinkedIn has no revocation");
    let counts = service.simulator.counts();
    assert_eq!([counts.google.revoke, counts.gitlab.revoke, counts.linkedin.revoke], [1, 1, 0]);
    assert_eq!((service.revoke_due().await, service.pending().await), (0, 0));
}

#[actix_rt::test]
async fn revocation_that_failed_is_tried_again_later() {
    let service = TestService::start().await;
    service.queue_revocation("google").await;
    service.clock.advance(DAY);
    service.simulator.fail(SimulatedProvider::Google, Failure::ServerError(Endpoint::Revoke));
    assert_eq!((service.revoke_due().await, service.pending().await), (0, 1));
    service.simulator.recover(SimulatedProvider::Google);
    assert_eq!(service.revoke_due().await, 0, "the first delay is a minute");
    service.clock.advance(Duration::from_secs(60));
    assert_eq!((service.revoke_due().await, service.pending().await), (1, 0));
}
