//! Pushed authorization requests (RFC 9126) to a provider.

use url::Url;

use super::authorize::AuthorizationParams;
use super::{Endpoints, Provider};
use crate::oauth::client::ClientCredentials;
use crate::oauth::endpoint_error::EndpointError;
use crate::oauth::http::HttpClient;
use crate::oauth::par::push_authorization;

impl Provider {
    /// Where the browser goes after the request was pushed to the provider (RFC 9126); `None` where that is not
    /// offered.
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
        let request = self.request(endpoints, params, nonce.as_ref());
        push_authorization(http, endpoint, client, &request).await.map(Some)
    }
}
