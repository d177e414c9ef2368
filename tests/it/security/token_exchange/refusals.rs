//! Requests of known clients that are refused.

use super::{ACCESS_TOKEN, SECRET, basic, clients, events, form, post, post_as_worker};
use crate::support::app::{TestApp, access_token};
use crate::support::browser::Browser;

#[actix_web::test]
async fn each_fault_of_a_request_has_its_code() {
    let app = TestApp::new();
    let node = app.node_with(&clients()).await;
    let session = node.session(&mut Browser::new(), "google", "mira").await;
    let token = access_token(&session);
    let long = "a".repeat(256);
    let rows: [(&str, Option<&str>, &str); 24] = [
        ("grant_type", None, "invalid_request"),
        ("grant_type", Some(""), "invalid_request"),
        ("grant_type", Some("authorization_code"), "unsupported_grant_type"),
        ("audience", None, "invalid_request"),
        ("audience", Some("github"), "invalid_target"),
        ("audience", Some("nobody"), "invalid_target"),
        ("audience", Some("Google"), "invalid_target"),
        ("audience", Some("https://accounts.google.com"), "invalid_target"),
        ("resource", Some("https://www.googleapis.com"), "invalid_target"),
        ("scope", Some("openid email"), "invalid_scope"),
        ("scope", Some("\u{0}"), "invalid_scope"),
        ("requested_token_type", Some("urn:ietf:params:oauth:token-type:refresh_token"), "invalid_request"),
        ("requested_token_type", Some("urn:ietf:params:oauth:token-type:jwt"), "invalid_request"),
        ("actor_token", Some(token), "invalid_request"),
        ("actor_token_type", Some(ACCESS_TOKEN), "invalid_request"),
        ("subject_token", None, "invalid_request"),
        ("subject_token", Some(""), "invalid_request"),
        ("subject_token_type", None, "invalid_request"),
        ("subject_token_type", Some("urn:ietf:params:oauth:token-type:id_token"), "invalid_request"),
        ("subject_token_type", Some("access_token"), "invalid_request"),
        ("account", Some(long.as_str()), "invalid_request"),
        ("min_validity", Some("3601"), "invalid_request"),
        ("min_validity", Some("-1"), "invalid_request"),
        ("min_validity", Some("1.5"), "invalid_request"),
    ];
    for (name, value, code) in rows {
        let response = post_as_worker(&node, &form(token, &[(name, value)])).await;
        let body = response.assert_oauth_error(400, code);
        assert!(!body.to_string().contains("are not kept"), "{name} {value:?}: {body}");
    }
    for (name, value) in [
        ("scope", "openid"),
        ("scope", " openid  openid "),
        ("requested_token_type", ACCESS_TOKEN),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
        ("min_validity", "0"),
        ("resource", ""),
        ("actor_token", ""),
        ("unknown", "x"),
    ] {
        post_as_worker(&node, &form(token, &[(name, Some(value))])).await.assert_accepted();
    }
    let counted = ["invalid_request", "invalid_target", "invalid_scope", "unsupported_grant_type"];
    let mut count = 0;
    for outcome in counted {
        count += events(&app, "worker", outcome).await;
    }
    assert_eq!(count, 24 + 8, "each refusal is in the audit trail");
}

#[actix_web::test]
async fn repeated_parameter_is_refused_whatever_its_values() {
    let app = TestApp::new();
    let node = app.node_with(&clients()).await;
    let session = node.session(&mut Browser::new(), "google", "mira").await;
    let good = form(access_token(&session), &[]);
    for more in ["audience=google", "audience=github", "aud%69ence=google", "grant_type=x", "subject_token=x"] {
        post_as_worker(&node, &format!("{good}&{more}")).await.assert_oauth_error(400, "invalid_request");
    }
    let twice = format!("{good}&client_id=worker&client_secret={SECRET}&client_secret={SECRET}");
    post(&node, &[], &twice).await.assert_oauth_error(400, "invalid_request");
}

#[actix_web::test]
async fn errors_before_the_handler_have_the_same_shape() {
    let app = TestApp::new();
    let node = app.node_with(&clients()).await;
    let large = format!("grant_type={}", "x".repeat(70_000));
    post_as_worker(&node, &large).await.assert_oauth_error(413, "invalid_request");
    for mount in ["", "/v1"] {
        let url = format!("{}{mount}/oauth/token", node.base);
        let browser = Browser::new();
        for method in ["GET", "PUT", "DELETE"] {
            let headers = [("Authorization", basic("worker", SECRET))];
            let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
            browser.send(method, &url, &headers, Vec::new()).await.assert_oauth_error(405, "invalid_request");
        }
        let page = [("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")];
        browser.send("POST", &url, &page, Vec::new()).await.assert_oauth_error(401, "invalid_client");
        let json = [("Content-Type", "application/json")];
        let body = br#"{"client_id": "worker"}"#.to_vec();
        browser.send("POST", &url, &json, body).await.assert_oauth_error(401, "invalid_client");
    }
}

/// Without clients the route is there, because a reload may bring some, and nobody is one.
#[actix_web::test]
async fn server_without_clients_knows_nobody() {
    let app = TestApp::new();
    let node = app.node().await;
    let session = node.session(&mut Browser::new(), "google", "mira").await;
    let response = post_as_worker(&node, &form(access_token(&session), &[])).await;
    response.assert_oauth_error(401, "invalid_client");
}
