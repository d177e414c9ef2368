//! Revokes a provider's tokens.

use super::{Endpoints, Protocol, Provider};
use crate::domain::secret::Secret;
use crate::oauth::client::ClientCredentials;
use crate::oauth::http::{HttpClient, HttpError};
use crate::oauth::revoke::{RevocationRequest, TokenKind, revoke};

impl Provider {
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
        let refresh_token = refresh_token.filter(|_| self.revocation.accepts_refresh_tokens());
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
        let endpoint = &self.with_appsecret_proof(endpoint, token);
        revoke(http, RevocationRequest { endpoint, style: self.revocation, client, token, kind }).await
    }
}
