//! The settings of one provider as types.

use std::collections::BTreeMap;

use url::Url;

use crate::domain::client_authentication::ClientAuthentication;
use crate::domain::json_path::JsonPath;
use crate::domain::secret::Secret;

/// How a provider that has no page of its own is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderKind {
    /// OpenID Connect with discovery.
    Oidc,
    /// OAuth 2.0 with a userinfo endpoint.
    OAuth2,
}

/// What is set for one provider. `None` leaves it to the provider's page.
#[derive(Clone, Debug, Default)]
pub struct ProviderSettings {
    /// `type`; only for providers without a page.
    pub kind: Option<ProviderKind>,
    /// `label`: the name on a button.
    pub label: Option<String>,
    /// `icon`: a name, or the address of a picture.
    pub icon: Option<String>,
    /// `client_id`
    pub client_id: String,
    /// `client_secret` or the content of `client_secret_file`
    pub client_secret: Option<Secret>,
    /// `client_authentication`
    pub client_authentication: Option<ClientAuthentication>,
    /// `private_key` or the content of `private_key_file`, in PEM: Apple's, or that of `private_key_jwt`.
    pub private_key: Option<Secret>,
    /// `key_id`: the name under which the provider knows the public half.
    pub key_id: Option<String>,
    /// `team_id` (Apple)
    pub team_id: Option<String>,
    /// `audiences`: for whom else an id_token may be meant that an app presents.
    pub audiences: Vec<String>,
    /// `base_url`: of a self-hosted one (GitHub, GitLab).
    pub base_url: Option<Url>,
    /// `tenant` (Microsoft): an id, a domain, `common`, `organizations` or `consumers`.
    pub tenant: Option<String>,
    /// `version`: of the API (Facebook) or of OAuth (Twitter).
    pub version: Option<String>,
    /// `appsecret_proof` (Facebook)
    pub appsecret_proof: Option<bool>,
    /// `default_connection` (WorkOS)
    pub default_connection: Option<String>,
    /// `default_organization` (WorkOS)
    pub default_organization: Option<String>,
    /// `default_domain` (WorkOS)
    pub default_domain: Option<String>,
    /// `issuer`: compared byte for byte, so kept as it was written.
    pub issuer: Option<String>,
    /// `authorization_url`
    pub authorization_url: Option<Url>,
    /// `token_url`
    pub token_url: Option<Url>,
    /// `userinfo_url`
    pub userinfo_url: Option<Url>,
    /// `jwks_url`
    pub jwks_url: Option<Url>,
    /// `request_token_url`: of OAuth 1.0a.
    pub request_token_url: Option<Url>,
    /// `revocation_url`
    pub revocation_url: Option<Url>,
    /// `response_mode`: how the answer comes back.
    pub response_mode: Option<String>,
    /// `scopes`
    pub scopes: Option<Vec<String>>,
    /// `pkce`
    pub pkce: Option<bool>,
    /// `id_token_algorithms`: `RS256`, `ES256`, `PS256`, `EdDSA`, …
    pub id_token_algorithms: Option<Vec<String>>,
    /// `parameters`: added to the authorization request; never a reserved one.
    pub parameters: BTreeMap<String, String>,
    /// `claims`: where in the profile `id`, `email`, `email_verified`, `name`, `picture`, `locale` stand.
    pub claims: BTreeMap<String, JsonPath>,
}
