//! The step that exchanges the authorization code for tokens.

use super::{AcceptedCallback, Grant, IssuedTokens, UsedFlow};
use crate::domain::fail_point;
use crate::flow::error::{FailureCode, SignInError, Step};
use crate::flow::record::{Credentials, Event};
use crate::oauth::endpoint_error::EndpointError;
use crate::oauth::token_endpoint::exchange::{CodeExchange, exchange_code};

impl UsedFlow {
    /// Presents the code once; whatever the answer is, it is spent.
    pub(super) async fn exchange(self) -> Result<Grant, SignInError> {
        let issued = self.0.request_tokens().await;
        let AcceptedCallback { flow, provider, form_name, ip, .. } = self.0;
        fail_point::reached("exchange");
        let is_outage = matches!(&issued, Err(error) if error.is_outage());
        flow.services.providers.record_outcome(&provider.provider.name, is_outage);
        if matches!(issued, Err(EndpointError::Rejected { .. })) {
            flow.timeline.record(Event::Authenticated(Credentials::of(&provider.provider)));
        }
        let issued =
            issued.map_err(|error| SignInError::with_source(Step::Exchange, FailureCode::ExchangeFailed, error))?;
        flow.timeline.record(Event::Exchanged);
        Ok(Grant { flow, provider, issued, form_name, ip })
    }
}

impl AcceptedCallback {
    async fn request_tokens(&self) -> Result<IssuedTokens, EndpointError> {
        let (flow, services) = (&self.flow.flow, &self.flow.services);
        let (provider, endpoints) = (&self.provider.provider, &self.provider.endpoints);
        let http = services.clients.of(&self.provider);
        if let Some(own) = &flow.temporary {
            let temporary = (&own.token, &own.secret);
            let issued =
                provider.token_credentials(&http, endpoints, temporary, &self.code, services.signing()).await?;
            return Ok(IssuedTokens::OAuth1(issued));
        }
        let client = provider.credentials(services.clock.now(), services.random.as_ref());
        let exchange = CodeExchange {
            token_endpoint: &endpoints.token,
            client: &client.map_err(|_| EndpointError::Malformed("private_key"))?,
            redirect_uri: &flow.redirect_uri,
            code: &self.code,
            code_verifier: flow.verifier.as_ref(),
        };
        exchange_code(&http, exchange).await.map(IssuedTokens::OAuth2)
    }
}
