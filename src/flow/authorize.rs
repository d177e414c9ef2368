//! The authorization request: where the browser is sent, and what is requested from the provider before.

use std::collections::BTreeMap;

use url::Url;

use super::cookie::{Flow, TemporaryCredentials};
use super::error::{FailureCode, SignInError, Step};
use super::services::FlowServices;
use crate::oauth::endpoint_error::EndpointError;
use crate::oauth::oauth1;
use crate::provider::Protocol;
use crate::provider::authorize::AuthorizationParams;
use crate::provider::metadata_cache::Resolved;
use crate::session::pkce;

impl FlowServices {
    /// The URL to which the browser is sent. `parameters` are the app's own for this request.
    pub(super) async fn authorize(
        &self,
        flow: &mut Flow,
        resolved: &Resolved,
        parameters: &BTreeMap<String, String>,
    ) -> Result<String, SignInError> {
        let url = match resolved.provider.protocol {
            Protocol::OAuth1 => self.authorize_oauth1(flow, resolved).await.map(String::from),
            Protocol::Oidc { .. } | Protocol::OAuth2 => self.authorize_oauth2(flow, resolved, parameters).await,
        };
        url.map_err(|error| {
            let is_outage = error.is_outage();
            let code = if is_outage { FailureCode::Unavailable } else { FailureCode::ExchangeFailed };
            self.providers.record_outcome(&flow.provider, is_outage);
            SignInError::with_source(Step::Start, code, error)
        })
    }

    async fn authorize_oauth2(
        &self,
        flow: &Flow,
        resolved: &Resolved,
        parameters: &BTreeMap<String, String>,
    ) -> Result<String, EndpointError> {
        let (provider, endpoints) = (&resolved.provider, &resolved.endpoints);
        let challenge = flow.verifier.as_ref().map(|verifier| pkce::challenge(verifier.expose()));
        let mut parameters = provider.authorization_parameters(parameters);
        parameters.extend(flow.max_age.map(|seconds| ("max_age".to_owned(), seconds.to_string())));
        let params = AuthorizationParams {
            redirect_uri: &flow.redirect_uri,
            state: flow.id.as_str(),
            code_challenge: challenge.as_deref(),
            nonce: flow.nonce.as_ref(),
            scopes: &provider.requested_scopes(&flow.scopes),
            parameters: &parameters,
        };
        if endpoints.pushed_authorization.is_some() {
            let client = provider.credentials(self.clock.now(), self.random.as_ref());
            let client = client.map_err(|_| EndpointError::Malformed("private_key"))?;
            if let Some(url) = provider.push(&self.clients.of(resolved), endpoints, &client, params).await? {
                return Ok(url.into());
            }
        }
        Ok(provider.authorization_url(endpoints, params))
    }

    /// The secret of the temporary credentials is sealed with the flow; only their token is in the URL.
    async fn authorize_oauth1(&self, flow: &mut Flow, resolved: &Resolved) -> Result<Url, EndpointError> {
        let callback_url = format!("{}?state={}", flow.redirect_uri, flow.id.as_str());
        let http = self.clients.of(resolved);
        let temporary =
            resolved.provider.request_token(&http, &resolved.endpoints, &callback_url, self.signing()).await?;
        let url = oauth1::authorize_url(&resolved.endpoints.authorization, &temporary.token);
        flow.temporary = Some(TemporaryCredentials { token: temporary.token, secret: temporary.secret });
        Ok(url)
    }
}
