//! Sessions: refresh token rotation, grace, reuse, sign-out, verification.

use serde_json::{Value, json};

use crate::support::app::{Database, ISSUER, TestApp, access_token, refresh_token};
use crate::support::browser::Browser;

fn token(session: &Value) -> String {
    refresh_token(session).to_owned()
}

#[actix_web::test]
async fn refresh_token_is_a_uuid_and_rotates() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let mut session = node.session(&mut browser, "google", "mira").await;
    let id = session["refreshTokenId"].clone();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..5 {
        assert!(uuid::Uuid::parse_str(&token(&session)).is_ok_and(|uuid| uuid.get_version_num() == 4));
        assert!(seen.insert(token(&session)), "each token is new");
        app.wait(1000);
        let response = node.refresh(&browser, &token(&session)).await;
        assert_eq!((response.status, response.header("cache-control")), (200, Some("no-store")));
        session = response.json();
        assert_eq!(session["refreshTokenId"], id, "the session stays the same");
    }
}

#[actix_web::test]
async fn used_token_within_grace_returns_the_same_successor() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let first = token(&node.session(&mut browser, "google", "mira").await);
    let second = token(&node.refresh(&browser, &first).await.json());
    app.wait(10);
    assert_eq!(token(&node.refresh(&browser, &first).await.json()), second);
    assert_eq!(node.refresh(&browser, &second).await.status, 200);
}

#[actix_web::test]
async fn used_token_after_grace_ends_the_session() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let first = token(&node.session(&mut browser, "google", "mira").await);
    let second = token(&node.refresh(&browser, &first).await.json());
    app.wait(11);
    node.refresh(&browser, &first).await.assert_error(401, "invalid-refresh-token");
    node.refresh(&browser, &second).await.assert_error(401, "invalid-refresh-token");
    assert_eq!(app.count("sessions").await, 0);
}

#[actix_web::test]
async fn token_two_generations_old_ends_the_session_after_the_grace() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let first = token(&node.session(&mut browser, "google", "mira").await);
    let other = token(&node.session(&mut browser, "github", "mira").await);
    let second = token(&node.refresh(&browser, &first).await.json());
    let third = token(&node.refresh(&browser, &second).await.json());
    app.wait(11);
    node.refresh(&browser, &first).await.assert_error(401, "invalid-refresh-token");
    node.refresh(&browser, &third).await.assert_error(401, "invalid-refresh-token");
    assert_eq!(node.refresh(&browser, &other).await.status, 200, "the user's other session continues");
}

#[actix_web::test]
async fn session_ends_thirty_days_after_last_refresh() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let mut session = node.session(&mut browser, "google", "mira").await;
    for _ in 0..3 {
        app.wait(29 * 86_400);
        session = node.refresh(&browser, &token(&session)).await.json();
    }
    app.wait(30 * 86_400);
    node.refresh(&browser, &token(&session)).await.assert_error(401, "invalid-refresh-token");
}

async fn parallel_refreshes(database: Database) {
    let Some(app) = TestApp::on(database) else { return };
    let nodes = [app.node().await, app.node().await];
    let mut browser = Browser::new();
    let first = token(&nodes[0].session(&mut browser, "google", "mira").await);
    let responses =
        futures_util::future::join_all((0..50).map(|number| nodes[number % 2].refresh(&browser, &first))).await;
    let successors: std::collections::BTreeSet<_> = responses
        .iter()
        .map(|response| {
            assert_eq!(response.status, 200, "{}", response.text());
            token(&response.json())
        })
        .collect();
    assert_eq!(successors.len(), 1, "all get the same successor");
    // The session started with generation 0, and `session()` refreshed once.
    assert_eq!(app.query("SELECT generation FROM sessions").await, 2);
}

#[actix_web::test]
async fn parallel_refreshes_get_one_successor_sqlite() {
    parallel_refreshes(Database::Sqlite).await;
}

#[actix_web::test]
async fn parallel_refreshes_get_one_successor_postgres() {
    parallel_refreshes(Database::Postgres).await;
}

#[actix_web::test]
async fn malformed_refresh_token_is_refused() {
    let app = TestApp::new();
    let node = app.node().await;
    let browser = Browser::new();
    let url = format!("{}/token", node.base);
    for bad in
        [json!({}), json!({"refreshToken": 7}), json!({"refreshToken": "x"}), json!([]), json!({"refreshToken": null})]
    {
        browser.post_json(&url, &bad).await.assert_error(400, "invalid-request");
    }
    for body in [b"".to_vec(), b"{".to_vec(), b"\xff\xfe".to_vec()] {
        browser
            .send("POST", &url, &[("content-type", "application/json")], body)
            .await
            .assert_error(400, "invalid-request");
    }
    node.refresh(&browser, "0eb996c9-42ad-447f-9516-9f3a132882a1").await.assert_error(401, "invalid-refresh-token");
}

#[actix_web::test]
async fn sign_out_ends_one_session_or_all() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let url = format!("{}/v1/signout", node.base);
    let sessions = [
        node.session(&mut browser, "google", "mira").await,
        node.session(&mut browser, "google", "mira").await,
        node.session(&mut browser, "google", "mira").await,
    ];
    let aiko = node.session(&mut browser, "google", "aiko").await;
    for _ in 0..2 {
        let response = browser.post_json(&url, &json!({"refreshToken": token(&sessions[0])})).await;
        assert_eq!((response.status, response.json()), (200, json!("OK")), "ending it twice is no error");
    }
    node.refresh(&browser, &token(&sessions[0])).await.assert_error(401, "invalid-refresh-token");
    let second = node.refresh(&browser, &token(&sessions[1])).await.json();

    for bad in [json!({"all": true}), json!({}), json!({"refreshToken": ""})] {
        browser.post_json(&url, &bad).await.assert_error(400, "invalid-request");
    }
    let bearer = access_token(&second);
    let all = browser.post_json_as(&url, bearer, &json!({"all": true})).await;
    assert_eq!((all.status, all.json()), (200, json!("OK")));
    for session in [&second, &sessions[2]] {
        node.refresh(&browser, &token(session)).await.assert_error(401, "invalid-refresh-token");
    }
    assert_eq!(node.refresh(&browser, &token(&aiko)).await.status, 200, "other users' sessions continue");
}

#[actix_web::test]
async fn token_verify_accepts_valid_tokens_only() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "mira").await;
    let good = access_token(&session).to_owned();
    let url = format!("{}/token/verify", node.base);
    for body in [json!({"token": good}), json!({"token": format!("Bearer {good}")})] {
        let response = browser.post_json(&url, &body).await;
        assert_eq!((response.status, response.json()), (200, json!("OK")));
    }
    assert_eq!(browser.post_json_as(&url, &good, &json!({})).await.json(), json!("OK"));
    let empty = browser.send("POST", &url, &[("authorization", &format!("Bearer {good}"))], Vec::new()).await;
    assert_eq!(empty.json(), json!("OK"));
    for body in [json!({"token": "x.y.z"}), json!({}), json!({"token": token(&session)})] {
        browser.post_json(&url, &body).await.assert_error(400, "invalid-request");
    }
    app.execute("UPDATE users SET disabled = TRUE").await;
    browser.post_json_as(&url, &good, &json!({})).await.assert_error(401, "disabled-user");
    app.wait(900);
    browser.post_json(&url, &json!({"token": good})).await.assert_error(400, "invalid-request");
    browser.get_as(&format!("{}/user", node.base), &good).await.assert_error(401, "invalid-request");
}

#[actix_web::test]
async fn published_jwks_verify_access_tokens() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "mira").await;
    let response = browser.get(&format!("{}/v1/.well-known/jwks.json", node.base)).await;
    assert_eq!(response.header("cache-control"), Some("public, max-age=600"));
    let keys: jsonwebtoken::jwk::JwkSet = serde_json::from_slice(&response.body).expect("keys");
    let token = access_token(&session);
    let kid = jsonwebtoken::decode_header(token).expect("a header").kid.expect("a kid");
    let key = jsonwebtoken::DecodingKey::from_jwk(keys.find(&kid).expect("the key")).expect("a usable key");
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::ES256);
    validation.validate_exp = false;
    let claims = jsonwebtoken::decode::<Value>(token, &key, &validation).expect("verified").claims;
    assert_eq!(claims["https://hasura.io/jwt/claims"]["x-hasura-user-id"], session["user"]["id"]);
    assert_eq!(claims["iss"], ISSUER);
}
