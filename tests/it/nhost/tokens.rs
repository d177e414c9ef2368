//! `GET /signin/provider/{provider}/callback/tokens`: the provider's tokens, once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::app::{Database, Node, TestApp, access_token, refresh_token};
use crate::support::browser::Browser;

#[actix_web::test]
async fn provider_tokens_are_returned_once() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "mira").await;
    let first = node.tokens(&browser, "google", &session).await;
    assert_eq!((first.status, first.header("cache-control")), (200, Some("no-store")));
    let body = first.json();
    let keys: Vec<_> = body.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(keys, ["accessToken", "expiresAt", "expiresIn", "refreshToken"]);
    assert_eq!((body["expiresIn"].as_u64(), body["expiresAt"].as_str()), (Some(3599), Some("2027-01-15T08:59:59Z")));
    assert!(body["refreshToken"].is_string());
    // The provider accepts them.
    let profile = browser
        .get_as(&app.simulator.endpoints(vouchsafe_simulator::SimulatedProvider::Google).userinfo, access_token(&body))
        .await;
    assert_eq!(profile.json()["email"], "mira@example.org");
    for _ in 0..2 {
        node.tokens(&browser, "google", &session).await.assert_error(400, "invalid-request");
    }
    assert_eq!(app.count("vault_entries").await, 0, "the entry is deleted");
}

#[actix_web::test]
async fn tokens_without_refresh_or_expiry_keep_the_shape() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "github", "mira").await;
    let body = node.tokens(&browser, "github", &session).await.json();
    assert!(body["accessToken"].as_str().is_some_and(|token| !token.is_empty()));
    assert!(body["refreshToken"].is_null());
    assert_eq!((&body["expiresIn"], &body["expiresAt"]), (&0.into(), &"0001-01-01T00:00:00Z".into()));
}

#[actix_web::test]
async fn tokens_missing_expired_or_unauthenticated_are_refused() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let mira = node.session(&mut browser, "google", "mira").await;
    let aiko = node.session(&mut browser, "github", "aiko").await;
    node.tokens(&browser, "google", &aiko).await.assert_error(400, "invalid-request");
    node.tokens(&browser, "apple", &mira).await.assert_error(400, "invalid-request");
    node.tokens(&browser, "nobody", &mira).await.assert_error(400, "invalid-request");
    let url = format!("{}/signin/provider/google/callback/tokens", node.base);
    for headers in [
        vec![],
        vec![("authorization", "Bearer x.y.z")],
        vec![("authorization", "Basic eDp5")],
        vec![("authorization", "Bearer")],
    ] {
        let response = browser.send("GET", &url, &headers, Vec::new()).await;
        response.assert_error(401, "invalid-request");
    }
    app.wait(3600);
    let fresh = node.refresh(&browser, refresh_token(&mira)).await.json();
    node.tokens(&browser, "google", &fresh).await.assert_error(400, "invalid-request");
}

#[actix_web::test]
async fn new_sign_in_stores_new_provider_tokens() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "mira").await;
    let first = node.tokens(&browser, "google", &session).await.json();
    node.session(&mut browser, "google", "mira").await;
    node.session(&mut browser, "google", "mira").await;
    assert_eq!(app.count("vault_entries").await, 1, "one row per user and provider");
    let second = node.tokens(&browser, "google", &session).await;
    assert_eq!(second.status, 200);
    assert_ne!(first["accessToken"], second.json()["accessToken"]);
}

#[actix_web::test]
async fn provider_tokens_are_encrypted_in_the_database() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "oidc", "mira").await;
    let sealed = app.query("SELECT LENGTH(sealed) FROM vault_entries").await;
    let body = node.tokens(&browser, "oidc", &session).await.json();
    let token = access_token(&body);
    assert!(sealed > token.len() as i64);
}

/// 64 concurrent claims of one user's tokens: one succeeds, 63 are refused.
async fn concurrent_claims(database: Database) {
    let Some(app) = TestApp::on(database) else { return };
    let nodes: Vec<Node> = vec![app.node().await, app.node().await];
    let mut browser = Browser::new();
    for round in 0..5 {
        let session = nodes[0].session(&mut browser, "google", "mira").await;
        let fetches = (0..64).map(|number| nodes[number % 2].tokens(&browser, "google", &session));
        let responses = futures_util::future::join_all(fetches).await;
        let mut statuses = BTreeMap::new();
        for response in &responses {
            *statuses.entry(response.status).or_insert(0) += 1;
        }
        assert_eq!(statuses, BTreeMap::from([(200, 1), (400, 63)]), "round {round}");
    }
}

#[actix_web::test]
async fn concurrent_claims_return_the_tokens_once_sqlite() {
    concurrent_claims(Database::Sqlite).await;
}

#[actix_web::test]
async fn concurrent_claims_return_the_tokens_once_postgres() {
    concurrent_claims(Database::Postgres).await;
}

#[actix_web::test]
async fn idempotency_key_replays_the_lost_response() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let (node, other) = (app.node().await, app.node().await);
        let mut browser = Browser::new();
        let session = node.session(&mut browser, "google", "mira").await;
        let second_session = node.session(&mut Browser::new(), "google", "mira").await;
        let take = async |node: &Node, session: &Value, key: &str| {
            let bearer = format!("Bearer {}", access_token(session));
            let url = format!("{}/signin/provider/google/callback/tokens", node.base);
            let headers = [("Authorization", bearer.as_str()), ("Idempotency-Key", key)];
            Browser::new().send("GET", &url, &headers, Vec::new()).await
        };
        for bad in ["", &"x".repeat(256)] {
            take(&node, &session, bad).await.assert_error(400, "invalid-request");
        }
        // Sixteen concurrent requests on two nodes with one key all get the same response.
        let askers = (0..16).map(|n| take(if n % 2 == 0 { &node } else { &other }, &session, "a key"));
        let responses = futures_util::future::join_all(askers).await;
        let tokens: BTreeSet<String> =
            responses.iter().map(|response| response.json()["accessToken"].to_string()).collect();
        assert_eq!((tokens.len(), responses.iter().all(|response| response.status == 200)), (1, true), "{database:?}");
        let fetched =
            |outcome| format!("SELECT COUNT(*) FROM audit_events WHERE action = 'fetch' AND outcome = '{outcome}'");
        assert_eq!((app.query(&fetched("done")).await, app.query(&fetched("repeated")).await), (1, 15));

        take(&node, &session, "another key").await.assert_error(400, "invalid-request");
        take(&node, &second_session, "a key").await.assert_error(400, "invalid-request");
        node.tokens(&browser, "google", &session).await.assert_error(400, "invalid-request");
        app.wait(59);
        assert_eq!(take(&other, &session, "a key").await.status, 200);
        app.wait(1);
        take(&other, &session, "a key").await.assert_error(400, "invalid-request");
    }
}

#[actix_web::test]
async fn claim_on_a_node_without_the_key_keeps_the_tokens() {
    let app = TestApp::new();
    let node = app.node().await;
    let session = node.session(&mut Browser::new(), "google", "mira").await;
    let other_key =
        "[[keys.vault]]\nid = 'other'\nkey = '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'";
    let other = app.node_with(other_key).await;
    other.tokens(&Browser::new(), "google", &session).await.assert_error(503, "internal-server-error");
    assert_eq!(node.tokens(&Browser::new(), "google", &session).await.status, 200);
}

#[actix_web::test]
async fn vault_rekey_makes_the_old_key_removable() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let key = |id: &str, digit: &str| format!("[[keys.vault]]\nid = '{id}'\nkey = '{}'\n", digit.repeat(64));
        let (old, new) = (key("old", "1"), key("new", "2"));
        let node = app.managed_node(&old).await;
        let session = node.session(&mut Browser::new(), "google", "mira").await;
        let under = |table: &str, id: &str| {
            let bytes: String = id.bytes().map(|byte| format!("{byte:02x}")).collect();
            let prefix = format!("SUBSTR(CAST(HEX(sealed) AS TEXT), 5, 6) = UPPER('{bytes}')");
            let prefix = if database == Database::Postgres {
                format!("SUBSTR(ENCODE(sealed, 'hex'), 5, 6) = '{bytes}'")
            } else {
                prefix
            };
            format!("SELECT COUNT(*) FROM {table} WHERE {prefix}")
        };
        let tables = ["vault_entries", "grants"];
        for table in tables {
            assert_eq!(app.query(&under(table, "old")).await, 1, "{table}");
        }
        let both = app.managed_node(&format!("{new}{old}")).await;
        for table in tables {
            while app.query(&under(table, "new")).await == 0 {
                actix_web::rt::task::yield_now().await;
            }
        }
        drop(both);
        let last = app.managed_node(&new).await;
        assert_eq!(last.tokens(&Browser::new(), "google", &session).await.status, 200, "{database:?}");
        let kept = last.provider_token(&Browser::new(), "google", "", &session).await;
        assert_eq!(kept.status, 200, "{database:?}: {}", kept.text());
    }
}
