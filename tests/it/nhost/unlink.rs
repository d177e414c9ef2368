//! Leaving: a provider is unlinked, a person is erased, and what was kept goes back to where it came from.

use serde_json::Value;
use vouchsafe::Vouchsafe;
use vouchsafe::domain::id::UserId;
use vouchsafe::simulator::{Endpoint, Failure, SimulatedProvider};

use crate::support::app::{Database, Node, TestApp, parameter};
use crate::support::browser::{Answer, Browser};

const DATABASES: [Database; 2] = [Database::Sqlite, Database::Postgres];

/// Mira with Google and, connected to it, Jonas' GitHub account; answers her session.
async fn with_two_providers(app: &TestApp, node: &Node) -> Value {
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "mira").await;
    let token = session["accessToken"].as_str().expect("a token");
    app.wait(1);
    let target = node.sign_in(&mut browser, "github", &format!("connect={token}"), "jonas").await;
    assert_eq!(parameter(&target, "error"), None, "{target}");
    session
}

async fn ask(node: &Node, method: &str, path: &str, session: &Value) -> Answer {
    let bearer = format!("Bearer {}", session["accessToken"].as_str().expect("a token"));
    Browser::new().send(method, &format!("{}{path}", node.base), &[("Authorization", &bearer)], Vec::new()).await
}

/// Waits until the simulator counted so many revocations; it always gets there, or the test's time is over.
async fn until_revoked(app: &TestApp, house: SimulatedProvider, count: u64) {
    while app.simulator.counts().of(house).revoke < count {
        actix_web::rt::task::yield_now().await;
    }
}

async fn until_empty(app: &TestApp) {
    while app.count("revocations").await > 0 {
        actix_web::rt::task::yield_now().await;
    }
}

#[actix_web::test]
async fn unlink_removes_the_identity_and_revokes_its_tokens() {
    for database in DATABASES {
        let Some(app) = TestApp::on(database) else { continue };
        let node = app.node().await;
        let session = with_two_providers(&app, &node).await;
        let listed = ask(&node, "GET", "/user/providers", &session).await.json();
        let names: Vec<_> =
            listed["providers"].as_array().expect("a list").iter().map(|one| one["provider"].clone()).collect();
        assert_eq!(names, ["google", "github"]);
        assert_eq!(listed["providers"][0]["email"], "mira@example.org");
        assert_eq!(listed["providers"][1]["email"], "jonas@example.net");

        let answer = ask(&node, "DELETE", "/user/providers/github", &session).await;
        assert_eq!((answer.status, answer.json()), (200, "OK".into()));
        until_revoked(&app, SimulatedProvider::Github, 1).await;
        until_empty(&app).await;
        assert_eq!((app.count("identities").await, app.count("vault_entries").await), (1, 1));
        let taken = node.tokens(&Browser::new(), "github", &session).await;
        taken.assert_error(400, "invalid-request");
        assert_eq!(node.tokens(&Browser::new(), "google", &session).await.status, 200, "the other one stays");
        // Jonas is a stranger again.
        let jonas = node.session(&mut Browser::new(), "github", "jonas").await;
        assert_ne!(jonas["user"]["id"], session["user"]["id"]);
        assert_eq!(app.simulator.counts().of(SimulatedProvider::Google).revoke, 0);
    }
}

#[actix_web::test]
async fn unlink_of_the_last_or_missing_provider_is_refused() {
    let app = TestApp::new();
    let node = app.node().await;
    let session = with_two_providers(&app, &node).await;
    ask(&node, "DELETE", "/user/providers/oidc", &session).await.assert_error(404, "invalid-request");
    ask(&node, "DELETE", "/user/providers/nobody", &session).await.assert_error(400, "invalid-request");
    ask(&node, "GET", "/user/providers/google", &session).await.assert_error(405, "invalid-request");
    let stranger = serde_json::json!({"accessToken": "x"});
    ask(&node, "DELETE", "/user/providers/google", &stranger).await.assert_error(401, "invalid-request");
    ask(&node, "GET", "/user/providers", &stranger).await.assert_error(401, "invalid-request");
    assert_eq!(ask(&node, "DELETE", "/user/providers/google", &session).await.status, 200);
    let refused = ask(&node, "DELETE", "/user/providers/github", &session).await;
    refused.assert_error(409, "invalid-request");
    assert_eq!(app.count("identities").await, 1);
    assert_eq!(node.tokens(&Browser::new(), "github", &session).await.status, 200, "nothing was given back");
}

#[actix_web::test]
async fn concurrent_unlinks_keep_one_identity() {
    for database in DATABASES {
        let Some(app) = TestApp::on(database) else { continue };
        let (first, second) = (app.node().await, app.node().await);
        for round in 0..5 {
            let session = with_two_providers(&app, &first).await;
            let answers = futures_util::future::join(
                ask(&first, "DELETE", "/user/providers/google", &session),
                ask(&second, "DELETE", "/user/providers/github", &session),
            )
            .await;
            let mut statuses = [answers.0.status, answers.1.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 409], "{database:?} round {round}");
            app.execute("DELETE FROM users").await;
        }
    }
}

#[actix_web::test]
async fn revocation_is_retried_after_a_provider_outage() {
    for database in DATABASES {
        let Some(app) = TestApp::on(database) else { continue };
        let node = app.node().await;
        let session = with_two_providers(&app, &node).await;
        app.simulator.fail(SimulatedProvider::Google, Failure::ServerError(Endpoint::Revoke));
        assert_eq!(ask(&node, "DELETE", "/user/providers/google", &session).await.status, 200);
        until_revoked(&app, SimulatedProvider::Google, 1).await;
        // Tried once, written down for later, and the person does not wait for it.
        while app.query("SELECT COUNT(*) FROM revocations WHERE next_at = 1800000061000").await == 0 {
            actix_web::rt::task::yield_now().await;
        }
        drop(node);
        app.simulator.recover(SimulatedProvider::Google);
        app.wait(3600);
        let _other = app.node().await;
        until_empty(&app).await;
        assert_eq!(app.simulator.counts().of(SimulatedProvider::Google).revoke, 2);
    }
}

#[actix_web::test]
async fn revocation_without_the_key_is_left_to_other_nodes() {
    let app = TestApp::new();
    let node = app.node().await;
    let session = with_two_providers(&app, &node).await;
    app.simulator.fail(SimulatedProvider::Google, Failure::ServerError(Endpoint::Revoke));
    assert_eq!(ask(&node, "DELETE", "/user/providers/google", &session).await.status, 200);
    while app.query("SELECT COUNT(*) FROM revocations WHERE next_at = 1800000061000").await == 0 {
        actix_web::rt::task::yield_now().await;
    }
    drop(node);
    app.simulator.recover(SimulatedProvider::Google);
    app.wait(3600);
    let stranger = app.node_with(&format!("[[keys.vault]]\nid = 'other'\nkey = '{}'", "3".repeat(64))).await;
    // Its lease is over five minutes later, and then whoever has the key is asked.
    while app.query("SELECT COUNT(*) FROM revocations WHERE attempts < 2").await > 0 {
        actix_web::rt::task::yield_now().await;
    }
    drop(stranger);
    app.wait(301);
    let _other = app.node().await;
    until_empty(&app).await;
    assert_eq!(app.simulator.counts().of(SimulatedProvider::Google).revoke, 2);
}

#[actix_web::test]
async fn erase_removes_every_row_of_the_user() {
    let app = TestApp::new();
    let node = app.node().await;
    let session = with_two_providers(&app, &node).await;
    let vouchsafe: Vouchsafe = app.build(app.settings(&node.base, "")).await;
    let id = UserId(session["user"]["id"].as_str().expect("an id").parse().expect("a UUID"));
    assert!(vouchsafe.erase(id).await.expect("erased"));
    assert!(!vouchsafe.erase(id).await.expect("answered"), "there is nobody any more");
    for table in ["users", "identities", "sessions", "user_roles", "vault_entries"] {
        assert_eq!(app.count(table).await, 0, "{table}");
    }
    assert_eq!(app.count("revocations").await, 2);
    ask(&node, "GET", "/user", &session).await.assert_error(401, "invalid-email-password");
    let refresh_token = session["refreshToken"].as_str().expect("a token");
    node.refresh(&Browser::new(), refresh_token).await.assert_error(401, "invalid-refresh-token");
    let _sweeping = app.node().await;
    until_empty(&app).await;
    let counts = app.simulator.counts();
    assert_eq!((counts.of(SimulatedProvider::Google).revoke, counts.of(SimulatedProvider::Github).revoke), (1, 1));
}
