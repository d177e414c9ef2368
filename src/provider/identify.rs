//! Who is it? From a token answer to an [`ExternalProfile`], by id_token, by userinfo, or by both.
//!
//! For OpenID Connect the id_token is the proof and its claims win; userinfo only fills what it leaves open, and
//! only when it speaks of the same subject. For OAuth 2.0 the userinfo endpoint, asked with the fresh token, is
//! the proof.

use serde_json::Value;

use super::{Endpoints, Protocol, Provider};
use crate::domain::clock::Timestamp;
use crate::domain::profile::ExternalProfile;
use crate::domain::secret::Secret;
use crate::oauth::exchange::TokenResponse;
use crate::oauth::http::{HttpClient, HttpError};
use crate::oauth::id_token::{IdTokenError, IdTokenExpectation, validate_id_token};
use crate::oauth::keys::KeySet;
use crate::oauth::profile::ProfileError;
use crate::oauth::userinfo::{UserinfoError, fetch_userinfo};

/// Why nobody was identified.
#[derive(Debug, thiserror::Error)]
pub enum IdentifyError {
    /// The provider should have sent an id_token and did not.
    #[error("the provider sent no id_token")]
    NoIdToken,
    /// Its id_token is not believed.
    #[error(transparent)]
    IdToken(#[from] IdTokenError),
    /// Its userinfo endpoint did not answer as it has to.
    #[error(transparent)]
    Userinfo(#[from] UserinfoError),
    /// Another call of its own kind failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// There is no userinfo endpoint to ask.
    #[error("the provider has no userinfo endpoint")]
    NoUserinfo,
    /// The profile names nobody.
    #[error(transparent)]
    Profile(#[from] ProfileError),
}

impl IdentifyError {
    /// Whether the provider is away, rather than of another opinion.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Http(error) | Self::Userinfo(UserinfoError::Http(error)) => error.is_outage(),
            _ => false,
        }
    }
}

/// What was asked of the provider, and what it answered.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// Its token answer.
    pub tokens: &'a TokenResponse,
    /// The nonce that we sent.
    pub nonce: Option<&'a Secret>,
    /// Its keys, as far as we know them.
    pub keys: Option<&'a KeySet>,
    /// The time now.
    pub now: Timestamp,
}

impl Provider {
    /// Checks the id_token, if this provider proves people by one. Asks nobody.
    ///
    /// # Errors
    /// [`IdentifyError`]; an [`IdTokenError::UnknownKey`] in it asks for fresh keys and a second look.
    pub fn check_id_token(&self, answered: Answered<'_>) -> Result<Option<Value>, IdentifyError> {
        let Protocol::Oidc { issuer, also_issuers, algorithms } = &self.protocol else { return Ok(None) };
        let token = answered.tokens.id_token.as_ref().ok_or(IdentifyError::NoIdToken)?;
        let issuers: Vec<String> = std::iter::once(issuer).chain(also_issuers).cloned().collect();
        let expectation = IdTokenExpectation {
            issuers: &issuers,
            client_id: &self.client.id,
            algorithms,
            nonce: answered.nonce,
            access_token: Some(&answered.tokens.access_token),
            now: answered.now,
        };
        let keys = answered.keys.ok_or(IdTokenError::UnknownKey)?;
        Ok(Some(validate_id_token(token, keys, &expectation)?))
    }

    /// The profile, from the claims of a checked id_token and from whatever else has to be asked.
    ///
    /// # Errors
    /// [`IdentifyError`]
    pub async fn identify(
        &self,
        http: &HttpClient,
        endpoints: &Endpoints,
        access_token: &Secret,
        claims: Option<Value>,
    ) -> Result<ExternalProfile, IdentifyError> {
        let document = match claims {
            Some(claims) => self.fill_gaps(http, endpoints, access_token, claims).await?,
            None => {
                let userinfo = endpoints.userinfo.as_ref().ok_or(IdentifyError::NoUserinfo)?;
                http.get_json(userinfo, Some(access_token), &[]).await?
            }
        };
        let document = match self.quirk {
            Some(quirk) => quirk.complete(http, endpoints, access_token, document).await?,
            None => document,
        };
        Ok(self.claims.read(&self.name, &document)?)
    }

    async fn fill_gaps(
        &self,
        http: &HttpClient,
        endpoints: &Endpoints,
        access_token: &Secret,
        claims: Value,
    ) -> Result<Value, IdentifyError> {
        let is_address_open = self.claims.email.as_ref().is_some_and(|path| path.find(&claims).is_none());
        let (Some(userinfo), true) = (&endpoints.userinfo, is_address_open) else { return Ok(claims) };
        let subject = claims.get("sub").and_then(Value::as_str);
        let mut document = fetch_userinfo(http, userinfo, access_token, &[], subject).await?;
        if let (Some(document), Value::Object(claims)) = (document.as_object_mut(), claims) {
            document.extend(claims);
        }
        Ok(document)
    }
}
