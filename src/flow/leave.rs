//! Off to the provider: where the browser is sent, and what has to be said to the provider before.

use std::collections::BTreeMap;

use url::Url;

use super::error::{Code, SignInError, Step};
use super::pkce;
use super::snapshot::{Flow, Temporary};
use super::work::Workshop;
use crate::oauth::exchange::ExchangeError;
use crate::oauth::oauth1;
use crate::provider::Protocol;
use crate::provider::authorize::Asking;
use crate::provider::known::Resolved;
use crate::provider::signed::Signing;

impl Workshop {
    /// Where the browser goes. `wished` are parameters of the app for this one request.
    pub(super) async fn leave(
        &self,
        flow: &mut Flow,
        resolved: &Resolved,
        wished: &BTreeMap<String, String>,
    ) -> Result<Url, SignInError> {
        let left = match resolved.provider.protocol {
            Protocol::OAuth1 => self.leave_signed(flow, resolved).await,
            Protocol::Oidc { .. } | Protocol::OAuth2 => self.leave_plainly(flow, resolved, wished).await,
        };
        left.map_err(|error| {
            let is_outage = matches!(error, ExchangeError::Http(error) if error.is_outage());
            let code = if is_outage { Code::Unavailable } else { Code::Internal };
            self.providers.note(&flow.provider, is_outage);
            SignInError::caused(Step::Start, code, error)
        })
    }

    async fn leave_plainly(
        &self,
        flow: &Flow,
        resolved: &Resolved,
        wished: &BTreeMap<String, String>,
    ) -> Result<Url, ExchangeError> {
        let (provider, endpoints) = (&resolved.provider, &resolved.endpoints);
        let challenge = flow.verifier.as_ref().map(pkce::challenge);
        let asking = Asking {
            redirect_uri: &flow.redirect_uri,
            state: flow.id.as_str(),
            code_challenge: challenge.as_deref(),
            nonce: flow.nonce.as_ref(),
            parameters: &provider.authorize_parameters(wished),
        };
        if endpoints.pushed_authorization.is_some() {
            let client = provider.credentials(self.clock.now(), self.entropy.as_ref());
            let client = client.map_err(|_| ExchangeError::Malformed("private_key"))?;
            if let Some(url) = provider.push(&self.clients.of(resolved), endpoints, &client, asking).await? {
                return Ok(url);
            }
        }
        Ok(provider.authorize_url(endpoints, asking))
    }

    /// The secret of the temporary credentials goes into the seal; only their token travels.
    async fn leave_signed(&self, flow: &mut Flow, resolved: &Resolved) -> Result<Url, ExchangeError> {
        let callback_url = format!("{}?state={}", flow.redirect_uri, flow.id.as_str());
        let signing = Signing { now: self.clock.now(), entropy: self.entropy.as_ref() };
        let http = self.clients.of(resolved);
        let temporary = resolved.provider.request_token(&http, &resolved.endpoints, &callback_url, signing).await?;
        let url = oauth1::authorize_url(&resolved.endpoints.authorization, &temporary.token);
        flow.temporary = Some(Temporary { token: temporary.token, secret: temporary.secret });
        Ok(url)
    }
}
