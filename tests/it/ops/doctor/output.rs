//! What doctor prints, and what it must not send or print.

use vouchsafe_simulator::{CLIENT_SECRET, SimulatedProvider};

use super::setup::World;
use super::{diagnose, run_beside};
use crate::ops::cli::run;
use crate::support::app::Database;
use crate::support::browser::Browser;

fn world() -> World {
    World::on(Database::Sqlite).expect("SQLite is always available")
}

#[actix_web::test]
async fn redirect_uris_are_those_of_the_service() {
    let world = world();
    let node = world.app.node().await;
    let diagnosis = diagnose(world.folder(), &world.app.settings_text(&node.base, ""), &["--offline"]).await;
    let mut browser = Browser::new();
    for path in ["/signin/provider/github", "/api/auth/external/challenge/github?callbackUrl=https://app.test/"] {
        let url = browser.get(&format!("{}{path}", node.base)).await.location_url();
        let (_, redirect_uri) = url.query_pairs().find(|(name, _)| name == "redirect_uri").expect("a redirect URI");
        let is_github =
            |finding: &&serde_json::Value| finding["id"] == "redirect-uris" && finding["subject"] == "providers.github";
        let printed = diagnosis.findings.iter().find(is_github).expect("the redirect URIs");
        let message = printed["message"].as_str().expect("a text");
        assert!(message.split(" and ").any(|uri| uri == redirect_uri), "{redirect_uri} in {message}");
    }
}

#[actix_web::test]
async fn nothing_is_sent_offline() {
    let world = world();
    let text = world.development(&[SimulatedProvider::Oidc, SimulatedProvider::Google]);
    let before = world.app.simulator.counts();
    assert_eq!(diagnose(world.folder(), &text, &["--offline"]).await.code, 0);
    assert_eq!(world.app.simulator.counts(), before);
    diagnose(world.folder(), &text, &[]).await;
    let calls = world.app.simulator.counts().of(SimulatedProvider::Oidc);
    assert_eq!((calls.discovery, calls.jwks, calls.token, calls.userinfo), (1, 1, 1, 0));
}

#[actix_web::test]
async fn no_secret_is_printed() {
    let world = world();
    let secret = "hush-hush ";
    let text = world.development(&[SimulatedProvider::Github, SimulatedProvider::Apple]);
    let text = text.replace(CLIENT_SECRET, secret).replace("[client]", "[keys]\nvault = [{ id = 'a', key = '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef' }]\n[client]");
    let text = text.replace(world.app.database(), "postgres://u:hunter2@127.0.0.1:1/n");
    std::fs::write(world.folder().join("v.toml"), text).expect("written");
    for options in [&["doctor", "--config", "v.toml"][..], &["doctor", "--json", "--config", "v.toml"]] {
        let run = run_beside(world.folder(), options).await;
        assert_eq!(run.code, 1, "{}{}", run.out, run.err);
        for hidden in ["hush-hush", "hunter2", "0123456789abcdef0123456789abcdef", "BEGIN PRIVATE KEY"] {
            assert!(!run.out.contains(hidden) && !run.err.contains(hidden), "{hidden} in\n{}", run.out);
        }
    }
}

#[actix_web::test]
async fn text_shows_severity_subject_and_remedy() {
    let world = world();
    std::fs::write(world.folder().join("v.toml"), world.production()).expect("written");
    let arguments = ["doctor", "--offline", "--config", "v.toml", "--set", "server.trusted_proxies="];
    let lenient = run(world.folder(), &arguments, &[]);
    let expected = "warning  server.trusted_proxies: it is empty, and https ends at a proxy [proxy-not-trusted]\n         \
                    → list the address of the proxy in server.trusted_proxies\n";
    assert!(lenient.out.contains(expected) && lenient.out.ends_with("\n0 errors, 1 warning\n"), "{}", lenient.out);
    assert_eq!((lenient.code, lenient.err.as_str()), (0, ""));
    assert_eq!(run(world.folder(), &[&["--strict"], &arguments[..]].concat(), &[]).code, 1);
    let invalid = run(world.folder(), &["doctor", "--set", "flow.ttl=soon"], &[]);
    assert!(invalid.code == 2 && invalid.out.contains("flow.ttl") && invalid.out.contains("[settings-invalid]"));
}

#[actix_web::test]
async fn examination_creates_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = run(folder.path(), &["doctor", "--offline"], &[]);
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0);
}
