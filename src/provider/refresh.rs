//! Asks the provider for new tokens with a refresh token.

use std::sync::Arc;
use std::time::Duration;

use super::model::{Endpoints, Provider, RefreshStyle};
use crate::domain::secret::Secret;
use crate::oauth::client::ClientCredentials;
use crate::oauth::endpoint_error::EndpointError;
use crate::oauth::http::HttpClient;
use crate::oauth::token_endpoint::exchange::TokenResponse;
use crate::oauth::token_endpoint::refresh::{RefreshRequest, refresh};

impl Provider {
    /// Whether the provider issues refresh tokens.
    #[must_use]
    pub fn can_refresh(&self) -> bool {
        self.refresh != RefreshStyle::Never
    }

    /// A client for refreshes of tokens that exist nowhere else, for this thread: see [`HttpClient::without_reuse`].
    #[must_use]
    pub fn refresh_client(&self, timeout: Duration) -> HttpClient {
        HttpClient::without_reuse(&self.http.with_timeout(timeout), Arc::clone(&self.metrics.upstream))
    }

    /// Exchanges a refresh token for new tokens; without a new refresh token in the answer the old one stays valid.
    /// `client` is from [`Self::credentials`], `redirect_uri` that of a sign-in.
    ///
    /// # Errors
    /// [`EndpointError`]
    pub async fn refresh(
        &self,
        http: &HttpClient,
        endpoints: &Endpoints,
        client: &ClientCredentials,
        refresh_token: &Secret,
        redirect_uri: &str,
    ) -> Result<TokenResponse, EndpointError> {
        let is_redirect_uri_wanted = self.refresh == RefreshStyle::WithRedirectUri;
        let redirect_uri = Some(redirect_uri).filter(|_| is_redirect_uri_wanted);
        refresh(http, RefreshRequest { token_endpoint: &endpoints.token, client, refresh_token, redirect_uri }).await
    }
}
