//! What production requires and refuses.

use super::{keys, only};
use crate::settings::{Settings, SqliteSynchronous};

/// The least that production requires, with `changes`.
pub(super) fn production(changes: &[(&str, &str)]) -> Result<Settings, super::SettingsErrors> {
    let mut text = format!(
        "[server]\nbind = \"0.0.0.0:4000\"\npublic_url = \"https://auth.example.com\"\n\
         [database]\nurl = \"postgres://h/n?sslmode=require\"\n\
         [client]\nurl = \"https://app.example.com\"\nallowed_redirect_urls = [\"myapp://callback\"]\n\
         [keys]\njwt = {{ algorithm = \"HS256\", key = \"{0}\" }}\nvault = {{ id = \"a\", key = \"{0}\" }}\n",
        "ab".repeat(32)
    );
    for (old, new) in changes {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    Settings::from_toml(&text)
}

#[test]
fn production_loads_with_what_it_requires() {
    let settings = production(&[]).expect("settings");
    assert!(settings.server.is_https());
    assert_eq!(settings.session.issuer, "https://auth.example.com");
    assert_eq!(settings.database.sqlite_synchronous, SqliteSynchronous::Full);
    let development = Settings::from_toml("mode = \"development\"").expect("settings");
    assert_eq!(development.database.sqlite_synchronous, SqliteSynchronous::Normal);
}

#[test]
fn an_empty_file_lists_all_that_production_requires() {
    assert_eq!(
        keys(&Settings::from_toml("server.bind = \"0.0.0.0:4000\"")),
        ["server.public_url", "database.url", "client.url", "keys.jwt", "keys.vault"]
    );
}

#[test]
fn generated_keys_are_for_development() {
    let result = Settings::from_toml("[keys]\njwt = []\nvault = []").expect_err("errors");
    for key in ["keys.jwt", "keys.vault"] {
        let error = result.iter().find(|error| error.key == key).expect(key);
        assert!(error.reason.contains("generated keys are for development"));
    }
}

#[test]
fn the_public_url_is_https_in_production() {
    assert_eq!(only(production(&[("https://auth", "http://auth")])).key, "server.public_url");
}

#[test]
fn return_urls_are_not_plain_http_in_production() {
    assert_eq!(only(production(&[("https://app", "http://app")])).key, "client.url");
    for rule in ["http://other.example.com", "HTTP://*.preview.example.com", "http://localhost.example.com"] {
        assert_eq!(only(production(&[("myapp://callback", rule)])).key, "client.allowed_redirect_urls[0]", "{rule}");
    }
    for rule in ["http://localhost:3000", "http://127.0.0.1", "http://[::1]:3000"] {
        assert!(production(&[("myapp://callback", rule)]).is_ok(), "{rule}");
    }
    assert_eq!(only(production(&[("myapp://callback", "https://*")])).key, "client.allowed_redirect_urls[0]");
}

#[test]
fn a_provider_on_this_machine_is_refused_in_production() {
    let with = |lines: &str| production(&[("[client]", &format!("{lines}\n[client]"))]);
    let acme = "[providers.acme]\ntype = \"oidc\"\nclient_id = \"a\"\nclient_secret = \"b\"\n";
    for issuer in ["http://127.0.0.1:8080/realms/x", "https://localhost:8443"] {
        let lines = format!("{acme}issuer = \"{issuer}\"");
        let error = only(with(&lines));
        assert_eq!(error.key, "providers.acme.issuer");
        assert!(error.suggestion.is_some_and(|suggestion| suggestion.contains("upstream.allow_private_networks")));
        assert!(with(&format!("{lines}\n[upstream]\nallow_private_networks = true")).is_ok());
    }
}

#[cfg(unix)]
#[test]
fn a_key_file_readable_by_others_is_refused_in_production() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("vault.key");
    std::fs::write(&path, "ab".repeat(32)).expect("written");
    let vault = format!("id = \"a\", key = \"{}\"", "ab".repeat(32));
    let in_file = format!("id = \"a\", key_file = \"{}\"", path.display());
    for (mode, is_fine) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false), (0o644, false)] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("changed");
        let result = production(&[(&vault, &in_file)]);
        assert_eq!(result.is_ok(), is_fine, "{mode:o}");
        if !is_fine {
            let error = only(result);
            assert_eq!((error.key.as_str(), error.suggestion.as_deref()), ("keys.vault.key_file", Some("chmod 600")));
        }
    }
    let development = format!("mode = \"development\"\nkeys.vault = {{ {in_file} }}");
    assert!(Settings::from_toml(&development).is_ok());
}

#[test]
fn pages_are_named_after_the_host_of_the_app() {
    let name = |changes: &[(&str, &str)]| production(changes).expect("settings").pages.name;
    assert_eq!(name(&[]), "app.example.com");
    assert_eq!(name(&[("https://app.example.com", "myapp://callback")]), "auth.example.com");
    assert_eq!(name(&[("[client]", "[pages]\nname = \"Example\"\n[client]")]), "Example");
}
