//! Refreshes: when there is one, how many there are, and what the provider is sent.

use futures_util::future::join_all;
use vouchsafe_simulator::{Failure, SimulatedProvider};

use super::Kept;
use crate::support::app::{Database, TestApp, access_token};

#[actix_web::test]
async fn expired_token_is_refreshed_and_short_validity_is_enough_for_who_asks_for_it() {
    let kept = Kept::of("google").await;
    let first = kept.access_token("google").await;
    kept.app.wait(3599 - 61);
    assert_eq!(kept.access_token("google").await, first);
    kept.app.wait(1);
    let short = kept.token("google", "min_validity=59").await.json();
    assert_eq!((access_token(&short), &short["expiresIn"]), (first.as_str(), &60.into()));
    let second = kept.token("google", "").await.json();
    assert_ne!(access_token(&second), first);
    assert_eq!(second["expiresIn"], 3599);
    assert_eq!(kept.calls(SimulatedProvider::Google), 2);
    kept.app.wait(3600);
    assert_ne!(kept.access_token("google").await, access_token(&second), "the refresh token was kept");
}

#[actix_web::test]
async fn whoever_wants_more_than_a_lifetime_does_not_refresh_each_time() {
    let kept = Kept::of("google").await;
    let first = kept.token("google", "min_validity=3600").await.json();
    assert_eq!(kept.calls(SimulatedProvider::Google), 1);
    kept.app.wait(1900);
    let second = kept.token("google", "min_validity=3600").await.json();
    assert_ne!(access_token(&second), access_token(&first), "more than half of it is over");
    for _ in 0..3 {
        kept.token("google", "min_validity=3600").await;
    }
    assert_eq!(kept.calls(SimulatedProvider::Google), 2);
}

#[actix_web::test]
async fn many_callers_on_three_nodes_cause_one_refresh_each_time() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let kept = Kept::on(app, "google").await;
        let others = [kept.app.managed_node("").await, kept.app.managed_node("").await];
        let nodes = [&kept.node, &others[0], &others[1]];
        kept.app.simulator.fail(SimulatedProvider::Google, Failure::ReuseDetection);
        for round in 1..=5 {
            kept.app.wait(3600);
            let ask = |n: usize| nodes[n % 3].provider_token(&kept.browser, "google", "", &kept.session);
            let answers = join_all((0..90).map(ask)).await;
            let mut tokens: Vec<_> = answers
                .iter()
                .map(|answer| {
                    assert_eq!(answer.status, 200, "{}", answer.text());
                    access_token(&answer.json()).to_owned()
                })
                .collect();
            tokens.dedup();
            assert_eq!(tokens.len(), 1, "all have the same");
            assert_eq!(kept.calls(SimulatedProvider::Google), 1 + round);
        }
        assert_eq!(kept.app.simulator.counts().google.reused_refresh_tokens, 0);
    }
}
