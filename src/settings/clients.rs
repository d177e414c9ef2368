//! The section `clients`: one inner section per backend that exchanges tokens.

use std::collections::{BTreeMap, BTreeSet};

use super::providers::{ProviderSettings, is_scope};
use super::reader::Section;
use super::reader::error::Problem;
use super::warnings::Risk;
use super::{BUILT_IN_PROVIDERS, Mode};
use crate::domain::custody::Custody;
use crate::domain::id::ProviderName;

/// The longest name, which each event of the audit trail repeats.
const MAX_NAME_LENGTH: usize = 32;

/// How a client proves who it is; one of these keys is required.
const CREDENTIALS: [&str; 4] = ["secret_sha256", "public_key", "public_key_file", "jwks_file"];

/// One backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendClient {
    /// How it proves who it is.
    pub credential: BackendCredential,
    /// `providers`: those whose tokens it may ask for.
    pub providers: BTreeSet<ProviderName>,
    /// `scopes`: those that it may ask for; `None`: all.
    pub scopes: Option<BTreeSet<String>>,
    /// `offline`: whether it may act for users without a session.
    pub offline: bool,
}

/// What is known of a client's credential, none of which is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BackendCredential {
    /// `secret_sha256`: SHA-256 of each secret that is accepted.
    Secrets(Vec<[u8; 32]>),
    /// `public_key` or the content of `public_key_file`: PEM.
    PublicKey(String),
    /// The content of `jwks_file`: a JSON Web Key Set.
    Jwks(String),
}

pub(super) fn read(
    mut section: Section<'_>,
    mode: Mode,
    providers: &BTreeMap<ProviderName, ProviderSettings>,
) -> BTreeMap<String, BackendClient> {
    let mut clients = BTreeMap::new();
    for name in section.names() {
        if !is_name(&name) {
            section.error(&name, format!("a client's name is 1 to {MAX_NAME_LENGTH} of a-z, 0-9, '-' and '_'"));
        }
        if let Some(client) = read_one(section.section(&name), mode, providers) {
            clients.insert(name, client);
        }
    }
    clients
}

fn is_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    (1..=MAX_NAME_LENGTH).contains(&name.len()) && name.bytes().all(is_allowed)
}

fn read_one(
    mut section: Section<'_>,
    mode: Mode,
    configured: &BTreeMap<ProviderName, ProviderSettings>,
) -> Option<BackendClient> {
    section.require("providers", "is required: the providers whose tokens the client may ask for");
    let credential = credential(&mut section);
    let providers = section.checked_list("providers", "the name of a provider", is_provider);
    let providers: Option<BTreeSet<ProviderName>> =
        providers.map(|names| names.iter().filter_map(|name| name.parse().ok()).collect());
    if providers.as_ref().is_some_and(BTreeSet::is_empty) {
        section.error("providers", "names no provider");
    }
    for provider in providers.iter().flatten() {
        warn(&section, mode, provider, configured);
    }
    let scopes = section.checked_list("scopes", "one scope, without blanks or quotes", is_scope);
    let scopes = scopes.map(|scopes| scopes.into_iter().collect());
    let offline = section.boolean("offline").unwrap_or(false);
    Some(BackendClient { credential: credential?, providers: providers?, scopes, offline })
}

fn is_provider(name: &str) -> bool {
    name.parse::<ProviderName>().is_ok()
}

fn credential(section: &mut Section<'_>) -> Option<BackendCredential> {
    let given: Vec<_> = CREDENTIALS.into_iter().filter(|key| section.is_set(key)).collect();
    match given.as_slice() {
        [] => {
            let problem = Problem::from("is required, or public_key_file or jwks_file");
            section.error("secret_sha256", problem.suggest("create a secret with `vouchsafe keys client-secret`"));
        }
        [_] => {}
        [first, second, ..] => {
            section
                .error(second, Problem::from(format!("is set together with `{first}`")).suggest("keep one of the two"));
        }
    }
    let secrets = section.parsed("secret_sha256", "the SHA-256 of a secret: 64 hexadecimal digits", hashes);
    let inline = section.text("public_key").map(String::into_bytes);
    let public_key = inline.or_else(|| section.file("public_key_file"));
    let key = if given.contains(&"public_key") { "public_key" } else { "public_key_file" };
    let public_key = checked(section, key, public_key, "is not a public key in PEM", |text| {
        text.contains("-----BEGIN PUBLIC KEY-----")
    });
    let jwks = section.file("jwks_file");
    let jwks = checked(section, "jwks_file", jwks, "is not a JSON Web Key Set", |text| {
        serde_json::from_str::<serde_json::Value>(text).is_ok_and(|set| set["keys"].is_array())
    });
    let secrets = secrets.map(BackendCredential::Secrets);
    secrets.or(public_key.map(BackendCredential::PublicKey)).or(jwks.map(BackendCredential::Jwks))
}

/// The hashes in a text, separated by blanks.
fn hashes(text: &str) -> Option<Vec<[u8; 32]>> {
    let hash = |word: &str| {
        let mut hash = [0; 32];
        hex::decode_to_slice(word, &mut hash).ok().map(|()| hash)
    };
    text.split_whitespace().map(hash).collect()
}

/// The text in `content`, if `is_suitable` accepts it.
fn checked(
    section: &Section<'_>,
    key: &str,
    content: Option<Vec<u8>>,
    fault: &str,
    is_suitable: impl Fn(&str) -> bool,
) -> Option<String> {
    let text = String::from_utf8(content?).ok().filter(|text| is_suitable(text));
    if text.is_none() {
        section.error(key, fault);
    }
    text
}

/// Warns if the provider has no tokens for the client.
fn warn(
    section: &Section<'_>,
    mode: Mode,
    provider: &ProviderName,
    configured: &BTreeMap<ProviderName, ProviderSettings>,
) {
    let is_simulated = mode == Mode::Development && BUILT_IN_PROVIDERS.contains(&provider.as_str());
    match configured.get(provider).map(|settings| settings.custody) {
        Some(Custody::Once) => section.warn("providers", Risk::ClientProviderOnce),
        None if !is_simulated => section.warn("providers", Risk::ClientProviderUnknown),
        Some(Custody::Managed) | None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Settings, SettingsErrors};

    const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    fn load(text: &str) -> Result<Settings, SettingsErrors> {
        Settings::from_toml(&format!("mode = 'development'\n{text}"))
    }

    fn errors(text: &str) -> String {
        load(text).expect_err("an error").to_string()
    }

    #[test]
    fn client_has_one_credential_and_what_it_may_ask_for() {
        let settings = load(&format!(
            "[clients.a]\nsecret_sha256 = '{HASH} {HASH}'\nproviders = ['github', 'google']\n\
             [clients.b]\npublic_key = '''-----BEGIN PUBLIC KEY-----\nx'''\nproviders = ['github']\nscopes = ['repo']\n\
             offline = true"
        ))
        .expect("settings");
        let (first, second) = (&settings.clients["a"], &settings.clients["b"]);
        assert!(matches!(&first.credential, BackendCredential::Secrets(hashes) if hashes.len() == 2));
        assert_eq!((first.providers.len(), &first.scopes, first.offline), (2, &None, false));
        assert!(matches!(second.credential, BackendCredential::PublicKey(_)));
        assert_eq!((&second.scopes, second.offline), (&Some(["repo".to_owned()].into()), true));
    }

    #[test]
    fn faulty_client_is_an_error_for_each_key() {
        for (text, expected) in [
            ("", "clients.a.secret_sha256: is required"),
            ("", "clients.a.providers: is required"),
            ("secret_sha256 = 'my-secret'", "clients.a.secret_sha256: expected the SHA-256"),
            (&format!("secret_sha256 = '{}'", &HASH[1..]), "clients.a.secret_sha256: expected the SHA-256"),
            ("public_key = 'x'", "clients.a.public_key: is not a public key in PEM"),
            ("jwks_file = 'missing.json'", "clients.a.jwks_file: the file missing.json cannot be read"),
            ("providers = []", "clients.a.providers: names no provider"),
            ("providers = ['Git Hub']", "clients.a.providers[0]: expected the name of a provider"),
            ("scopes = ['a b']", "clients.a.scopes[0]: expected one scope"),
            (&format!("secret_sha256 = '{HASH}'\njwks_file = 'x.json'"), "clients.a.jwks_file: is set together"),
        ] {
            let errors = errors(&format!("[clients.a]\n{text}"));
            assert!(errors.contains(expected) && !errors.contains("my-secret"), "{text}: {errors}");
        }
        assert!(errors("[clients.'A b']").contains("a client's name is 1 to 32"));
    }

    #[test]
    fn client_of_a_provider_without_tokens_is_warned_of() {
        let risks = |provider: &str| {
            let google = "[providers.google]\nclient_id = 'a'\nclient_secret = 'b'\n";
            let gitlab = "[providers.gitlab]\nclient_id = 'a'\nclient_secret = 'b'\ncustody = 'managed'\n";
            let client = format!("[clients.a]\nsecret_sha256 = '{HASH}'\nproviders = ['{provider}']");
            let text = format!("{google}{gitlab}{client}");
            load(&text).expect("settings").warnings.into_iter().map(|warning| warning.risk).collect::<Vec<_>>()
        };
        assert_eq!(risks("githib"), [Risk::ClientProviderUnknown]);
        assert_eq!(risks("google"), [Risk::ClientProviderOnce]);
        assert_eq!(risks("gitlab"), []);
        assert_eq!(risks("github"), [], "it is simulated");
    }
}
