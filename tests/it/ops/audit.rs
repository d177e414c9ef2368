//! The audit trail: user, action, client address, flow and outcome.

use serde_json::{Value, json};
use vouchsafe::UserId;

use crate::support::app::{Database, Node, TestApp, access_token, parameter, refresh_token};
use crate::support::browser::Browser;

async fn lines(app: &TestApp, which: &str) -> i64 {
    app.query(&format!("SELECT COUNT(*) FROM audit_events WHERE {which}")).await
}

async fn delete(node: &Node, path: &str, session: &Value) {
    let bearer = format!("Bearer {}", access_token(session));
    let url = format!("{}{path}", node.base);
    let response = Browser::new().send("DELETE", &url, &[("Authorization", &bearer)], Vec::new()).await;
    assert_eq!(response.status, 200, "{}", response.text());
}

#[actix_web::test]
async fn every_account_change_writes_an_audit_event() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let node = app.node().await;
        let mut browser = Browser::new();
        let session = node.session(&mut browser, "google", "mira").await;
        let id = session["user"]["id"].as_str().expect("an id").to_owned();
        let mine = |which: &str| format!("user_id = {} AND {which}", literal(database, &id));
        let whole = "outcome = 'done' AND client_ip = '127.0.0.1' AND LENGTH(flow_id) = 16";
        assert_eq!(lines(&app, &mine(&format!("action = 'sign-up' AND provider = 'google' AND {whole}"))).await, 1);
        node.session(&mut browser, "google", "mira").await;
        assert_eq!(lines(&app, &mine(&format!("action = 'sign-in' AND session_id IS NOT NULL AND {whole}"))).await, 1);

        let token = access_token(&session);
        node.connect(&mut browser, "github", &format!("connect={token}"), "jonas").await;
        assert_eq!(lines(&app, &mine(&format!("action = 'link' AND provider = 'github' AND {whole}"))).await, 1);
        let target = node.connect(&mut browser, "github", &format!("connect={token}"), "jonas").await;
        assert_eq!(parameter(&target, "error").as_deref(), Some("provider-account-already-linked"));
        assert_eq!(lines(&app, &mine("action = 'link' AND outcome = 'the identity is already linked'")).await, 1);

        assert_eq!(node.tokens(&browser, "github", &session).await.status, 200);
        assert_eq!(node.tokens(&browser, "github", &session).await.status, 400);
        assert_eq!(lines(&app, &mine("action = 'fetch' AND provider = 'github' AND outcome = 'done'")).await, 1);
        delete(&node, "/user/providers/github", &session).await;
        assert_eq!(lines(&app, &mine("action = 'unlink' AND provider = 'github' AND outcome = 'done'")).await, 1);

        let first = refresh_token(&session);
        assert_eq!(node.refresh(&browser, first).await.status, 200);
        // Beyond the grace and the tolerated clock skew.
        app.wait(71);
        assert_eq!(node.refresh(&browser, first).await.status, 401);
        assert_eq!(node.refresh(&browser, first).await.status, 401);
        assert_eq!(lines(&app, &mine("action = 'reuse' AND outcome = 'the session was ended'")).await, 1);

        let other = node.session(&mut browser, "google", "mira").await;
        for _ in 0..2 {
            let body = json!({"refreshToken": other["refreshToken"]});
            browser.post_json(&format!("{}/signout", node.base), &body).await;
        }
        assert_eq!(lines(&app, &mine("action = 'sign-out' AND outcome = 'done'")).await, 1);
        let body = json!({"all": true});
        let third = node.session(&mut browser, "google", "mira").await;
        let token = access_token(&third);
        browser.post_json_as(&format!("{}/signout", node.base), token, &body).await;
        assert_eq!(lines(&app, &mine("action = 'sign-out' AND outcome = '2 sessions ended'")).await, 1);

        let vouchsafe = app.build(app.settings(&node.base, "")).await;
        vouchsafe.erase(UserId(id.parse().expect("a UUID"))).await.expect("erased");
        assert_eq!(lines(&app, &mine("action = 'erase' AND outcome = 'done'")).await, 1);
        assert_eq!(lines(&app, "user_id IS NULL").await, 0);
    }
}

/// A UUID as an SQL literal of this database.
fn literal(database: Database, id: &str) -> String {
    match database {
        Database::Sqlite => format!("x'{}'", id.replace('-', "")),
        Database::Postgres => format!("'{id}'"),
    }
}

#[actix_web::test]
async fn client_ip_is_taken_from_trusted_proxies_only() {
    let app = TestApp::new();
    for (trusted, address) in [("", "127.0.0.1"), ("server.trusted_proxies = ['127.0.0.0/8']", "198.51.100.7")] {
        let node = app.node_with(trusted).await;
        let mut browser = Browser::new();
        let callback = node.authorize(&mut browser, "google", "", "mira").await;
        let cookie: Vec<_> = browser.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let headers = [("Cookie", cookie.join("; ")), ("X-Forwarded-For", "192.0.2.1, 198.51.100.7".to_owned())];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        assert_eq!(browser.send("GET", &callback, &headers, Vec::new()).await.status, 302);
        assert_eq!(lines(&app, &format!("client_ip = '{address}'")).await, 1);
    }
}

#[actix_web::test]
async fn audit_event_is_immutable_until_deleted_by_age() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let node = app.node().await;
        node.session(&mut Browser::new(), "google", "mira").await;
        let refused = app.try_execute("UPDATE audit_events SET outcome = 'x'").await.expect_err("refused");
        assert!(refused.contains("audit events cannot be changed"), "{refused}");
        app.wait(90 * 24 * 3600 + 1);
        let _sweeping = app.node().await;
        while app.count("audit_events").await > 0 {
            actix_web::rt::task::yield_now().await;
        }
    }
}
