//! The command line: `vouchsafe` as a process in an empty folder, with only the environment that the test sets.

use std::path::Path;
use std::process::Command;

use crate::support::app::TestApp;
use crate::support::browser::Browser;

/// The result of a run.
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Runs `vouchsafe` in `folder` until it ends.
pub fn run(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_vouchsafe"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(environment.iter().copied())
        .output()
        .expect("the program");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Run { code: output.status.code().expect("an exit code"), out: text(output.stdout), err: text(output.stderr) }
}

impl Run {
    /// The value and the origin that `config explain` prints for a key.
    fn line(&self, key: &str) -> (String, String) {
        let line = self.out.lines().find(|line| line.split(' ').next() == Some(key));
        let rest = line.unwrap_or_else(|| panic!("{key} in\n{}", self.out))[key.len()..].trim();
        let (value, origin) = rest.split_once("  ").expect("two columns");
        (value.to_owned(), origin.trim().to_owned())
    }
}

fn explained(value: &str, origin: &str) -> (String, String) {
    (value.to_owned(), origin.to_owned())
}

#[test]
fn config_explain_shows_value_and_origin() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("db"), "postgres://u:hunter2@h/n").expect("written");
    let file = format!(
        "mode = 'development'\nflow.ttl = '5m'\nclient.url = 'https://file.test'\n[database]\nurl_file = 'db'\n\
         [providers.google]\nclient_id = 'mine'\nclient_secret = 'hunter2'\nparameters = {{ prompt = 'login' }}\n\
         [[keys.vault]]\nid = 'a'\nkey = '{}'\n",
        "ab".repeat(32)
    );
    std::fs::write(folder.path().join("my.toml"), file).expect("written");
    let environment = [
        ("VOUCHSAFE__VAULT__TTL", "2h"),
        ("AUTH_CLIENT_URL", "https://nhost.test"),
        ("AUTH_ACCESS_TOKEN_EXPIRES_IN", "600"),
        ("AUTH_TURNSTILE_SECRET", "hunter2"),
    ];
    let arguments = ["--config", "my.toml", "config", "explain", "--set", "server.workers=3"];
    let run = run(folder.path(), &arguments, &environment);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    for (key, value, origin) in [
        ("mode", "development", "my.toml"),
        ("flow.ttl", "5m", "my.toml"),
        ("flow.max_active", "10000", "default"),
        ("client.url", "https://file.test", "my.toml"),
        ("client.allowed_redirect_urls", "[]", "default"),
        ("vault.ttl", "2h", "VOUCHSAFE__VAULT__TTL"),
        ("session.access_token_ttl", "600s", "AUTH_ACCESS_TOKEN_EXPIRES_IN"),
        ("session.issuer", "http://127.0.0.1:4000", "default"),
        ("server.workers", "3", "the command line"),
        ("database.url", "postgres://u:***@h/n", "my.toml"),
        ("database.url_file", "db", "my.toml"),
        ("providers.google.client_secret", "***", "my.toml"),
        ("providers.google.parameters.prompt", "login", "my.toml"),
        ("keys.vault[0].id", "a", "my.toml"),
        ("keys.vault[0].key", "***", "my.toml"),
        ("keys.jwt", "generated in .vouchsafe", "default"),
        ("upstream.ca_file", "-", "default"),
    ] {
        assert_eq!(run.line(key), explained(value, origin), "{key}");
    }
    assert!(
        run.out.contains("\nNhost's variables\nAUTH_ACCESS_TOKEN_EXPIRES_IN sets session.access_token_ttl (seconds)\n"),
        "{}",
        run.out
    );
    assert!(run.out.contains("\nAUTH_CLIENT_URL is overridden: client.url is set by my.toml\n"), "{}", run.out);
    assert!(run.out.contains("\nAUTH_TURNSTILE_SECRET is not supported: "), "{}", run.out);
    assert!(!run.out.contains("hunter2") && !run.out.contains("abab"), "{}", run.out);
    assert!(!folder.path().join(".vouchsafe").exists(), "explaining creates no file");
}

#[test]
fn strict_turns_warnings_into_errors() {
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = ["config", "explain", "--set", "server.trusted_proxies=0.0.0.0/0"];
    let lenient = run(folder.path(), &arguments, &[]);
    assert_eq!((lenient.code, lenient.err.as_str()), (0, ""));
    assert!(lenient.out.contains("\nWarnings\nserver.trusted_proxies: every client is trusted"), "{}", lenient.out);
    for command in [&arguments[..], &["serve", "--set", "server.trusted_proxies=0.0.0.0/0"]] {
        let strict = run(folder.path(), &[&["--strict"], command].concat(), &[]);
        assert_eq!(strict.code, 2);
        let expected = "vouchsafe: the settings cannot be used\nserver.trusted_proxies: every client is trusted";
        assert!(strict.err.starts_with(expected), "{}", strict.err);
    }
    assert!(!folder.path().join(".vouchsafe").exists(), "nothing was started");
}

#[test]
fn config_explain_covers_the_default_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = run(folder.path(), &["config", "explain"], &[]);
    let table: toml::Table = include_str!("../../../config/default.toml").parse().expect("TOML");
    let mut sections: Vec<_> = table.iter().map(|(name, keys)| (name.clone(), keys)).collect();
    let mut seen = 0;
    while let Some((key, value)) = sections.pop() {
        match value.as_table() {
            Some(keys) => sections.extend(keys.iter().map(|(name, value)| (format!("{key}.{name}"), value))),
            None => {
                assert_eq!(run.line(&key).1, "default", "{key}");
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "{seen} keys");
}

#[test]
fn invalid_settings_are_all_reported_with_exit_code_2() {
    let folder = tempfile::tempdir().expect("a folder");
    let environment = [("AUTH_DISABLE_SIGNUP", "perhaps"), ("VOUCHSAFE__SERVER__BNID", "x")];
    let explained = run(folder.path(), &["config", "explain"], &environment);
    let served = run(folder.path(), &["serve"], &environment);
    assert_eq!(explained.out, "Nhost's variables\nAUTH_DISABLE_SIGNUP is invalid as sign_up.enabled\n");
    assert_eq!(
        explained.err,
        "vouchsafe: the settings cannot be used\n\
         sign_up.enabled: expected true or false (set by AUTH_DISABLE_SIGNUP)\n\
         server.bnid: is not a known key (set by VOUCHSAFE__SERVER__BNID); did you mean `server.bind`?\n"
    );
    assert_eq!((explained.code, &explained.err), (served.code, &served.err));
    assert_eq!(explained.code, 2);
}

#[test]
fn erase_without_a_database_creates_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let id = "0f0e0d0c-0b0a-4908-8706-050403020100";
    let refused = run(folder.path(), &["erase", id], &[]);
    assert!(refused.code == 1 && refused.err.contains("there is no database"), "{}{}", refused.out, refused.err);
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0);
}

#[actix_web::test]
async fn erase_reads_the_id_as_sqlite_prints_it() {
    let app = TestApp::new();
    let session = app.node().await.session(&mut Browser::new(), "google", "mira").await;
    let id = session["user"]["id"].as_str().expect("an id").replace('-', "").to_uppercase();
    let database = format!("database.url={}", app.database());
    let arguments = ["erase", &format!("X'{id}'"), "--set", &database];
    let erased = run(app.folder(), &arguments, &[]);
    assert_eq!((erased.code, app.count("users").await), (0, 0), "{}{}", erased.out, erased.err);
    assert_eq!(run(app.folder(), &arguments, &[]).code, 1, "the user is gone already");
}
