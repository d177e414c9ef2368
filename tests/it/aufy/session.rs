//! Refresh and sign-out by cookie and by header.

use super::{ACCESS, PAGE, REFRESH, access_token};
use crate::support::app::TestApp;
use crate::support::browser::Browser;

#[actix_web::test]
async fn refresh_by_cookie_renews_both_tokens() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let first = node.enter(&mut browser, "github", "mira").await;
    let before = browser.jar[REFRESH].clone();
    let response = node.post(&mut browser, "auth/signin/refresh", Some(access_token(&first)), "").await;
    let second = response.json();
    assert_eq!(
        (response.status, &second["refresh_token"], &second["expires_in"]),
        (200, &serde_json::Value::Null, &900.into())
    );
    assert_ne!(access_token(&first), access_token(&second));
    assert!(response.cookie(REFRESH).ends_with("; HttpOnly; SameSite=Lax; Path=/; Max-Age=2592000"));
    assert_ne!(before, browser.jar[REFRESH]);
    let by_cookie = node.post(&mut browser, "auth/signin/refresh?useCookie=true", None, "").await;
    assert!(by_cookie.json()["access_token"].is_null());
    by_cookie.cookie(ACCESS);
    assert_eq!(node.whoami(&mut browser, None).await.status, 200);
    assert_eq!(app.count("sessions").await, 1, "still one session");
    // A token two generations old ends the session.
    let mut copy = Browser::new();
    copy.jar.insert(REFRESH.to_owned(), before);
    app.wait(11);
    node.post(&mut copy, "auth/signin/refresh", None, "").await.assert_problem(401, "refresh token");
    node.post(&mut browser, "auth/signin/refresh", None, "").await.assert_problem(401, "refresh token");
}

#[actix_web::test]
async fn refresh_token_is_returned_the_way_it_was_sent() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    node.enter(&mut browser, "github", "mira").await;
    let before = browser.jar[REFRESH].clone();
    let response = node.post(&mut browser, "auth/token/refresh", None, "").await;
    assert_eq!(
        (response.status, &response.json()["refresh_token"]),
        (200, &serde_json::Value::Null),
        "not in the body"
    );
    assert_ne!(before, browser.jar[REFRESH]);
    // The refresh token of an app without a browser, in the header.
    let token = browser.jar[REFRESH].clone();
    let mut client = Browser::new();
    let headers = [("Authorization", format!("Bearer {token}"))];
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let response = client.fetch("POST", &node.auth("token/refresh"), &headers, "").await;
    let tokens = response.json();
    let renewed = tokens["refresh_token"].as_str().expect("a refresh token");
    assert!(response.status == 200 && renewed != token && client.jar.is_empty());
    // The new access token has the same claims.
    let known = node.whoami(&mut client, Some(access_token(&tokens))).await.json();
    assert_eq!((&known["email"], &known["roles"]), (&"mira@example.org".into(), &serde_json::json!(["me", "user"])));
    for bad in [None, Some("junk"), Some("1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b"), Some(access_token(&tokens))] {
        for route in ["auth/token/refresh", "auth/signin/refresh"] {
            node.post(&mut Browser::new(), route, bad, "").await.assert_problem(401, "refresh token");
        }
    }
}

#[actix_web::test]
async fn refresh_with_bad_cookie_and_good_header_succeeds() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let tokens = node.enter(&mut browser, "github", "mira").await;
    let refresh_token = browser.jar[REFRESH].clone();
    let mut mixed = Browser::new();
    mixed.jar.insert(ACCESS.to_owned(), "junk".to_owned());
    mixed.jar.insert(REFRESH.to_owned(), "junk".to_owned());
    assert_eq!(node.whoami(&mut mixed, Some(access_token(&tokens))).await.status, 200);
    let response = node.post(&mut mixed, "auth/token/refresh", Some(&refresh_token), "").await;
    assert!(response.json()["refresh_token"].is_string(), "{}", response.text());
    // And vice versa: clients send outdated headers with every call.
    mixed.jar.insert(ACCESS.to_owned(), access_token(&tokens).to_owned());
    assert_eq!(node.whoami(&mut mixed, Some("junk")).await.status, 200);
}

#[actix_web::test]
async fn expired_access_token_is_reported_as_expired() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let tokens = node.enter(&mut browser, "github", "mira").await;
    let token = access_token(&tokens);
    let mut client = Browser::new();
    app.wait(899);
    assert_eq!(node.whoami(&mut client, Some(token)).await.status, 200);
    app.wait(1);
    let expired = node.whoami(&mut client, Some(token)).await;
    expired.assert_problem(401, "access token");
    assert_eq!(expired.header("x-token-expired"), Some("true"));
    assert_eq!(expired.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
    for token in [None, Some("junk")] {
        let response = node.whoami(&mut client, token).await;
        response.assert_problem(401, "access token");
        assert_eq!(response.header("x-token-expired"), None, "{token:?}");
    }
    // A browser has dropped the expired access token cookie by now; the other cookie is still set.
    let response = node.whoami(&mut browser, None).await;
    assert_eq!((response.status, response.header("x-token-expired")), (401, Some("true")));
}

#[actix_web::test]
async fn sign_out_with_expired_token_clears_cookies_and_session() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    node.hand_over(&mut browser, "github", "mira").await;
    node.post(&mut browser, "auth/signin/external?usecookie=true", None, "").await;
    node.enter(&mut Browser::new(), "github", "mira").await;
    let refresh_token = browser.jar[REFRESH].clone();
    app.wait(901);
    let response = node.post(&mut browser, "auth/signout", None, "").await;
    assert_eq!((response.status, response.text().as_str()), (200, ""));
    for name in [REFRESH, ACCESS] {
        let cookie = response.cookie(name);
        let end = format!("{name}=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0; Expires=");
        assert!(cookie.starts_with(&end), "{cookie}");
    }
    assert!(browser.jar.is_empty());
    assert_eq!(app.count("sessions").await, 1, "the other session is kept");
    browser.jar.insert(REFRESH.to_owned(), refresh_token);
    node.post(&mut browser, "auth/signin/refresh", None, "").await.assert_problem(401, "refresh token");
    assert_eq!(node.post(&mut browser, "auth/signout", None, "").await.status, 200, "repeating it is no error");
}

#[actix_web::test]
async fn sign_out_by_access_token_ends_only_its_session() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    node.enter(&mut Browser::new(), "github", "mira").await;
    let tokens = node.enter(&mut browser, "github", "mira").await;
    let mut other_browser = Browser::new();
    let response = node.post(&mut other_browser, "auth/signout", None, "").await;
    response.assert_problem(401, "access token");
    response.cookie(REFRESH);
    response.cookie(ACCESS);
    assert_eq!(app.count("sessions").await, 2);
    assert_eq!(node.post(&mut other_browser, "auth/signout", Some(access_token(&tokens)), "").await.status, 200);
    assert_eq!(app.count("sessions").await, 1);
    node.post(&mut browser, "auth/signin/refresh", None, "").await.assert_problem(401, "refresh token");
}

#[actix_web::test]
async fn refresh_of_a_disabled_user_is_refused() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    node.enter(&mut browser, "github", "mira").await;
    app.execute("UPDATE users SET disabled = 1").await;
    let response = node.post(&mut browser, "auth/signin/refresh", None, "").await;
    response.assert_problem(401, "refresh token");
    assert_eq!(response.header("access-control-allow-origin"), Some(PAGE));
}
