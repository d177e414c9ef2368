//! What later sign-ins do to a grant.

use vouchsafe_simulator::{Failure, SimulatedProvider};

use super::Kept;

#[actix_web::test]
async fn sign_in_without_a_refresh_token_keeps_the_one_that_is_there() {
    let mut kept = Kept::of("google").await;
    // The provider issues one at the first consent only.
    kept.app.simulator.fail(SimulatedProvider::Google, Failure::NoNewRefreshToken);
    kept.node.session(&mut kept.browser, "google", "mira").await;
    assert_eq!(kept.app.count("grants").await, 1);
    kept.app.wait(3600);
    kept.access_token("google").await;
}

#[actix_web::test]
async fn each_account_of_a_provider_has_a_grant() {
    let mut kept = Kept::of("google").await;
    kept.app.wait(1);
    let connect = format!("connect={}", crate::support::app::access_token(&kept.session));
    kept.node.connect(&mut kept.browser, "google", &connect, "aiko").await;
    assert_eq!(kept.app.count("grants").await, 2);
    let subjects = |order| format!("SELECT subject FROM grants ORDER BY created_at {order}");
    let (first, second) =
        (kept.app.text(&subjects("ASC")).await.expect("one"), kept.app.text(&subjects("DESC")).await.expect("one"));
    let default = kept.access_token("google").await;
    let token = |account: &str| format!("account={account}");
    let of = |answer: crate::support::browser::Response| crate::support::app::access_token(&answer.json()).to_owned();
    let (of_first, of_second) =
        (of(kept.token("google", &token(&first)).await), of(kept.token("google", &token(&second)).await));
    assert_ne!(of_first, of_second);
    assert_eq!(default, of_first, "the account that was linked first");
}
