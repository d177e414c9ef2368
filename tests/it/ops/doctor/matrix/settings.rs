//! Faults of the settings themselves: keys, return URLs, proxies, files.

use std::os::unix::fs::PermissionsExt;

use crate::ops::doctor::case::{Base, Case, case, swap, with_line};
use crate::ops::doctor::setup::{VAULT_KEY, World};
use Base::{Offline, Production};

const JWT: &str = "jwt = [{ algorithm = 'ES256', key_file = 'jwt.pem' }]";
const VAULT: &str = "vault = [{ id = 'a', key_file = 'vault.key' }]";

fn jwt(text: &str, key: &str) -> String {
    swap(text, JWT, &format!("jwt = [{{ {key} }}]"))
}

fn vault(text: &str, keys: &str) -> String {
    swap(text, VAULT, &format!("vault = [{keys}]"))
}

fn redirects(text: &str, urls: &str) -> String {
    swap(text, "allowed_redirect_urls = []", &format!("allowed_redirect_urls = [{urls}]"))
}

fn change_mode(world: &World, name: &str, mode: u32) {
    let path = world.folder().join(name);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("changed");
}

pub fn cases() -> Vec<Case> {
    let mut cases = invalid();
    cases.extend(dangerous());
    cases.extend(keys());
    cases.extend(urls());
    cases
}

/// What the service refuses to start with.
fn invalid() -> Vec<Case> {
    let refused = |name, setting, spoil| case(Production, name, "settings-invalid", setting, spoil);
    vec![
        refused("a short HS256 key", "keys.jwt[0].key", |_, text| jwt(&text, "algorithm = 'HS256', key = 'short'")),
        refused("a short vault key", "keys.vault[0].key", |_, text| vault(&text, "{ id = 'a', key = 'abcd' }")),
        refused("a key file that others read", "keys.vault[0].key_file", |world, text| {
            change_mode(world, "vault.key", 0o644);
            text
        }),
        refused("a missing key file", "keys.jwt[0].key_file", |_, text| swap(&text, "'jwt.pem'", "'gone.pem'")),
        refused("a wildcard over a public suffix", "client.allowed_redirect_urls[0]", |_, text| {
            redirects(&text, "'https://*.vercel.app'")
        }),
        refused("a return URL by http", "client.allowed_redirect_urls[0]", |_, text| {
            redirects(&text, "'http://app.example.test'")
        }),
        refused("no return URL", "client.url", |_, text| swap(&text, "url = 'https://app.example.test/'", "")),
        refused("a public URL by http", "server.public_url", |_, text| {
            swap(&text, "'https://auth.example.test'", "'http://auth.example.test'")
        }),
        refused("a misspelt key", "server.bnid", |_, text| {
            swap(&text, "bind = '127.0.0.1:4000'", "bnid = '127.0.0.1:4000'")
        }),
    ]
}

/// What the service warns of.
fn dangerous() -> Vec<Case> {
    vec![
        case(Production, "every proxy trusted", "every-proxy-trusted", "server.trusted_proxies", |_, text| {
            swap(&text, "['127.0.0.1', '::1']", "['0.0.0.0/0']")
        }),
        case(Production, "tokens in URLs", "tokens-in-url", "compat.refresh_token_in_url", |_, text| {
            swap(&text, "refresh_token_in_url = false", "")
        }),
        case(Production, "no rate limits", "rate-limits-off", "rate_limit.enabled", |_, text| {
            format!("{text}[rate_limit]\nenabled = false\n")
        }),
        case(Production, "long access tokens", "access-tokens-long-lived", "session.access_token_ttl", |_, text| {
            format!("{text}[session]\naccess_token_ttl = '30d'\n")
        }),
        case(Production, "a secret that others read", "secret-file-readable", "client_secret_file", |world, text| {
            std::fs::write(world.folder().join("github.secret"), "0123456789abcdef").expect("written");
            change_mode(world, "github.secret", 0o644);
            format!("{text}[providers.github]\nclient_id = 'Iv1.0123456789'\nclient_secret_file = 'github.secret'\n")
        }),
        case(Production, "no trusted proxy", "proxy-not-trusted", "server.trusted_proxies", |_, text| {
            swap(&text, "['127.0.0.1', '::1']", "[]")
        }),
        case(Production, "another machine's proxy", "proxy-not-listed", "server.trusted_proxies", |_, text| {
            swap(&text, "['127.0.0.1', '::1']", "['10.0.0.7']")
        }),
        case(Offline(&[]), "development in public", "development-mode", "mode", |_, text| {
            let text = swap(&text, "'http://127.0.0.1:1'", "'https://auth.example.test'");
            with_line(&text, "server", "trusted_proxies = ['127.0.0.1']")
        }),
        case(Offline(&[]), "two ports", "public-url-port", "server.public_url", |_, text| {
            swap(&text, "'127.0.0.1:1'", "'127.0.0.1:2'")
        }),
    ]
}

fn keys() -> Vec<Case> {
    vec![
        case(Production, "a weak RSA key", "jwt-key-unusable", "keys.jwt[0]", |_, text| {
            jwt(&text, "algorithm = 'RS256', key_file = 'weak.pem'")
        }),
        case(Production, "a key of another algorithm", "jwt-key-unusable", "keys.jwt[0]", |_, text| {
            jwt(&text, "algorithm = 'EdDSA', key_file = 'jwt.pem'")
        }),
        case(Production, "a short HS512 key", "jwt-key-short", "keys.jwt[0]", |_, text| {
            jwt(&text, "algorithm = 'HS512', key = 'q8Zr2mW0xKc7vT4nJ1pL9sYd6hF3gB5a'")
        }),
        case(Production, "a typed secret", "key-guessable", "keys.jwt[0]", |_, text| {
            jwt(&text, "algorithm = 'HS256', key = 'secretsecretsecretsecretsecretsecret'")
        }),
        case(Production, "a typed vault key", "key-guessable", "keys.vault[0]", |_, text| {
            vault(&text, &format!("{{ id = 'a', key = '{}' }}", "ab".repeat(32)))
        }),
        case(Production, "one key for both", "keys-equal", "keys.vault[0]", |_, text| {
            jwt(&text, &format!("algorithm = 'HS256', key = '{VAULT_KEY}'"))
        }),
        case(Production, "one key under two ids", "keys-equal", "keys.vault[1]", |_, text| {
            vault(&text, "{ id = 'b', key_file = 'vault.key' }, { id = 'a', key_file = 'vault.key' }")
        }),
        case(
            Production,
            "a folder that others write",
            "key-folder-writable",
            "keys.vault[0].key_file",
            |world, text| {
                std::fs::create_dir(world.folder().join("shared")).expect("a folder");
                std::fs::rename(world.folder().join("vault.key"), world.folder().join("shared/vault.key"))
                    .expect("moved");
                change_mode(world, "shared", 0o777);
                swap(&text, "'vault.key'", "'shared/vault.key'")
            },
        ),
    ]
}

fn urls() -> Vec<Case> {
    vec![
        case(Production, "a URL twice", "return-url-duplicate", "client.allowed_redirect_urls[1]", |_, text| {
            redirects(&text, "'https://b.example.test', 'https://b.example.test/'")
        }),
        case(Production, "a URL below another", "return-url-shadowed", "client.allowed_redirect_urls[0]", |_, text| {
            redirects(&text, "'https://app.example.test/signed-in'")
        }),
        case(Production, "a trailing dot", "return-url-trailing-dot", "client.allowed_redirect_urls[0]", |_, text| {
            redirects(&text, "'https://b.example.test.'")
        }),
        case(Production, "our own URL", "return-url-own", "client.url", |_, text| {
            swap(&text, "'https://app.example.test/'", "'https://auth.example.test/'")
        }),
        case(Offline(&[]), "plain http", "return-url-plain-http", "client.url", |_, text| {
            swap(&text, "'https://app.test/'", "'http://app.test/'")
        }),
    ]
}
