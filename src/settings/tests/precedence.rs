//! The precedence of the sources, and the types of texts from environment and flags.

use std::time::Duration;

use super::{development, layered, only, pairs};
use crate::domain::secret::Secret;
use crate::settings::{Mode, Settings, Sources};

const FILE: &str = "mode = \"development\"\n[server]\nbind = \"127.0.0.1:1\"\nworkers = 1\nmax_in_flight = 1";

#[test]
fn flags_override_environment_file_and_defaults() {
    let settings = layered(
        FILE,
        &[("VOUCHSAFE__SERVER__BIND", "127.0.0.1:2"), ("VOUCHSAFE__SERVER__WORKERS", "2")],
        &[("server.bind", "127.0.0.1:3")],
    );
    let server = settings.expect("settings").server;
    assert_eq!((server.bind.port(), server.workers, server.max_in_flight), (3, 2, 1));
    let defaults = Settings::load(Sources::default()).expect("settings").server;
    assert_eq!((defaults.bind.port(), defaults.workers, defaults.max_in_flight), (4000, 0, 512));
}

#[test]
fn the_default_mode_is_production_only_with_a_file() {
    let bare = Settings::load(Sources::default()).expect("settings");
    assert_eq!(bare.mode, Mode::Development);
    let errors = Settings::from_toml("").expect_err("production needs more");
    assert!(errors.iter().any(|error| error.key == "keys.jwt"));
    let environment = pairs(&[("VOUCHSAFE__MODE", "production")]);
    assert!(Settings::load(Sources { environment, ..Sources::default() }).is_err());
}

#[test]
fn the_public_url_of_development_follows_bind() {
    let settings = development("server.bind = \"[::1]:5000\"").expect("settings");
    assert_eq!(settings.server.public_base(), "http://[::1]:5000");
    assert_eq!(settings.session.issuer, "http://[::1]:5000");
    assert_eq!(settings.client.return_urls.default_url().as_str(), "http://[::1]:5000/");
    assert!(!settings.server.is_https());
}

#[test]
fn the_public_url_loses_its_last_slash_and_keeps_its_path() {
    for (written, base, path) in [
        ("https://auth.example.com", "https://auth.example.com", "/"),
        ("https://auth.example.com/", "https://auth.example.com", "/"),
        ("https://auth.example.com/v1/", "https://auth.example.com/v1", "/v1"),
    ] {
        let settings = development(&format!("server.public_url = \"{written}\"")).expect("settings");
        assert_eq!(settings.server.public_base(), base);
        assert_eq!(settings.server.public_url.path(), path);
        assert_eq!(settings.client.return_urls.default_url().as_str(), "https://auth.example.com/");
        assert!(settings.server.is_https());
    }
}

#[test]
fn every_type_is_read_from_the_environment() {
    let settings = layered(
        "mode = \"development\"",
        &[
            ("vouchsafe__server__workers", "3"),
            ("VOUCHSAFE__SIGN_UP__ENABLED", "false"),
            ("VOUCHSAFE__FLOW__TTL", "90s"),
            ("VOUCHSAFE__NHOST__PATHS", "/, /auth"),
            ("VOUCHSAFE__CLIENT__ALLOWED_REDIRECT_URLS", ""),
            ("VOUCHSAFE__PROVIDERS__GITHUB__CLIENT_ID", "007"),
            ("VOUCHSAFE__PROVIDERS__GITHUB__CLIENT_SECRET", "0123456"),
            ("VOUCHSAFE__PROVIDERS__GITHUB__PARAMETERS__ALLOW_SIGNUP", "false"),
            ("VOUCHSAFE_CONFIG", "elsewhere.toml"),
            ("VOUCHSAFE_PORT_4000_TCP", "left alone"),
            ("PATH", "/bin"),
        ],
        &[],
    );
    let settings = settings.expect("settings");
    assert_eq!(settings.server.workers, 3);
    assert!(!settings.sign_up.enabled);
    assert_eq!(settings.flow.ttl, Duration::from_secs(90));
    assert_eq!(settings.nhost.paths, ["", "/auth"]);
    let github = settings.providers.values().next().expect("a provider");
    assert_eq!((github.client_id.as_str(), github.client_secret.as_ref()), ("007", Some(&Secret::new("0123456"))));
    assert_eq!(github.parameters.get("allow_signup").map(String::as_str), Some("false"));
}

#[test]
fn one_key_can_come_from_the_environment() {
    let environment = [
        ("VOUCHSAFE__KEYS__JWT__ALGORITHM", "HS256"),
        ("VOUCHSAFE__KEYS__JWT__KEY", "a shared secret of at least 32 bytes"),
    ];
    let file = "mode = \"development\"\nkeys.jwt = [{ algorithm = \"ES256\", key_file = \"missing.pem\" }]";
    let settings = layered(file, &environment, &[]).expect("settings");
    assert_eq!(settings.keys.jwt.len(), 1);
    assert_eq!(settings.keys.jwt[0].key, Secret::new("a shared secret of at least 32 bytes"));
}

#[test]
fn a_secret_from_a_stronger_source_replaces_the_file_of_a_weaker_one() {
    let file = "mode = \"development\"\n[database]\nurl_file = \"missing\"";
    let settings = layered(file, &[("VOUCHSAFE__DATABASE__URL", "sqlite::memory:")], &[]).expect("settings");
    assert_eq!(settings.database.url, Secret::new("sqlite::memory:"));
    let both = [("VOUCHSAFE__DATABASE__URL", "sqlite::memory:"), ("VOUCHSAFE__DATABASE__URL_FILE", "missing")];
    assert_eq!(layered(file, &both, &[]).expect_err("both").0[0].key, "database.url");
}

#[test]
fn a_variable_set_twice_in_different_case_is_refused() {
    let twice = [("VOUCHSAFE__SERVER__WORKERS", "1"), ("VOUCHSAFE__server__workers", "2")];
    let error = only(layered("mode = \"development\"", &twice, &[]));
    assert_eq!(error.key, "server.workers");
    assert!(error.reason.contains(twice[0].0) && error.reason.contains(twice[1].0), "{error}");
}

#[test]
fn a_text_in_place_of_a_section_is_an_error() {
    let environment = [("VOUCHSAFE__SERVER", "x"), ("VOUCHSAFE__SERVER__BIND", "127.0.0.1:1")];
    assert_eq!(only(layered("mode = \"development\"", &environment, &[])).key, "server");
}

#[test]
fn default_role_and_locale_are_always_allowed() {
    let sign_up = "default_role = \"guest\"\nallowed_roles = [\"me\"]\ndefault_locale = \"de\"";
    let settings = development(&format!("[sign_up]\n{sign_up}")).expect("settings");
    assert_eq!(settings.sign_up.allowed_roles, ["me", "guest"]);
    assert_eq!(settings.sign_up.allowed_locales, ["en", "de"]);
}
