//! Warnings about valid but dangerous settings.

use super::development;
use super::production::production;
use crate::settings::{Risk, Settings, Sources};

/// What production requires with `lines` before its sections, and its warnings but the one about compatibility.
fn warnings(lines: &str) -> Vec<(String, Risk)> {
    let settings = production(&[("[client]", &format!("{lines}\n[client]"))]).expect("settings");
    let warnings = settings.warnings.into_iter().filter(|warning| warning.risk != Risk::TokensInUrl);
    warnings.map(|warning| (warning.key, warning.risk)).collect()
}

#[test]
fn a_dangerous_setting_is_a_warning_and_its_remedy_is_not() {
    for (dangerous, safe, key, risk) in [
        (
            "[session]\ncustom_claims = { team = \"metadata.team\" }",
            "[session]\ncustom_claims = { team = \"profile.team\" }",
            "session.custom_claims.team",
            Risk::ClaimFromUserMetadata,
        ),
        (
            "[sign_up]\nblocked_email_domains = [\"x.org\"]\nemail_required = true",
            "[sign_up]\nblocked_email_domains = [\"x.org\"]\nemail_required = true\nverified_email_required = true",
            "sign_up.blocked_email_domains",
            Risk::BlockedEmailsUnproven,
        ),
        ("[rate_limit]\nenabled = false", "[rate_limit]\nenabled = true", "rate_limit.enabled", Risk::RateLimitsOff),
        (
            "[upstream]\nallow_private_networks = true",
            "[upstream]\nallow_private_networks = false",
            "upstream.allow_private_networks",
            Risk::PrivateNetworksAllowed,
        ),
        (
            "[session]\naccess_token_ttl = \"30d\"",
            "[session]\naccess_token_ttl = \"1h\"",
            "session.access_token_ttl",
            Risk::AccessTokensLongLived,
        ),
        (
            "[providers.github]\nclient_id = \"a\"\nclient_secret = \"b\"\npkce = false",
            "[providers.github]\nclient_id = \"a\"\nclient_secret = \"b\"",
            "providers.github.pkce",
            Risk::PkceOff,
        ),
    ] {
        assert_eq!(warnings(dangerous), [(key.to_owned(), risk)], "{dangerous}");
        assert_eq!(warnings(safe), [], "{safe}");
    }
}

#[test]
fn an_unencrypted_or_unflushed_database_is_a_warning() {
    let with = |url: &str| {
        let settings = production(&[("postgres://h/n?sslmode=require", url)]).expect("settings");
        settings
            .warnings
            .iter()
            .map(|warning| warning.risk)
            .filter(|risk| *risk != Risk::TokensInUrl)
            .collect::<Vec<_>>()
    };
    assert_eq!(with("postgres://db.example.com/n"), [Risk::DatabaseUnencrypted]);
    assert_eq!(with("postgres://db.example.com/n?sslmode=verify-full"), []);
    assert_eq!(with("sqlite:///v.db\"\nsqlite_synchronous = \"normal"), [Risk::CommitsNotFlushed]);
}

#[test]
fn every_client_as_trusted_proxy_is_a_warning() {
    for (networks, is_warned) in [("0.0.0.0/0", true), ("::/0", true), ("10.0.0.0/8", false)] {
        let settings = development(&format!("server.trusted_proxies = [\"{networks}\"]")).expect("settings");
        let risks: Vec<_> = settings.warnings.iter().map(|warning| warning.risk).collect();
        assert_eq!(risks == [Risk::EveryProxyTrusted], is_warned, "{networks}");
    }
}

#[test]
fn compatibility_in_production_is_one_warning() {
    let keys = |lines: &str| {
        let settings = production(&[("[client]", &format!("[compat]\n{lines}\n[client]"))]).expect("settings");
        settings.warnings.into_iter().map(|warning| warning.key).collect::<Vec<_>>()
    };
    assert_eq!(keys(""), ["compat.connect_in_url, compat.refresh_token_in_url"]);
    assert_eq!(keys("connect_in_url = false"), ["compat.refresh_token_in_url"]);
    assert_eq!(keys("refresh_token_in_url = false"), ["compat.connect_in_url"]);
    assert!(keys("connect_in_url = false\nrefresh_token_in_url = false").is_empty());
    assert!(development("").expect("settings").warnings.is_empty());
}

#[cfg(unix)]
#[test]
fn a_secret_that_others_can_read_is_a_warning() {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().expect("folder");
    let (file, secret) = (folder.path().join("vouchsafe.toml"), folder.path().join("github.secret"));
    fs::write(&secret, "hush").expect("written");
    let text = format!(
        "[server]\npublic_url = \"https://a.example\"\n[client]\nurl = \"https://b.example\"\n\
         [database]\nurl = \"sqlite:///v.db\"\n[keys]\njwt = {{ algorithm = \"HS256\", key = \"{0}\" }}\n\
         vault = {{ id = \"a\", key = \"{0}\" }}\n[compat]\nconnect_in_url = false\nrefresh_token_in_url = false\n\
         [providers.github]\nclient_id = \"a\"\nclient_secret_file = \"github.secret\"\n",
        "ab".repeat(32)
    );
    fs::write(&file, &text).expect("written");
    let warnings = |file_mode: u32, secret_mode: u32| {
        fs::set_permissions(&file, fs::Permissions::from_mode(file_mode)).expect("changed");
        fs::set_permissions(&secret, fs::Permissions::from_mode(secret_mode)).expect("changed");
        let sources = Sources { file: Some((file.clone(), text.clone())), ..Sources::default() };
        let settings = Settings::load(sources).expect("settings");
        settings.warnings.into_iter().map(|warning| (warning.key, warning.risk)).collect::<Vec<_>>()
    };
    assert_eq!(warnings(0o600, 0o600), []);
    assert_eq!(warnings(0o600, 0o644), [("providers.github.client_secret_file".to_owned(), Risk::SecretFileReadable)]);
    assert_eq!(warnings(0o644, 0o600), [("keys.jwt.key, keys.vault.key".to_owned(), Risk::SettingsFileReadable)]);
}
