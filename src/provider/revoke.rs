//! Revokes a provider's tokens.

use super::model::{Endpoints, Protocol, Provider};
use crate::domain::secret::Secret;
use crate::oauth::client::ClientCredentials;
use crate::oauth::http::{HttpClient, HttpError};
use crate::oauth::revoke::{RevocationRequest, TokenKind, revoke};

impl Provider {
    /// The token to revoke, if the provider supports revocation: the refresh token, which ends the others, or else the
    /// access token.
    #[must_use]
    pub fn token_to_revoke<'t>(
        &self,
        endpoints: &Endpoints,
        access_token: &'t Secret,
        refresh_token: Option<&'t Secret>,
    ) -> Option<(&'t Secret, TokenKind)> {
        // Calls of OAuth 1.0a are signed, and its providers have no endpoint for this.
        endpoints.revocation.as_ref().filter(|_| !matches!(self.protocol, Protocol::OAuth1))?;
        let refresh_token = refresh_token.filter(|_| self.revocation.accepts_refresh_tokens());
        Some(refresh_token.map_or((access_token, TokenKind::Access), |token| (token, TokenKind::Refresh)))
    }

    /// Revokes a token in the provider's style. Does nothing where the provider has no endpoint for it.
    ///
    /// # Errors
    /// [`HttpError`]; the caller tries again later.
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
