//! OAuth 1.0a (RFC 5849) at a provider: every call is signed, and a sign-in begins with a call of ours.

use super::identify::IdentifyError;
use super::model::{Endpoints, Provider};
use crate::domain::clock::Timestamp;
use crate::domain::profile::ExternalProfile;
use crate::domain::random::RandomSource;
use crate::domain::secret::Secret;
use crate::oauth::endpoint_error::EndpointError;
use crate::oauth::http::HttpClient;
use crate::oauth::oauth1::{self, TemporaryCredentials, TokenCredentials};

/// What every signature needs.
#[derive(Clone, Copy, Debug)]
pub struct SigningContext<'a> {
    /// The time of the call.
    pub now: Timestamp,
    /// The source of `oauth_nonce`.
    pub random: &'a dyn RandomSource,
}

impl Provider {
    /// Requests temporary credentials. `callback_url` contains our `state`.
    ///
    /// # Errors
    /// [`EndpointError`], also if the provider does not confirm the callback URL.
    pub async fn request_token(
        &self,
        http: &HttpClient,
        endpoints: &Endpoints,
        callback_url: &str,
        signing: SigningContext<'_>,
    ) -> Result<TemporaryCredentials, EndpointError> {
        let consumer = self.consumer_credentials().ok_or(EndpointError::Malformed("client_secret"))?;
        let endpoint = endpoints.request_token.as_ref().ok_or(EndpointError::Malformed("request_token_url"))?;
        let temporary =
            oauth1::request_token(http, endpoint, &consumer, callback_url, signing.now, signing.random).await?;
        if temporary.is_callback_confirmed {
            Ok(temporary)
        } else {
            Err(EndpointError::Malformed("oauth_callback_confirmed"))
        }
    }

    /// Exchanges the temporary credentials and the verifier of the callback for token credentials.
    ///
    /// # Errors
    /// [`EndpointError`]; the verifier cannot be used again.
    pub async fn token_credentials(
        &self,
        http: &HttpClient,
        endpoints: &Endpoints,
        temporary: (&Secret, &Secret),
        verifier: &Secret,
        signing: SigningContext<'_>,
    ) -> Result<TokenCredentials, EndpointError> {
        let consumer = self.consumer_credentials().ok_or(EndpointError::Malformed("client_secret"))?;
        let ((token, secret), SigningContext { now, random }) = (temporary, signing);
        oauth1::access_token(http, &endpoints.token, &consumer, token, secret, verifier, now, random).await
    }

    /// The profile of the user who owns the token.
    ///
    /// # Errors
    /// [`IdentifyError`]
    pub async fn identify_oauth1(
        &self,
        http: &HttpClient,
        endpoints: &Endpoints,
        credentials: (&Secret, &Secret),
        signing: SigningContext<'_>,
    ) -> Result<ExternalProfile, IdentifyError> {
        let userinfo = endpoints.userinfo.as_ref().ok_or(IdentifyError::NoUserinfo)?;
        let consumer = self.consumer_credentials().ok_or(IdentifyError::NoUserinfo)?;
        let ((token, secret), SigningContext { now, random }) = (credentials, signing);
        self.read(&[oauth1::get_json(http, userinfo, &consumer, token, secret, now, random).await?])
    }
}
