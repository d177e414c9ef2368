//! A sign-in without a browser: an app presents an id_token that it got by itself.
//!
//! There is nothing to go away for and nothing to come back from, so there is no actor either: the token is
//! judged, and the person written down, in one go.

use std::net::IpAddr;

use super::directory::Directory;
use super::error::{Code, SignInError, Step};
use crate::domain::audit::Origin;
use crate::domain::id::ProviderName;
use crate::domain::secret::Secret;
use crate::oauth::id_token::IdTokenError;
use crate::provider::identify::IdentifyError;
use crate::provider::known::{Need, Resolved};
use crate::user::messages::{Credential, Intent, SignIn, SignedIn};
use crate::user::options::SignUpOptions;

/// What an app presents.
#[derive(Clone, Debug)]
pub struct Present {
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

impl Directory {
    /// Signs the person of an id_token in, or up, or connects them.
    ///
    /// # Errors
    /// [`SignInError`]; [`Code::InvalidIdToken`] if the token is not believed.
    pub async fn present(&self, present: Present) -> Result<SignedIn, SignInError> {
        let workshop = self.workshop();
        if present.intent == Intent::SignUp {
            workshop.check_sign_up()?;
        }
        let resolved = workshop.resolve(&present.provider, Need::Keys).await?;
        let check = |resolved: &Resolved| {
            let keys = resolved.keys().ok_or(IdTokenError::UnknownKey)?;
            let nonce = present.nonce.as_ref();
            resolved.provider.check_presented(&present.id_token, nonce, keys, workshop.clock.now())
        };
        let checked = match check(&resolved) {
            Err(IdentifyError::IdToken(IdTokenError::UnknownKey)) if resolved.keys().is_some() => {
                check(&workshop.resolve(&present.provider, Need::FreshKeys).await?)
            }
            checked => checked,
        };
        let profile = checked
            .map_err(|error| SignInError::caused(Step::Identify, Code::InvalidIdToken, error))?
            .ok_or_else(|| SignInError::new(Step::Identify, Code::InvalidIdToken))?;
        let sign_in = SignIn {
            profile,
            intent: present.intent,
            options: present.options,
            deposit: None,
            credential: Credential::RefreshToken,
            origin: Origin { address: present.address, flow: None },
        };
        workshop.write_down(sign_in).await
    }
}
