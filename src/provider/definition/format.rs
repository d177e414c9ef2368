//! The notation of a provider definition. The fields are explained here, the values of a provider in its file.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::domain::client_authentication::ClientAuthentication;
use crate::domain::client_nonce::ClientNonce;
use crate::domain::json_path::JsonPath;
use crate::domain::rotation::Rotation;
use crate::oauth::profile::email_verification::EmailVerificationRule;
use crate::oauth::profile::field_selector::FieldSelector;
use crate::oauth::revoke::RevocationStyle;
use crate::provider::model::{EmailsEndpoint, NonceStyle, ProbeWords, RefreshStyle};
use crate::provider::quirk::QuirkName;

/// A definition. URLs, headers and issuer may contain `{variables}`, see `placeholders`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderDefinition {
    /// The text of the button.
    pub(super) label: String,
    /// The name of the icon; by default that of the provider.
    #[serde(default)]
    pub(super) icon: Option<String>,
    pub(super) protocol: ProtocolKind,
    /// OpenID Connect: the issuer. `{tenantid}` stands for the tenant that a token names.
    #[serde(default)]
    pub(super) issuer: Option<String>,
    /// Other spellings of the issuer in id_tokens.
    #[serde(default)]
    pub(super) additional_issuers: Vec<String>,
    /// OAuth 1.0a: where temporary credentials are issued.
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
    /// The expected `iss` of an authorization response, if one is there (RFC 9207).
    #[serde(default)]
    pub(super) response_issuer: Option<String>,
    #[serde(default)]
    pub(super) scopes: Vec<String>,
    /// The text between two scopes.
    #[serde(default = "space")]
    pub(super) scope_separator: String,
    /// Whether a space in the authorization request is written `%20` and not `+`.
    #[serde(default)]
    pub(super) encode_spaces_as_percent20: bool,
    #[serde(default = "basic")]
    pub(super) client_authentication: ClientAuthentication,
    #[serde(default)]
    pub(super) pkce: bool,
    #[serde(default)]
    pub(super) nonce: NonceStyle,
    /// How an id_token that an app presents carries the app's nonce.
    #[serde(default)]
    pub(super) client_nonce: ClientNonce,
    /// How the provider returns its answer, if not in the query.
    #[serde(default)]
    pub(super) response_mode: Option<String>,
    /// OpenID Connect: the allowed signature algorithms of id_tokens.
    #[serde(default)]
    pub(super) id_token_algorithms: Vec<String>,
    /// Additional parameters of the authorization request.
    #[serde(default)]
    pub(super) parameters: BTreeMap<String, String>,
    /// Parameters that an app may add to it.
    #[serde(default)]
    pub(super) client_parameters: Vec<String>,
    /// Additional headers of the calls for the profile.
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    /// Values of the `{variables}`, unless the settings have one.
    #[serde(default)]
    pub(super) variables: BTreeMap<String, String>,
    /// Values that apply when the settings name a `base_url`.
    #[serde(default)]
    pub(super) variables_with_base_url: BTreeMap<String, String>,
    /// The member of the token response that holds the profile, which saves a call.
    #[serde(default)]
    pub(super) profile_in_token_response: Option<String>,
    /// A second call, for the user's emails.
    #[serde(default)]
    pub(super) emails: Option<EmailsEndpoint>,
    /// Values that fields of the profile must have where they are present.
    #[serde(default)]
    pub(super) required: BTreeMap<String, Value>,
    #[serde(default)]
    pub(super) refresh: RefreshStyle,
    /// What the provider does to a refresh token that is used.
    #[serde(default)]
    pub(super) rotation: Rotation,
    #[serde(default)]
    pub(super) offline: OfflineDefinition,
    #[serde(default)]
    pub(super) revocation: Option<RevocationDefinition>,
    #[serde(default)]
    pub(super) probe: ProbeWords,
    #[serde(default)]
    pub(super) quirk: Option<QuirkName>,
    pub(super) claims: ClaimsDefinition,
}

fn space() -> String {
    " ".to_owned()
}

fn basic() -> ClientAuthentication {
    ClientAuthentication::ClientSecretBasic
}

fn one_path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<JsonPath>, D::Error> {
    JsonPath::deserialize(deserializer).map(|path| vec![path])
}

/// The protocol of a definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ProtocolKind {
    Oidc,
    OAuth2,
    OAuth1,
}

/// What it takes to get a refresh token, where a request without it gets none.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfflineDefinition {
    /// Further scopes of each request when custody is managed.
    #[serde(default)]
    pub(super) scopes: Vec<String>,
    /// Further parameters of each request when custody is managed.
    #[serde(default)]
    pub(super) parameters: BTreeMap<String, String>,
    /// Those with which a user who has consented before gets a new refresh token.
    #[serde(default)]
    pub(super) reauthorization_parameters: BTreeMap<String, String>,
}

/// Where and how tokens are revoked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RevocationDefinition {
    pub(super) url: String,
    #[serde(default)]
    pub(super) style: RevocationStyle,
}

/// Where the fields of a profile are in the provider's documents.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClaimsDefinition {
    /// Where the id is: the first path that leads to one.
    #[serde(default, deserialize_with = "one_path")]
    pub(super) id: Vec<JsonPath>,
    #[serde(default)]
    pub(super) email: Option<FieldSelector>,
    /// The proof of that email, in the same document.
    #[serde(default)]
    pub(super) email_verified: Option<JsonPath>,
    /// Which values of `email_verified` count.
    #[serde(default)]
    pub(super) email_verification: EmailVerificationRule,
    #[serde(default)]
    pub(super) name: Option<FieldSelector>,
    #[serde(default)]
    pub(super) picture: Option<FieldSelector>,
    /// The picture's URL as a template with `{member}`.
    #[serde(default)]
    pub(super) picture_url: Option<String>,
    #[serde(default)]
    pub(super) locale: Option<FieldSelector>,
}
