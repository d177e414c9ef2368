//! Sign-in without a browser: a client presents an id_token that it got by itself.
//!
//! There is no redirect and so no flow: the token is verified and the user signed in within one request.

use std::net::IpAddr;

use super::error::{FailureCode, SignInError, Step};
use super::service::SignInService;
use super::services::IdentifiedUser;
use crate::domain::audit::RequestOrigin;
use crate::domain::id::ProviderName;
use crate::domain::log::Scope;
use crate::domain::secret::Secret;
use crate::oauth::id_token::IdTokenError;
use crate::provider::metadata_cache::{Required, Resolved};
use crate::user::messages::{Credential, Intent, SignedIn};
use crate::user::options::SignUpOptions;

/// A client's request to sign in with an id_token.
#[derive(Clone, Debug)]
pub struct SignInWithIdToken {
    /// The provider that issued it.
    pub provider: ProviderName,
    /// The token.
    pub id_token: Secret,
    /// The nonce that the client chose.
    pub nonce: Option<Secret>,
    /// What to do with the identity.
    pub intent: Intent,
    /// Options for a new account.
    pub options: SignUpOptions,
    /// The IP address of the client.
    pub ip: Option<IpAddr>,
}

impl SignInService {
    /// Signs the user of an id_token in or up, or connects the identity.
    ///
    /// # Errors
    /// [`SignInError`]; [`FailureCode::InvalidIdToken`] if the token is not valid.
    pub async fn sign_in_with_id_token(&self, request: SignInWithIdToken) -> Result<SignedIn, SignInError> {
        let provider = request.provider.clone();
        let result = self.try_sign_in_with_id_token(request).await;
        result.inspect_err(|error| {
            self.services().count_failure(&provider, error);
            self.services().publish_failure(&provider, None, None, error);
        })
    }

    async fn try_sign_in_with_id_token(&self, request: SignInWithIdToken) -> Result<SignedIn, SignInError> {
        let services = self.services();
        Scope::set_provider(&request.provider);
        if request.intent == Intent::SignUp {
            services.check_sign_up()?;
        }
        let resolved = services.resolve(&request.provider, Required::Keys).await?;
        let verify = |resolved: &Resolved| {
            let keys = resolved.keys().ok_or(IdTokenError::UnknownKey)?;
            let (nonce, now) = (request.nonce.as_ref(), services.clock.now());
            resolved.provider.check_client_id_token(&resolved.endpoints, &request.id_token, nonce, keys, now)
        };
        let profile = services
            .with_current_keys(&resolved, verify)
            .await?
            .map_err(|error| SignInError::with_source(Step::Identify, FailureCode::InvalidIdToken, error))?
            .ok_or_else(|| SignInError::new(Step::Identify, FailureCode::InvalidIdToken))?;
        let (credential, origin) = (Credential::RefreshToken, RequestOrigin::new(request.ip, None));
        let request_ip = request.ip;
        let SignInWithIdToken { intent, options, .. } = request;
        let returns_access_token = true;
        let user = IdentifiedUser { profile, tokens: None, intent, options, credential, returns_access_token, origin };
        let done = services.sign_in(user, None).await?;
        services.log_signed_in(&done, request_ip, None);
        Ok(done.signed_in)
    }
}
