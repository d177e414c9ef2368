//! Refreshes and revokes provider tokens.

use super::error::{FailureCode, SignInError, Step};
use super::service::SignInService;
use crate::domain::id::ProviderName;
use crate::domain::log;
use crate::domain::secret::Secret;
use crate::domain::tokens::ProviderTokens;
use crate::oauth::token_endpoint::exchange::TokenResponse;
use crate::provider::metadata_cache::{Required, Resolved};
use crate::store::identities::Identity;
use crate::user::messages::Identities;
use crate::user::proof::LiveSession;
use crate::vault::revocation::{CompleteRevocation, LeaseRevocations, Revocation};

impl SignInService {
    /// New tokens for a refresh token; nothing is stored. If the provider issues no new refresh token, the answer
    /// holds the old one, which stays valid.
    ///
    /// # Errors
    /// [`FailureCode::NotRefreshable`] if the provider has no refresh tokens, [`FailureCode::ProviderError`] if it
    /// refuses, does not answer, or answers with the id_token of another user.
    pub async fn refresh_provider_tokens(
        &self,
        session: LiveSession,
        provider: &ProviderName,
        refresh_token: &Secret,
        redirect_uri: &str,
    ) -> Result<ProviderTokens, SignInError> {
        let services = self.services();
        let resolved = services.resolve(provider, Required::Endpoints).await?;
        if !resolved.provider.can_refresh() {
            return Err(SignInError::new(Step::Exchange, FailureCode::NotRefreshable));
        }
        let client = resolved.provider.credentials(services.clock.now(), services.random.as_ref());
        let client = client.map_err(|error| SignInError::with_source(Step::Exchange, FailureCode::Internal, error))?;
        let http = services.clients.of(&resolved);
        let response =
            resolved.provider.refresh(&http, &resolved.endpoints, &client, refresh_token, redirect_uri).await;
        let is_outage = matches!(&response, Err(error) if error.is_outage());
        services.providers.record_outcome(provider, is_outage);
        let response =
            response.map_err(|error| SignInError::with_source(Step::Exchange, FailureCode::ProviderError, error))?;
        if response.id_token.is_some() {
            self.check_refreshed_user(session, &resolved, &response).await?;
        }
        services.publish_refreshed(session, provider);
        let tokens = response.into_provider_tokens(services.clock.now());
        let refresh_token = tokens.refresh_token.or_else(|| Some(refresh_token.clone()));
        Ok(ProviderTokens { refresh_token, ..tokens })
    }

    /// Refuses a refresh whose id_token is not about the user who refreshes.
    async fn check_refreshed_user(
        &self,
        session: LiveSession,
        resolved: &Resolved,
        response: &TokenResponse,
    ) -> Result<(), SignInError> {
        let services = self.services();
        let identities = services.users.send(Identities { session }).await??;
        let is_of_provider = |identity: &Identity| identity.provider == resolved.provider.name.as_str();
        let subjects: Vec<String> =
            identities.into_iter().filter(is_of_provider).map(|identity| identity.subject).collect();
        let verified = services.providers.check_refreshed_user(resolved, response, &subjects).await;
        let verified = verified.map_err(SignInError::unresolved)?;
        verified.map_err(|error| SignInError::with_source(Step::Identify, FailureCode::ProviderError, error))
    }

    /// Revokes one batch of the tokens that are due, at their providers. Returns how many were revoked.
    ///
    /// # Errors
    /// [`FailureCode::Unavailable`] if the vault could not be reached; what was not completed becomes due again.
    pub async fn revoke_due(&self) -> Result<u64, SignInError> {
        let vault = &self.services().vault;
        let mut revoked = 0;
        for revocation in vault.send(LeaseRevocations).await?? {
            let (id, attempts) = (revocation.id, revocation.attempts);
            let completion = match self.revoke(&revocation).await {
                Ok(is_revoked) => {
                    revoked += u64::from(is_revoked);
                    CompleteRevocation::Done(id)
                }
                Err(error) => {
                    log::warn!(provider:% = revocation.provider, attempts; "tokens not revoked yet: {error}");
                    CompleteRevocation::Retry { id, attempts }
                }
            };
            vault.send(completion).await??;
        }
        Ok(revoked)
    }

    /// `false`: this provider has no revocation.
    async fn revoke(&self, revocation: &Revocation) -> Result<bool, SignInError> {
        let (services, tokens) = (self.services(), &revocation.tokens);
        let resolved = services.resolve(&revocation.provider, Required::Endpoints).await?;
        let (provider, endpoints) = (&resolved.provider, &resolved.endpoints);
        let token = provider.token_to_revoke(endpoints, &tokens.access_token, tokens.refresh_token.as_ref());
        let Some((token, kind)) = token else { return Ok(false) };
        let client = provider.credentials(services.clock.now(), services.random.as_ref());
        let client = client.map_err(|error| SignInError::with_source(Step::Resolve, FailureCode::Internal, error))?;
        let revoked = provider.revoke(&services.clients.of(&resolved), endpoints, &client, token, kind).await;
        services.providers.record_outcome(&revocation.provider, matches!(&revoked, Err(error) if error.is_outage()));
        revoked.map_err(|error| SignInError::with_source(Step::Exchange, FailureCode::ProviderError, error))?;
        Ok(true)
    }
}
