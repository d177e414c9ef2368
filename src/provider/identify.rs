//! Identifies the user: from a token response to an [`ExternalProfile`], by id_token, userinfo or both.
//!
//! With OpenID Connect the id_token is the proof and its claims win; userinfo only adds what it leaves out, and only about
//! the same subject. With OAuth 2.0 the proof is what the provider answers to the fresh access token: at its userinfo
//! endpoint, or in the token response itself.

use futures_util::future::try_join;
use serde_json::Value;
use url::Url;

use super::model::{Endpoints, Protocol, Provider};
use crate::domain::claims;
use crate::domain::clock::Timestamp;
use crate::domain::json_path::JsonPath;
use crate::domain::log;
use crate::domain::profile::ExternalProfile;
use crate::domain::profile_source::ProfileSourceError;
use crate::domain::secret::Secret;
use crate::metrics::Endpoint;
use crate::oauth::http::{HttpClient, HttpError};
use crate::oauth::id_token::{IdTokenError, IdTokenValidation, validate_id_token};
use crate::oauth::jwks::Jwks;
use crate::oauth::profile::ProfileError;
use crate::oauth::token_endpoint::exchange::TokenResponse;
use crate::oauth::userinfo::{UserinfoError, fetch_userinfo};

/// Why the user was not identified.
#[derive(Debug, thiserror::Error)]
pub enum IdentifyError {
    /// The token response has no id_token.
    #[error("the provider sent no id_token")]
    NoIdToken,
    /// The id_token is not valid.
    #[error(transparent)]
    IdToken(#[from] IdTokenError),
    /// The userinfo endpoint did not answer as required.
    #[error(transparent)]
    Userinfo(#[from] UserinfoError),
    /// Another call failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The embedding app's function gave no profile.
    #[error(transparent)]
    ProfileSource(#[from] ProfileSourceError),
    /// The provider has no userinfo endpoint.
    #[error("the provider has no userinfo endpoint")]
    NoUserinfo,
    /// The profile has no usable id.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The provider knows the user, but the user may not sign in: blocked there, or of another tenant.
    #[error("the provider's profile says that this user may not sign in")]
    NotAllowed,
    /// The id_token of a refresh is about another user than the one who signed in.
    #[error("the refreshed id_token is about another user")]
    AnotherUser,
}

impl IdentifyError {
    /// Whether the provider is out of reach or broken, rather than refusing.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Http(error) | Self::Userinfo(UserinfoError::Http(error)) => error.is_outage(),
            _ => false,
        }
    }
}

/// What an id_token is validated with.
#[derive(Clone, Copy, Debug)]
pub struct IdTokenContext<'a> {
    /// The token response that holds it.
    pub tokens: &'a TokenResponse,
    /// The flow's nonce, before [`Provider::sent_nonce`].
    pub nonce: Option<&'a Secret>,
    /// The greatest age of the user's authentication, in seconds, if one was requested.
    pub max_age: Option<u64>,
    /// The provider's endpoints and algorithms.
    pub endpoints: &'a Endpoints,
    /// The provider's keys, if they are known.
    pub keys: Option<&'a Jwks>,
    /// The time now.
    pub now: Timestamp,
}

impl Provider {
    /// Validates the id_token and returns its claims; `None` if this provider has no id_tokens. Makes no call.
    ///
    /// # Errors
    /// [`IdentifyError`]; after [`IdTokenError::UnknownKey`] the caller fetches keys and tries once more.
    pub fn check_id_token(&self, context: IdTokenContext<'_>) -> Result<Option<Value>, IdentifyError> {
        let Protocol::Oidc { .. } = &self.protocol else { return Ok(None) };
        let token = context.tokens.id_token.as_ref().ok_or(IdentifyError::NoIdToken)?;
        let nonce = context.nonce.and_then(|nonce| self.sent_nonce(nonce));
        let validation = IdTokenValidation {
            issuers: &self.issuers(),
            client_id: &self.client.id,
            algorithms: &context.endpoints.id_token_algorithms,
            nonce: nonce.as_ref(),
            max_age: context.max_age,
            access_token: Some(&context.tokens.access_token),
            now: context.now,
        };
        let keys = context.keys.ok_or(IdTokenError::UnknownKey)?;
        Ok(Some(validate_id_token(token, keys, &validation)?))
    }

    /// Checks the id_token of a refresh, if there is one: it must be about one of `subjects`, the ids at this provider
    /// of the user who refreshes (OpenID Connect Core section 12.2).
    ///
    /// # Errors
    /// [`IdentifyError`], as for [`Self::check_id_token`].
    pub(super) fn check_refreshed_id_token(
        &self,
        context: IdTokenContext<'_>,
        subjects: &[String],
    ) -> Result<(), IdentifyError> {
        if context.tokens.id_token.is_none() {
            return Ok(());
        }
        let Some(claims) = self.check_id_token(context)? else { return Ok(()) };
        let subject = self.read(&[claims])?.subject;
        if subjects.contains(&subject) { Ok(()) } else { Err(IdentifyError::AnotherUser) }
    }

    /// The issuers that its id_tokens may name.
    pub(super) fn issuers(&self) -> Vec<String> {
        match &self.protocol {
            Protocol::Oidc { issuer, additional_issuers, .. } => {
                std::iter::once(issuer).chain(additional_issuers).cloned().collect()
            }
            Protocol::OAuth2 | Protocol::OAuth1 => Vec::new(),
        }
    }

    /// The profile of the user: from the claims of a validated id_token, completed by userinfo, or from the provider's
    /// own answer to the access token.
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
        let in_token_response = || tokens.extra_fields.get(self.profile_in_token_response.as_deref()?);
        let listed_email = async { Ok(self.listed_email(http, endpoints, access_token).await?) };
        let documents = async {
            Ok::<Vec<Value>, IdentifyError>(match (claims, in_token_response()) {
                (Some(claims), _) => {
                    let userinfo = self.complete(http, endpoints, access_token, &claims).await?;
                    std::iter::once(claims).chain(userinfo).collect()
                }
                (None, Some(document)) => vec![document.clone()],
                (None, None) => {
                    if let Some(source) = &self.profile_source {
                        return Ok(vec![source.fetch(access_token.clone(), self.http.timeout()).await?]);
                    }
                    let userinfo = endpoints.userinfo.as_ref().ok_or(IdentifyError::NoUserinfo)?;
                    let userinfo = self.with_appsecret_proof(userinfo, access_token);
                    let (endpoint, token) = (Endpoint::Userinfo, Some(access_token));
                    let members = self.members();
                    vec![http.get_members(endpoint, &userinfo, token, &self.headers, members.as_deref()).await?]
                }
            })
        };
        let (mut documents, listed_email) = try_join(documents, listed_email).await?;
        if let (Some(document), Some(email)) = (documents.first_mut(), listed_email) {
            email.replace_in(document);
        }
        self.read(&documents)
    }

    /// The user in documents that the provider itself sent about one subject; the earlier one wins, field by field.
    ///
    /// # Errors
    /// [`IdentifyError::Profile`] and [`IdentifyError::NotAllowed`]
    pub fn read(&self, documents: &[Value]) -> Result<ExternalProfile, IdentifyError> {
        if !documents.iter().all(|document| self.allows(document)) {
            return Err(IdentifyError::NotAllowed);
        }
        let profile = self.claims.read(&self.name, documents)?;
        if self.custom_claims.is_empty() {
            return Ok(profile);
        }
        Ok(ExternalProfile { claims: claims::evaluate(&self.custom_claims, &merged(documents)), ..profile })
    }

    /// The members of a document that [`Self::read`] looks at; `None` where code or the operator's rules may look at any.
    fn members(&self) -> Option<Vec<&str>> {
        if self.quirk.is_some() || !self.custom_claims.is_empty() {
            return None;
        }
        let required = self.required.iter().filter_map(|(path, _)| path.first_member());
        Some(self.claims.members().chain(required).collect())
    }

    /// The display name in the form field `user` of a callback (Apple). It is not signed.
    #[must_use]
    pub fn name_from_form(&self, user: &str) -> Option<String> {
        self.quirk.as_ref()?.name_from_form(user)
    }

    fn allows(&self, document: &Value) -> bool {
        let is_as_required = |(path, value): &(JsonPath, Value)| path.find(document).is_none_or(|found| found == value);
        self.quirk.as_ref().is_none_or(|quirk| quirk.allows(document)) && self.required.iter().all(is_as_required)
    }

    /// `url` with Facebook's proof that the call comes from the app, if this provider wants it.
    pub(super) fn with_appsecret_proof(&self, url: &Url, access_token: &Secret) -> Url {
        self.quirk.as_ref().map_or_else(|| url.clone(), |quirk| quirk.with_appsecret_proof(url, access_token))
    }

    /// Userinfo, if the id_token leaves out a field that it may add. Where the id_token names the email, the sign-in
    /// goes on without a userinfo that refuses the call.
    async fn complete(
        &self,
        http: &HttpClient,
        endpoints: &Endpoints,
        access_token: &Secret,
        claims: &Value,
    ) -> Result<Option<Value>, IdentifyError> {
        let Some(userinfo) = endpoints.userinfo.as_ref().filter(|_| self.claims.is_incomplete(claims)) else {
            return Ok(None);
        };
        let subject = claims.get("sub").and_then(Value::as_str);
        match fetch_userinfo(http, userinfo, access_token, &self.headers, subject).await {
            Ok(document) => Ok(Some(document)),
            Err(error) if self.is_dispensable(&error, claims) => {
                log::warn!(provider:% = self.name; "signing in without userinfo: {error}");
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the id_token is enough without userinfo. It never is if userinfo is about another subject, or about none: the
    /// access token may be that of another user (OpenID Connect Core section 5.3.2). During an outage it is only if its email
    /// needs no proof from userinfo: a temporary failure must not turn a verified email into an unverified one.
    fn is_dispensable(&self, error: &UserinfoError, claims: &Value) -> bool {
        let UserinfoError::Http(error) = error else { return false };
        let Some(map) = &self.claims.email else { return true };
        if error.is_outage() { !map.is_incomplete(claims) } else { map.read(claims).is_some() }
    }
}

/// One document for custom claims; the earlier document wins, member by member.
fn merged(documents: &[Value]) -> Value {
    let members = documents.iter().rev().filter_map(Value::as_object).flatten();
    members.map(|(name, value)| (name.clone(), value.clone())).collect()
}
