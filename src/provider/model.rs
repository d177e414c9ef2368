//! A provider as the operator configured it, and its endpoints once they are known.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::client_signer::ClientSigner;
use super::quirk::Quirk;
use crate::domain::claims::ClaimRule;
use crate::domain::client_nonce::ClientNonce;
use crate::domain::custody::Custody;
use crate::domain::id::ProviderName;
use crate::domain::json_path::JsonPath;
use crate::domain::profile_source::ProfileSource;
use crate::domain::rotation::Rotation;
use crate::metrics::ProviderMetrics;
use crate::oauth::client::ClientCredentials;
use crate::oauth::discovery::ProviderMetadata;
use crate::oauth::http::{HttpClient, HttpPolicy};
use crate::oauth::profile::ProfileMap;
use crate::oauth::revoke::RevocationStyle;

/// A configured provider, before it is called for the first time.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its name in paths and rows.
    pub name: ProviderName,
    /// The text of its button.
    pub label: String,
    /// The icon of its button: a name, or the URL of a picture.
    pub icon: String,
    /// Our registration at the provider; for a call see [`Provider::credentials`].
    pub client: ClientCredentials,
    /// Signs a credential for each call, where there is no fixed secret.
    pub signer: Option<ClientSigner>,
    /// Further audiences of id_tokens that apps present: the client ids of apps.
    pub audiences: Vec<String>,
    /// How those id_tokens carry the app's nonce.
    pub client_nonce: ClientNonce,
    /// The scopes of each request; with managed custody also those that a refresh token takes.
    pub scopes: Vec<String>,
    /// Those that an app may ask for besides [`Self::scopes`].
    pub allowed_scopes: Vec<String>,
    /// The text between two scopes.
    pub scope_separator: String,
    /// Whether a space in the authorization request is written `%20` and not `+`.
    pub encode_spaces_as_percent20: bool,
    /// Additional parameters of the authorization request.
    pub parameters: BTreeMap<String, String>,
    /// Parameters that an app may add to it.
    pub client_parameters: Vec<String>,
    /// Additional headers of the calls for the profile.
    pub headers: Vec<(String, String)>,
    /// Whether a PKCE challenge is sent.
    pub uses_pkce: bool,
    /// Whether and how a nonce is sent.
    pub nonce: NonceStyle,
    /// Whether authorization requests are pushed (RFC 9126) where the metadata names an endpoint for them.
    pub uses_pushed_authorization: bool,
    /// Where in its documents the fields of a profile are.
    pub claims: ProfileMap,
    /// The member of the token response that holds the profile.
    pub profile_in_token_response: Option<String>,
    /// The embedding app's function that fetches the profile, instead of a call to userinfo.
    pub profile_source: Option<ProfileSource>,
    /// The second call, for the user's emails.
    pub emails_endpoint: Option<EmailsEndpoint>,
    /// The operator's claims for access tokens, taken from the profile.
    pub custom_claims: Vec<ClaimRule>,
    /// Values that fields of the profile must have where they are present.
    pub required: Vec<(JsonPath, Value)>,
    /// How the provider words its answer to a made-up code, where it does not follow RFC 6749.
    pub probe: ProbeWords,
    /// Who looks after its tokens.
    pub custody: Custody,
    /// How tokens are refreshed.
    pub refresh: RefreshStyle,
    /// What it does to a refresh token that is used.
    pub rotation: Rotation,
    /// Parameters of a request that is to lead to a new refresh token for a user who has consented before.
    pub reauthorization_parameters: BTreeMap<String, String>,
    /// How tokens are revoked.
    pub revocation: RevocationStyle,
    /// The protocol.
    pub protocol: Protocol,
    /// The endpoints that definition and settings name; discovery adds the others.
    pub configured: ConfiguredEndpoints,
    /// Code for what a definition cannot express.
    pub quirk: Option<Quirk>,
    /// The rules for calls to it.
    pub http: HttpPolicy,
    /// What is counted of it; exported once it belongs to a registry.
    pub metrics: Arc<ProviderMetrics>,
    /// See [`Provider::fingerprint`].
    pub(super) fingerprint: OnceLock<String>,
}

/// The protocol of a provider.
#[derive(Clone, Debug)]
pub enum Protocol {
    /// OpenID Connect: an id_token identifies the user.
    Oidc {
        /// The issuer, of discovery and of id_tokens.
        issuer: String,
        /// Other spellings of it in id_tokens.
        additional_issuers: Vec<String>,
        /// Algorithms of its id_tokens.
        algorithms: Vec<String>,
        /// Whether the operator set them; otherwise only those are allowed that the metadata lists, too.
        are_algorithms_set: bool,
    },
    /// OAuth 2.0: the profile that the access token gives access to identifies the user.
    OAuth2,
    /// OAuth 1.0a: the same with signed calls, see [`crate::oauth::oauth1`].
    OAuth1,
}

/// Whether and how a nonce is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NonceStyle {
    /// None: there is no id_token, or the provider does not repeat it.
    #[default]
    None,
    /// Unchanged.
    Plain,
    /// Its SHA-256 in hexadecimal, so that the provider never sees the nonce itself.
    Sha256Hex,
}

/// Texts in the answer to a made-up code, in lower case, from which `vouchsafe doctor` concludes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeWords {
    /// The client is known, and only the code is wrong.
    #[serde(default)]
    pub accepted: Vec<String>,
    /// The provider refuses the client.
    #[serde(default)]
    pub rejected: Vec<String>,
    /// The redirect URI is not registered.
    #[serde(default)]
    pub redirect: Vec<String>,
}

/// Whether and how tokens are refreshed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefreshStyle {
    /// As in RFC 6749 section 6.
    #[default]
    Standard,
    /// The same with the redirect URI (GitLab).
    WithRedirectUri,
    /// There are no refresh tokens.
    Never,
}

/// A second call, which lists the user's emails. Only the primary one counts, with its own proof.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailsEndpoint {
    /// Appended to the path of userinfo, so that it fits a self-hosted provider as well.
    pub path: String,
    /// The query, for as many emails as possible in one answer.
    #[serde(default)]
    pub query: Option<String>,
    /// Where the list is, if the answer is not the list itself.
    #[serde(default)]
    pub list: Option<JsonPath>,
    /// The member with the address.
    pub email: String,
    /// The member that is `true` for the primary email.
    pub primary: String,
    /// The member that states whether the email is verified.
    pub verified: String,
}

/// The endpoints that definition and settings name.
#[derive(Clone, Debug, Default)]
pub struct ConfiguredEndpoints {
    /// OAuth 1.0a: where temporary credentials are issued.
    pub request_token: Option<Url>,
    /// Where browsers are sent.
    pub authorization: Option<Url>,
    /// Where codes are exchanged.
    pub token: Option<Url>,
    /// Where the profile is.
    pub userinfo: Option<Url>,
    /// Where the keys are.
    pub jwks: Option<Url>,
    /// Where tokens are revoked.
    pub revocation: Option<Url>,
    /// The expected `iss` of an authorization response (RFC 9207).
    pub response_issuer: Option<String>,
}

/// The endpoints of a provider, and what else its metadata says.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// OAuth 1.0a: where temporary credentials are issued.
    pub request_token: Option<Url>,
    /// Where browsers are sent.
    pub authorization: Url,
    /// Where codes are exchanged.
    pub token: Url,
    /// Where the profile is.
    pub userinfo: Option<Url>,
    /// Where the keys are; always present for OpenID Connect.
    pub jwks: Option<Url>,
    /// Where tokens are revoked.
    pub revocation: Option<Url>,
    /// Where authorization requests are pushed to (RFC 9126); `None` where that is not offered or not wanted.
    pub pushed_authorization: Option<Url>,
    /// The expected `iss` of an authorization response (RFC 9207).
    pub response_issuer: Option<String>,
    /// Whether that `iss` must be present.
    pub is_response_issuer_required: bool,
    /// The allowed algorithms of id_tokens; empty for other protocols.
    pub id_token_algorithms: Vec<String>,
}

impl Endpoints {
    /// The endpoints that `metadata` names, except for those that are configured.
    #[must_use]
    pub fn discovered(provider: &Provider, metadata: ProviderMetadata) -> Self {
        let configured = &provider.configured;
        let listed = metadata.id_token_signing_alg_values_supported;
        let pushed_authorization = metadata.pushed_authorization_request_endpoint;
        Self {
            request_token: None,
            authorization: configured.authorization.clone().unwrap_or(metadata.authorization_endpoint),
            token: configured.token.clone().unwrap_or(metadata.token_endpoint),
            userinfo: configured.userinfo.clone().or(metadata.userinfo_endpoint),
            jwks: configured.jwks.clone().or(Some(metadata.jwks_uri)),
            revocation: configured.revocation.clone().or(metadata.revocation_endpoint),
            pushed_authorization: pushed_authorization.filter(|_| provider.uses_pushed_authorization),
            response_issuer: Some(metadata.issuer),
            is_response_issuer_required: metadata.authorization_response_iss_parameter_supported,
            id_token_algorithms: provider.id_token_algorithms(Some(&listed)),
        }
    }
}

impl Provider {
    /// A client for calls to it, for this thread.
    #[must_use]
    pub fn http_client(&self) -> HttpClient {
        HttpClient::new(&self.http, Arc::clone(&self.metrics.upstream))
    }

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
            id_token_algorithms: self.id_token_algorithms(None),
        })
    }

    /// The configured algorithms, without those that the metadata does not list unless the operator set them.
    fn id_token_algorithms(&self, listed: Option<&[String]>) -> Vec<String> {
        let Protocol::Oidc { algorithms, are_algorithms_set, .. } = &self.protocol else { return Vec::new() };
        let is_listed = |name: &&String| listed.is_none_or(|listed| contains_algorithm(listed, name));
        algorithms.iter().filter(|name| *are_algorithms_set || is_listed(name)).cloned().collect()
    }

    /// A short text that changes with the provider's settings: a flow is finished with the provider that it was
    /// started with, or not at all.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        self.fingerprint.get_or_init(|| {
            let parts = format!("{}\n{}\n{:?}\n{:?}", self.name, self.client.id, self.protocol, self.configured);
            // 64 bits are enough to notice a change.
            URL_SAFE_NO_PAD.encode(&digest(&SHA256, parts.as_bytes()).as_ref()[..8])
        })
    }

    /// Whether what was fetched for one of the two is valid for the other, too.
    #[must_use]
    pub fn has_metadata_of(&self, other: &Self) -> bool {
        self.fingerprint() == other.fingerprint() && self.uses_pushed_authorization == other.uses_pushed_authorization
    }
}

/// `EdDSA` (RFC 8037) and `Ed25519` (RFC 9864) are one algorithm here.
fn contains_algorithm(listed: &[String], name: &str) -> bool {
    let is_ed25519 = |name: &str| matches!(name, "EdDSA" | "Ed25519");
    listed.iter().any(|listed| listed == name || (is_ed25519(listed) && is_ed25519(name)))
}
