//! The section `providers`: one inner section per provider, with or without a page of its own.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::fault::{Complaint, closest, did_you_mean};
use super::getters::filled_text;
use super::model::{ProviderKind, ProviderSettings};
use super::reader::Section;
use super::urls::{self, Http};
use crate::domain::client_authentication::ClientAuthentication;
use crate::domain::id::{NotAProviderName, ProviderName};
use crate::domain::json_path::JsonPath;
use crate::domain::reserved::is_reserved;

/// The providers that have a page; any other name needs a `type`.
pub const BUILT_IN_PROVIDERS: &[&str] = &["google", "github"];

const KINDS: [(&str, ProviderKind); 2] = [("oidc", ProviderKind::Oidc), ("oauth2", ProviderKind::OAuth2)];

const CLIENT_AUTHENTICATIONS: [(&str, ClientAuthentication); 3] = [
    ("client_secret_basic", ClientAuthentication::ClientSecretBasic),
    ("client_secret_post", ClientAuthentication::ClientSecretPost),
    ("none", ClientAuthentication::None),
];

/// Where a profile's parts may be said to stand.
const CLAIMS: [&str; 6] = ["id", "email", "email_verified", "name", "picture", "locale"];

/// What may sign an ID token: a public key, never the client's secret and never nothing.
const ID_TOKEN_ALGORITHMS: [&str; 9] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];

pub(super) fn providers(
    mut section: Section<'_>,
    allow_private_networks: bool,
) -> BTreeMap<ProviderName, ProviderSettings> {
    let http = if allow_private_networks { Http::Anywhere } else { Http::OnLoopback };
    let mut providers = BTreeMap::new();
    for text in section.names() {
        let name =
            ProviderName::from_str(&text).map_err(|error: NotAProviderName| section.fault(&text, error.to_string()));
        let settings = provider(section.section(&text), &text, http);
        providers.extend(name.ok().map(|name| (name, settings)));
    }
    providers
}

fn provider(mut section: Section<'_>, name: &str, http: Http) -> ProviderSettings {
    let kind = kind(&mut section, name);
    section.require("client_id", "is required");
    let client_id = section.text("client_id").unwrap_or_default();
    let client_authentication = section.choice("client_authentication", &CLIENT_AUTHENTICATIONS);
    if client_authentication != Some(ClientAuthentication::None) && !section.is_secret_set("client_secret") {
        let complaint = Complaint::from("is required, or client_secret_file");
        section.fault("client_secret", complaint.suggest("a public client says client_authentication = \"none\""));
    }
    ProviderSettings {
        kind,
        label: section.text("label"),
        client_id,
        client_secret: section.secret("client_secret"),
        client_authentication,
        issuer: issuer(&mut section, http),
        authorization_url: section.url("authorization_url", http),
        token_url: section.url("token_url", http),
        userinfo_url: section.url("userinfo_url", http),
        jwks_url: section.url("jwks_url", http),
        scopes: section.checked_list("scopes", "one scope, without blanks or quotes", is_scope),
        pkce: section.truth("pkce"),
        id_token_algorithms: section.checked_list(
            "id_token_algorithms",
            &format!("one of {}", ID_TOKEN_ALGORITHMS.join(", ")),
            |name| ID_TOKEN_ALGORITHMS.contains(&name),
        ),
        parameters: section.texts("parameters", is_free),
        claims: claims(section.section("claims"), kind),
    }
}

/// The `type`, and what a provider of that type cannot do without.
fn kind(section: &mut Section<'_>, name: &str) -> Option<ProviderKind> {
    let is_built_in = BUILT_IN_PROVIDERS.contains(&name);
    if is_built_in && section.is_set("type") {
        section.fault("type", Complaint::from("is known for this provider").suggest("leave it out"));
    } else if !is_built_in {
        let complaint = Complaint::from("is required: this provider is not built in");
        let meant = closest(name, BUILT_IN_PROVIDERS.iter().copied());
        let suggestion = meant.map_or_else(
            || "write type = \"oidc\" or \"oauth2\"".to_owned(),
            |near| did_you_mean(&format!("providers.{near}")),
        );
        section.require("type", complaint.suggest(suggestion));
    }
    let kind = section.choice("type", &KINDS).filter(|_| !is_built_in);
    let needed: &[&str] = match kind {
        None => &[],
        Some(ProviderKind::Oidc) => &["issuer"],
        Some(ProviderKind::OAuth2) => &["authorization_url", "token_url", "userinfo_url"],
    };
    for key in needed {
        section.require(key, "is required for this type");
    }
    kind
}

/// Checked as a URL (OpenID Connect Discovery section 2) and kept as it was written.
fn issuer(section: &mut Section<'_>, http: Http) -> Option<String> {
    section.read("issuer", |node| {
        let text = filled_text(node)?;
        let url = urls::parse(&text, http)?;
        if url.query().is_some() { Err("has a query".into()) } else { Ok(text) }
    })
}

fn claims(mut section: Section<'_>, kind: Option<ProviderKind>) -> BTreeMap<String, JsonPath> {
    if kind == Some(ProviderKind::OAuth2) {
        section.require("id", "is required for this type");
    }
    let path = |claim: &str| {
        let path = section.parsed(claim, "a path like `emails[0].value`", |text| text.parse().ok());
        path.map(|path| (claim.to_owned(), path))
    };
    CLAIMS.into_iter().filter_map(path).collect()
}

/// A scope is visible ASCII without `"` and `\` (RFC 6749 section 3.3).
fn is_scope(scope: &str) -> bool {
    !scope.is_empty() && scope.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
}

fn is_free(parameter: &str) -> Result<(), Complaint> {
    let is_reserved = is_reserved(parameter);
    if is_reserved { Err("is set by the sign-in itself".into()) } else { Ok(()) }
}
