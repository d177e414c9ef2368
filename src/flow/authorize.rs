//! Off to the provider: where the browser is sent, and what has to be said to the provider before.

use std::collections::BTreeMap;

use url::Url;

use super::cookie::{Flow, TemporaryCredentials};
use super::error::{FailureCode, SignInError, Step};
use super::steps::FlowServices;
use crate::oauth::endpoint_error::EndpointError;
use crate::oauth::oauth1;
use crate::provider::Protocol;
use crate::provider::authorize::AuthorizationParams;
use crate::provider::metadata_cache::Resolved;
use crate::provider::oauth1::SigningContext;
use crate::session::pkce;

impl FlowServices {
    /// Where the browser goes. `parameters` are parameters of the app for this one request.
    pub(super) async fn authorize(
        &self,
        flow: &mut Flow,
        resolved: &Resolved,
        parameters: &BTreeMap<String, String>,
    ) -> Result<Url, SignInError> {
        let left = match resolved.provider.protocol {
            Protocol::OAuth1 => self.authorize_oauth1(flow, resolved).await,
            Protocol::Oidc { .. } | Protocol::OAuth2 => self.authorize_oauth2(flow, resolved, parameters).await,
        };
        left.map_err(|error| {
            let is_outage = matches!(error, EndpointError::Http(error) if error.is_outage());
            let code = if is_outage { FailureCode::Unavailable } else { FailureCode::Internal };
            self.providers.record_outcome(&flow.provider, is_outage);
            SignInError::with_source(Step::Start, code, error)
        })
    }

    async fn authorize_oauth2(
        &self,
        flow: &Flow,
        resolved: &Resolved,
        parameters: &BTreeMap<String, String>,
    ) -> Result<Url, EndpointError> {
        let (provider, endpoints) = (&resolved.provider, &resolved.endpoints);
        let challenge = flow.verifier.as_ref().map(|verifier| pkce::challenge(verifier.expose()));
        let asking = AuthorizationParams {
            redirect_uri: &flow.redirect_uri,
            state: flow.id.as_str(),
            code_challenge: challenge.as_deref(),
            nonce: flow.nonce.as_ref(),
            parameters: &provider.authorization_parameters(parameters),
        };
        if endpoints.pushed_authorization.is_some() {
            let client = provider.credentials(self.clock.now(), self.random.as_ref());
            let client = client.map_err(|_| EndpointError::Malformed("private_key"))?;
            if let Some(url) = provider.push(&self.clients.of(resolved), endpoints, &client, asking).await? {
                return Ok(url);
            }
        }
        Ok(provider.authorization_url(endpoints, asking))
    }

    /// The secret of the temporary credentials goes into the seal; only their token travels.
    async fn authorize_oauth1(&self, flow: &mut Flow, resolved: &Resolved) -> Result<Url, EndpointError> {
        let callback_url = format!("{}?state={}", flow.redirect_uri, flow.id.as_str());
        let signing = SigningContext { now: self.clock.now(), random: self.random.as_ref() };
        let http = self.clients.of(resolved);
        let temporary = resolved.provider.request_token(&http, &resolved.endpoints, &callback_url, signing).await?;
        let url = oauth1::authorize_url(&resolved.endpoints.authorization, &temporary.token);
        flow.temporary = Some(TemporaryCredentials { token: temporary.token, secret: temporary.secret });
        Ok(url)
    }
}
