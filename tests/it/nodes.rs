//! More than one node, and nodes that go: nothing is lost that the browser or the database has.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::browser::Browser;
use crate::town::{BEGINNING, Ground, Town, parameter};

async fn start_here_finish_there(ground: Ground) {
    let Some(town) = Town::on(ground) else { return };
    // Both are reached under one name; the cookie does not know the port.
    let (a, b) = (town.node().await, town.node().await);
    let mut browser = Browser::new();
    let callback = a.go_out(&mut browser, "google", "state=s", "mira").await;
    let target = browser.get(&callback.replace(&a.base, &b.base)).await.location_url();
    assert!(parameter(&target, "refreshToken").is_some(), "{target}");
    let session = a.session_of(&mut browser, &target).await;
    assert_eq!(b.tokens(&browser, "google", &session).await.status, 200);
    a.tokens(&browser, "google", &session).await.assert_error(400, "invalid-request");
}

#[actix_web::test]
async fn a_flow_begun_on_one_node_is_finished_on_another_on_sqlite() {
    start_here_finish_there(Ground::Sqlite).await;
}

#[actix_web::test]
async fn a_flow_begun_on_one_node_is_finished_on_another_on_postgresql() {
    start_here_finish_there(Ground::Postgres).await;
}

#[actix_web::test]
async fn a_restart_between_start_and_callback_loses_nothing() {
    let town = Town::new();
    let mut browser = Browser::new();
    let before = town.node().await;
    let (old, callback) = (before.base.clone(), before.go_out(&mut browser, "google", "state=s", "mira").await);
    drop(before);
    let after = town.node().await;
    let target = browser.get(&callback.replace(&old, &after.base)).await.location_url();
    assert!(parameter(&target, "refreshToken").is_some(), "{target}");
}

async fn identical_callbacks_on_two_nodes(ground: Ground) {
    let Some(town) = Town::on(ground) else { return };
    let nodes = [town.node().await, town.node().await];
    let mut browser = Browser::new();
    let callback = nodes[0].go_out(&mut browser, "google", "", "mira").await;
    let urls: Vec<String> = (0..40).map(|number| callback.replace(&nodes[0].base, &nodes[number % 2].base)).collect();
    let answers = futures_util::future::join_all(urls.iter().map(|url| browser.look(url))).await;
    let credentials =
        answers.iter().filter(|answer| parameter(&answer.location_url(), "refreshToken").is_some()).count();
    assert_eq!(credentials, 1);
    let others: BTreeSet<String> =
        answers.iter().map(crate::browser::Answer::location).filter(|url| !url.contains("refreshToken")).collect();
    assert_eq!(others, BTreeSet::from(["https://app.test/".to_owned()]));
    assert_eq!(town.simulator.counts().google.token, 1);
    assert_eq!(town.count("sessions").await, 1);
}

#[actix_web::test]
async fn identical_callbacks_on_two_nodes_bring_one_credential_on_sqlite() {
    identical_callbacks_on_two_nodes(Ground::Sqlite).await;
}

#[actix_web::test]
async fn identical_callbacks_on_two_nodes_bring_one_credential_on_postgresql() {
    identical_callbacks_on_two_nodes(Ground::Postgres).await;
}

#[actix_web::test]
async fn a_claim_outlives_its_flow_by_more_than_clocks_differ() {
    let town = Town::new();
    town.node().await.session(&mut Browser::new(), "google", "mira").await;
    let flow_ends = (BEGINNING.plus(Duration::from_secs(600))).millis();
    let kept = town.query("SELECT MIN(expires_at) FROM flow_claims").await - flow_ends;
    assert_eq!(kept, 3_600_000, "a node whose clock is slow would claim it once more");
}

#[actix_web::test]
async fn a_provider_that_was_reconfigured_meanwhile_gets_no_code() {
    let town = Town::new();
    let mut browser = Browser::new();
    let before = town.node().await;
    let callback = before.go_out(&mut browser, "google", "", "mira").await;
    let (listener, origin) = crate::town::listen();
    let mut settings = town.settings(&origin, "");
    settings.providers.get_mut(&"google".parse().expect("a name")).expect("configured").client_id = "other".to_owned();
    let vouchsafe = town.build(settings).await;
    let handle = crate::town::serve(listener, 1, move || vouchsafe.routes());
    let target = browser.get(&callback.replace(&before.base, &origin)).await.location_url();
    assert_eq!(parameter(&target, "error").as_deref(), Some("invalid-state"));
    assert_eq!(town.simulator.counts().google.token, 0);
    drop(handle.stop(false));
}

#[actix_web::test]
async fn changed_keys_of_a_provider_are_fetched_once() {
    let town = Town::new();
    let node = town.node().await;
    node.session(&mut Browser::new(), "oidc", "mira").await;
    let keys = || town.simulator.counts().oidc.jwks;
    assert_eq!(keys(), 1);
    node.session(&mut Browser::new(), "oidc", "mira").await;
    assert_eq!((keys(), town.simulator.counts().oidc.discovery), (1, 1), "what is known is not asked for again");
    town.wait(60);
    town.simulator.rotate_keys();
    node.session(&mut Browser::new(), "oidc", "mira").await;
    assert_eq!(keys(), 2);
}
