//! Each kind of answer of a provider to a refresh.

use vouchsafe_simulator::{Endpoint, Failure, SimulatedProvider};

use super::Kept;
use crate::support::app::access_token;
use crate::support::service::wait_until;

const GOOGLE: SimulatedProvider = SimulatedProvider::Google;

#[actix_web::test]
async fn refused_refresh_token_needs_the_user_who_mends_it_by_signing_in() {
    let mut kept = Kept::of("google").await;
    kept.app.wait(3600);
    kept.app.simulator.fail(GOOGLE, Failure::RefreshRefused);
    for _ in 0..3 {
        let refused = kept.token("google", "").await;
        refused.assert_error(409, "needs-reauthorization");
        let url = refused.json()["url"].as_str().expect("a URL").to_owned();
        assert_eq!(url, format!("{}/signin/provider/google?prompt=consent", kept.node.base));
    }
    assert_eq!((kept.calls(GOOGLE), kept.state().await), (2, "needs_reauthorization".to_owned()), "it is asked once");
    assert_eq!(kept.app.query("SELECT COUNT(*) FROM audit_events WHERE action = 'grant-lost'").await, 1);
    let told = "SELECT body FROM webhook_messages WHERE event = 'grant.lost'";
    let told: serde_json::Value = serde_json::from_str(&kept.app.text(told).await.expect("a message")).expect("JSON");
    assert_eq!((&told["data"]["provider"], &told["data"]["reason"]), (&"google".into(), &"refused".into()));
    kept.app.simulator.recover(GOOGLE);
    kept.token("google", "").await.assert_error(409, "needs-reauthorization");
    kept.node.session(&mut kept.browser, "google", "mira").await;
    kept.access_token("google").await;
    kept.app.wait(3600);
    kept.access_token("google").await;
}

#[actix_web::test]
async fn answer_without_a_statement_of_lifetime_or_a_new_refresh_token_keeps_the_grant() {
    let kept = Kept::of("google").await;
    for failure in [Failure::NoExpiresIn, Failure::NoNewRefreshToken, Failure::ExpiresInText, Failure::ClockAhead] {
        kept.app.wait(3600);
        kept.app.simulator.fail(GOOGLE, failure);
        let answer = kept.token("google", "").await.json();
        let is_stated = failure != Failure::NoExpiresIn;
        assert_eq!((answer["expiresIn"].is_null(), answer["expiresAt"].is_null()), (!is_stated, !is_stated));
    }
    assert_eq!(kept.calls(GOOGLE), 5);
}

#[actix_web::test]
async fn late_answer_mends_a_grant_that_another_node_gave_up() {
    let kept = Kept::of("oidc").await;
    let other = kept.app.managed_node("").await;
    kept.app.wait(36_000);
    kept.app.simulator.fail(SimulatedProvider::Oidc, Failure::Slow(Endpoint::Token));
    let late = kept.token("oidc", "");
    let meanwhile = async {
        wait_until("the provider is asked", async || kept.app.simulator.counts().oidc.token == 2).await;
        // As if the clock of the other node was ahead by more than the lease.
        kept.app.wait(60);
        let given_up = other.provider_token(&kept.browser, "oidc", "", &kept.session).await;
        given_up.assert_error(409, "needs-reauthorization");
        assert_eq!(kept.state().await, "needs_reauthorization");
        kept.app.simulator.recover(SimulatedProvider::Oidc);
    };
    let (late, ()) = futures_util::future::join(late, meanwhile).await;
    assert_eq!((late.status, kept.state().await), (200, "live".to_owned()), "{}", late.text());
    assert_eq!(other.provider_token(&kept.browser, "oidc", "", &kept.session).await.status, 200);
    assert_eq!(kept.app.simulator.counts().oidc.token, 2);
}

#[actix_web::test]
async fn provider_that_does_not_answer_loses_nothing_and_is_not_asked_again_at_once() {
    for (failure, retry_after) in
        [(Failure::TooManyRequests(Endpoint::Token), 30), (Failure::ServerError(Endpoint::Token), 5)]
    {
        let kept = Kept::of("google").await;
        kept.app.wait(3600);
        kept.app.simulator.fail(GOOGLE, failure);
        for waited in 0..3 {
            let refused = kept.token("google", "").await;
            refused.assert_error(503, "provider-unavailable");
            let left: u64 = refused.header("retry-after").expect("a time").parse().expect("seconds");
            assert_eq!(left, retry_after - waited, "{failure:?}");
            kept.app.wait(1);
        }
        assert_eq!(kept.calls(GOOGLE), 2, "it is not asked before its time");
        kept.app.simulator.recover(GOOGLE);
        kept.app.wait(retry_after);
        kept.access_token("google").await;
    }
}

#[actix_web::test]
async fn unusable_answer_ends_the_grant_only_where_reuse_would() {
    let kept = Kept::of("google").await;
    kept.app.wait(3600);
    kept.app.simulator.fail(GOOGLE, Failure::MalformedJson(Endpoint::Token));
    kept.token("google", "").await.assert_error(503, "provider-unavailable");
    kept.app.simulator.recover(GOOGLE);
    kept.app.wait(10);
    kept.access_token("google").await;

    let kept = Kept::of("oidc").await;
    kept.app.wait(36_000);
    kept.app.simulator.fail(SimulatedProvider::Oidc, Failure::MalformedJson(Endpoint::Token));
    kept.token("oidc", "").await.assert_error(409, "needs-reauthorization");
}

#[actix_web::test]
async fn narrowed_scopes_are_what_is_granted_from_then_on() {
    let kept = Kept::of("google").await;
    let before = kept.token("google", "").await.json();
    let scopes: Vec<_> = before["scopes"].as_array().expect("a list").iter().filter_map(|one| one.as_str()).collect();
    let last = scopes.last().expect("a scope").to_owned().to_owned();
    assert_eq!(kept.token("google", &format!("scopes={last}")).await.status, 200);
    let unknown = kept.token("google", "scopes=calendar").await;
    unknown.assert_error(400, "invalid-request");
    assert!(unknown.json()["reason"].as_str().expect("a reason").contains("providers.google.allowed_scopes"));
    kept.app.wait(3600);
    kept.app.simulator.fail(GOOGLE, Failure::NarrowedScope);
    let after = kept.token("google", "").await.json();
    assert_eq!(after["scopes"].as_array().expect("a list").len(), scopes.len() - 1);
    assert_ne!(access_token(&after), access_token(&before));
    let missing = kept.token("google", "scopes=profile").await;
    missing.assert_error(403, "missing-scopes");
    assert!(missing.json()["url"].is_string());
}
