//! Many expired tokens and many callers on three nodes: each token is refreshed once, no used refresh token is sent, and
//! everybody is served.
//!
//! Every run has a small load; `VOUCHSAFE_TEST_ROUNDS=full` has 10,000 expiries with 1,000 callers for each hundred.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt as _, stream};
use serde_json::Value;
use vouchsafe_simulator::{Failure, SimulatedProvider};

use crate::resilience::concurrency::is_full;
use crate::support::app::{Database, TestApp, access_token};
use crate::support::browser::Browser;

const GOOGLE: SimulatedProvider = SimulatedProvider::Google;

/// The requests that are under way at once. More would only wait for a connection of the test.
const MAX_IN_FLIGHT: usize = 250;

#[actix_web::test]
async fn expired_tokens_of_many_users_are_refreshed_once_on_three_nodes() {
    let (users, callers, rounds) = if is_full() { (100, 1_000, 100) } else { (8, 80, 3) };
    let Some(app) = TestApp::on(Database::Postgres) else { return };
    let more = "session.access_token_ttl = '3650d'\nsession.refresh_token_ttl = '3650d'";
    let nodes = [app.managed_node(more).await, app.managed_node(more).await, app.managed_node(more).await];
    app.simulator.fail(GOOGLE, Failure::ReuseDetection);
    let mut sessions: Vec<(Browser, Value)> = Vec::new();
    for number in 0..users {
        let mut browser = Browser::new();
        let session = nodes[0].session(&mut browser, "google", &format!("user-{number}")).await;
        sessions.push((browser, session));
    }
    let codes = app.simulator.counts().google.token;
    for round in 1..=rounds {
        app.wait(3600);
        let calls = (0..callers).map(|number| {
            let ((browser, session), user) = (&sessions[number % users], number % users);
            let node = &nodes[number % nodes.len()];
            async move { (user, node.provider_token(browser, "google", "", session).await) }
        });
        let answers: Vec<_> = stream::iter(calls).buffer_unordered(MAX_IN_FLIGHT).collect().await;
        let mut tokens: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        for (user, answer) in &answers {
            assert_eq!(answer.status, 200, "round {round}: {}", answer.text());
            tokens.entry(*user).or_default().insert(access_token(&answer.json()).to_owned());
        }
        assert!(tokens.values().all(|tokens| tokens.len() == 1), "round {round}: callers of a user have one token");
        let calls = app.simulator.counts().google;
        assert_eq!(calls.token - codes, (round * users) as u64, "round {round}: each was refreshed once");
        assert_eq!(calls.reused_refresh_tokens, 0);
    }
}
