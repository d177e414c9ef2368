//! Pushed authorization requests (RFC 9126) to a provider.

use url::Url;

use super::authorize::AuthorizationParams;
use super::model::{Endpoints, Provider};
use crate::oauth::client::ClientCredentials;
use crate::oauth::endpoint_error::EndpointError;
use crate::oauth::http::HttpClient;
use crate::oauth::par::push_authorization;

impl Provider {
    /// Pushes the authorization request; the URL that the browser is sent to, or `None` where the provider has no
    /// endpoint for it.
    ///
    /// # Errors
    /// [`EndpointError`]
    pub async fn push(
        &self,
        http: &HttpClient,
        endpoints: &Endpoints,
        client: &ClientCredentials,
        params: AuthorizationParams<'_>,
    ) -> Result<Option<Url>, EndpointError> {
        let Some(endpoint) = &endpoints.pushed_authorization else { return Ok(None) };
        let nonce = params.nonce.and_then(|nonce| self.sent_nonce(nonce));
        let request = self.authorization_request(endpoints, params, nonce.as_ref());
        push_authorization(http, endpoint, client, &request).await.map(Some)
    }
}
