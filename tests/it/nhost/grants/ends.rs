//! The ends of a grant: unlinking, erasing, and what is revoked at the provider.

use vouchsafe_simulator::{Endpoint, Failure, SimulatedProvider};

use super::Kept;
use crate::support::app::access_token;
use crate::support::service::wait_until;

#[actix_web::test]
async fn unlinking_revokes_the_kept_tokens() {
    let mut kept = Kept::of("google").await;
    let connect = format!("connect={}", access_token(&kept.session));
    kept.node.connect(&mut kept.browser, "github", &connect, "mira").await;
    let token = kept.access_token("google").await;
    let url = format!("{}/user/providers/google", kept.node.base);
    let bearer = format!("Bearer {}", access_token(&kept.session));
    let unlinked = kept.browser.send("DELETE", &url, &[("authorization", &bearer)], Vec::new()).await;
    assert_eq!(unlinked.status, 200, "{}", unlinked.text());
    kept.token("google", "").await.assert_error(404, "invalid-request");
    assert_eq!(kept.app.query("SELECT COUNT(*) FROM grants WHERE provider = 'google'").await, 0);
    let userinfo = kept.app.simulator.endpoints(SimulatedProvider::Google).userinfo;
    for _ in 0..200 {
        if kept.browser.get_as(&userinfo, &token).await.status != 200 {
            return;
        }
    }
    panic!("the provider still accepts the token");
}

#[actix_web::test]
async fn sign_out_of_the_last_session_revokes_where_the_operator_wants_that() {
    for is_wanted in [false, true] {
        let app = crate::support::app::TestApp::new();
        let more = format!("session.access_token_ttl = '10d'\ngrants.revoke_on_sign_out = {is_wanted}");
        let node = app.managed_node(&more).await;
        let mut browser = crate::support::browser::Browser::new();
        let first = node.session(&mut browser, "google", "mira").await;
        let second = node.session(&mut browser, "google", "mira").await;
        let states = async || app.query("SELECT COUNT(*) FROM grants WHERE state = 'live'").await;
        let sign_out = async |session: &serde_json::Value| {
            let body = serde_json::json!({"refreshToken": crate::support::app::refresh_token(session)});
            let response = browser.post_json(&format!("{}/signout", node.base), &body).await;
            assert_eq!(response.status, 200, "{}", response.text());
        };
        sign_out(&first).await;
        assert_eq!(states().await, 1, "there is another session");
        sign_out(&second).await;
        assert_eq!(states().await, i64::from(!is_wanted));
        assert_eq!(app.count("revocations").await, i64::from(is_wanted));
        let session = node.session(&mut browser, "google", "mira").await;
        let token = node.provider_token(&browser, "google", "", &session).await;
        assert_eq!((token.status, states().await), (200, 1), "a new sign-in grants again: {}", token.text());
    }
}

#[actix_web::test]
async fn tokens_that_arrive_after_the_end_are_revoked_and_not_stored() {
    let mut kept = Kept::of("google").await;
    let connect = format!("connect={}", access_token(&kept.session));
    kept.node.connect(&mut kept.browser, "github", &connect, "mira").await;
    kept.app.wait(3600);
    kept.app.simulator.fail(SimulatedProvider::Google, Failure::Slow(Endpoint::Token));
    let token = kept.token("google", "");
    let unlink = async {
        wait_until("the provider is asked", async || kept.calls(SimulatedProvider::Google) == 2).await;
        let transaction = "DELETE FROM grants WHERE provider = 'google'";
        kept.app.execute(transaction).await;
        kept.app.simulator.recover(SimulatedProvider::Google);
    };
    let (answer, ()) = futures_util::future::join(token, unlink).await;
    answer.assert_error(404, "invalid-request");
    assert_eq!(kept.app.count("revocations").await, 1);
    assert_eq!(kept.app.query("SELECT COUNT(*) FROM revocations WHERE subject IS NOT NULL").await, 1);
}

#[actix_web::test]
async fn operator_sees_the_state_of_grants_and_no_tokens() {
    let kept = Kept::of("google").await;
    let token = kept.access_token("google").await;
    let database = format!("database.url={}", kept.app.database());
    let show = |more: &[&str]| {
        let arguments = [&["users", "grants", "mira@example.org"], more, &["--set", &database]].concat();
        let run = crate::ops::cli::run(kept.app.folder(), &arguments, &[]);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
        assert!(!run.out.contains(&token));
        run.out
    };
    let table = show(&[]);
    assert!(table.contains("PROVIDER") && table.contains("live") && table.contains("openid"), "{table}");
    let shown: serde_json::Value = serde_json::from_str(&show(&["--json"])).expect("JSON");
    assert_eq!((&shown["grants"][0]["state"], &shown["grants"][0]["canRefresh"]), (&"live".into(), &true.into()));
}
