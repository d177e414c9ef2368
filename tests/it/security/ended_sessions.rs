//! Access tokens outlive their sessions: every route that acts for a user checks the session, and the routes that change
//! how a user signs in check when it started.

use serde_json::{Value, json};
use vouchsafe_simulator::SimulatedProvider;

use crate::nhost::id_token::{HASHED, NONCE, id_token};
use crate::support::app::{Database, Node, TestApp, access_token, parameter};
use crate::support::browser::{Browser, Response};

async fn call(node: &Node, method: &str, path: &str, session: &Value, body: &Value) -> Response {
    let bearer = format!("Bearer {}", access_token(session));
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    Browser::new().send(method, &format!("{}{path}", node.base), &headers, body.to_string().into_bytes()).await
}

/// Links the identity of `persona` at the OpenID provider by `connect=`, as far as that goes.
async fn connect(node: &Node, session: &Value, persona: &str) {
    let mut browser = Browser::new();
    let query = format!("connect={}", access_token(session));
    let start = browser.get(&format!("{}/signin/provider/oidc?{query}", node.base)).await;
    if let Some(authorize) = start.header("location").filter(|url| url.contains("/simulator/")) {
        let callback = browser.get(&format!("{authorize}&login={persona}")).await.location();
        let target = browser.get(&callback).await.location_url();
        if target.path().ends_with("/link/confirm") {
            node.decide_link(&mut browser, "yes").await;
        }
    }
}

#[actix_web::test]
async fn ended_session_cannot_act_in_the_nhost_dialect() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let node = app.node().await;
        let mut browser = Browser::new();
        let old = node.session(&mut browser, "github", "mira").await;
        let new = node.session(&mut Browser::new(), "github", "mira").await;
        assert_eq!(call(&node, "POST", "/signout", &new, &json!({"all": true})).await.status, 200);
        let vault_entries = app.count("vault_entries").await;

        let nonce = id_token(&app, SimulatedProvider::Google, "jonas", HASHED).await;
        let link = json!({"provider": "google", "idToken": nonce, "nonce": NONCE});
        let renew = json!({"refreshToken": "a-token-of-the-provider"});
        for (method, path, body) in [
            ("GET", "/user", json!({})),
            ("GET", "/user/providers", json!({})),
            ("DELETE", "/user/providers/github", json!({})),
            ("GET", "/user/providers/github/token", json!({})),
            ("GET", "/user/sessions", json!({})),
            ("DELETE", "/user/sessions/00000000-0000-4000-8000-000000000000", json!({})),
            ("GET", "/signin/provider/github/callback/tokens", json!({})),
            ("POST", "/token/provider/github", renew),
            ("POST", "/link/provider/oidc", json!({})),
            ("POST", "/link/idtoken", link),
            ("POST", "/signout", json!({"all": true})),
            ("POST", "/token/verify", json!({})),
        ] {
            let answer = call(&node, method, path, &old, &body).await;
            assert_eq!(answer.status, 401, "{method} {path}: {}", answer.text());
            answer.assert_error(401, "invalid-request");
        }
        connect(&node, &old, "jonas").await;
        assert_eq!((app.count("users").await, app.count("identities").await), (1, 1));
        assert_eq!(app.count("vault_entries").await, vault_entries, "the tokens are still stored");
    }
}

#[actix_web::test]
async fn tokens_replay_needs_the_live_session() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "github", "mira").await;
    let bearer = format!("Bearer {}", access_token(&session));
    let url = format!("{}/signin/provider/github/callback/tokens", node.base);
    let headers = [("Authorization", bearer.as_str()), ("Idempotency-Key", "once")];
    for _ in 0..2 {
        assert_eq!(browser.send("GET", &url, &headers, Vec::new()).await.status, 200);
    }
    let repeated = "SELECT COUNT(*) FROM audit_events WHERE action = 'fetch' AND outcome = 'repeated'";
    assert_eq!((app.query(repeated).await, app.count("vault_entries").await), (1, 0));
    browser.post_json(&format!("{}/signout", node.base), &json!({"refreshToken": session["refreshToken"]})).await;
    browser.send("GET", &url, &headers, Vec::new()).await.assert_error(401, "invalid-request");
}

#[actix_web::test]
async fn disabled_user_cannot_act_in_a_session_that_goes_on() {
    let app = TestApp::new();
    let node = app.node().await;
    let session = node.session(&mut Browser::new(), "github", "mira").await;
    app.execute("UPDATE users SET disabled = TRUE").await;
    for (method, path) in
        [("GET", "/user/sessions"), ("GET", "/signin/provider/github/callback/tokens"), ("POST", "/link/provider/oidc")]
    {
        call(&node, method, path, &session, &json!({})).await.assert_error(401, "disabled-user");
    }
    connect(&node, &session, "jonas").await;
    assert_eq!((app.count("identities").await, app.count("vault_entries").await), (1, 1));
}

#[actix_web::test]
async fn stale_session_cannot_link_by_any_route() {
    let app = TestApp::new();
    let node = app.node_with("session.reauthentication_window = '10m'\nsession.access_token_ttl = '1h'").await;
    let session = node.session(&mut Browser::new(), "github", "mira").await;
    app.wait(601);
    let token = id_token(&app, SimulatedProvider::Google, "jonas", HASHED).await;
    let link = json!({"provider": "google", "idToken": token, "nonce": NONCE});
    call(&node, "POST", "/link/idtoken", &session, &link).await.assert_error(403, "invalid-request");
    call(&node, "POST", "/link/provider/oidc", &session, &json!({})).await.assert_error(403, "invalid-request");
    connect(&node, &session, "jonas").await;
    assert_eq!(app.count("identities").await, 1);
    // A fresh one of the same user can.
    let session = node.session(&mut Browser::new(), "github", "mira").await;
    let linked = call(&node, "POST", "/link/idtoken", &session, &link).await;
    assert_eq!(linked.status, 200, "{}", linked.text());
}

#[actix_web::test]
async fn session_of_another_user_ends_nothing() {
    let app = TestApp::new();
    let node = app.node().await;
    let mira = node.session(&mut Browser::new(), "github", "mira").await;
    let jonas = node.session(&mut Browser::new(), "github", "jonas").await;
    let path = format!("/user/sessions/{}", jonas["refreshTokenId"].as_str().expect("an id"));
    assert_eq!(call(&node, "DELETE", &path, &mira, &json!({})).await.status, 200);
    assert_eq!(call(&node, "POST", "/signout", &mira, &json!({"all": true})).await.status, 200);
    assert_eq!(call(&node, "GET", "/user", &jonas, &json!({})).await.status, 200);
    let target = node.sign_in(&mut Browser::new(), "github", "", "mira").await;
    assert!(parameter(&target, "refreshToken").is_some());
}
