//! One refresh: leased, asked for, and concluded.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::answer::{Failure, failure, reason};
use super::keeper::Keeper;
use super::shared_tasks::Ended;
use super::statements::Completion;
use crate::domain::audit::{Action, Event, RequestOrigin};
use crate::domain::clock::Timestamp;
use crate::domain::event::{Event as PublicEvent, GrantLoss};
use crate::domain::fail_point;
use crate::domain::grant_lifetime::GrantLifetime;
use crate::domain::log;
use crate::domain::tokens::ProviderTokens;
use crate::metrics::GrantEvent;
use crate::oauth::client::ClientCredentials;
use crate::oauth::endpoint_error::EndpointError;
use crate::oauth::http::HttpClient;
use crate::oauth::token_endpoint::exchange::TokenResponse;
use crate::provider::Provider;
use crate::provider::metadata_cache::{Required, Resolved};
use crate::store::grants::lease::{self, Loss, Seen};
use crate::store::grants::{Grant, GrantOwner, GrantTokens};
use crate::store::{StoreError, audit, retry_lost_races};

/// When callers try again after something of ours failed, in seconds.
const RETRY_AFTER: u64 = 2;

/// Which attempt with the stored refresh token this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    /// The first since it was stored, or since an answer that says that it was not used.
    First,
    /// One after a refresh whose result is unknown.
    Further,
}

impl Keeper {
    /// Refreshes a grant, unless another caller does. The provider's metadata and our credentials are at hand before the
    /// lease begins, so that its time is for one call.
    pub(super) async fn refresh(self: Rc<Self>, provider: Arc<Provider>, grant: Grant, attempt: Attempt) -> Ended {
        let under_way = &self.parts.metrics.grant_refreshes;
        under_way.inc();
        let refreshed = self.try_refresh(&provider, grant, attempt).await;
        under_way.dec();
        match refreshed {
            Ok(ended) => ended,
            Err(error) => {
                log::error!(provider:% = provider.name; "provider tokens were not refreshed: {error}");
                Ended::Unavailable(RETRY_AFTER)
            }
        }
    }

    async fn try_refresh(&self, provider: &Arc<Provider>, grant: Grant, attempt: Attempt) -> Result<Ended, StoreError> {
        let parts = &self.parts;
        let resolved = match parts.providers.resolve(&provider.name, Required::Endpoints).await {
            Ok(resolved) => resolved,
            Err(error) => {
                log::warn!(provider:% = provider.name; "provider tokens are not refreshed now: {error}");
                return Ok(Ended::Unavailable(RETRY_AFTER));
            }
        };
        let owner =
            GrantOwner { user_id: grant.user_id, provider: provider.name.clone(), subject: grant.subject.clone() };
        let (client, tokens) = match (
            provider.credentials(parts.clock.now(), parts.random.as_ref()),
            parts.cipher.open(&owner, &grant.sealed),
        ) {
            (Ok(client), Ok(tokens)) => (client, tokens),
            (Err(error), _) => return Ok(self.unusable(provider, &error)),
            (_, Err(error)) => return Ok(self.unusable(provider, &error)),
        };
        fail_point::reached("claim");
        let claimed = match attempt {
            Attempt::First => self.claim.carry_out(Seen::from(&grant)).await??,
            Attempt::Further => {
                let (now, lease) = (parts.clock.now(), parts.settings.lease());
                lease::claim_again(&parts.store, Seen::from(&grant), now, now.plus(lease)).await?
            }
        };
        // Another caller was faster.
        let Some(claimed) = claimed else { return Ok(Ended::ReadAgain) };
        fail_point::reached("claimed");
        let refreshed = self.ask(&resolved, &client, &tokens).await;
        fail_point::reached("refreshed");
        let is_outage = matches!(&refreshed, Err(error) if error.is_outage());
        parts.providers.record_outcome(&provider.name, is_outage);
        match refreshed {
            Ok(response) if self.is_of_other_user(&resolved, &response, &owner).await => {
                let refused = Loss::Refused(claimed.written);
                self.lose((&claimed).into(), refused, "the answer is about another user").await?;
                Ok(Ended::ReadAgain)
            }
            Ok(response) => self.store(&claimed, owner, tokens, response).await,
            Err(error) => self.conclude(provider, &claimed, &error).await,
        }
    }

    fn unusable(&self, provider: &Provider, error: &dyn std::error::Error) -> Ended {
        log::error!(provider:% = provider.name; "provider tokens cannot be refreshed: {error}");
        Ended::Unavailable(RETRY_AFTER)
    }

    async fn ask(
        &self,
        resolved: &Resolved,
        client: &ClientCredentials,
        tokens: &ProviderTokens,
    ) -> Result<TokenResponse, EndpointError> {
        let provider = &resolved.provider;
        let refresh_token = tokens.refresh_token.as_ref().ok_or(EndpointError::Malformed("refresh_token"))?;
        let redirect_uri = format!("{}/signin/provider/{}/callback", self.parts.public_base, provider.name);
        let http = self.client(provider);
        provider.refresh(&http, &resolved.endpoints, client, refresh_token, &redirect_uri).await
    }

    fn client(&self, provider: &Provider) -> HttpClient {
        let mut clients = self.clients.borrow_mut();
        let client = clients.entry(provider.name.clone());
        client.or_insert_with(|| provider.refresh_client(self.parts.settings.refresh_timeout)).clone()
    }

    /// Whether the answer holds an id_token of another user (OpenID Connect Core section 12.2). Where the provider's keys
    /// are out of reach the connection vouches for it (section 3.1.3.7, number 6): the tokens must not be lost for that.
    async fn is_of_other_user(&self, resolved: &Resolved, response: &TokenResponse, owner: &GrantOwner) -> bool {
        if response.id_token.is_none() {
            return false;
        }
        let subjects = std::slice::from_ref(&owner.subject);
        let Ok(checked) = self.parts.providers.check_refreshed_user(resolved, response, subjects).await else {
            return false;
        };
        checked.inspect_err(|error| log::warn!(provider:% = owner.provider; "a refresh was refused: {error}")).is_err()
    }

    /// Stores new tokens. What the provider does not repeat stays: the refresh token and the scopes.
    async fn store(
        &self,
        claimed: &Grant,
        owner: GrantOwner,
        earlier: ProviderTokens,
        response: TokenResponse,
    ) -> Result<Ended, StoreError> {
        let parts = &self.parts;
        let (now, provider) = (parts.clock.now(), owner.provider.clone());
        let tokens = response.into_provider_tokens(now);
        let scopes = if tokens.scopes.is_empty() { claimed.scopes.clone() } else { tokens.scopes.clone() };
        let refresh_token = tokens.refresh_token.clone().or(earlier.refresh_token);
        let tokens = ProviderTokens { refresh_token, scopes: scopes.clone(), ..tokens };
        let [jitter] = parts.random.bytes();
        let lifetime = GrantLifetime::of(&tokens, parts.settings.refresh_ahead, jitter, now);
        let Ok(sealed) = parts.cipher.seal(&owner, &tokens) else {
            log::error!(provider:%; "refreshed provider tokens could not be sealed");
            return Ok(Ended::Unavailable(RETRY_AFTER));
        };
        let GrantLifetime { good_until, refresh_at } = lifetime;
        let tokens = GrantTokens { sealed, scopes, can_refresh: true, good_until, refresh_at };
        let completion = Completion { seen: claimed.into(), owner, tokens };
        self.complete_until(completion, claimed.lease_until).await?;
        fail_point::reached("completed");
        parts.metrics.grants.count(GrantEvent::Refreshed);
        Ok(Ended::ReadAgain)
    }

    /// Writes the tokens, and tries again while the database is out of reach: they exist nowhere else.
    async fn complete_until(&self, completion: Completion, until: Option<Timestamp>) -> Result<(), StoreError> {
        let mut pause = Duration::from_millis(50);
        loop {
            let completed = self.complete.carry_out(completion.clone()).await.map_err(StoreError::from).flatten();
            let is_late = until.is_none_or(|until| until.plus(self.parts.settings.lease()) <= self.parts.clock.now());
            match completed {
                Err(error) if !is_late => {
                    log::warn!("refreshed provider tokens were not written yet; it is tried again: {error}");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(1));
                }
                completed => return completed,
            }
        }
    }

    /// Notes that a refresh brought no tokens.
    async fn conclude(&self, provider: &Provider, claimed: &Grant, error: &EndpointError) -> Result<Ended, StoreError> {
        let (seen, now) = (Seen::from(claimed), self.parts.clock.now());
        let (delay, attempts) = match failure(error, provider.rotation, claimed.attempts) {
            Failure::Lost => {
                self.lose(seen, Loss::Refused(claimed.written), &reason(error)).await?;
                return Ok(Ended::ReadAgain);
            }
            Failure::NotUsed(delay) => (delay, claimed.attempts),
            Failure::TryOnceMore(delay) => (delay, claimed.attempts + 1),
        };
        log::debug!(provider:% = provider.name; "provider tokens are refreshed later: {error}");
        self.parts.metrics.grants.count(GrantEvent::PutOff);
        let put_off = lease::PutOff { retry_at: now.plus(delay), attempts, error: reason(error) };
        lease::release(&self.parts.store, seen, &put_off, now).await?;
        Ok(Ended::ReadAgain)
    }

    /// Gives a grant up, in one transaction with the event that tells of it, unless it has changed. A lease of ours on
    /// newer tokens ends without effect.
    pub(super) async fn lose(&self, seen: Seen, loss: Loss, error: &str) -> Result<(), StoreError> {
        let parts = &self.parts;
        let lost = retry_lost_races(async || {
            let now = parts.clock.now();
            let transaction = parts.store.begin().await?;
            let Some(grant) = lease::lose(&transaction, seen, loss, error, now).await? else {
                if let Loss::Refused(_) = loss {
                    // The refused token is no longer the one that is stored.
                    let put_off = lease::PutOff { retry_at: now, attempts: 0, error: error.to_owned() };
                    lease::release(&transaction, seen, &put_off, now).await?;
                }
                transaction.commit().await?;
                return Ok::<_, StoreError>(None);
            };
            let Ok(provider) = grant.provider.parse() else { return Ok(None) };
            let reason = match loss {
                Loss::Refused(_) => GrantLoss::Refused,
                Loss::UnknownResult => GrantLoss::UnknownResult,
                Loss::Expired => GrantLoss::Expired,
            };
            let event = Event::done(Action::LoseGrant, grant.user_id, RequestOrigin::default());
            audit::add(&transaction, event.with_provider(&provider).with_outcome(error), now).await?;
            let user_id = grant.user_id;
            let events = || vec![PublicEvent::GrantLost { at: now, user_id, provider: provider.clone(), reason }];
            parts.events.commit(transaction, &parts.events.when_on(events)).await?;
            Ok(Some((user_id, provider)))
        })
        .await?;
        if let Some((user, provider)) = lost {
            parts.metrics.grants.count(GrantEvent::Lost);
            log::info!(user:%, provider:%; "provider tokens are lost, the user has to sign in there once more: {error}");
        }
        Ok(())
    }
}
