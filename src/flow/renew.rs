//! New provider tokens for a provider's refresh token. Nothing is kept of it.

use std::time::Duration;

use super::directory::Directory;
use super::error::{Code, SignInError, Step};
use crate::domain::id::ProviderName;
use crate::domain::secret::Secret;
use crate::domain::tokens::ProviderTokens;
use crate::oauth::exchange::ExchangeError;
use crate::provider::known::Need;

impl Directory {
    /// Exchanges a refresh token at its provider; where none comes back the old one stays good.
    ///
    /// # Errors
    /// [`SignInError`]: [`Code::NotRefreshable`] where the provider has no refresh tokens, [`Code::ProviderError`]
    /// if it refuses or does not answer.
    pub async fn renew(
        &self,
        provider: &ProviderName,
        refresh_token: &Secret,
        redirect_uri: &str,
    ) -> Result<ProviderTokens, SignInError> {
        let workshop = self.workshop();
        let resolved = workshop.resolve(provider, Need::Endpoints).await?;
        if !resolved.provider.can_refresh() {
            return Err(SignInError::new(Step::Exchange, Code::NotRefreshable));
        }
        let client = resolved.provider.credentials(workshop.clock.now(), workshop.entropy.as_ref());
        let client = client.map_err(|error| SignInError::caused(Step::Exchange, Code::Internal, error))?;
        let http = workshop.clients.of(&resolved);
        let renewed = resolved.provider.refresh(&http, &resolved.endpoints, &client, refresh_token, redirect_uri).await;
        let is_outage = matches!(&renewed, Err(ExchangeError::Http(error)) if error.is_outage());
        workshop.providers.note(provider, is_outage);
        let renewed = renewed.map_err(|error| SignInError::caused(Step::Exchange, Code::ProviderError, error))?;
        let now = workshop.clock.now();
        Ok(ProviderTokens {
            access_token: renewed.access_token,
            token_secret: None,
            expires_in: renewed.expires_in,
            expires_at: renewed.expires_in.map(|seconds| now.plus(Duration::from_secs(seconds))),
            refresh_token: renewed.refresh_token.or_else(|| Some(refresh_token.clone())),
        })
    }
}
