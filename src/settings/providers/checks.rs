//! Checks of single keys of a provider.

use crate::domain::client_authentication::ClientAuthentication;
use crate::domain::custody::Custody;
use crate::domain::reserved::is_reserved;
use crate::settings::providers::CUSTODIES;
use crate::settings::reader::error::Problem;
use crate::settings::reader::url::{self, AllowHttp};
use crate::settings::reader::{Section, non_empty_text};

/// Keys of certain providers only.
const SPECIFIC: [(&str, &[&str]); 9] = [
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

/// Algorithms of ID tokens: asymmetric ones, never an HMAC and never `none`.
const ID_TOKEN_ALGORITHMS: [&str; 10] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA", "Ed25519"];

/// Requires the credentials that the client authentication needs, and refuses those that it would not use.
pub(super) fn client_credentials(section: &Section<'_>, name: &str, authentication: Option<ClientAuthentication>) {
    let is_apple = name == "apple";
    if is_apple || authentication == Some(ClientAuthentication::PrivateKeyJwt) {
        if !section.is_secret_set("private_key") {
            section.error("private_key", "is required, or private_key_file");
        }
        if section.is_secret_set("client_secret") {
            let problem = Problem::from("is not used: this client authenticates with private_key");
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

/// Adds an error for each key that has no meaning for this provider.
pub(super) fn specific_keys(section: &Section<'_>, name: &str) {
    for (key, names) in SPECIFIC.iter().filter(|(key, names)| section.is_set(key) && !names.contains(&name)) {
        let problem = Problem::from(format!("has no meaning for {name}"));
        section.error(key, problem.suggest(format!("it is for {}", names.join(" and "))));
    }
}

pub(super) fn icon(text: &str) -> Option<String> {
    let is_name = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let is_picture = || text.starts_with("https://") && url::parse(text, AllowHttp::OnLoopback).is_ok();
    (is_name || is_picture()).then(|| text.to_owned())
}

/// It becomes part of a path.
pub(super) fn tenant(text: &str) -> Option<String> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.');
    (is_plain && !text.starts_with('.')).then(|| text.to_owned())
}

pub(super) fn version_format(name: &str) -> &'static str {
    if name == "twitter" { "\"1.0a\" or \"2\"" } else { "a version like v22.0" }
}

pub(super) fn version(name: &str, text: &str) -> Option<String> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.strip_prefix('v').and_then(|number| number.split_once('.'));
    let is_version = match name {
        "twitter" => matches!(text, "1.0a" | "2"),
        _ => number.is_some_and(|(major, minor)| is_number(major) && is_number(minor)),
    };
    is_version.then(|| text.to_owned())
}

/// Checked as a URL (OpenID Connect Discovery section 2) and returned unchanged. An issuer with a tenant placeholder
/// has no discovery document.
pub(super) fn issuer(section: &mut Section<'_>, http: AllowHttp) -> Option<String> {
    let has_endpoints = ["authorization_url", "token_url", "jwks_url"].iter().all(|key| section.is_set(key));
    section.read("issuer", |node| {
        let text = non_empty_text(node)?;
        let url = url::parse(&text.replace("{tenantid}", "tenant"), http)?;
        if url.query().is_some() {
            return Err("has a query".into());
        }
        if text.contains("{tenantid}") && !has_endpoints {
            let problem = Problem::from("has a tenant placeholder, so it has no discovery document");
            return Err(problem.suggest("set authorization_url, token_url and jwks_url"));
        }
        Ok(text)
    })
}

pub(super) fn id_token_algorithms(section: &mut Section<'_>) -> Option<Vec<String>> {
    let expected = format!("one of {}", ID_TOKEN_ALGORITHMS.join(", "));
    section.checked_list("id_token_algorithms", &expected, |name| ID_TOKEN_ALGORITHMS.contains(&name))
}

/// A scope is visible ASCII without `"` and `\` (RFC 6749 section 3.3).
pub(in crate::settings) fn is_scope(scope: &str) -> bool {
    !scope.is_empty() && scope.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
}

/// Scopes that an app may ask for: it separates them with spaces or commas.
pub(super) fn allowed_scopes(section: &mut Section<'_>) -> Vec<String> {
    let is_scope = |scope: &str| is_scope(scope) && !scope.contains(',');
    section.checked_list("allowed_scopes", "one scope, without blanks, commas or quotes", is_scope).unwrap_or_default()
}

/// The tokens of OAuth 1.0a do not expire and cannot be refreshed, so there is nothing to look after.
pub(super) fn custody(section: &mut Section<'_>, name: &str, version: Option<&str>) -> Custody {
    let is_oauth1 = name == "twitter" && version != Some("2");
    let custody = section.choice("custody", &CUSTODIES).unwrap_or_default();
    if is_oauth1 && custody == Custody::Managed {
        let problem = Problem::from("\"managed\" needs OAuth 2.0: tokens of OAuth 1.0a do not expire");
        section.error("custody", problem.suggest("set version = \"2\", or leave it out"));
    }
    custody
}

/// A parameter of the authorization request that the sign-in does not set itself.
pub(super) fn parameter(name: &str) -> Result<(), Problem> {
    if is_reserved(name) { Err("is set by the sign-in itself".into()) } else { Ok(()) }
}
