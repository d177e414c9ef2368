//! A sign-in without a browser: an app presents an id_token that it got by itself.
//!
//! There is nothing to go away for and nothing to come back from, so there is no actor either: the token is
//! judged, and the person written down, in one go.

use std::net::IpAddr;

use super::error::{FailureCode, SignInError, Step};
use super::service::SignInService;
use crate::domain::audit::RequestOrigin;
use crate::domain::id::ProviderName;
use crate::domain::secret::Secret;
use crate::oauth::id_token::IdTokenError;
use crate::provider::identify::IdentifyError;
use crate::provider::metadata_cache::{Required, Resolved};
use crate::user::messages::{Credential, Intent, SignIn, SignedIn};
use crate::user::options::SignUpOptions;

/// What an app presents.
#[derive(Clone, Debug)]
pub struct SignInWithIdToken {
    /// The provider that issued it.
    pub provider: ProviderName,
    /// The token.
    pub id_token: Secret,
    /// The nonce that the app chose.
    pub nonce: Option<Secret>,
    /// What the person wants.
    pub intent: Intent,
    /// Wishes for a new person.
    pub options: SignUpOptions,
    /// The client's address.
    pub address: Option<IpAddr>,
}

impl SignInService {
    /// Signs the person of an id_token in, or up, or connects them.
    ///
    /// # Errors
    /// [`SignInError`]; [`FailureCode::InvalidIdToken`] if the token is not believed.
    pub async fn sign_in_with_id_token(&self, present: SignInWithIdToken) -> Result<SignedIn, SignInError> {
        let services = self.services();
        if present.intent == Intent::SignUp {
            services.check_sign_up()?;
        }
        let resolved = services.resolve(&present.provider, Required::Keys).await?;
        let check = |resolved: &Resolved| {
            let keys = resolved.keys().ok_or(IdTokenError::UnknownKey)?;
            let nonce = present.nonce.as_ref();
            resolved.provider.check_client_id_token(&present.id_token, nonce, keys, services.clock.now())
        };
        let checked = match check(&resolved) {
            Err(IdentifyError::IdToken(IdTokenError::UnknownKey)) if resolved.keys().is_some() => {
                check(&services.resolve(&present.provider, Required::FreshKeys).await?)
            }
            checked => checked,
        };
        let profile = checked
            .map_err(|error| SignInError::with_source(Step::Identify, FailureCode::InvalidIdToken, error))?
            .ok_or_else(|| SignInError::new(Step::Identify, FailureCode::InvalidIdToken))?;
        let sign_in = SignIn {
            profile,
            intent: present.intent,
            options: present.options,
            sealable_tokens: None,
            credential: Credential::RefreshToken,
            origin: RequestOrigin { client_ip: present.address, flow: None },
        };
        services.commit_sign_in(sign_in).await
    }
}
