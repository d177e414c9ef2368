//! Unlinking a provider and erasing a user: stored tokens are revoked at the provider.

use serde_json::Value;
use vouchsafe::UserId;
use vouchsafe::Vouchsafe;
use vouchsafe_simulator::{Endpoint, Failure, SimulatedProvider};

use crate::support::app::{Database, Node, TestApp, access_token, parameter, refresh_token};
use crate::support::browser::{Browser, Response};

/// Mira's Google account with Jonas's GitHub identity linked to it; returns her session.
async fn with_two_providers(app: &TestApp, node: &Node) -> Value {
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "mira").await;
    let token = access_token(&session);
    app.wait(1);
    let target = node.connect(&mut browser, "github", &format!("connect={token}"), "jonas").await;
    assert_eq!(parameter(&target, "error"), None, "{target}");
    session
}

async fn ask(node: &Node, method: &str, path: &str, session: &Value) -> Response {
    let bearer = format!("Bearer {}", access_token(session));
    Browser::new().send(method, &format!("{}{path}", node.base), &[("Authorization", &bearer)], Vec::new()).await
}

/// Waits until the simulator has counted this many revocations.
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
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let node = app.node().await;
        let session = with_two_providers(&app, &node).await;
        let listed = ask(&node, "GET", "/user/providers", &session).await.json();
        let names: Vec<_> =
            listed["providers"].as_array().expect("a list").iter().map(|one| one["provider"].clone()).collect();
        assert_eq!(names, ["google", "github"]);
        assert_eq!(listed["providers"][0]["email"], "mira@example.org");
        assert_eq!(listed["providers"][1]["email"], "jonas@example.net");

        let response = ask(&node, "DELETE", "/user/providers/github", &session).await;
        assert_eq!((response.status, response.json()), (200, "OK".into()));
        until_revoked(&app, SimulatedProvider::Github, 1).await;
        until_empty(&app).await;
        assert_eq!((app.count("identities").await, app.count("vault_entries").await), (1, 1));
        let taken = node.tokens(&Browser::new(), "github", &session).await;
        taken.assert_error(400, "invalid-request");
        assert_eq!(
            node.tokens(&Browser::new(), "google", &session).await.status,
            200,
            "the other provider stays linked"
        );
        // Jonas's identity is unknown again.
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
    let unauthenticated = serde_json::json!({"accessToken": "x"});
    ask(&node, "DELETE", "/user/providers/google", &unauthenticated).await.assert_error(401, "invalid-request");
    ask(&node, "GET", "/user/providers", &unauthenticated).await.assert_error(401, "invalid-request");
    assert_eq!(ask(&node, "DELETE", "/user/providers/google", &session).await.status, 200);
    let refused = ask(&node, "DELETE", "/user/providers/github", &session).await;
    refused.assert_error(409, "invalid-request");
    assert_eq!(app.count("identities").await, 1);
    assert_eq!(node.tokens(&Browser::new(), "github", &session).await.status, 200, "nothing was revoked");
}

#[actix_web::test]
async fn unlink_of_one_account_of_a_provider_keeps_the_other() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let node = app.node().await;
        for keeps_the_first in [true, false] {
            let mut browser = Browser::new();
            let session = node.session(&mut browser, "google", "mira").await;
            app.wait(1);
            let connect = format!("connect={}", access_token(&session));
            let target = node.connect(&mut browser, "google", &connect, "jonas").await;
            assert_eq!(parameter(&target, "linked").as_deref(), Some("google"), "{target}");
            let listed = ask(&node, "GET", "/user/providers", &session).await.json()["providers"].clone();
            let accounts: Vec<_> =
                listed.as_array().expect("a list").iter().map(|one| &one["providerUserId"]).collect();
            let [first, second] = accounts[..] else { panic!("{listed}") };
            assert_ne!(first, second);
            let (gone, kept) = if keeps_the_first { (second, first) } else { (first, second) };
            let unlink = async |account: &str| {
                ask(&node, "DELETE", &format!("/user/providers/google?account={account}"), &session).await
            };
            unlink("nobody").await.assert_error(404, "invalid-request");
            unlink("").await.assert_error(404, "invalid-request");
            assert_eq!(unlink(gone.as_str().expect("a text")).await.status, 200);
            let left = ask(&node, "GET", "/user/providers", &session).await.json()["providers"].clone();
            assert_eq!((left.as_array().map(Vec::len), &left[0]["providerUserId"]), (Some(1), kept));
            // The vault keeps the tokens of the latest sign-in, which was Jonas's.
            let answer = node.tokens(&Browser::new(), "google", &session).await;
            assert_eq!(answer.status, if keeps_the_first { 400 } else { 200 }, "{database:?}");
            unlink(kept.as_str().expect("a text")).await.assert_error(409, "invalid-request");
            until_empty(&app).await;
            assert_eq!(app.simulator.counts().of(SimulatedProvider::Google).revoke, 1, "{database:?}");
            app.execute("DELETE FROM users").await;
        }
    }
}

#[actix_web::test]
async fn unlink_without_an_account_removes_all_of_the_provider() {
    let app = TestApp::new();
    let node = app.node().await;
    let session = with_two_providers(&app, &node).await;
    let mut browser = Browser::new();
    let connect = format!("connect={}", access_token(&session));
    let target = node.connect(&mut browser, "github", &connect, "rosa").await;
    assert_eq!(parameter(&target, "linked").as_deref(), Some("github"), "{target}");
    assert_eq!(app.count("identities").await, 3);
    assert_eq!(ask(&node, "DELETE", "/user/providers/github", &session).await.status, 200);
    assert_eq!(app.count("identities").await, 1);
}

#[actix_web::test]
async fn concurrent_unlinks_keep_one_identity() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let (first, second) = (app.node().await, app.node().await);
        for round in 0..5 {
            let session = with_two_providers(&app, &first).await;
            let responses = futures_util::future::join(
                ask(&first, "DELETE", "/user/providers/google", &session),
                ask(&second, "DELETE", "/user/providers/github", &session),
            )
            .await;
            let mut statuses = [responses.0.status, responses.1.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 409], "{database:?} round {round}");
            app.execute("DELETE FROM users").await;
        }
    }
}

#[actix_web::test]
async fn revocation_is_retried_after_a_provider_outage() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let node = app.node().await;
        let session = with_two_providers(&app, &node).await;
        app.simulator.fail(SimulatedProvider::Google, Failure::ServerError(Endpoint::Revoke));
        assert_eq!(ask(&node, "DELETE", "/user/providers/google", &session).await.status, 200);
        until_revoked(&app, SimulatedProvider::Google, 1).await;
        // Tried once and scheduled; the request did not wait for it.
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
    let other_node = app.node_with(&format!("[[keys.vault]]\nid = 'other'\nkey = '{}'", "3".repeat(64))).await;
    // The lease ends after five minutes; then a node with the key takes over.
    while app.query("SELECT COUNT(*) FROM revocations WHERE attempts < 2").await > 0 {
        actix_web::rt::task::yield_now().await;
    }
    drop(other_node);
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
    assert!(!vouchsafe.erase(id).await.expect("answered"), "the user is gone already");
    for table in ["users", "identities", "sessions", "user_roles", "vault_entries"] {
        assert_eq!(app.count(table).await, 0, "{table}");
    }
    assert_eq!(app.count("revocations").await, 2);
    ask(&node, "GET", "/user", &session).await.assert_error(401, "invalid-email-password");
    let refresh_token = refresh_token(&session);
    node.refresh(&Browser::new(), refresh_token).await.assert_error(401, "invalid-refresh-token");
    let _sweeping = app.node().await;
    until_empty(&app).await;
    let counts = app.simulator.counts();
    assert_eq!((counts.of(SimulatedProvider::Google).revoke, counts.of(SimulatedProvider::Github).revoke), (1, 1));
}
