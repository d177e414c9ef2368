//! Secrets in files, and secrets in error messages.

use std::fs;
use std::path::Path;

use super::{development, keys, layered, only};
use crate::domain::secret::Secret;
use crate::settings::{Settings, Sources};

/// Loads a file in `folder`.
fn load_in(folder: &Path, text: &str) -> Result<Settings, super::SettingsErrors> {
    Settings::load(Sources { file: Some((folder.join("vouchsafe.toml"), text.to_owned())), ..Sources::default() })
}

#[test]
fn a_secret_file_is_relative_and_loses_its_last_line_break() {
    let folder = tempfile::tempdir().expect("folder");
    fs::write(folder.path().join("github.secret"), "0123 456 \r\n").expect("written");
    let text = "mode = \"development\"\n[providers.github]\nclient_id = \"a\"\nclient_secret_file = \"github.secret\"";
    let settings = load_in(folder.path(), text).expect("settings");
    let github = settings.providers.values().next().expect("a provider");
    assert_eq!(github.client_secret, Some(Secret::new("0123 456 ")));
}

#[test]
fn a_secret_file_that_is_missing_or_not_text_is_refused() {
    let folder = tempfile::tempdir().expect("folder");
    fs::write(folder.path().join("empty"), "\n").expect("written");
    fs::write(folder.path().join("bytes"), [0xff, 0xfe]).expect("written");
    for (file, reason) in
        [("missing", "the file cannot be read"), ("empty", "the file is empty"), ("bytes", "the file is not text")]
    {
        let text = format!("mode = \"development\"\ndatabase.url_file = \"{file}\"");
        let error = only(load_in(folder.path(), &text));
        assert_eq!(error.key, "database.url_file");
        assert!(error.reason.starts_with(reason), "{error}");
    }
}

#[test]
fn an_unreadable_file_is_named_unless_it_may_be_a_secret() {
    let folder = tempfile::tempdir().expect("folder");
    fs::create_dir(folder.path().join("keys")).expect("created");
    for (path, is_named) in [
        ("github.secret", true),
        ("keys/github", true),
        ("/etc/vouchsafe/jwt.pem", true),
        ("hunter2", false),
        ("GOCSPX-hunter2/abc", false),
        ("eyJhbGciOiJIUzI1NiJ9.e30.hunter2hunter2", false),
    ] {
        let text = format!("mode = \"development\"\ndatabase.url_file = \"{path}\"");
        let reason = only(load_in(folder.path(), &text)).reason;
        assert_eq!(reason.contains(path), is_named, "{reason}");
    }
}

#[test]
fn relative_paths_start_at_the_folder_of_the_file() {
    let folder = tempfile::tempdir().expect("folder");
    let url = |text: &str| {
        let settings = load_in(folder.path(), &format!("mode = \"development\"\n{text}")).expect("settings");
        settings.database.url.expose().to_owned()
    };
    let base = folder.path().display();
    assert_eq!(url(""), format!("sqlite://{base}/.vouchsafe/vouchsafe.db"));
    assert_eq!(url("development.directory = \"dev\""), format!("sqlite://{base}/dev/vouchsafe.db"));
    assert_eq!(url("database.url = \"sqlite://data.db\""), format!("sqlite://{base}/data.db"));
    assert_eq!(url("database.url = \"sqlite:///data.db\""), "sqlite:///data.db");
}

#[test]
fn a_secret_and_its_file_exclude_each_other() {
    let folder = tempfile::tempdir().expect("folder");
    fs::write(folder.path().join("url"), "sqlite::memory:").expect("written");
    let text = "mode = \"development\"\n[database]\nurl = \"sqlite::memory:\"\nurl_file = \"url\"";
    assert!(only(load_in(folder.path(), text)).reason.contains("url_file"));
}

#[test]
fn keys_are_read_in_order() {
    let folder = tempfile::tempdir().expect("folder");
    fs::write(folder.path().join("jwt.pem"), "-----BEGIN PRIVATE KEY-----\n").expect("written");
    let text = format!(
        "mode = \"development\"\n[keys]\n\
         jwt = [{{ algorithm = \"EdDSA\", id = \"new\", key_file = \"jwt.pem\" }}, {{ algorithm = \"HS384\", key = \"{0}\" }}]\n\
         vault = {{ id = \"2026-11\", key = \"{0}\" }}",
        "ab".repeat(32)
    );
    let keys = load_in(folder.path(), &text).expect("settings").keys;
    assert_eq!(keys.jwt[0].id.as_deref(), Some("new"));
    assert_eq!(keys.jwt[0].key, Secret::new("-----BEGIN PRIVATE KEY-----"));
    assert_eq!(keys.jwt[1].id, None);
    assert_eq!(keys.vault.len(), 1);
    assert!(format!("{:?}", keys.vault[0]).contains("2026-11"));
}

#[test]
fn weak_invalid_or_duplicate_keys_are_refused() {
    let good = "ab".repeat(32);
    for (text, key) in [
        ("jwt = { algorithm = \"HS256\", key = \"short\" }".to_owned(), "keys.jwt.key"),
        (format!("jwt = {{ algorithm = \"HS255\", key = \"{good}\" }}"), "keys.jwt.algorithm"),
        (format!("jwt = {{ key = \"{good}\" }}"), "keys.jwt.algorithm"),
        ("jwt = { algorithm = \"ES256\" }".to_owned(), "keys.jwt.key_file"),
        (format!("jwt = {{ algorithm = \"ES256\", key = \"{good}\" }}"), "keys.jwt.key"),
        ("jwt = [1]".to_owned(), "keys.jwt[0]"),
        ("jwt = \"jwt.pem\"".to_owned(), "keys.jwt"),
        ("vault = [{ id = \"a\", key = \"short\" }]".to_owned(), "keys.vault[0].key"),
        (format!("vault = [{{ key = \"{good}\" }}]"), "keys.vault[0].id"),
        (format!("vault = [{{ id = \"a b\", key = \"{good}\" }}]"), "keys.vault[0].id"),
        (format!("vault = [{{ id = \"{good}\", key = \"{good}\" }}]"), "keys.vault[0].id"),
        (
            format!("vault = [{{ id = \"a\", key = \"{good}\" }}, {{ id = \"a\", key = \"{good}\" }}]"),
            "keys.vault[1].id",
        ),
    ] {
        assert_eq!(only(development(&format!("[keys]\n{text}"))).key, key, "{text}");
    }
}

#[test]
fn no_error_or_debug_output_shows_a_secret() {
    const HUSH: &str = "hunter2";
    let places = [
        format!("database.url = \"{HUSH}\""),
        format!("database.url_file = \"{HUSH}\""),
        format!("database.url = [\"{HUSH}\"]"),
        format!("keys.jwt = {{ algorithm = \"HS256\", key = \"{HUSH}\" }}"),
        format!("keys.jwt = {{ algorithm = \"ES256\", key_file = \"{HUSH}\" }}"),
        format!("keys.jwt = \"{HUSH}\""),
        format!("keys.vault = {{ id = \"a\", key = \"{HUSH}\" }}"),
        format!("providers.github = {{ client_id = 1, client_secret = \"{HUSH}\", client_secret_file = \"{HUSH}\" }}"),
        format!("providers.github = {{ client_id = \"a\", client_secret = {{ x = \"{HUSH}\" }} }}"),
        format!("providers.github.client_secrt = \"{HUSH}\""),
        format!("server.public_url = \"https://u:{HUSH}@example.com\""),
    ];
    let broken = [
        format!("database.url = {HUSH}"),
        format!("database.url = \"{HUSH}"),
        format!("database.url = \"{HUSH}\\q\""),
        format!("database.url = '{HUSH}' '{HUSH}'"),
        format!("database.url = \"{HUSH}\" {HUSH}"),
        format!("database.url = \"a\"\ndatabase.url = \"{HUSH}\""),
        format!("database.url = \"a\"\ndatabase.url.x = \"{HUSH}\""),
        format!("database.url : \"{HUSH}\""),
        format!("database.url = \"\"\"{HUSH}"),
        format!("database.url = 1{HUSH}"),
    ];
    for text in places.iter().chain(&broken) {
        let errors = development(text).expect_err(text);
        assert!(!format!("{errors} {errors:?}").contains(HUSH), "{text}: {errors}");
    }
    let environment =
        [("VOUCHSAFE__DATABASE__URL", HUSH), ("VOUCHSAFE__KEYS__VAULT", HUSH), ("VOUCHSAFE__DATABASE__ULR", HUSH)];
    let result = layered("mode = \"development\"", &environment, &[]);
    assert_eq!(keys(&result), ["database.url", "keys.vault", "database.ulr"]);
    assert!(!format!("{result:?}").contains(HUSH));
    let fine = development(&format!("database.url = \"postgres://u:{HUSH}@h/n\"")).expect("settings");
    assert!(!format!("{fine:?}").contains(HUSH));
}

#[test]
fn ca_file_holds_certificates() {
    let folder = tempfile::tempdir().expect("folder");
    let pem = "# ours\n-----BEGIN CERTIFICATE-----\n";
    fs::write(folder.path().join("roots.pem"), pem).expect("written");
    fs::write(folder.path().join("key.pem"), "-----BEGIN PRIVATE KEY-----").expect("written");
    let load = |file: &str| load_in(folder.path(), &format!("mode = \"development\"\nupstream.ca_file = \"{file}\""));
    assert_eq!(load("roots.pem").expect("settings").upstream.extra_roots.as_deref(), Some(pem.as_bytes()));
    assert_eq!(only(load("key.pem")).key, "upstream.ca_file");
    assert_eq!(only(load("missing.pem")).key, "upstream.ca_file");
}
