//! Several nodes, restarts and key changes: flows continue on any node.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::support::app::{Database, START_TIME, TestApp, access_token, parameter};
use crate::support::browser::Browser;

async fn start_here_finish_there(database: Database) {
    let Some(app) = TestApp::on(database) else { return };
    // Both nodes have one host name; cookies ignore the port.
    let (a, b) = (app.node().await, app.node().await);
    let mut browser = Browser::new();
    let callback = a.authorize(&mut browser, "google", "state=s", "mira").await;
    let target = browser.get(&callback.replace(&a.base, &b.base)).await.location_url();
    assert!(parameter(&target, "refreshToken").is_some(), "{target}");
    let session = a.session_of(&mut browser, &target).await;
    assert_eq!(b.tokens(&browser, "google", &session).await.status, 200);
    a.tokens(&browser, "google", &session).await.assert_error(400, "invalid-request");
}

#[actix_web::test]
async fn flow_started_on_one_node_finishes_on_another_sqlite() {
    start_here_finish_there(Database::Sqlite).await;
}

#[actix_web::test]
async fn flow_started_on_one_node_finishes_on_another_postgres() {
    start_here_finish_there(Database::Postgres).await;
}

#[actix_web::test]
async fn restart_between_start_and_callback_loses_nothing() {
    let app = TestApp::new();
    let mut browser = Browser::new();
    let before = app.node().await;
    let (old, callback) = (before.base.clone(), before.authorize(&mut browser, "google", "state=s", "mira").await);
    drop(before);
    let after = app.node().await;
    let target = browser.get(&callback.replace(&old, &after.base)).await.location_url();
    assert!(parameter(&target, "refreshToken").is_some(), "{target}");
}

async fn identical_callbacks_on_two_nodes(database: Database) {
    let Some(app) = TestApp::on(database) else { return };
    let nodes = [app.node().await, app.node().await];
    let mut browser = Browser::new();
    let callback = nodes[0].authorize(&mut browser, "google", "", "mira").await;
    let urls: Vec<String> = (0..40).map(|number| callback.replace(&nodes[0].base, &nodes[number % 2].base)).collect();
    let responses = futures_util::future::join_all(urls.iter().map(|url| browser.peek(url))).await;
    let credentials =
        responses.iter().filter(|response| parameter(&response.location_url(), "refreshToken").is_some()).count();
    assert_eq!(credentials, 1);
    let others: BTreeSet<String> = responses
        .iter()
        .map(crate::support::browser::Response::location)
        .filter(|url| !url.contains("refreshToken"))
        .collect();
    assert_eq!(others, BTreeSet::from(["https://app.test/".to_owned()]));
    assert_eq!(app.simulator.counts().google.token, 1);
    assert_eq!(app.count("sessions").await, 1);
}

#[actix_web::test]
async fn identical_callbacks_on_two_nodes_sign_in_once_sqlite() {
    identical_callbacks_on_two_nodes(Database::Sqlite).await;
}

#[actix_web::test]
async fn identical_callbacks_on_two_nodes_sign_in_once_postgres() {
    identical_callbacks_on_two_nodes(Database::Postgres).await;
}

#[actix_web::test]
async fn used_flow_row_outlives_the_flow_by_the_clock_skew() {
    let app = TestApp::new();
    app.node().await.session(&mut Browser::new(), "google", "mira").await;
    let flow_ends = (START_TIME.plus(Duration::from_secs(600))).millis();
    let kept = app.query("SELECT MIN(expires_at) FROM used_flows").await - flow_ends;
    assert_eq!(kept, 3_600_000, "a node with a slow clock would accept it again");
}

#[actix_web::test]
async fn provider_reconfigured_during_a_flow_gets_no_code() {
    let app = TestApp::new();
    let mut browser = Browser::new();
    let before = app.node().await;
    let callback = before.authorize(&mut browser, "google", "", "mira").await;
    let (listener, origin) = crate::support::app::listen();
    let mut settings = app.settings(&origin, "");
    settings.providers.get_mut(&"google".parse().expect("a name")).expect("configured").client_id = "other".to_owned();
    let vouchsafe = app.build(settings).await;
    let handle = crate::support::app::serve(listener, 1, move || vouchsafe.routes());
    let target = browser.get(&callback.replace(&before.base, &origin)).await.location_url();
    assert_eq!(parameter(&target, "error").as_deref(), Some("invalid-state"));
    assert_eq!(app.simulator.counts().google.token, 0);
    drop(handle.stop(false));
}

#[actix_web::test]
async fn rotated_provider_keys_are_fetched_once() {
    let app = TestApp::new();
    let node = app.node().await;
    node.session(&mut Browser::new(), "oidc", "mira").await;
    let keys = || app.simulator.counts().oidc.jwks;
    assert_eq!(keys(), 1);
    node.session(&mut Browser::new(), "oidc", "mira").await;
    assert_eq!((keys(), app.simulator.counts().oidc.discovery), (1, 1), "cached keys are not fetched again");
    app.wait(60);
    app.simulator.rotate_keys();
    node.session(&mut Browser::new(), "oidc", "mira").await;
    assert_eq!(keys(), 2);
}

/// During a key rotation nodes may list the same keys in another order.
#[actix_web::test]
async fn nodes_with_another_key_order_share_flows_and_tickets() {
    let app = TestApp::new();
    let key = |id: &str, digit: &str| format!("[[keys.vault]]\nid = '{id}'\nkey = '{}'\n", digit.repeat(64));
    let (one, two) = (key("one", "1"), key("two", "2"));
    let nodes = [app.node_with(&format!("{one}{two}")).await, app.node_with(&format!("{two}{one}")).await];
    for (first, second) in [(&nodes[0], &nodes[1]), (&nodes[1], &nodes[0])] {
        let here = |url: &str| url.replace(&first.base, &second.base);
        // Nhost: the flow's cookie, and the vault.
        let mut browser = Browser::new();
        let callback = first.authorize(&mut browser, "google", "", "mira").await;
        let target = browser.get(&here(&callback)).await.location_url();
        let session = first.session_of(&mut browser, &target).await;
        assert_eq!(first.tokens(&browser, "google", &session).await.status, 200);
        // Aufy: the flow's cookie, and the ticket.
        let mut browser = Browser::new();
        let query = "callbackUrl=https://app.test/signed-in";
        let callback = first.challenge(&mut browser, "google", query, "jonas").await;
        assert_eq!(browser.get(&here(&callback)).await.location(), "https://app.test/signed-in");
        let response = first.post(&mut browser, "auth/signin/external", None, "").await;
        assert_eq!(response.status, 200, "{}", response.text());
        // Linking: the pending decision.
        let mut browser = Browser::new();
        let url = format!("{}/link/provider/github", first.base);
        let begun = browser.post_json_with_cookies(&url, access_token(&session), &serde_json::json!({})).await.json();
        let authorize = begun["url"].as_str().expect("a URL");
        let callback = browser.get(&format!("{authorize}&login=rosa")).await.location();
        let page = browser.get(&here(&callback)).await.location();
        let shown = browser.get(&page.replace(&second.base, &first.base)).await;
        assert_eq!(shown.status, 200, "{}", shown.text());
    }
}
