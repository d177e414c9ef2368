//! Clients with a secret.

use super::{SECRET, basic, clients, events, form, post, secret_hash};
use crate::support::app::{TestApp, access_token};
use crate::support::browser::Browser;

#[actix_web::test]
async fn secret_is_accepted_by_header_and_by_form() {
    let app = TestApp::new();
    let node = app.node_with(&clients()).await;
    let session = node.session(&mut Browser::new(), "google", "mira").await;
    let good = form(access_token(&session), &[]);
    post(&node, &[("Authorization", &basic("worker", SECRET))], &good).await.assert_accepted();
    post(&node, &[("Authorization", &basic("worker", SECRET))], &format!("{good}&client_id=worker"))
        .await
        .assert_accepted();
    post(&node, &[], &format!("{good}&client_id=worker&client_secret={SECRET}")).await.assert_accepted();
    assert_eq!(events(&app, "worker", "invalid_target").await, 3);
    let id = session["user"]["id"].as_str().expect("an id").replace('-', "").to_uppercase();
    let user =
        app.text("SELECT hex(user_id) FROM audit_events WHERE action = 'token-exchange' AND provider = 'google'");
    assert_eq!(user.await, Some(id));
}

#[actix_web::test]
async fn client_without_its_secret_gets_one_answer() {
    let app = TestApp::new();
    let node = app.node_with(&clients()).await;
    let session = node.session(&mut Browser::new(), "google", "mira").await;
    let good = form(access_token(&session), &[]);
    let (wrong, unknown) = (basic("worker", &SECRET.to_lowercase()), basic("nobody", SECRET));
    let (bearer, hash) = (format!("Bearer {}", access_token(&session)), secret_hash());
    let mut answers = Vec::new();
    for (header, more) in [
        (None, String::new()),
        (None, "&client_id=worker".to_owned()),
        (None, format!("&client_id=nobody&client_secret={SECRET}")),
        (None, format!("&client_id=worker&client_secret={hash}")),
        (None, format!("&client_secret={SECRET}")),
        (Some(wrong.as_str()), String::new()),
        (Some(&unknown), String::new()),
        (Some(&basic("worker", "")), String::new()),
        (Some(&basic("", "")), String::new()),
        (Some(&basic("worker", SECRET)[..20]), String::new()),
        (Some(&bearer), String::new()),
        (Some(&basic("worker", SECRET)), "&client_id=nightly".to_owned()),
    ] {
        let headers: Vec<_> = header.map(|header| ("Authorization", header)).into_iter().collect();
        let response = post(&node, &headers, &format!("{good}{more}")).await;
        answers.push(response.assert_oauth_error(401, "invalid_client"));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    let both = [("Authorization", basic("worker", SECRET))];
    let both = both.each_ref().map(|(name, value)| (*name, value.as_str()));
    let twice = format!("{good}&client_id=worker&client_secret={SECRET}");
    post(&node, &both, &twice).await.assert_oauth_error(400, "invalid_request");
    let in_url = format!("{}/oauth/token?client_id=worker&client_secret={SECRET}", node.base);
    let response = Browser::new().send("POST", &in_url, &[], good.clone().into_bytes()).await;
    response.assert_oauth_error(401, "invalid_client");
    assert_eq!(app.query("SELECT COUNT(*) FROM audit_events WHERE action = 'token-exchange'").await, 0);
}

/// Only failures count, so that a busy backend is not limited, and whoever guesses is.
#[actix_web::test]
async fn failed_authentications_are_limited_by_address() {
    let app = TestApp::new();
    let more = format!("server.trusted_proxies = ['127.0.0.1/32']\nrate_limit.token_per_minute = 2\n{}", clients());
    let node = app.node_with(&more).await;
    let session = node.session(&mut Browser::new(), "google", "mira").await;
    let good = form(access_token(&session), &[]);
    let (right, wrong) = (basic("worker", SECRET), basic("worker", "x"));
    let from = ("X-Forwarded-For", "203.0.113.7");
    for _ in 0..4 {
        post(&node, &[from, ("Authorization", &right)], &good).await.assert_accepted();
    }
    for _ in 0..2 {
        post(&node, &[from, ("Authorization", &wrong)], &good).await.assert_oauth_error(401, "invalid_client");
    }
    let limited = post(&node, &[from, ("Authorization", &wrong)], &good).await;
    limited.assert_oauth_error(429, "temporarily_unavailable");
    assert!(
        limited.header("retry-after").is_some_and(|seconds| seconds.parse::<u64>().is_ok_and(|seconds| seconds > 0))
    );
    post(&node, &[from, ("Authorization", &right)], &good).await.assert_accepted();
    let other = ("X-Forwarded-For", "203.0.113.8");
    post(&node, &[other, ("Authorization", &wrong)], &good).await.assert_oauth_error(401, "invalid_client");
}
