//! Who is it? From a token answer to an [`ExternalProfile`], by id_token, by userinfo, or by both.
//!
//! For OpenID Connect the id_token is the proof and its claims win; userinfo only fills what it leaves open, and
//! only when it speaks of the same subject. For OAuth 2.0 the proof is what the provider tells the holder of the
//! fresh token: its userinfo endpoint, or the token answer itself.

use serde_json::Value;
use url::Url;

use super::{Endpoints, Protocol, Provider};
use crate::domain::claims;
use crate::domain::clock::Timestamp;
use crate::domain::json_path::JsonPath;
use crate::domain::profile::ExternalProfile;
use crate::domain::secret::Secret;
use crate::oauth::http::{HttpClient, HttpError};
use crate::oauth::id_token::{IdTokenError, IdTokenValidation, validate_id_token};
use crate::oauth::jwks::Jwks;
use crate::oauth::profile::ProfileError;
use crate::oauth::token_endpoint::exchange::TokenResponse;
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
    /// Another call failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// There is no userinfo endpoint to ask.
    #[error("the provider has no userinfo endpoint")]
    NoUserinfo,
    /// The profile names nobody.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The person is known to the provider, and not one who may come in: blocked there, or of another tenant.
    #[error("the provider's own profile says that this person may not come in")]
    NotAllowed,
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
pub struct IdTokenContext<'a> {
    /// Its token answer.
    pub tokens: &'a TokenResponse,
    /// The nonce that we sent.
    pub nonce: Option<&'a Secret>,
    /// Its keys, as far as we know them.
    pub keys: Option<&'a Jwks>,
    /// The time now.
    pub now: Timestamp,
}

impl Provider {
    /// Checks the id_token, if this provider proves people by one. Asks nobody.
    ///
    /// # Errors
    /// [`IdentifyError`]; an [`IdTokenError::UnknownKey`] in it asks for fresh keys and a second look.
    pub fn check_id_token(&self, answered: IdTokenContext<'_>) -> Result<Option<Value>, IdentifyError> {
        let Protocol::Oidc { issuer, additional_issuers, algorithms } = &self.protocol else { return Ok(None) };
        let token = answered.tokens.id_token.as_ref().ok_or(IdentifyError::NoIdToken)?;
        let issuers: Vec<String> = std::iter::once(issuer).chain(additional_issuers).cloned().collect();
        let nonce = answered.nonce.and_then(|nonce| self.sent_nonce(nonce));
        let expectation = IdTokenValidation {
            issuers: &issuers,
            client_id: &self.client.id,
            algorithms,
            nonce: nonce.as_ref(),
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
        tokens: &TokenResponse,
        claims: Option<Value>,
    ) -> Result<ExternalProfile, IdentifyError> {
        let access_token = &tokens.access_token;
        let from_token_response = || tokens.extra_fields.get(self.profile_in_token_response.as_deref()?);
        let document = match (claims, from_token_response()) {
            (Some(claims), _) => self.merge_userinfo(http, endpoints, access_token, claims).await?,
            (None, Some(from_token_response)) => from_token_response.clone(),
            (None, None) => {
                let userinfo = endpoints.userinfo.as_ref().ok_or(IdentifyError::NoUserinfo)?;
                let userinfo = self.with_appsecret_proof(userinfo, access_token);
                http.get_json(&userinfo, Some(access_token), &self.headers).await?
            }
        };
        let document = self.with_emails(http, endpoints, access_token, document).await?;
        self.read(&document)
    }

    /// The person in a document that the provider itself gave.
    ///
    /// # Errors
    /// [`IdentifyError::Profile`] and [`IdentifyError::NotAllowed`]
    pub fn read(&self, document: &Value) -> Result<ExternalProfile, IdentifyError> {
        let differs = |(path, wanted): &(JsonPath, Value)| path.find(document).is_some_and(|found| found != wanted);
        let is_allowed = self.quirk.as_ref().is_none_or(|quirk| quirk.allows(document));
        if !is_allowed || self.required.iter().any(differs) {
            return Err(IdentifyError::NotAllowed);
        }
        let profile = self.claims.read(&self.name, document)?;
        Ok(ExternalProfile { claims: claims::evaluate(&self.custom_claims, document), ..profile })
    }

    /// The address of a call in the name of `access_token`.
    pub(super) fn with_appsecret_proof(&self, url: &Url, access_token: &Secret) -> Url {
        self.quirk.as_ref().map_or_else(|| url.clone(), |quirk| quirk.with_appsecret_proof(url, access_token))
    }

    async fn merge_userinfo(
        &self,
        http: &HttpClient,
        endpoints: &Endpoints,
        access_token: &Secret,
        claims: Value,
    ) -> Result<Value, IdentifyError> {
        let is_address_open = self.claims.email.as_ref().is_some_and(|places| !places.is_present_in(&claims));
        let (Some(userinfo), true) = (&endpoints.userinfo, is_address_open) else { return Ok(claims) };
        let subject = claims.get("sub").and_then(Value::as_str);
        let mut document = fetch_userinfo(http, userinfo, access_token, &self.headers, subject).await?;
        if let (Some(document), Value::Object(claims)) = (document.as_object_mut(), claims) {
            document.extend(claims);
        }
        Ok(document)
    }
}
