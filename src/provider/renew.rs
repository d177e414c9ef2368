//! What may follow a sign-in: new tokens for a refresh token, tokens given back, a request pushed ahead.

use url::Url;

use super::authorize::Asking;
use super::page::RefreshStyle;
use super::{Endpoints, Protocol, Provider};
use crate::domain::secret::Secret;
use crate::oauth::exchange::{ClientCredentials, ExchangeError, TokenResponse};
use crate::oauth::http::{HttpClient, HttpError};
use crate::oauth::pushed::push_authorization;
use crate::oauth::refresh::{RefreshRequest, refresh};
use crate::oauth::revoke::{Revocation, TokenKind, revoke};

impl Provider {
    /// Whether there are refresh tokens at all.
    #[must_use]
    pub fn can_refresh(&self) -> bool {
        self.refresh != RefreshStyle::Never
    }

    /// New tokens for a refresh token; where none comes back the old one stays. `client` is from
    /// [`Self::credentials`], `redirect_uri` that of a sign-in.
    ///
    /// # Errors
    /// [`ExchangeError`]
    pub async fn refresh(
        &self,
        http: &HttpClient,
        endpoints: &Endpoints,
        client: &ClientCredentials,
        refresh_token: &Secret,
        redirect_uri: &str,
    ) -> Result<TokenResponse, ExchangeError> {
        let is_redirect_uri_wanted = self.refresh == RefreshStyle::WithRedirectUri;
        let redirect_uri = Some(redirect_uri).filter(|_| is_redirect_uri_wanted);
        refresh(http, RefreshRequest { token_endpoint: &endpoints.token, client, refresh_token, redirect_uri }).await
    }

    /// Where the browser goes after the request was pushed to the provider (RFC 9126); `None` where that is not
    /// offered.
    ///
    /// # Errors
    /// [`ExchangeError`]
    pub async fn push(
        &self,
        http: &HttpClient,
        endpoints: &Endpoints,
        client: &ClientCredentials,
        asking: Asking<'_>,
    ) -> Result<Option<Url>, ExchangeError> {
        let Some(endpoint) = &endpoints.pushed_authorization else { return Ok(None) };
        let nonce = asking.nonce.and_then(|nonce| self.nonce_sent(nonce));
        let request = self.request(endpoints, asking, nonce.as_ref());
        push_authorization(http, endpoint, client, &request).await.map(Some)
    }

    /// Which of a person's tokens to give back, if the provider takes any: the refresh token ends the others with it.
    #[must_use]
    pub fn token_to_revoke<'t>(
        &self,
        endpoints: &Endpoints,
        access_token: &'t Secret,
        refresh_token: Option<&'t Secret>,
    ) -> Option<(&'t Secret, TokenKind)> {
        // A call of OAuth 1.0a would have to be signed; its providers name no endpoint for it.
        endpoints.revocation.as_ref().filter(|_| !matches!(self.protocol, Protocol::OAuth1))?;
        let refresh_token = refresh_token.filter(|_| self.revocation.takes_refresh_tokens());
        Some(refresh_token.map_or((access_token, TokenKind::Access), |token| (token, TokenKind::Refresh)))
    }

    /// Gives a token back, in the provider's own way. Does nothing where there is no way.
    ///
    /// # Errors
    /// [`HttpError`]; it is worth another try later.
    pub async fn revoke(
        &self,
        http: &HttpClient,
        endpoints: &Endpoints,
        client: &ClientCredentials,
        token: &Secret,
        kind: TokenKind,
    ) -> Result<(), HttpError> {
        let Some(endpoint) = &endpoints.revocation else { return Ok(()) };
        let endpoint = &self.proven(endpoint, token);
        revoke(http, Revocation { endpoint, style: self.revocation, client, token, kind }).await
    }
}
