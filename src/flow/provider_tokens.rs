//! New provider tokens for a provider's refresh token. Nothing is kept of it.

use std::time::Duration;

use super::error::{FailureCode, SignInError, Step};
use super::service::SignInService;
use crate::domain::id::ProviderName;
use crate::domain::secret::Secret;
use crate::domain::tokens::ProviderTokens;
use crate::oauth::endpoint_error::EndpointError;
use crate::provider::metadata_cache::Required;

impl SignInService {
    /// Exchanges a refresh token at its provider; where none comes back the old one stays good.
    ///
    /// # Errors
    /// [`SignInError`]: [`FailureCode::NotRefreshable`] where the provider has no refresh tokens, [`FailureCode::ProviderError`]
    /// if it refuses or does not answer.
    pub async fn refresh_provider_tokens(
        &self,
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
        let refreshed =
            resolved.provider.refresh(&http, &resolved.endpoints, &client, refresh_token, redirect_uri).await;
        let is_outage = matches!(&refreshed, Err(EndpointError::Http(error)) if error.is_outage());
        services.providers.record_outcome(provider, is_outage);
        let refreshed =
            refreshed.map_err(|error| SignInError::with_source(Step::Exchange, FailureCode::ProviderError, error))?;
        let now = services.clock.now();
        Ok(ProviderTokens {
            access_token: refreshed.access_token,
            token_secret: None,
            expires_in: refreshed.expires_in,
            expires_at: refreshed.expires_in.map(|seconds| now.plus(Duration::from_secs(seconds))),
            refresh_token: refreshed.refresh_token.or_else(|| Some(refresh_token.clone())),
        })
    }
}
