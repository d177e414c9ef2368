//! Admission by count: what is over it is turned away clearly, and nothing is lost.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use futures_util::FutureExt;
use tokio::sync::Semaphore;
use vouchsafe::simulator::{Failure, House, Place};

use crate::browser::Browser;
use crate::town::{Town, listen, parameter, serve};

#[actix_web::test]
async fn flows_beyond_the_count_go_to_sleep_and_wake_again() {
    let town = Town::new();
    let node = town.node_with("flow = { max_live = 2 }").await;
    let mut started = Vec::new();
    for number in 1..=6 {
        let mut browser = Browser::new();
        let callback = node.go_out(&mut browser, "google", "", &format!("user-{number}")).await;
        started.push((browser, callback));
    }
    for (mut browser, callback) in started {
        let target = browser.get(&callback).await.location_url();
        assert!(parameter(&target, "refreshToken").is_some(), "{target}");
    }
}

/// A provider whose token endpoint answers when it is let.
fn slow_provider(gate: &Arc<Semaphore>) -> (String, actix_web::dev::ServerHandle) {
    let (listener, origin) = listen();
    let gate = Arc::clone(gate);
    let handle = serve(listener, 1, move || {
        let gate = Arc::clone(&gate);
        move |config: &mut web::ServiceConfig| {
            let token = move || {
                let gate = Arc::clone(&gate);
                async move {
                    gate.acquire().await.expect("open").forget();
                    HttpResponse::Ok().json(serde_json::json!({"access_token": "at", "token_type": "bearer"}))
                }
            };
            let me = || async { HttpResponse::Ok().json(serde_json::json!({"id": 7})) };
            config.route("/token", web::post().to(token)).route("/me", web::get().to(me));
        }
    });
    (origin, handle)
}

#[actix_web::test]
async fn callbacks_beyond_the_count_are_turned_away_and_may_come_again() {
    let town = Town::new();
    let gate = Arc::new(Semaphore::new(0));
    let (slow, handle) = slow_provider(&gate);
    let more = format!(
        "[providers.slow]\ntype = 'oauth2'\nclient_id = 'c'\nclient_secret = 's'\nclaims = {{ id = 'id' }}\n\
         authorization_url = '{slow}/a'\ntoken_url = '{slow}/token'\nuserinfo_url = '{slow}/me'\n[flow]\nmax_live = 1\n"
    );
    let node = town.node_with(&more).await;
    let (mut first, mut second) = (Browser::new(), Browser::new());
    let mut callbacks = Vec::new();
    for browser in [&mut first, &mut second] {
        let start = browser.get(&format!("{}/signin/provider/slow", node.base)).await.location_url();
        let state = parameter(&start, "state").expect("a state");
        callbacks.push(format!("{}/signin/provider/slow/callback?state={state}&code=c", node.base));
    }
    // One flow may be awake, and it is busy at a provider that does not answer.
    let mut busy = Box::pin(first.look(&callbacks[0]));
    while town.count("flow_claims").await == 0 {
        assert!((&mut busy).now_or_never().is_none());
        actix_web::rt::task::yield_now().await;
    }
    let turned_away = second.look(&callbacks[1]).await;
    turned_away.assert_error(503, "internal-server-error");
    assert!(turned_away.header("retry-after").is_some() && turned_away.header("set-cookie").is_none());
    let start = Browser::new().get(&format!("{}/signin/provider/slow", node.base)).await;
    start.assert_error(503, "internal-server-error");
    gate.add_permits(2);
    for (browser, callback) in [(busy.await, None), (second.look(&callbacks[1]).await, Some(()))] {
        assert!(parameter(&browser.location_url(), "refreshToken").is_some(), "{:?} {}", callback, browser.location());
    }
    drop(handle.stop(false));
}

#[actix_web::test]
async fn a_dead_provider_is_said_to_be_away_and_the_others_go_on() {
    let town = Town::new();
    let (listener, dead) = listen();
    drop(listener);
    let more = format!("[providers.dead]\ntype = 'oidc'\nissuer = '{dead}'\nclient_id = 'c'\nclient_secret = 's'\n");
    let node = town.node_with(&more).await;
    let answer = Browser::new().get(&format!("{}/signin/provider/dead", node.base)).await;
    answer.assert_error(503, "internal-server-error");
    assert!(answer.header("retry-after").is_some());
    assert!(node.session(&mut Browser::new(), "google", "mira").await["accessToken"].is_string());
}

#[actix_web::test]
async fn a_claim_that_the_database_did_not_take_leaves_the_flow_open() {
    let town = Town::new();
    let node = town.node().await;
    let mut browser = Browser::new();
    let callback = node.go_out(&mut browser, "google", "", "mira").await;
    town.execute("ALTER TABLE flow_claims RENAME TO away").await;
    let answer = browser.get(&callback).await;
    answer.assert_error(503, "internal-server-error");
    assert!(answer.header("retry-after").is_some());
    assert_eq!((browser.jar.len(), town.simulator.counts().google.token), (1, 0));
    town.execute("ALTER TABLE away RENAME TO flow_claims").await;
    let target = browser.get(&callback).await.location_url();
    assert!(parameter(&target, "refreshToken").is_some(), "{target}");
}

#[actix_web::test]
async fn a_provider_that_keeps_failing_is_left_alone_for_a_while_and_nothing_is_burned() {
    let town = Town::new();
    let calls = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let (listener, broken) = listen();
    let counter = Arc::clone(&calls);
    let handle = serve(listener, 1, move || {
        let counter = Arc::clone(&counter);
        move |config: &mut web::ServiceConfig| {
            config.default_service(web::to(move || {
                counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                async { HttpResponse::BadGateway().finish() }
            }));
        }
    });
    let more = format!(
        "[providers.broken]\ntype = 'oauth2'\nclient_id = 'c'\nclient_secret = 's'\nclaims = {{ id = 'id' }}\n\
         authorization_url = '{broken}/a'\ntoken_url = '{broken}/token'\nuserinfo_url = '{broken}/me'\n"
    );
    let node = town.node_with(&more).await;
    let mut callbacks = Vec::new();
    for _ in 0..6 {
        let mut browser = Browser::new();
        let start = browser.get(&format!("{}/signin/provider/broken", node.base)).await.location_url();
        let state = parameter(&start, "state").expect("a state");
        callbacks.push((browser, format!("{}/signin/provider/broken/callback?state={state}&code=c", node.base)));
    }
    for (browser, callback) in &callbacks[..5] {
        let target = browser.look(callback).await.location_url();
        assert_eq!(parameter(&target, "error").as_deref(), Some("oauth-token-echange-failed"));
    }
    let (browser, callback) = &callbacks[5];
    browser.look(callback).await.assert_error(503, "internal-server-error");
    Browser::new()
        .get(&format!("{}/signin/provider/broken", node.base))
        .await
        .assert_error(503, "internal-server-error");
    assert_eq!(calls.load(std::sync::atomic::Ordering::SeqCst), 5, "it is left alone");
    assert_eq!(town.count("flow_claims").await, 5, "the sixth flow is not spent");
    assert!(node.session(&mut Browser::new(), "google", "mira").await["accessToken"].is_string(), "the others go on");
    town.wait(15);
    let target = browser.look(callback).await.location_url();
    assert_eq!(parameter(&target, "error").as_deref(), Some("oauth-token-echange-failed"), "it is tried again");
    drop(handle.stop(false));
}

#[actix_web::test]
async fn what_is_known_of_a_provider_serves_while_it_is_away() {
    let town = Town::new();
    let node = town.node().await;
    node.session(&mut Browser::new(), "oidc", "mira").await;
    town.wait(2 * 3600);
    town.simulator.fail(House::Oidc, Failure::ServerError(Place::Discovery));
    for _ in 0..3 {
        let start = Browser::new().get(&format!("{}/signin/provider/oidc", node.base)).await;
        assert_eq!(start.status, 302, "{}", start.text());
    }
    town.simulator.heal(House::Oidc);
    assert!(node.session(&mut Browser::new(), "oidc", "mira").await["accessToken"].is_string());
}
