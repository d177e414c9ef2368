//! For whom a client may act.

use serde_json::json;

use super::{SECRET, USER_ID, basic, clients, events, form, post, post_as_worker};
use crate::aufy;
use crate::support::app::{Node, TestApp, access_token, refresh_token};
use crate::support::browser::{Browser, Response};

/// What the client that may act offline gets for a user id.
async fn offline(node: &Node, user_id: &str) -> Response {
    let changes = [("audience", Some("github")), ("subject_token_type", Some(USER_ID))];
    post(node, &[("Authorization", &basic("nightly", SECRET))], &form(user_id, &changes)).await
}

#[actix_web::test]
async fn access_token_of_either_dialect_is_accepted() {
    let app = TestApp::new();
    let node = app.node_with(&clients()).await;
    let mut browser = Browser::new();
    let nhost = node.session(&mut browser, "google", "mira").await;
    let aufy = node.enter(&mut browser, "google", "mira").await;
    for token in [access_token(&nhost), aufy::access_token(&aufy)] {
        post_as_worker(&node, &form(token, &[])).await.assert_accepted();
    }
}

#[actix_web::test]
async fn token_that_is_not_a_live_session_is_refused() {
    let app = TestApp::new();
    let node = app.node_with(&clients()).await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "mira").await;
    let (token, user_id) = (access_token(&session), session["user"]["id"].as_str().expect("an id"));
    let provider = node.tokens(&browser, "google", &session).await.json();
    let forged = format!("{}x", &token[..token.len() - 1]);
    for other in ["x.y.z", refresh_token(&session), access_token(&provider), user_id, &forged] {
        let response = post_as_worker(&node, &form(other, &[])).await;
        response.assert_oauth_error(400, "invalid_request");
    }
    // A server with other keys.
    let elsewhere = TestApp::new();
    let foreign = elsewhere.node().await.session(&mut Browser::new(), "google", "mira").await;
    post_as_worker(&node, &form(access_token(&foreign), &[])).await.assert_oauth_error(400, "invalid_request");

    post_as_worker(&node, &form(token, &[])).await.assert_accepted();
    let body = json!({"refreshToken": session["refreshToken"]});
    assert_eq!(browser.post_json(&format!("{}/signout", node.base), &body).await.status, 200);
    post_as_worker(&node, &form(token, &[])).await.assert_oauth_error(400, "invalid_request");

    let disabled = node.session(&mut browser, "google", "mira").await;
    app.execute("UPDATE users SET disabled = TRUE").await;
    let response = post_as_worker(&node, &form(access_token(&disabled), &[])).await;
    response.assert_oauth_error(400, "invalid_request");
    app.execute("UPDATE users SET disabled = FALSE").await;
    post_as_worker(&node, &form(access_token(&disabled), &[])).await.assert_accepted();
    app.wait(901);
    let response = post_as_worker(&node, &form(access_token(&disabled), &[])).await;
    response.assert_oauth_error(400, "invalid_request");
    assert_eq!(events(&app, "worker", "invalid_request").await, 9);
}

#[actix_web::test]
async fn user_without_a_session_needs_a_client_that_may_act_offline() {
    let app = TestApp::new();
    let node = app.node_with(&clients()).await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "github", "mira").await;
    let user_id = session["user"]["id"].as_str().expect("an id");
    let response = post_as_worker(&node, &form(user_id, &[("subject_token_type", Some(USER_ID))])).await;
    response.assert_oauth_error(400, "unauthorized_client");
    // It is told the same for an id that is none: the client may not even ask.
    let response = post_as_worker(&node, &form("x", &[("subject_token_type", Some(USER_ID))])).await;
    response.assert_oauth_error(400, "unauthorized_client");

    offline(&node, user_id).await.assert_accepted();
    let body = json!({"refreshToken": session["refreshToken"]});
    assert_eq!(browser.post_json(&format!("{}/signout", node.base), &body).await.status, 200);
    offline(&node, user_id).await.assert_accepted();
    for nobody in ["00000000-0000-4000-8000-000000000000", "mira", access_token(&session)] {
        offline(&node, nobody).await.assert_oauth_error(400, "invalid_request");
    }
    app.execute("UPDATE users SET disabled = TRUE").await;
    offline(&node, user_id).await.assert_oauth_error(400, "invalid_request");
    assert_eq!(events(&app, "nightly", "invalid_target").await, 2);
    assert_eq!(events(&app, "nightly", "invalid_request").await, 4);
    assert_eq!(events(&app, "worker", "unauthorized_client").await, 2);
}
