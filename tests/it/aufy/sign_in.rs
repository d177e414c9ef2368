//! `POST signin/external`: redeeming a ticket.

use serde_json::{Value, json};

use super::{ACCESS, BACK, PAGE, REFRESH, SIGN_IN, SIGN_UP, access_token};
use crate::support::app::{Database, TestApp};
use crate::support::browser::{Browser, Response};

#[track_caller]
fn assert_hand_over_ended(response: &Response) {
    for (name, path) in [(SIGN_IN, "/"), (SIGN_UP, "/api/auth/signup/external")] {
        let cookie = response.cookie(name);
        let end = format!("{name}=; HttpOnly; SameSite=Lax; Path={path}; Max-Age=0; Expires=");
        assert!(cookie.starts_with(&end), "{cookie}");
    }
}

#[actix_web::test]
async fn sign_in_of_a_new_user_returns_the_published_shape() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    node.hand_over(&mut browser, "github", "mira").await;
    let response = node.post(&mut browser, "auth/signin/external", None, "").await;
    let tokens = response.json();
    let expected = json!({
        "token_type": "Bearer", "access_token": tokens["access_token"], "expires_in": 900, "refresh_token": null
    });
    assert_eq!((response.status, &tokens), (200, &expected));
    assert!(access_token(&tokens).split('.').count() == 3 && response.header("cache-control") == Some("no-store"));
    let cookie = response.cookie(REFRESH);
    assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Path=/; Max-Age=2592000"), "{cookie}");
    assert!(!response.cookies().iter().any(|cookie| cookie.starts_with(ACCESS)));
    assert_hand_over_ended(&response);
    assert_eq!(browser.jar.keys().collect::<Vec<_>>(), [REFRESH]);
    let known = json!({"username": "Mira Okafor", "email": "mira@example.org", "roles": ["me", "user"]});
    assert_eq!(node.whoami(&mut browser, Some(access_token(&tokens))).await.json(), known);
    for (table, rows) in [("users", 1), ("identities", 1), ("sessions", 1), ("vault_entries", 1), ("tickets", 0)] {
        assert_eq!(app.count(table).await, rows, "{table}");
    }
}

#[actix_web::test]
async fn usecookie_in_any_case_sets_the_access_token_cookie() {
    let app = TestApp::new();
    let node = app.node().await;
    for (query, is_cookie) in
        [("usecookie=true", true), ("useCookie=True", true), ("USECOOKIE=TRUE", true), ("usecookie=false", false)]
    {
        let mut browser = Browser::new();
        node.hand_over(&mut browser, "github", "mira").await;
        let response = node.post(&mut browser, &format!("auth/signin/external?{query}"), None, "").await;
        assert_eq!(response.json()["access_token"].is_null(), is_cookie, "{query}: {}", response.text());
        assert!(response.json()["refresh_token"].is_null());
        assert_eq!(browser.jar.contains_key(ACCESS), is_cookie, "{query}");
        if is_cookie {
            let cookie = response.cookie(ACCESS);
            assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Path=/; Max-Age=900"), "{cookie}");
            assert_eq!(node.whoami(&mut browser, None).await.json()["username"], "Mira Okafor");
        }
    }
    let mut browser = Browser::new();
    node.hand_over(&mut browser, "github", "mira").await;
    for query in ["usecookie=maybe", "usecookie=1", "usecookie=true&UseCookie=true"] {
        node.post(&mut browser, &format!("auth/signin/external?{query}"), None, "")
            .await
            .assert_problem(400, "usecookie");
    }
    let response = node.post(&mut browser, "auth/signin/external", None, "").await;
    assert_eq!(response.status, 200, "the ticket is still valid: {}", response.text());
}

#[actix_web::test]
async fn sign_in_accepts_any_body_or_none() {
    let app = TestApp::new();
    let node = app.node().await;
    for body in ["", "{}", "null", "not JSON", "{\"role\": \"admin\"}"] {
        let mut browser = Browser::new();
        node.hand_over(&mut browser, "github", "mira").await;
        assert_eq!(node.post(&mut browser, "auth/signin/external", None, body).await.status, 200, "{body:?}");
    }
    assert_eq!(app.query("SELECT COUNT(*) FROM users WHERE metadata IS NULL").await, 1);
}

#[actix_web::test]
async fn sign_in_finds_the_user_by_identity_or_verified_email() {
    let app = TestApp::new();
    let node = app.node().await;
    for (provider, identities) in [("github", 1), ("github", 1), ("google", 2), ("oidc", 3), ("google", 3)] {
        node.enter(&mut Browser::new(), provider, "mira").await;
        assert_eq!((app.count("users").await, app.count("identities").await), (1, identities), "{provider}");
    }
}

#[actix_web::test]
async fn unverified_email_or_linking_off_finds_no_account() {
    let app = TestApp::new();
    let node = app.node().await;
    let strict = app.node_with("aufy.automatic_linking = false").await;
    node.enter(&mut Browser::new(), "google", "jonas").await;
    node.enter(&mut Browser::new(), "google", "mira").await;
    app.execute("UPDATE users SET email_verified = TRUE").await;
    for (node, persona, status, detail) in [
        (&node, "jonas", 403, "not verified"),
        (&strict, "mira", 409, "exists already"),
        (&strict, "jonas", 403, "not verified"),
    ] {
        let mut browser = Browser::new();
        assert_eq!(node.hand_over(&mut browser, "github", persona).await.as_str(), BACK);
        let response = node.post(&mut browser, "auth/signin/external", None, "").await;
        response.assert_problem(status, detail);
        assert_hand_over_ended(&response);
        assert!(!browser.jar.contains_key(REFRESH));
    }
    assert_eq!((app.count("users").await, app.count("identities").await, app.count("tickets").await), (2, 2, 0));
    // New users, and users found by identity, still sign in.
    strict.enter(&mut Browser::new(), "google", "mira").await;
    strict.enter(&mut Browser::new(), "github", "rosa").await;
}

#[actix_web::test]
async fn sign_up_disabled_refuses_new_users_only() {
    let app = TestApp::new();
    app.node().await.enter(&mut Browser::new(), "google", "mira").await;
    let closed = app.node_with("sign_up = { enabled = false }").await;
    let mut browser = Browser::new();
    closed.hand_over(&mut browser, "github", "rosa").await;
    let response = closed.post(&mut browser, "auth/signin/external", None, "").await;
    response.assert_problem(403, "Sign up is disabled");
    assert_hand_over_ended(&response);
    closed.enter(&mut Browser::new(), "google", "mira").await;
    closed.enter(&mut Browser::new(), "github", "mira").await;
    assert_eq!((app.count("users").await, app.count("identities").await), (1, 2));
}

#[actix_web::test]
async fn disabled_and_unverified_users_get_their_own_errors() {
    let app = TestApp::new();
    let node = app.node().await;
    node.enter(&mut Browser::new(), "github", "mira").await;
    app.execute("UPDATE users SET disabled = 1").await;
    let wary = app.node_with("sign_up = { verified_email_required = true }").await;
    let waiting = app.node_with("sign_up = { new_users_disabled = true }").await;
    for (node, persona, detail) in
        [(&node, "mira", "disabled"), (&wary, "jonas", "not verified"), (&waiting, "rosa", "disabled")]
    {
        let mut browser = Browser::new();
        node.hand_over(&mut browser, "github", persona).await;
        let response = node.post(&mut browser, "auth/signin/external", None, "").await;
        response.assert_problem(403, detail);
        assert_hand_over_ended(&response);
        assert!(browser.jar.is_empty());
    }
    assert_eq!(app.count("sessions").await, 1);
}

#[actix_web::test]
async fn ticket_cookie_used_twice_or_copied_is_refused() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    node.hand_over(&mut browser, "github", "mira").await;
    let mut attacker = Browser::new();
    attacker.jar = browser.jar.clone();
    assert_eq!(node.post(&mut browser, "auth/signin/external", None, "").await.status, 200);
    for browser in [&mut attacker, &mut browser] {
        let response = node.post(browser, "auth/signin/external", None, "").await;
        response.assert_problem(401, "no sign-in to go on with");
        assert_eq!(response.header("x-token-expired"), None);
        assert_hand_over_ended(&response);
    }
    let mut forger = Browser::new();
    forger.jar.insert(SIGN_IN.to_owned(), "nonsense".to_owned());
    node.post(&mut forger, "auth/signin/external", None, "").await.assert_problem(401, "no sign-in");
    node.post(&mut Browser::new(), "auth/signin/external", None, "").await.assert_problem(401, "no sign-in");
    assert_eq!(app.count("sessions").await, 1);
}

async fn concurrent_redemptions(database: Database) {
    let Some(app) = TestApp::on(database) else { return };
    let (a, b) = (app.node().await, app.node().await);
    let mut browser = Browser::new();
    a.hand_over(&mut browser, "github", "mira").await;
    let posts = (0..16).map(|number| {
        let node = if number % 2 == 0 { &a } else { &b };
        let mut copy = Browser::new();
        copy.jar = browser.jar.clone();
        async move { node.post(&mut copy, "auth/signin/external", None, "").await.status }
    });
    let mut statuses = futures_util::future::join_all(posts).await;
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (200, [401; 15].as_slice()));
    assert_eq!((app.count("sessions").await, app.count("tickets").await), (1, 0));
}

#[actix_web::test]
async fn concurrent_redemptions_on_two_nodes_have_one_winner_sqlite() {
    concurrent_redemptions(Database::Sqlite).await;
}

#[actix_web::test]
async fn concurrent_redemptions_on_two_nodes_have_one_winner_postgres() {
    concurrent_redemptions(Database::Postgres).await;
}

#[actix_web::test]
async fn ticket_expires_after_one_minute() {
    let app = TestApp::new();
    let node = app.node().await;
    for (wait, status) in [(29, 200), (30, 401)] {
        let mut browser = Browser::new();
        node.hand_over(&mut browser, "github", "mira").await;
        app.wait(30);
        // Reading the ticket does not extend it.
        node.post(&mut browser, "auth/signin/external?usecookie=x", None, "").await.assert_problem(400, "usecookie");
        app.wait(wait);
        assert_eq!(node.post(&mut browser, "auth/signin/external", None, "").await.status, status, "{wait}");
    }
}

#[actix_web::test]
async fn ticket_survives_a_database_outage() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    node.hand_over(&mut browser, "github", "mira").await;
    app.execute("ALTER TABLE tickets RENAME TO elsewhere").await;
    let response = node.post(&mut browser, "auth/signin/external", None, "").await;
    response.assert_problem(503, "try again");
    assert_eq!((response.header("retry-after"), response.cookies()), (Some("1"), vec![]));
    app.execute("ALTER TABLE elsewhere RENAME TO tickets").await;
    assert_eq!(node.post(&mut browser, "auth/signin/external", None, "").await.status, 200);
}

#[actix_web::test]
async fn ticket_survives_a_failed_transaction_but_no_refusal() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    node.hand_over(&mut browser, "github", "mira").await;
    app.execute("ALTER TABLE sessions RENAME TO elsewhere").await;
    node.post(&mut browser, "auth/signin/external", None, "").await.assert_problem(503, "try again");
    app.execute("ALTER TABLE elsewhere RENAME TO sessions").await;
    let cookies = browser.jar.clone();
    assert_eq!(node.post(&mut browser, "auth/signin/external", None, "").await.status, 200);
    browser.jar = cookies;
    assert_eq!(node.post(&mut browser, "auth/signin/external", None, "").await.status, 401, "it was redeemed");

    node.hand_over(&mut browser, "github", "mira").await;
    let cookies = browser.jar.clone();
    app.execute("UPDATE users SET disabled = TRUE").await;
    assert_eq!(node.post(&mut browser, "auth/signin/external", None, "").await.status, 403);
    app.execute("UPDATE users SET disabled = FALSE").await;
    browser.jar = cookies;
    assert_eq!(node.post(&mut browser, "auth/signin/external", None, "").await.status, 401, "a refusal spends it");
}

#[actix_web::test]
async fn user_without_email_or_name_signs_in() {
    let app = TestApp::new();
    let node = app.node().await;
    for (persona, email) in [("aiko", Value::Null), ("rosa", json!("rosa@example.com"))] {
        let mut browser = Browser::new();
        let tokens = node.enter(&mut browser, "github", persona).await;
        let known = node.whoami(&mut browser, Some(access_token(&tokens))).await.json();
        assert_eq!(known["email"], email);
        assert!(known["username"].as_str().is_some_and(|name| !name.is_empty()), "{known}");
    }
}

#[actix_web::test]
async fn react_client_requests_work_unchanged() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    // Every call carries an outdated token of an earlier visit.
    let stale = access_token(&node.enter(&mut Browser::new(), "google", "rosa").await).to_owned();
    app.wait(901);
    let callback =
        node.challenge(&mut browser, "github", &format!("CallbackUrl={PAGE}/challenge-callback"), "mira").await;
    assert_eq!(browser.get(&callback).await.location(), format!("{PAGE}/challenge-callback"));
    let tokens = node.post(&mut browser, "auth/signin/external", Some(&stale), "").await.json();
    let token = access_token(&tokens).to_owned();
    assert_eq!(node.whoami(&mut browser, Some(&token)).await.json()["username"], "Mira Okafor");
    // Expired token: refresh once and repeat the call.
    app.wait(901);
    let expired = node.whoami(&mut browser, Some(&token)).await;
    assert_eq!((expired.status, expired.header("x-token-expired")), (401, Some("true")));
    let fresh = node.post(&mut browser, "auth/signin/refresh", Some(&token), "").await.json();
    assert_eq!(node.whoami(&mut browser, Some(access_token(&fresh))).await.status, 200);
    // Linking, with a URL inside the callback URL.
    let query = format!("CallbackUrl={PAGE}/profile?link=google");
    let callback = node.challenge(&mut browser, "google", &query, "rosa").await;
    assert_eq!(browser.get(&callback).await.location(), format!("{PAGE}/profile?link=google"));
    let refused = node.post(&mut browser, "account/link/external", Some(access_token(&fresh)), "").await;
    refused.assert_problem(409, "linked to a user already");
}

#[actix_web::test]
async fn hand_over_cookie_opens_on_a_node_with_another_key_order() {
    let key = |id: &str, digit: &str| format!("{{ id = '{id}', key = '{}' }}", digit.repeat(64));
    let (first, second) = (key("one", "1"), key("two", "2"));
    let app = TestApp::new();
    let nodes = [
        app.node_with(&format!("keys.vault = [{first}, {second}]")).await,
        app.node_with(&format!("keys.vault = [{second}, {first}]")).await,
    ];
    for (from, to) in [(0, 1), (1, 0)] {
        let mut browser = Browser::new();
        nodes[from].hand_over(&mut browser, "github", "mira").await;
        let response = nodes[to].post(&mut browser, "auth/signin/external", None, "").await;
        assert_eq!(response.status, 200, "{}", response.text());
    }
}
