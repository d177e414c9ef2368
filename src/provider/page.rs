//! A provider as a page of data: what `config/providers/*.toml` and the settings of a custom provider say alike.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use url::Url;

use super::quirk::Quirk;
use super::{KnownEndpoints, Protocol, Provider};
use crate::domain::client_authentication::ClientAuthentication;
use crate::domain::id::ProviderName;
use crate::domain::json_path::JsonPath;
use crate::oauth::exchange::ClientCredentials;
use crate::oauth::http::HttpPolicy;
use crate::oauth::profile::ProfileMap;
use crate::settings::{ProviderKind, ProviderSettings};

/// The pages that come with us.
const PAGES: [(&str, &str); 2] = [
    ("github", include_str!("../../config/providers/github.toml")),
    ("google", include_str!("../../config/providers/google.toml")),
];

/// Asymmetric algorithms that an unknown OpenID provider may sign with.
const USUAL_ALGORITHMS: [&str; 4] = ["RS256", "ES256", "PS256", "EdDSA"];

/// What a page says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    label: String,
    protocol: PageProtocol,
    #[serde(default)]
    issuer: Option<String>,
    #[serde(default)]
    also_issuers: Vec<String>,
    #[serde(default)]
    authorization_url: Option<Url>,
    #[serde(default)]
    token_url: Option<Url>,
    #[serde(default)]
    userinfo_url: Option<Url>,
    #[serde(default)]
    jwks_url: Option<Url>,
    #[serde(default)]
    response_issuer: Option<String>,
    scopes: Vec<String>,
    client_authentication: ClientAuthentication,
    pkce: bool,
    #[serde(default)]
    id_token_algorithms: Vec<String>,
    #[serde(default)]
    quirk: Option<Quirk>,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
    claims: BTreeMap<String, JsonPath>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum PageProtocol {
    Oidc,
    OAuth2,
}

/// Why page and settings do not make a provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// There is no page of this name, and the settings do not say what it is.
    #[error("it has no page of its own, so `type` must be set")]
    NoPage,
    /// The page that comes with us does not parse.
    #[error("its page is broken: {0}")]
    Broken(String),
    /// Something that cannot be left out is missing.
    #[error("`{0}` is missing")]
    Missing(&'static str),
}

impl Page {
    /// The page of a provider: its own, or one made of the settings of a custom provider.
    ///
    /// # Errors
    /// [`PageError`]
    pub fn of(name: &ProviderName, settings: &ProviderSettings) -> Result<Self, PageError> {
        match settings.kind {
            Some(kind) => Ok(Self::custom(name, kind)),
            None => {
                let (_, text) = PAGES.iter().find(|(page, _)| *page == name.as_str()).ok_or(PageError::NoPage)?;
                toml::from_str(text).map_err(|error| PageError::Broken(error.message().to_owned()))
            }
        }
    }

    fn custom(name: &ProviderName, kind: ProviderKind) -> Self {
        let openid = ["email", "email_verified", "name", "picture", "locale"];
        let (protocol, scopes, claims, algorithms) = match kind {
            ProviderKind::Oidc => {
                let paths = openid.iter().chain(&["id"]).filter_map(|claim| {
                    let path = if *claim == "id" { "sub" } else { claim };
                    Some(((*claim).to_owned(), path.parse().ok()?))
                });
                (
                    PageProtocol::Oidc,
                    ["openid", "email", "profile"].as_slice(),
                    paths.collect(),
                    USUAL_ALGORITHMS.as_slice(),
                )
            }
            ProviderKind::OAuth2 => (PageProtocol::OAuth2, [].as_slice(), BTreeMap::new(), [].as_slice()),
        };
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Self {
            label: name.as_str().to_owned(),
            protocol,
            issuer: None,
            also_issuers: Vec::new(),
            authorization_url: None,
            token_url: None,
            userinfo_url: None,
            jwks_url: None,
            response_issuer: None,
            scopes: owned(scopes),
            client_authentication: ClientAuthentication::ClientSecretBasic,
            pkce: true,
            id_token_algorithms: owned(algorithms),
            quirk: None,
            parameters: BTreeMap::new(),
            claims,
        }
    }

    /// The provider that page and settings make together; what is set wins.
    ///
    /// # Errors
    /// [`PageError::Missing`]
    pub fn provider(
        self,
        name: ProviderName,
        settings: &ProviderSettings,
        http: HttpPolicy,
    ) -> Result<Provider, PageError> {
        let or = |set: &Option<Url>, page: Option<Url>| set.clone().or(page);
        // Somebody else's endpoints answer in their own name, so the page's expectation goes with the page's issuer.
        let is_moved = settings.authorization_url.is_some() || settings.issuer.is_some();
        let response_issuer = settings.issuer.clone().or(self.response_issuer.filter(|_| !is_moved));
        let known = KnownEndpoints {
            authorization: or(&settings.authorization_url, self.authorization_url),
            token: or(&settings.token_url, self.token_url),
            userinfo: or(&settings.userinfo_url, self.userinfo_url),
            jwks: or(&settings.jwks_url, self.jwks_url),
            response_issuer,
        };
        let protocol = match self.protocol {
            PageProtocol::Oidc => Protocol::Oidc {
                also_issuers: if settings.issuer.is_some() { Vec::new() } else { self.also_issuers },
                issuer: settings.issuer.clone().or(self.issuer).ok_or(PageError::Missing("issuer"))?,
                algorithms: settings.id_token_algorithms.clone().unwrap_or(self.id_token_algorithms),
            },
            PageProtocol::OAuth2 => {
                for (key, endpoint) in [
                    ("authorization_url", &known.authorization),
                    ("token_url", &known.token),
                    ("userinfo_url", &known.userinfo),
                ] {
                    endpoint.as_ref().ok_or(PageError::Missing(key))?;
                }
                Protocol::OAuth2
            }
        };
        let mut claims = self.claims;
        claims.extend(settings.claims.clone());
        let mut claim = |name: &str| claims.remove(name);
        let mut parameters = self.parameters;
        parameters.extend(settings.parameters.clone());
        Ok(Provider {
            name,
            label: settings.label.clone().unwrap_or(self.label),
            client: ClientCredentials {
                id: settings.client_id.clone(),
                secret: settings.client_secret.clone(),
                authentication: settings.client_authentication.unwrap_or(self.client_authentication),
            },
            scopes: settings.scopes.clone().unwrap_or(self.scopes),
            parameters,
            is_pkce_used: settings.pkce.unwrap_or(self.pkce),
            claims: ProfileMap {
                id: claim("id").ok_or(PageError::Missing("claims.id"))?,
                email: claim("email"),
                email_verified: claim("email_verified"),
                name: claim("name"),
                picture: claim("picture"),
                locale: claim("locale"),
            },
            protocol,
            known,
            quirk: self.quirk,
            http,
        })
    }
}

/// 64 bits of a hash as text: enough to notice a change.
pub(super) fn short_hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(&digest(&SHA256, text.as_bytes()).as_ref()[..8])
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::settings::BUILT_IN_PROVIDERS;

    fn provider(name: &str, settings: &ProviderSettings) -> Result<Provider, PageError> {
        let name: ProviderName = name.parse().expect("a name");
        let http = HttpPolicy::new(Duration::from_secs(1), false, None).expect("a policy");
        Page::of(&name, settings)?.provider(name, settings, http)
    }

    fn set() -> ProviderSettings {
        ProviderSettings { client_id: "cid".to_owned(), ..ProviderSettings::default() }
    }

    #[test]
    fn every_page_makes_a_provider_that_needs_no_discovery() {
        assert_eq!(PAGES.len(), BUILT_IN_PROVIDERS.len());
        for name in BUILT_IN_PROVIDERS {
            let provider = provider(name, &set()).expect(name);
            assert!(provider.endpoints().is_some(), "{name}");
            assert!(provider.is_pkce_used, "{name}");
        }
    }

    #[test]
    fn what_is_set_wins_and_a_moved_provider_answers_in_its_own_name() {
        let moved = ProviderSettings {
            authorization_url: Some("https://github.corp.example/login/oauth/authorize".parse().expect("a URL")),
            scopes: Some(vec!["read:user".to_owned()]),
            ..set()
        };
        let moved = provider("github", &moved).expect("a provider");
        assert_eq!(moved.scopes, ["read:user"]);
        assert_eq!(moved.known.response_issuer, None);
        let own = provider("github", &set()).expect("a provider");
        assert_eq!(own.known.response_issuer.as_deref(), Some("https://github.com/login/oauth"));
        assert_ne!(own.fingerprint(), moved.fingerprint());
    }

    #[test]
    fn a_custom_provider_is_made_of_its_settings_alone() {
        let oidc = ProviderSettings {
            kind: Some(ProviderKind::Oidc),
            issuer: Some("https://login.acme.example".to_owned()),
            ..set()
        };
        let acme = provider("acme", &oidc).expect("a provider");
        assert!(acme.endpoints().is_none(), "its endpoints are discovered");
        assert_eq!(acme.scopes, ["openid", "email", "profile"]);
        assert_eq!(provider("acme", &set()).err(), Some(PageError::NoPage));
        let bare = ProviderSettings { kind: Some(ProviderKind::OAuth2), ..set() };
        assert_eq!(provider("forge", &bare).err(), Some(PageError::Missing("authorization_url")));
    }
}
