//! The section `providers`: one inner section per provider, with or without a page of its own.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::built_in_providers::BUILT_IN_PROVIDERS;
use super::error::{Problem, closest, did_you_mean};
use super::getters::filled_text;
use super::provider::{ProviderKind, ProviderSettings};
use super::reader::Section;
use super::urls::{self, AllowHttp};
use crate::domain::client_authentication::ClientAuthentication;
use crate::domain::id::{InvalidProviderName, ProviderName};
use crate::domain::json_path::JsonPath;
use crate::domain::reserved::is_reserved;

const KINDS: [(&str, ProviderKind); 2] = [("oidc", ProviderKind::Oidc), ("oauth2", ProviderKind::OAuth2)];

const CLIENT_AUTHENTICATIONS: [(&str, ClientAuthentication); 4] = [
    ("client_secret_basic", ClientAuthentication::ClientSecretBasic),
    ("client_secret_post", ClientAuthentication::ClientSecretPost),
    ("private_key_jwt", ClientAuthentication::PrivateKeyJwt),
    ("none", ClientAuthentication::None),
];

/// Settings that mean something to a few providers alone.
const SPECIAL: [(&str, &[&str]); 9] = [
    ("team_id", &["apple"]),
    ("base_url", &["github", "gitlab"]),
    ("tenant", &["azuread", "entraid"]),
    ("version", &["facebook", "twitter"]),
    ("appsecret_proof", &["facebook"]),
    ("default_connection", &["workos"]),
    ("default_organization", &["workos"]),
    ("default_domain", &["workos"]),
    ("request_token_url", &["twitter"]),
];

const RESPONSE_MODES: [(&str, &str); 2] = [("query", "query"), ("form_post", "form_post")];

/// Where a profile's parts may be said to stand.
const CLAIMS: [&str; 6] = ["id", "email", "email_verified", "name", "picture", "locale"];

/// What may sign an ID token: a public key, never the client's secret and never nothing.
const ID_TOKEN_ALGORITHMS: [&str; 9] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];

pub(super) fn providers(
    mut section: Section<'_>,
    allow_private_networks: bool,
) -> BTreeMap<ProviderName, ProviderSettings> {
    let http = if allow_private_networks { AllowHttp::Anywhere } else { AllowHttp::OnLoopback };
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
    for (key, _) in SPECIAL.iter().filter(|(key, names)| section.is_set(key) && !names.contains(&name)) {
        special(&section, key, name);
    }
    let client_authentication = section.choice("client_authentication", &CLIENT_AUTHENTICATIONS);
    proof(&section, name, client_authentication);
    ProviderSettings {
        kind,
        label: section.text("label"),
        icon: section.parsed("icon", "a name of a-z, 0-9 and '-', or an https URL", icon),
        client_id,
        client_secret: section.secret("client_secret"),
        client_authentication,
        private_key: section.secret("private_key"),
        key_id: section.text("key_id"),
        team_id: section.text("team_id"),
        audiences: section.list("audiences").unwrap_or_default(),
        base_url: section.url("base_url", http),
        tenant: section.parsed("tenant", "the id or domain of a tenant, or \"common\"", tenant),
        version: section.parsed("version", version_of(name), |text| is_version(name, text).then(|| text.to_owned())),
        appsecret_proof: section.truth("appsecret_proof"),
        default_connection: section.text("default_connection"),
        default_organization: section.text("default_organization"),
        default_domain: section.text("default_domain"),
        issuer: issuer(&mut section, http),
        authorization_url: section.url("authorization_url", http),
        token_url: section.url("token_url", http),
        userinfo_url: section.url("userinfo_url", http),
        jwks_url: section.url("jwks_url", http),
        request_token_url: section.url("request_token_url", http),
        revocation_url: section.url("revocation_url", http),
        response_mode: section.choice("response_mode", &RESPONSE_MODES).map(str::to_owned),
        scopes: section.checked_list("scopes", "one scope, without blanks or quotes", is_scope),
        pkce: section.truth("pkce"),
        id_token_algorithms: section.checked_list(
            "id_token_algorithms",
            &format!("one of {}", ID_TOKEN_ALGORITHMS.join(", ")),
            |name| ID_TOKEN_ALGORITHMS.contains(&name),
        ),
        parameters: section.texts("parameters", is_free),
        claims: claims(section.section("claims")),
    }
}

/// How the client proves itself has to be there, and nothing that would never be used.
fn proof(section: &Section<'_>, name: &str, authentication: Option<ClientAuthentication>) {
    let is_apple = name == "apple";
    if is_apple || authentication == Some(ClientAuthentication::PrivateKeyJwt) {
        if !section.is_secret_set("private_key") {
            section.error("private_key", "is required, or private_key_file");
        }
        if section.is_secret_set("client_secret") {
            let problem = Problem::from("is not used: this client proves itself with private_key");
            section.error(&section.secret_key("client_secret"), problem.suggest("leave it out"));
        }
    } else {
        if authentication != Some(ClientAuthentication::None) && !section.is_secret_set("client_secret") {
            let problem = Problem::from("is required, or client_secret_file");
            section.error("client_secret", problem.suggest("a public client says client_authentication = \"none\""));
        }
        for key in [section.secret_key("private_key"), "key_id".to_owned()] {
            if section.is_set(&key) {
                let problem = Problem::from("is not used by this client");
                section.error(&key, problem.suggest("it goes with client_authentication = \"private_key_jwt\""));
            }
        }
    }
    if is_apple {
        section.require("team_id", "is required: the ten characters of the team");
        section.require("key_id", "is required: the ten characters in the name of the key file");
    }
}

fn special(section: &Section<'_>, key: &str, name: &str) {
    let names = SPECIAL.iter().find(|(special, _)| *special == key).map_or(&[][..], |(_, names)| *names);
    let problem = Problem::from(format!("means nothing to {name}"));
    section.error(key, problem.suggest(format!("it is for {}", names.join(" and "))));
}

fn icon(text: &str) -> Option<String> {
    let is_name = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let is_picture = || text.starts_with("https://") && urls::parse(text, AllowHttp::OnLoopback).is_ok();
    (is_name || is_picture()).then(|| text.to_owned())
}

/// It becomes part of a path.
fn tenant(text: &str) -> Option<String> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.');
    (is_plain && !text.starts_with('.')).then(|| text.to_owned())
}

fn version_of(name: &str) -> &'static str {
    if name == "twitter" { "\"1.0a\" or \"2\"" } else { "a version like v22.0" }
}

fn is_version(name: &str, text: &str) -> bool {
    if name == "twitter" {
        return matches!(text, "1.0a" | "2");
    }
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.strip_prefix('v').and_then(|number| number.split_once('.'));
    number.is_some_and(|(major, minor)| is_number(major) && is_number(minor))
}

/// The `type`, and what a provider of that type cannot do without.
fn kind(section: &mut Section<'_>, name: &str) -> Option<ProviderKind> {
    let is_built_in = BUILT_IN_PROVIDERS.contains(&name);
    if is_built_in && section.is_set("type") {
        section.error("type", Problem::from("is known for this provider").suggest("leave it out"));
    } else if !is_built_in {
        let problem = Problem::from("is required: this provider is not built in");
        let meant = closest(name, BUILT_IN_PROVIDERS.iter().copied());
        let suggestion = meant.map_or_else(
            || "write type = \"oidc\" or \"oauth2\"".to_owned(),
            |near| did_you_mean(&format!("providers.{near}")),
        );
        section.require("type", problem.suggest(suggestion));
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

/// Checked as a URL (OpenID Connect Discovery section 2) and kept as it was written. One that leaves its tenant open
/// has no address to discover anything at.
fn issuer(section: &mut Section<'_>, http: AllowHttp) -> Option<String> {
    let is_whole = ["authorization_url", "token_url", "jwks_url"].iter().all(|key| section.is_set(key));
    section.read("issuer", |node| {
        let text = filled_text(node)?;
        let url = urls::parse(&text.replace("{tenantid}", "tenant"), http)?;
        if url.query().is_some() {
            return Err("has a query".into());
        }
        if text.contains("{tenantid}") && !is_whole {
            let problem = Problem::from("leaves its tenant open, so nothing can be discovered there");
            return Err(problem.suggest("set authorization_url, token_url and jwks_url"));
        }
        Ok(text)
    })
}

fn claims(mut section: Section<'_>) -> BTreeMap<String, JsonPath> {
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

fn is_free(parameter: &str) -> Result<(), Problem> {
    let is_reserved = is_reserved(parameter);
    if is_reserved { Err("is set by the sign-in itself".into()) } else { Ok(()) }
}
