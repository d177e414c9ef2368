//! What is handed out, where tokens are kept.

use serde_json::{Value, json};
use vouchsafe_simulator::{Endpoint, Failure, SimulatedProvider};

use super::{ACCESS_TOKEN, SECRET, USER_ID, basic, clients, events, form, post, post_as_worker, secret_hash};
use crate::support::app::{Database, Node, TestApp, access_token};
use crate::support::browser::{Browser, Response};

const GOOGLE: SimulatedProvider = SimulatedProvider::Google;

/// The clients, and one that may ask for any scope.
fn settings() -> String {
    let hash = secret_hash();
    format!(
        "{}clients.any = {{ secret_sha256 = '{hash}', providers = ['google', 'github'] }}\n\
         session.access_token_ttl = '10d'",
        clients()
    )
}

async fn post_as_any(node: &Node, session: &Value, changes: &[(&str, Option<&str>)]) -> Response {
    post(node, &[("Authorization", &basic("any", SECRET))], &form(access_token(session), changes)).await
}

#[actix_web::test]
async fn backend_gets_the_token_that_the_user_would_get() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let node = app.managed_node(&settings()).await;
        let mut browser = Browser::new();
        let session = node.session(&mut browser, "google", "mira").await;
        let response = post_as_worker(&node, &form(access_token(&session), &[("scope", Some("openid"))])).await;
        let body = response.json();
        assert_eq!((response.status, response.header("cache-control")), (200, Some("no-store")), "{body}");
        let names: Vec<_> = body.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(names, ["access_token", "expires_in", "issued_token_type", "scope", "token_type"]);
        assert_eq!((&body["issued_token_type"], &body["token_type"]), (&ACCESS_TOKEN.into(), &"Bearer".into()));
        assert_eq!(body["expires_in"], 3599);
        assert!(body["scope"].as_str().expect("scopes").split(' ').any(|scope| scope == "openid"), "{body}");
        let own = node.provider_token(&browser, "google", "", &session).await.json();
        assert_eq!(body["access_token"], own["accessToken"]);
        assert_eq!(events(&app, "worker", "done").await, 1);
        let recorded = "SELECT COUNT(*) FROM audit_events WHERE action = 'token-exchange' AND session_id IS NOT NULL \
                        AND user_id IS NOT NULL AND provider = 'google'";
        assert_eq!(app.query(recorded).await, 1);
    }
}

#[actix_web::test]
async fn backend_that_may_act_offline_needs_no_session() {
    let app = TestApp::new();
    let node = app.managed_node(&settings()).await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "github", "mira").await;
    let body = json!({"refreshToken": session["refreshToken"]});
    assert_eq!(browser.post_json(&format!("{}/signout", node.base), &body).await.status, 200);
    let changes = [("audience", Some("github")), ("subject_token_type", Some(USER_ID))];
    let form = form(session["user"]["id"].as_str().expect("an id"), &changes);
    let response = post(&node, &[("Authorization", &basic("nightly", SECRET))], &form).await;
    assert_eq!(response.status, 200, "{}", response.text());
    assert!(response.json()["access_token"].as_str().is_some_and(|token| token.len() > 10));
    assert_eq!(events(&app, "nightly", "done").await, 1);
}

#[actix_web::test]
async fn what_the_user_can_repair_names_the_url() {
    let app = TestApp::new();
    let node = app.managed_node(&settings()).await;
    let session = node.session(&mut Browser::new(), "google", "mira").await;
    let body =
        post_as_any(&node, &session, &[("scope", Some("profile"))]).await.assert_oauth_error(400, "invalid_scope");
    let url = format!("{}/signin/provider/google", node.base);
    assert!(body["url"].as_str().is_some_and(|found| found.starts_with(&url)), "{body}");
    let nobody = post_as_any(&node, &session, &[("scope", Some("calendar"))]).await;
    let nobody = nobody.assert_oauth_error(400, "invalid_scope");
    assert!(nobody["error_description"].as_str().is_some_and(|text| text.contains("allowed_scopes")), "{nobody}");
    for scope in ["a\"b", "a\\b", "a\u{e9}"] {
        let refused = post_as_any(&node, &session, &[("scope", Some(scope))]).await;
        assert!(refused.assert_oauth_error(400, "invalid_scope")["url"].is_null());
    }

    app.wait(3600);
    app.simulator.fail(GOOGLE, Failure::RefreshRefused);
    let body = post_as_any(&node, &session, &[]).await.assert_oauth_error(400, "invalid_grant");
    assert_eq!(body["url"], format!("{url}?prompt=consent"));

    // Nothing to repair: the user has no such account.
    for changes in [[("audience", Some("github"))], [("account", Some("nobody"))]] {
        let body = post_as_any(&node, &session, &changes).await.assert_oauth_error(400, "invalid_grant");
        assert!(body["url"].is_null(), "{body}");
    }
}

#[actix_web::test]
async fn provider_that_does_not_answer_is_a_reason_to_try_later() {
    let app = TestApp::new();
    let node = app.managed_node(&settings()).await;
    let session = node.session(&mut Browser::new(), "google", "mira").await;
    app.wait(3600);
    app.simulator.fail(GOOGLE, Failure::TooManyRequests(Endpoint::Token));
    let refused = post_as_any(&node, &session, &[]).await;
    refused.assert_oauth_error(503, "temporarily_unavailable");
    assert_eq!(refused.header("retry-after"), Some("30"));
    app.simulator.recover(GOOGLE);
    app.wait(30);
    assert_eq!(post_as_any(&node, &session, &[]).await.status, 200);
    assert_eq!(events(&app, "any", "temporarily_unavailable").await, 1);
}
