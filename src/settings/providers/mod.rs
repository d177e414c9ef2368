//! The section `providers`: one inner section per provider, built in or not.

mod checks;
mod custom;

use std::collections::BTreeMap;
use std::str::FromStr;

use url::Url;

use super::built_in_providers::BUILT_IN_PROVIDERS;
use super::reader::Section;
use super::reader::error::{Problem, closest, did_you_mean};
use super::reader::url::AllowHttp;
use super::warnings::Risk;
use crate::domain::client_authentication::ClientAuthentication;
use crate::domain::client_nonce::ClientNonce;
use crate::domain::custody::Custody;
use crate::domain::id::{InvalidProviderName, ProviderName};
use crate::domain::json_path::JsonPath;
use crate::domain::profile_source::ProfileSource;
use crate::domain::rotation::Rotation;
use crate::domain::secret::Secret;

pub(super) use checks::is_scope;
pub use custom::CustomProvider;

/// The protocol of a provider that is not built in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderKind {
    /// OpenID Connect with discovery.
    Oidc,
    /// OAuth 2.0 with a userinfo endpoint.
    OAuth2,
}

/// The settings of one provider. What is `None` is taken from its definition.
#[derive(Clone, Debug, Default)]
pub struct ProviderSettings {
    /// `type`; only for providers that are not built in.
    pub kind: Option<ProviderKind>,
    /// `label`: the name on a button.
    pub label: Option<String>,
    /// `icon`: a name, or the URL of a picture.
    pub icon: Option<String>,
    /// `client_id`
    pub client_id: String,
    /// `client_secret` or the content of `client_secret_file`
    pub client_secret: Option<Secret>,
    /// `client_authentication`
    pub client_authentication: Option<ClientAuthentication>,
    /// `private_key` or the content of `private_key_file`, in PEM: of Apple, or for `private_key_jwt`.
    pub private_key: Option<Secret>,
    /// `key_id`: the id under which the provider knows the public key.
    pub key_id: Option<String>,
    /// `team_id` (Apple)
    pub team_id: Option<String>,
    /// `audiences`: further accepted audiences of an id_token that an app presents.
    pub audiences: Vec<String>,
    /// `base_url`: of a self-hosted GitHub or GitLab.
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
    /// `issuer`: unchanged, because it is compared byte for byte.
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
    /// `response_mode`: how the provider returns its answer.
    pub response_mode: Option<String>,
    /// `scopes`
    pub scopes: Option<Vec<String>>,
    /// `allowed_scopes`: those that an app may ask for besides `scopes`.
    pub allowed_scopes: Vec<String>,
    /// `custody`: who looks after the provider's tokens.
    pub custody: Custody,
    /// `rotation`: what the provider does to a refresh token that is used.
    pub rotation: Option<Rotation>,
    /// `pkce`
    pub pkce: Option<bool>,
    /// `pushed_authorization`: whether an announced endpoint for pushed requests is used.
    pub pushed_authorization: Option<bool>,
    /// `client_nonce`: how an id_token that an app presents carries the app's nonce.
    pub client_nonce: Option<ClientNonce>,
    /// `id_token_algorithms`: `RS256`, `ES256`, `PS256`, `EdDSA`, …
    pub id_token_algorithms: Option<Vec<String>>,
    /// `parameters`: added to the authorization request; never a reserved one.
    pub parameters: BTreeMap<String, String>,
    /// `claims`: the paths of `id`, `email`, `email_verified`, `name`, `picture` and `locale` in the profile.
    pub claims: BTreeMap<String, JsonPath>,
    /// A function that fetches the profile; only by [`CustomProvider::profile`].
    pub(crate) profile_source: Option<ProfileSource>,
}

const KINDS: [(&str, ProviderKind); 2] = [("oidc", ProviderKind::Oidc), ("oauth2", ProviderKind::OAuth2)];

const CLIENT_AUTHENTICATIONS: [(&str, ClientAuthentication); 4] = [
    ("client_secret_basic", ClientAuthentication::ClientSecretBasic),
    ("client_secret_post", ClientAuthentication::ClientSecretPost),
    ("private_key_jwt", ClientAuthentication::PrivateKeyJwt),
    ("none", ClientAuthentication::None),
];

const CLIENT_NONCES: [(&str, ClientNonce); 2] = [("sha256-hex", ClientNonce::Sha256Hex), ("plain", ClientNonce::Plain)];

const CUSTODIES: [(&str, Custody); 2] = [("once", Custody::Once), ("managed", Custody::Managed)];

const ROTATIONS: [(&str, Rotation); 3] =
    [("keeps", Rotation::Keeps), ("rotates", Rotation::Rotates), ("revokes_on_reuse", Rotation::RevokesOnReuse)];

const RESPONSE_MODES: [(&str, &str); 2] = [("query", "query"), ("form_post", "form_post")];

/// The parts of a profile whose paths can be set.
const CLAIMS: [&str; 6] = ["id", "email", "email_verified", "name", "picture", "locale"];

pub(super) fn read(mut section: Section<'_>, http: AllowHttp) -> BTreeMap<ProviderName, ProviderSettings> {
    let mut providers = BTreeMap::new();
    for text in section.names() {
        let name =
            ProviderName::from_str(&text).map_err(|error: InvalidProviderName| section.error(&text, error.to_string()));
        let settings = provider(section.section(&text), &text, http);
        providers.extend(name.ok().map(|name| (name, settings)));
    }
    providers
}

fn provider(mut section: Section<'_>, name: &str, http: AllowHttp) -> ProviderSettings {
    let kind = kind(&mut section, name);
    section.require("client_id", "is required");
    let client_id = section.text("client_id").unwrap_or_default();
    checks::specific_keys(&section, name);
    let client_authentication = section.choice("client_authentication", &CLIENT_AUTHENTICATIONS);
    checks::client_credentials(&section, name, client_authentication);
    let version = section.parsed("version", checks::version_format(name), |text| checks::version(name, text));
    let custody = checks::custody(&mut section, name, version.as_deref());
    let pkce = section.boolean("pkce");
    if pkce == Some(false) {
        section.warn("pkce", Risk::PkceOff);
    }
    ProviderSettings {
        kind,
        label: section.text("label"),
        icon: section.parsed("icon", "a name of a-z, 0-9 and '-', or an https URL", checks::icon),
        client_id,
        client_secret: section.secret("client_secret"),
        client_authentication,
        private_key: section.secret("private_key"),
        key_id: section.text("key_id"),
        team_id: section.text("team_id"),
        audiences: section.list("audiences").unwrap_or_default(),
        base_url: section.url("base_url", http),
        tenant: section.parsed("tenant", "the id or domain of a tenant, or \"common\"", checks::tenant),
        version,
        appsecret_proof: section.boolean("appsecret_proof"),
        default_connection: section.text("default_connection"),
        default_organization: section.text("default_organization"),
        default_domain: section.text("default_domain"),
        issuer: checks::issuer(&mut section, http),
        authorization_url: section.url("authorization_url", http),
        token_url: section.url("token_url", http),
        userinfo_url: section.url("userinfo_url", http),
        jwks_url: section.url("jwks_url", http),
        request_token_url: section.url("request_token_url", http),
        revocation_url: section.url("revocation_url", http),
        response_mode: section.choice("response_mode", &RESPONSE_MODES).map(str::to_owned),
        scopes: section.checked_list("scopes", "one scope, without blanks or quotes", checks::is_scope),
        allowed_scopes: checks::allowed_scopes(&mut section),
        custody,
        rotation: section.choice("rotation", &ROTATIONS),
        pkce,
        pushed_authorization: section.boolean("pushed_authorization"),
        client_nonce: section.choice("client_nonce", &CLIENT_NONCES),
        id_token_algorithms: checks::id_token_algorithms(&mut section),
        parameters: section.text_map("parameters", checks::parameter),
        claims: claims(section.section("claims")),
        profile_source: None,
    }
}

/// The `type`, and the keys that it requires.
fn kind(section: &mut Section<'_>, name: &str) -> Option<ProviderKind> {
    let is_built_in = BUILT_IN_PROVIDERS.contains(&name);
    if is_built_in && section.is_set("type") {
        section.error("type", Problem::from("is known for this provider").suggest("leave it out"));
    } else if !is_built_in {
        let problem = Problem::from("is required: this provider is not built in");
        let similar = closest(name, BUILT_IN_PROVIDERS.iter().copied());
        let suggestion = similar.map_or_else(
            || "write type = \"oidc\" or \"oauth2\"".to_owned(),
            |name| did_you_mean(&format!("providers.{name}")),
        );
        section.require("type", problem.suggest(suggestion));
    }
    let kind = section.choice("type", &KINDS).filter(|_| !is_built_in);
    let required: &[&str] = match kind {
        None => &[],
        Some(ProviderKind::Oidc) => &["issuer"],
        Some(ProviderKind::OAuth2) => &["authorization_url", "token_url", "userinfo_url"],
    };
    for key in required {
        section.require(key, "is required for this type");
    }
    kind
}

fn claims(mut section: Section<'_>) -> BTreeMap<String, JsonPath> {
    let path = |claim: &str| {
        let path = section.parsed(claim, "a path like `emails[0].value`", |text| text.parse().ok());
        path.map(|path| (claim.to_owned(), path))
    };
    CLAIMS.into_iter().filter_map(path).collect()
}
