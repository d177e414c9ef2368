//! Providers: pages of data, merged with the settings, resolved to what a flow needs.
//!
//! [`page`] is a provider as data, [`quirk`] the code where data ends, [`provider`](self) what a flow works with:
//! [`authorize`], [`credentials`], [`identify`], [`presented`], then refresh and revocation. [`registry`] is the actor
//! that fetches discovery and keys, [`providers`] the view on what is [`known`]. May call `domain`, `actor`,
//! `settings` and `oauth`.

pub mod authorize;
pub mod breaker;
pub mod client_id_token;
pub mod credentials;
pub mod definition;
mod emails;
pub mod identify;
mod jwks_cooldown;
pub mod metadata_cache;
pub mod oauth1;
mod par;
pub mod providers;
pub mod quirk;
mod refresh;
pub mod registry;
mod revoke;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;
use url::Url;

use crate::domain::claims::ClaimRule;
use crate::domain::id::ProviderName;
use crate::domain::json_path::JsonPath;
use crate::oauth::client::ClientCredentials;
use crate::oauth::http::HttpPolicy;
use crate::oauth::profile::ProfileMap;
use crate::oauth::revoke::RevocationStyle;
use credentials::ClientSigner;
use definition::{EmailsEndpoint, NonceStyle, ProviderDefinition, RefreshStyle};
use quirk::Quirk;

/// A provider as the operator configured it, before anything was asked of it.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its name in paths and rows.
    pub name: ProviderName,
    /// The name on a button.
    pub label: String,
    /// The icon on it: a name, or the address of a picture.
    pub icon: String,
    /// Who we are to it; for one call see [`Provider::credentials`].
    pub client: ClientCredentials,
    /// What signs for us where no secret stays.
    pub signer: Option<ClientSigner>,
    /// For whom else its id_tokens may be meant when an app presents one (the ids of apps).
    pub audiences: Vec<String>,
    /// What we ask for.
    pub scopes: Vec<String>,
    /// What stands between two scopes.
    pub scope_separator: String,
    /// Whether a blank in the authorization request is written `%20`.
    pub encode_spaces_as_percent20: bool,
    /// Added to the authorization request.
    pub parameters: BTreeMap<String, String>,
    /// What an app may add to it, request by request.
    pub client_parameters: Vec<String>,
    /// Added to the calls for the profile.
    pub headers: Vec<(String, String)>,
    /// Whether it gets a PKCE challenge.
    pub uses_pkce: bool,
    /// Whether it gets a nonce, and how.
    pub nonce: NonceStyle,
    /// Where in its profile things stand.
    pub claims: ProfileMap,
    /// The member of its token answer that holds the profile.
    pub profile_in_token_response: Option<String>,
    /// The second call for addresses.
    pub emails_endpoint: Option<EmailsEndpoint>,
    /// What of its profile access tokens say.
    pub custom_claims: Vec<ClaimRule>,
    /// What its profile must say where it says anything.
    pub required: Vec<(JsonPath, Value)>,
    /// How it refreshes.
    pub refresh: RefreshStyle,
    /// How it takes tokens back.
    pub revocation: RevocationStyle,
    /// How it proves who somebody is.
    pub protocol: Protocol,
    /// Where it is; parts that are missing come from discovery.
    pub configured: ConfiguredEndpoints,
    /// What no page can say.
    pub quirk: Option<Quirk>,
    /// How calls to it are guarded.
    pub http: HttpPolicy,
}

/// How a provider proves who somebody is.
#[derive(Clone, Debug)]
pub enum Protocol {
    /// By an id_token.
    Oidc {
        /// The issuer: where discovery is, and the first that an id_token may name.
        issuer: String,
        /// Other spellings of it in id_tokens.
        additional_issuers: Vec<String>,
        /// Algorithms of its id_tokens.
        algorithms: Vec<String>,
    },
    /// By what it tells the holder of a fresh token.
    OAuth2,
    /// The same with OAuth 1.0a: each call is signed, see [`crate::oauth::oauth1`].
    OAuth1,
}

/// Endpoints that page and settings name.
#[derive(Clone, Debug, Default)]
pub struct ConfiguredEndpoints {
    /// OAuth 1.0a: where temporary credentials come from.
    pub request_token: Option<Url>,
    /// Where the browser goes.
    pub authorization: Option<Url>,
    /// Where a code is exchanged.
    pub token: Option<Url>,
    /// Where the profile is.
    pub userinfo: Option<Url>,
    /// Where its keys are.
    pub jwks: Option<Url>,
    /// Where a token is given back.
    pub revocation: Option<Url>,
    /// What `iss` in its authorization response has to be (RFC 9207).
    pub response_issuer: Option<String>,
}

/// Everything that is needed to speak to a provider.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// OAuth 1.0a: where temporary credentials come from.
    pub request_token: Option<Url>,
    /// Where the browser goes.
    pub authorization: Url,
    /// Where a code is exchanged.
    pub token: Url,
    /// Where the profile is.
    pub userinfo: Option<Url>,
    /// Where its keys are; always there for OpenID Connect.
    pub jwks: Option<Url>,
    /// Where a token is given back.
    pub revocation: Option<Url>,
    /// Where an authorization request is pushed to (RFC 9126).
    pub pushed_authorization: Option<Url>,
    /// What `iss` in its authorization response has to be (RFC 9207).
    pub response_issuer: Option<String>,
    /// Whether that `iss` must be there.
    pub is_response_issuer_required: bool,
}

impl Provider {
    /// The endpoints, if nothing has to be discovered.
    #[must_use]
    pub fn endpoints(&self) -> Option<Endpoints> {
        if matches!(self.protocol, Protocol::Oidc { .. }) && self.configured.jwks.is_none() {
            return None;
        }
        Some(Endpoints {
            request_token: self.configured.request_token.clone(),
            authorization: self.configured.authorization.clone()?,
            token: self.configured.token.clone()?,
            userinfo: self.configured.userinfo.clone(),
            jwks: self.configured.jwks.clone(),
            revocation: self.configured.revocation.clone(),
            pushed_authorization: None,
            response_issuer: self.configured.response_issuer.clone(),
            is_response_issuer_required: false,
        })
    }

    /// A short text that changes when the provider's settings change, so that a flow is finished with the
    /// provider it was started with, or not at all.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let parts = format!("{}\n{}\n{:?}\n{:?}", self.name, self.client.id, self.protocol, self.configured);
        definition::short_hash(&parts)
    }
}

/// The providers that the settings turn on; of each, access tokens say `custom_claims`.
///
/// # Errors
/// The name of the provider whose page or settings do not make a whole, and why.
pub fn configured(
    settings: &BTreeMap<ProviderName, crate::settings::ProviderSettings>,
    custom_claims: &[ClaimRule],
    http: &HttpPolicy,
) -> Result<Vec<Provider>, (ProviderName, definition::DefinitionError)> {
    settings
        .iter()
        .map(|(name, settings)| {
            let definition = ProviderDefinition::of(name, settings).map_err(|error| (name.clone(), error))?;
            let provider = definition.provider(name.clone(), settings, http.clone());
            let provider = provider.map_err(|error| (name.clone(), error))?;
            Ok(Provider { custom_claims: custom_claims.to_vec(), ..provider })
        })
        .collect()
}
