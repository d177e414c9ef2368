//! The page as it is written. What a field means is said here; what a provider needs of it, in the pages.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::domain::client_authentication::ClientAuthentication;
use crate::domain::json_path::JsonPath;
use crate::oauth::profile::email_verification::EmailVerificationRule;
use crate::oauth::profile::field_selector::FieldSelector;
use crate::oauth::revoke::RevocationStyle;
use crate::provider::quirk::QuirkName;

/// What a page says. Its addresses and headers may hold `{places}`, see `template`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderDefinition {
    /// The name on a button.
    pub(super) label: String,
    /// The name of its icon: of the pages that come with us, or the address of a picture.
    #[serde(default)]
    pub(super) icon: Option<String>,
    pub(super) protocol: ProtocolKind,
    /// OpenID Connect: who it says it is. `{tenantid}` stays open until a token names its tenant.
    #[serde(default)]
    pub(super) issuer: Option<String>,
    /// Other spellings of that in id_tokens.
    #[serde(default)]
    pub(super) additional_issuers: Vec<String>,
    /// OAuth 1.0a: where temporary credentials come from.
    #[serde(default)]
    pub(super) request_token_url: Option<String>,
    #[serde(default)]
    pub(super) authorization_url: Option<String>,
    #[serde(default)]
    pub(super) token_url: Option<String>,
    #[serde(default)]
    pub(super) userinfo_url: Option<String>,
    #[serde(default)]
    pub(super) jwks_url: Option<String>,
    /// What `iss` in an authorization response has to be, if it is there (RFC 9207).
    #[serde(default)]
    pub(super) response_issuer: Option<String>,
    #[serde(default)]
    pub(super) scopes: Vec<String>,
    /// What stands between two scopes.
    #[serde(default = "blank")]
    pub(super) scope_separator: String,
    /// Whether a blank in the authorization request is written `%20` and not `+`.
    #[serde(default)]
    pub(super) encode_spaces_as_percent20: bool,
    #[serde(default = "basic")]
    pub(super) client_authentication: ClientAuthentication,
    #[serde(default)]
    pub(super) pkce: bool,
    #[serde(default)]
    pub(super) nonce: NonceStyle,
    /// How the provider brings its answer back, if not in the query.
    #[serde(default)]
    pub(super) response_mode: Option<String>,
    /// OpenID Connect: what may sign an id_token.
    #[serde(default)]
    pub(super) id_token_algorithms: Vec<String>,
    /// Added to the authorization request.
    #[serde(default)]
    pub(super) parameters: BTreeMap<String, String>,
    /// What an app may add to it, request by request.
    #[serde(default)]
    pub(super) client_parameters: Vec<String>,
    /// Added to the calls for the profile.
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    /// What `{places}` stand for, unless the settings say otherwise.
    #[serde(default)]
    pub(super) variables: BTreeMap<String, String>,
    /// The same for a `base_url` of the operator's own.
    #[serde(default)]
    pub(super) variables_with_base_url: BTreeMap<String, String>,
    /// The member of the token answer that holds the profile, which saves a call.
    #[serde(default)]
    pub(super) profile_in_token_response: Option<String>,
    /// A second call for the addresses of the person.
    #[serde(default)]
    pub(super) emails: Option<EmailsEndpoint>,
    /// Members of the profile that, if they are there, must say this.
    #[serde(default)]
    pub(super) required: BTreeMap<String, Value>,
    #[serde(default)]
    pub(super) refresh: RefreshStyle,
    #[serde(default)]
    pub(super) revocation: Option<RevocationDefinition>,
    #[serde(default)]
    pub(super) quirk: Option<QuirkName>,
    pub(super) claims: ClaimsDefinition,
}

fn one_path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<JsonPath>, D::Error> {
    JsonPath::deserialize(deserializer).map(|path| vec![path])
}

fn blank() -> String {
    " ".to_owned()
}

fn basic() -> ClientAuthentication {
    ClientAuthentication::ClientSecretBasic
}

/// How a provider proves who somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ProtocolKind {
    Oidc,
    OAuth2,
    OAuth1,
}

/// Whether and how a nonce is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NonceStyle {
    /// None: there is no id_token, or the provider does not repeat it.
    #[default]
    None,
    /// As it is.
    Plain,
    /// Its SHA-256 in hexadecimal, so that the provider never sees the nonce itself.
    Sha256Hex,
}

/// Whether new tokens can be had for a refresh token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefreshStyle {
    /// As RFC 6749 section 6 says.
    #[default]
    Standard,
    /// The same, and the redirect URI is said again (GitLab).
    WithRedirectUri,
    /// There are no refresh tokens.
    Never,
}

/// A second call that lists the addresses of the person. Only the primary one counts, with its own proof.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailsEndpoint {
    /// Added to the path of the profile, so that it is right for a self-hosted one as well.
    pub path: String,
    /// The query that asks for as many as possible at once.
    #[serde(default)]
    pub query: Option<String>,
    /// Where the list stands, if the answer is not the list itself.
    #[serde(default)]
    pub list: Option<JsonPath>,
    /// The member that holds the address.
    pub email: String,
    /// The member that is `true` for the primary one.
    pub primary: String,
    /// The member that says whether it is proven.
    pub verified: String,
}

/// Where and how a token is given back.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RevocationDefinition {
    pub(super) url: String,
    #[serde(default)]
    pub(super) style: RevocationStyle,
}

/// Where in the profile our fields stand.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClaimsDefinition {
    /// Where the id is: the first path that leads to one.
    #[serde(default, deserialize_with = "one_path")]
    pub(super) id: Vec<JsonPath>,
    #[serde(default)]
    pub(super) email: Option<FieldSelector>,
    #[serde(default)]
    pub(super) email_verified: Option<JsonPath>,
    /// Which words of `email_verified` count.
    #[serde(default)]
    pub(super) email_verification: EmailVerificationRule,
    #[serde(default)]
    pub(super) name: Option<FieldSelector>,
    #[serde(default)]
    pub(super) picture: Option<FieldSelector>,
    #[serde(default)]
    pub(super) picture_url: Option<String>,
    #[serde(default)]
    pub(super) locale: Option<FieldSelector>,
}
