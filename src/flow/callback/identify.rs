//! The step that finds out who the user is, from the id_token, the profile endpoint, or both.

use serde_json::Value;

use super::{Grant, Identified, IssuedTokens};
use crate::domain::fail_point;
use crate::domain::profile::ExternalProfile;
use crate::flow::error::{FailureCode, SignInError, Step};
use crate::flow::record::Event;
use crate::oauth::token_endpoint::exchange::TokenResponse;
use crate::provider::identify::{IdTokenContext, IdentifyError};
use crate::provider::metadata_cache::Resolved;
use crate::user::messages::StorePendingName;

impl Grant {
    pub(super) async fn identify(self) -> Result<Identified, SignInError> {
        let profile = self.fetch_profile().await;
        let Self { flow, provider, issued, form_name, ip } = self;
        fail_point::reached("identify");
        let profile = profile?;
        flow.timeline.record(Event::Identified);
        if let Some(name) = form_name {
            // The provider sends the name only once, so it is kept whatever becomes of this sign-in.
            let (provider, subject) = (profile.provider.clone(), profile.subject.clone());
            flow.services.users.send(StorePendingName { provider, subject, name }).await??;
        }
        let now = flow.services.clock.now();
        let tokens = match issued {
            IssuedTokens::OAuth2(mut response) => {
                // Without a statement they are those of the request (RFC 6749 section 5.1).
                let requested = || provider.provider.requested_scopes(&flow.flow.scopes).into_owned();
                response.scopes.get_or_insert_with(requested);
                response.into_provider_tokens(now)
            }
            IssuedTokens::OAuth1(credentials) => credentials.into_provider_tokens(),
        };
        Ok(Identified { flow, profile, tokens, ip })
    }

    async fn fetch_profile(&self) -> Result<ExternalProfile, SignInError> {
        let services = &self.flow.services;
        let (provider, endpoints) = (&self.provider.provider, &self.provider.endpoints);
        let http = services.clients.of(&self.provider);
        let failed = |error: IdentifyError| SignInError::with_source(Step::Identify, FailureCode::ProfileFailed, error);
        let profile = match &self.issued {
            IssuedTokens::OAuth1(issued) => {
                provider.identify_oauth1(&http, endpoints, (&issued.token, &issued.secret), services.signing()).await
            }
            IssuedTokens::OAuth2(response) => {
                let claims = self.verify_id_token(response).await?.map_err(failed)?;
                if claims.is_some() {
                    self.flow.timeline.record(Event::IdTokenAccepted);
                }
                provider.identify(&http, endpoints, response, claims).await
            }
        };
        let is_outage = matches!(&profile, Err(error) if error.is_outage());
        services.providers.record_outcome(&provider.name, is_outage);
        profile.map_err(failed)
    }

    /// The claims of the id_token, if this provider issues one.
    async fn verify_id_token(
        &self,
        response: &TokenResponse,
    ) -> Result<Result<Option<Value>, IdentifyError>, SignInError> {
        let (flow, services) = (&self.flow.flow, &self.flow.services);
        let verify = |resolved: &Resolved| {
            let (keys, now) = (resolved.keys(), services.clock.now());
            resolved.provider.check_id_token(IdTokenContext {
                tokens: response,
                nonce: flow.nonce.as_ref(),
                max_age: flow.max_age,
                endpoints: &resolved.endpoints,
                keys,
                now,
            })
        };
        let verified = services.with_current_keys(&self.provider, verify).await;
        // The flow is used, so this is no failure that another try could mend.
        verified.map_err(|error| SignInError { step: Step::Identify, code: FailureCode::ProfileFailed, ..error })
    }
}
