//! Providers: pages of data, merged with the settings, resolved to what a flow needs.
//!
//! [`page`] is a provider as data, [`quirk`] the code where data ends, [`provider`](self) what a flow works with,
//! [`registry`] the actor that fetches discovery and keys, [`providers`] the view on what is [`known`]. May call `domain`, `settings` and `oauth`.

pub mod breaker;
pub mod identify;
pub mod known;
pub mod page;
pub mod presented;
pub mod providers;
pub mod quirk;
pub mod registry;

use std::collections::BTreeMap;

use url::Url;

use crate::domain::id::ProviderName;
use crate::oauth::exchange::ClientCredentials;
use crate::oauth::http::HttpPolicy;
use crate::oauth::profile::ProfileMap;
use page::Page;
use quirk::Quirk;

/// A provider as the operator configured it, before anything was asked of it.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its name in paths and rows.
    pub name: ProviderName,
    /// The name on a button.
    pub label: String,
    /// Who we are to it.
    pub client: ClientCredentials,
    /// What we ask for.
    pub scopes: Vec<String>,
    /// Added to the authorization request.
    pub parameters: BTreeMap<String, String>,
    /// Whether it gets a PKCE challenge.
    pub is_pkce_used: bool,
    /// Where in its profile things stand.
    pub claims: ProfileMap,
    /// OpenID Connect or plain OAuth 2.0.
    pub protocol: Protocol,
    /// Where it is; parts that are missing come from discovery.
    pub known: KnownEndpoints,
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
        also_issuers: Vec<String>,
        /// Algorithms of its id_tokens.
        algorithms: Vec<String>,
    },
    /// By what its userinfo endpoint answers.
    OAuth2,
}

/// Endpoints that page and settings name.
#[derive(Clone, Debug, Default)]
pub struct KnownEndpoints {
    /// Where the browser goes.
    pub authorization: Option<Url>,
    /// Where a code is exchanged.
    pub token: Option<Url>,
    /// Where the profile is.
    pub userinfo: Option<Url>,
    /// Where its keys are.
    pub jwks: Option<Url>,
    /// What `iss` in its authorization response has to be (RFC 9207).
    pub response_issuer: Option<String>,
}

/// Everything that is needed to speak to a provider.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// Where the browser goes.
    pub authorization: Url,
    /// Where a code is exchanged.
    pub token: Url,
    /// Where the profile is.
    pub userinfo: Option<Url>,
    /// Where its keys are; always there for OpenID Connect.
    pub jwks: Option<Url>,
    /// What `iss` in its authorization response has to be (RFC 9207).
    pub response_issuer: Option<String>,
    /// Whether that `iss` must be there.
    pub is_response_issuer_required: bool,
}

impl Provider {
    /// The endpoints, if nothing has to be discovered.
    #[must_use]
    pub fn endpoints(&self) -> Option<Endpoints> {
        if matches!(self.protocol, Protocol::Oidc { .. }) && self.known.jwks.is_none() {
            return None;
        }
        Some(Endpoints {
            authorization: self.known.authorization.clone()?,
            token: self.known.token.clone()?,
            userinfo: self.known.userinfo.clone(),
            jwks: self.known.jwks.clone(),
            response_issuer: self.known.response_issuer.clone(),
            is_response_issuer_required: false,
        })
    }

    /// A short text that changes when the provider's settings change, so that a flow is finished with the
    /// provider it was started with, or not at all.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let parts = format!("{}\n{}\n{:?}\n{:?}", self.name, self.client.id, self.protocol, self.known);
        page::short_hash(&parts)
    }
}

/// The providers that the settings turn on.
///
/// # Errors
/// The name of the provider whose page or settings do not make a whole, and why.
pub fn configured(
    settings: &BTreeMap<ProviderName, crate::settings::ProviderSettings>,
    http: &HttpPolicy,
) -> Result<Vec<Provider>, (ProviderName, page::PageError)> {
    settings
        .iter()
        .map(|(name, settings)| {
            let page = Page::of(name, settings).map_err(|error| (name.clone(), error))?;
            page.provider(name.clone(), settings, http.clone()).map_err(|error| (name.clone(), error))
        })
        .collect()
}
