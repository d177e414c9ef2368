//! OAuth 1.0a (RFC 5849) in the name of a provider: each call is signed, and a sign-in begins with a call of ours.

use super::identify::IdentifyError;
use super::{Endpoints, Provider};
use crate::domain::clock::Timestamp;
use crate::domain::entropy::Entropy;
use crate::domain::profile::ExternalProfile;
use crate::domain::secret::Secret;
use crate::oauth::exchange::ExchangeError;
use crate::oauth::http::HttpClient;
use crate::oauth::oauth1::{self, TemporaryCredentials, TokenCredentials};

/// A moment and chance, which every signature needs.
#[derive(Clone, Copy, Debug)]
pub struct Signing<'a> {
    /// The time now.
    pub now: Timestamp,
    /// Chance.
    pub entropy: &'a dyn Entropy,
}

impl Provider {
    /// Asks for what stands for a sign-in until the person has agreed. `callback_url` carries our `state`.
    ///
    /// # Errors
    /// [`ExchangeError`], also if the provider did not take our callback URL.
    pub async fn request_token(
        &self,
        http: &HttpClient,
        endpoints: &Endpoints,
        callback_url: &str,
        signing: Signing<'_>,
    ) -> Result<TemporaryCredentials, ExchangeError> {
        let consumer = self.consumer().ok_or(ExchangeError::Malformed("client_secret"))?;
        let endpoint = endpoints.request_token.as_ref().ok_or(ExchangeError::Malformed("request_token_url"))?;
        let temporary =
            oauth1::request_token(http, endpoint, &consumer, callback_url, signing.now, signing.entropy).await?;
        if temporary.is_confirmed { Ok(temporary) } else { Err(ExchangeError::Malformed("oauth_callback_confirmed")) }
    }

    /// Exchanges what stood for the sign-in, with the verifier that the browser brought.
    ///
    /// # Errors
    /// [`ExchangeError`]; the verifier is spent then.
    pub async fn token_credentials(
        &self,
        http: &HttpClient,
        endpoints: &Endpoints,
        temporary: (&Secret, &Secret),
        verifier: &Secret,
        signing: Signing<'_>,
    ) -> Result<TokenCredentials, ExchangeError> {
        let consumer = self.consumer().ok_or(ExchangeError::Malformed("client_secret"))?;
        let ((token, secret), Signing { now, entropy }) = (temporary, signing);
        oauth1::access_token(http, &endpoints.token, &consumer, token, secret, verifier, now, entropy).await
    }

    /// The profile of the person whose token this is.
    ///
    /// # Errors
    /// [`IdentifyError`]
    pub async fn identify_signed(
        &self,
        http: &HttpClient,
        endpoints: &Endpoints,
        credentials: (&Secret, &Secret),
        signing: Signing<'_>,
    ) -> Result<ExternalProfile, IdentifyError> {
        let userinfo = endpoints.userinfo.as_ref().ok_or(IdentifyError::NoUserinfo)?;
        let consumer = self.consumer().ok_or(IdentifyError::NoUserinfo)?;
        let ((token, secret), Signing { now, entropy }) = (credentials, signing);
        self.read(&oauth1::get_json(http, userinfo, &consumer, token, secret, now, entropy).await?)
    }
}
