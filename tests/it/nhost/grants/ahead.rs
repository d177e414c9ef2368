//! Refreshes ahead of expiry, without a caller.

use vouchsafe_simulator::{Failure, SimulatedProvider};

use crate::support::app::TestApp;
use crate::support::browser::Browser;
use crate::support::service::wait_until;

const GOOGLE: SimulatedProvider = SimulatedProvider::Google;

#[actix_web::test]
async fn tokens_of_users_with_a_session_are_refreshed_before_they_expire() {
    let app = TestApp::new();
    let node = app.managed_node_ahead("grants.refresh_ahead = '10m'").await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "mira").await;
    node.session(&mut Browser::new(), "google", "aiko").await;
    app.execute("DELETE FROM sessions WHERE user_id <> (SELECT id FROM users WHERE email LIKE 'mira%')").await;
    let calls = || app.simulator.counts().google.token;
    app.wait(3599 - 15 * 60 - 1);
    assert_eq!(
        node.provider_token(&browser, "google", "", &session).await.status,
        401,
        "the session is refreshed first"
    );
    assert_eq!(calls(), 2, "not yet");
    app.wait(15 * 60 - 10 * 60 + 1);
    wait_until("one grant is refreshed", async || {
        app.query("SELECT COUNT(*) FROM grants WHERE written = 2 AND state = 'live'").await == 1
    })
    .await;
    app.simulator.fail(GOOGLE, Failure::RefreshRefused);
    let session = node.refresh(&browser, crate::support::app::refresh_token(&session)).await.json();
    let token = node.provider_token(&browser, "google", "", &session).await;
    assert_eq!((token.status, calls()), (200, 3), "{}", token.text());
}

#[actix_web::test]
async fn no_more_refreshes_run_ahead_than_the_budget_allows() {
    let app = TestApp::new();
    let node = app.managed_node_ahead("grants = { refresh_ahead = '10m', max_refreshes_ahead = 2 }").await;
    for persona in ["mira", "aiko", "jonas", "rosa"] {
        node.session(&mut Browser::new(), "google", persona).await;
    }
    app.simulator.fail(GOOGLE, Failure::Slow(vouchsafe_simulator::Endpoint::Token));
    app.wait(3599 - 60);
    let refreshing = async || app.query("SELECT COUNT(*) FROM grants WHERE state = 'refreshing'").await;
    wait_until("two are under way", async || refreshing().await == 2).await;
    wait_until("the provider was asked twice", async || app.simulator.counts().google.token == 4 + 2).await;
    assert_eq!(refreshing().await, 2);
    app.simulator.recover(GOOGLE);
    let refreshed = async || app.query("SELECT COUNT(*) FROM grants WHERE written = 2").await;
    wait_until("all were refreshed", async || refreshed().await == 4).await;
    assert_eq!(app.simulator.counts().google.token, 4 + 4);
}
