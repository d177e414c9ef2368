//! `vouchsafe config check`: whether the service could start, without starting it.

use std::path::Path;

use super::cli::{Run, run};

fn check(folder: &Path, more: &[&str], environment: &[(&str, &str)]) -> Run {
    run(folder, &[&["config", "check"], more].concat(), environment)
}

#[test]
fn usable_settings_are_reported_with_their_sources() {
    let folder = tempfile::tempdir().expect("a folder");
    let bare = check(folder.path(), &[], &[]);
    assert_eq!((bare.code, bare.err.as_str()), (0, ""));
    assert!(bare.out.contains("no settings file"), "{}", bare.out);
    std::fs::write(folder.path().join("my.toml"), "mode = 'development'\nvault.ttl = '2h'").expect("written");
    let arguments = ["--config", "my.toml", "--set", "flow.ttl=5m"];
    let run = check(folder.path(), &arguments, &[("VOUCHSAFE__SERVER__WORKERS", "1"), ("UNRELATED", "x")]);
    let expected =
        "the settings can be used, with no warnings; sources: my.toml, VOUCHSAFE__SERVER__WORKERS, the command line\n";
    assert_eq!((run.code, run.out.as_str()), (0, expected), "{}", run.err);
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 1, "checking creates no file");
}

#[test]
fn warning_is_an_error_with_strict_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = ["--set", "server.trusted_proxies=0.0.0.0/0"];
    let lenient = check(folder.path(), &arguments, &[]);
    assert_eq!((lenient.code, lenient.err.as_str()), (0, ""));
    assert!(
        lenient.out.contains("with 1 warning;") && lenient.out.contains("[every-proxy-trusted]"),
        "{}",
        lenient.out
    );
    assert_eq!(check(folder.path(), &[&["--strict"], &arguments[..]].concat(), &[]).code, 2);
}

#[test]
fn what_would_stop_the_start_is_named_with_exit_code_2() {
    let folder = tempfile::tempdir().expect("a folder");
    let broken_pem = "-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----";
    for (setting, error) in [
        ("server.bind=nowhere".to_owned(), "server.bind: expected an address"),
        ("flow.tll=5m".to_owned(), "did you mean `flow.ttl`?"),
        (format!("keys.jwt.key={broken_pem}"), "keys.jwt[0]: the key does not fit its algorithm"),
        (format!("providers.apple.private_key={broken_pem}"), "providers.apple: `private_key` is not a private key"),
    ] {
        let extra = match setting.split('.').next() {
            Some("keys") => vec!["--set", "keys.jwt.algorithm=ES256"],
            Some("providers") => vec![
                "--set",
                "providers.apple.client_id=a",
                "--set",
                "providers.apple.team_id=TEAM123456",
                "--set",
                "providers.apple.key_id=KEY1234567",
            ],
            _ => Vec::new(),
        };
        let run = check(folder.path(), &[&["--set", setting.as_str()], &extra[..]].concat(), &[]);
        assert_eq!(run.code, 2, "{setting}: {}", run.out);
        assert!(run.err.contains(error) && !run.err.contains("AAAA"), "{setting}: {}", run.err);
    }
}

#[test]
fn check_redirect_prints_the_rule_or_the_nearest_miss() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "mode = 'development'\n[client]\nurl = 'https://app.example.com/'\n\
                allowed_redirect_urls = ['https://*.preview.example.com', 'http://127.0.0.1:*']";
    std::fs::write(folder.path().join("my.toml"), text).expect("written");
    let ask = |url: &str| run(folder.path(), &["config", "check-redirect", url, "--config", "my.toml"], &[]);
    for (url, code, expected) in [
        (
            "HTTPS://X.preview.example.com/a",
            0,
            "allowed by client.allowed_redirect_urls[0], https://*.preview.example.com\n\
             used as https://x.preview.example.com/a\n",
        ),
        (
            "http://127.0.0.1:5000/",
            0,
            "allowed by client.allowed_redirect_urls[1], http://127.0.0.1:*\nused as http://127.0.0.1:5000/\n\
             only for sign-ins with a codeChallenge\n",
        ),
        (
            "https://app.example.com:8443/",
            1,
            "refused: its port is 8443, not 443\nthe nearest rule is client.url, https://app.example.com\n",
        ),
        ("https://app.example.com@evil.test/", 1, "refused: an @ or a % is in front of the path\n"),
    ] {
        let asked = ask(url);
        assert_eq!((asked.code, asked.out.as_str(), asked.err.as_str()), (code, expected, ""), "{url}");
    }
}
