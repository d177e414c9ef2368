//! Refreshing and leaving: cookie in, cookie out.

use super::{ACCESS, PAGE, REFRESH, access_token};
use crate::browser::Browser;
use crate::town::Town;

#[actix_web::test]
async fn a_refresh_by_cookie_renews_both_tokens() {
    let town = Town::new();
    let node = town.node().await;
    let mut browser = Browser::new();
    let first = node.enter(&mut browser, "github", "mira").await;
    let before = browser.jar[REFRESH].clone();
    let answer = node.post(&mut browser, "auth/signin/refresh", Some(access_token(&first)), "").await;
    let second = answer.json();
    assert_eq!(
        (answer.status, &second["refresh_token"], &second["expires_in"]),
        (200, &serde_json::Value::Null, &900.into())
    );
    assert_ne!(access_token(&first), access_token(&second));
    assert!(answer.cookie(REFRESH).ends_with("; HttpOnly; SameSite=Lax; Path=/; Max-Age=2592000"));
    assert_ne!(before, browser.jar[REFRESH]);
    let by_cookie = node.post(&mut browser, "auth/signin/refresh?useCookie=true", None, "").await;
    assert!(by_cookie.json()["access_token"].is_null());
    by_cookie.cookie(ACCESS);
    assert_eq!(node.whoami(&mut browser, None).await.status, 200);
    assert_eq!(town.count("sessions").await, 1, "it is one session");
    // The one of two refreshes ago ends the session.
    let mut thief = Browser::new();
    thief.jar.insert(REFRESH.to_owned(), before);
    town.wait(11);
    node.post(&mut thief, "auth/signin/refresh", None, "").await.assert_problem(401, "refresh token");
    node.post(&mut browser, "auth/signin/refresh", None, "").await.assert_problem(401, "refresh token");
}

#[actix_web::test]
async fn a_refresh_token_comes_back_the_way_it_came() {
    let town = Town::new();
    let node = town.node().await;
    let mut browser = Browser::new();
    node.enter(&mut browser, "github", "mira").await;
    let before = browser.jar[REFRESH].clone();
    let answer = node.post(&mut browser, "auth/token/refresh", None, "").await;
    assert_eq!(
        (answer.status, &answer.json()["refresh_token"]),
        (200, &serde_json::Value::Null),
        "not shown to scripts"
    );
    assert_ne!(before, browser.jar[REFRESH]);
    // The token of an app without a browser, in the header.
    let token = browser.jar[REFRESH].clone();
    let mut app = Browser::new();
    let headers = [("Authorization", format!("Bearer {token}"))];
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = app.fetch("POST", &node.auth("token/refresh"), &headers, "").await;
    let tokens = answer.json();
    let renewed = tokens["refresh_token"].as_str().expect("a refresh token");
    assert!(answer.status == 200 && renewed != token && app.jar.is_empty());
    // The new access token says as much as the first one.
    let known = node.whoami(&mut app, Some(access_token(&tokens))).await.json();
    assert_eq!((&known["email"], &known["roles"]), (&"mira@example.org".into(), &serde_json::json!(["me", "user"])));
    for bad in [None, Some("junk"), Some("1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b"), Some(access_token(&tokens))] {
        for route in ["auth/token/refresh", "auth/signin/refresh"] {
            node.post(&mut Browser::new(), route, bad, "").await.assert_problem(401, "refresh token");
        }
    }
}

#[actix_web::test]
async fn a_bad_cookie_does_not_stand_in_the_way_of_a_good_header() {
    let town = Town::new();
    let node = town.node().await;
    let mut browser = Browser::new();
    let tokens = node.enter(&mut browser, "github", "mira").await;
    let refresh_token = browser.jar[REFRESH].clone();
    let mut mixed = Browser::new();
    mixed.jar.insert(ACCESS.to_owned(), "junk".to_owned());
    mixed.jar.insert(REFRESH.to_owned(), "junk".to_owned());
    assert_eq!(node.whoami(&mut mixed, Some(access_token(&tokens))).await.status, 200);
    let answer = node.post(&mut mixed, "auth/token/refresh", Some(&refresh_token), "").await;
    assert!(answer.json()["refresh_token"].is_string(), "{}", answer.text());
    // And the other way round: clients send stale headers with every call.
    mixed.jar.insert(ACCESS.to_owned(), access_token(&tokens).to_owned());
    assert_eq!(node.whoami(&mut mixed, Some("junk")).await.status, 200);
}

#[actix_web::test]
async fn an_expired_token_says_so_and_others_do_not() {
    let town = Town::new();
    let node = town.node().await;
    let mut browser = Browser::new();
    let tokens = node.enter(&mut browser, "github", "mira").await;
    let token = access_token(&tokens);
    let mut app = Browser::new();
    town.wait(899);
    assert_eq!(node.whoami(&mut app, Some(token)).await.status, 200);
    town.wait(1);
    let expired = node.whoami(&mut app, Some(token)).await;
    expired.assert_problem(401, "access token");
    assert_eq!(expired.header("x-token-expired"), Some("true"));
    assert_eq!(expired.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
    for token in [None, Some("junk")] {
        let answer = node.whoami(&mut app, token).await;
        answer.assert_problem(401, "access token");
        assert_eq!(answer.header("x-token-expired"), None, "{token:?}");
    }
    // A browser has thrown the access token's cookie away by now; the other cookie is still there.
    let answer = node.whoami(&mut browser, None).await;
    assert_eq!((answer.status, answer.header("x-token-expired")), (401, Some("true")));
}

#[actix_web::test]
async fn leaving_takes_both_cookies_and_the_session_even_with_an_expired_token() {
    let town = Town::new();
    let node = town.node().await;
    let mut browser = Browser::new();
    node.hand_over(&mut browser, "github", "mira").await;
    node.post(&mut browser, "auth/signin/external?usecookie=true", None, "").await;
    node.enter(&mut Browser::new(), "github", "mira").await;
    let refresh_token = browser.jar[REFRESH].clone();
    town.wait(901);
    let answer = node.post(&mut browser, "auth/signout", None, "").await;
    assert_eq!((answer.status, answer.text().as_str()), (200, ""));
    for name in [REFRESH, ACCESS] {
        let cookie = answer.cookie(name);
        let end = format!("{name}=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0; Expires=");
        assert!(cookie.starts_with(&end), "{cookie}");
    }
    assert!(browser.jar.is_empty());
    assert_eq!(town.count("sessions").await, 1, "the other session is another one");
    browser.jar.insert(REFRESH.to_owned(), refresh_token);
    node.post(&mut browser, "auth/signin/refresh", None, "").await.assert_problem(401, "refresh token");
    assert_eq!(node.post(&mut browser, "auth/signout", None, "").await.status, 200, "leaving twice is no error");
}

#[actix_web::test]
async fn an_access_token_alone_ends_its_own_session_and_nothing_ends_none() {
    let town = Town::new();
    let node = town.node().await;
    let mut browser = Browser::new();
    node.enter(&mut Browser::new(), "github", "mira").await;
    let tokens = node.enter(&mut browser, "github", "mira").await;
    let mut stranger = Browser::new();
    let answer = node.post(&mut stranger, "auth/signout", None, "").await;
    answer.assert_problem(401, "access token");
    answer.cookie(REFRESH);
    answer.cookie(ACCESS);
    assert_eq!(town.count("sessions").await, 2);
    assert_eq!(node.post(&mut stranger, "auth/signout", Some(access_token(&tokens)), "").await.status, 200);
    assert_eq!(town.count("sessions").await, 1);
    node.post(&mut browser, "auth/signin/refresh", None, "").await.assert_problem(401, "refresh token");
}

#[actix_web::test]
async fn a_shut_out_person_cannot_refresh() {
    let town = Town::new();
    let node = town.node().await;
    let mut browser = Browser::new();
    node.enter(&mut browser, "github", "mira").await;
    town.execute("UPDATE users SET disabled = 1").await;
    let answer = node.post(&mut browser, "auth/signin/refresh", None, "").await;
    answer.assert_problem(401, "refresh token");
    assert_eq!(answer.header("access-control-allow-origin"), Some(PAGE));
}
