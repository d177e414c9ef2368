//! Admission limits: work over a limit gets 503 with `Retry-After`, and no flow is lost.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use futures_util::FutureExt;
use tokio::sync::Semaphore;
use vouchsafe_simulator::{Endpoint, Failure, SimulatedProvider};

use crate::support::app::{Node, TestApp, listen, parameter, serve};
use crate::support::browser::Browser;

#[actix_web::test]
async fn flows_over_the_limit_are_restored_from_the_cookie() {
    let app = TestApp::new();
    let node = app.node_with("flow = { max_active = 2 }").await;
    let mut started = Vec::new();
    for number in 1..=6 {
        let mut browser = Browser::new();
        let callback = node.authorize(&mut browser, "google", "", &format!("user-{number}")).await;
        started.push((browser, callback));
    }
    for (mut browser, callback) in started {
        let target = browser.get(&callback).await.location_url();
        assert!(parameter(&target, "refreshToken").is_some(), "{target}");
    }
}

/// A provider whose token endpoint answers once per permit of the semaphore.
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
async fn callbacks_over_the_limit_get_503_and_can_retry() {
    let app = TestApp::new();
    let gate = Arc::new(Semaphore::new(0));
    let (slow, handle) = slow_provider(&gate);
    let more = format!(
        "[providers.slow]\ntype = 'oauth2'\nclient_id = 'c'\nclient_secret = 's'\nclaims = {{ id = 'id' }}\n\
         authorization_url = '{slow}/a'\ntoken_url = '{slow}/token'\nuserinfo_url = '{slow}/me'\n[flow]\nmax_active = 1\n"
    );
    let node = node_with_one_worker(&app, &more).await;
    let (mut first, mut second) = (Browser::new(), Browser::new());
    let mut callbacks = Vec::new();
    for browser in [&mut first, &mut second] {
        let start = browser.get(&format!("{}/signin/provider/slow", node.base)).await.location_url();
        let state = parameter(&start, "state").expect("a state");
        callbacks.push(format!("{}/signin/provider/slow/callback?state={state}&code=c", node.base));
    }
    // The only permitted flow is busy with a provider that does not answer.
    let mut busy = Box::pin(first.peek(&callbacks[0]));
    while app.count("used_flows").await == 0 {
        assert!((&mut busy).now_or_never().is_none());
        actix_web::rt::task::yield_now().await;
    }
    let turned_away = second.peek(&callbacks[1]).await;
    turned_away.assert_error(503, "internal-server-error");
    assert!(turned_away.header("retry-after").is_some() && turned_away.header("set-cookie").is_none());
    let start = Browser::new().get(&format!("{}/signin/provider/slow", node.base)).await;
    start.assert_error(503, "internal-server-error");
    gate.add_permits(2);
    for (browser, callback) in [(busy.await, None), (second.peek(&callbacks[1]).await, Some(()))] {
        assert!(parameter(&browser.location_url(), "refreshToken").is_some(), "{:?} {}", callback, browser.location());
    }
    drop(handle.stop(false));
}

/// A node with one worker, whose limits are those of the process.
async fn node_with_one_worker(app: &TestApp, more: &str) -> Node {
    let (listener, origin) = listen();
    let vouchsafe = app.build(app.settings(&origin, more)).await;
    Node::at(origin, serve(listener, 1, move || vouchsafe.routes()))
}

/// A node that has at most eight callbacks under way, and two with one provider.
async fn node_with_few_callbacks(app: &TestApp) -> Node {
    let more = format!("server.max_in_flight = 8\n{}", app.provider(SimulatedProvider::Twitter));
    node_with_one_worker(app, &more).await
}

#[actix_web::test]
async fn hanging_provider_leaves_callbacks_of_others_alone() {
    let app = TestApp::new();
    let node = node_with_few_callbacks(&app).await;
    let mut callbacks = Vec::new();
    for number in 0..3 {
        let mut browser = Browser::new();
        let callback = node.authorize(&mut browser, "github", "", &format!("user-{number}")).await;
        callbacks.push((browser, callback));
    }
    app.simulator.fail(SimulatedProvider::Github, Failure::Slow(Endpoint::Token));
    let mut requests: Vec<_> = callbacks.iter().map(|(browser, callback)| Box::pin(browser.peek(callback))).collect();
    let mut last = requests.pop().expect("a third");
    while app.simulator.counts().github.token < 2 {
        assert!(requests.iter_mut().all(|request| request.now_or_never().is_none()));
        actix_web::rt::task::yield_now().await;
    }
    let refused = (&mut last).await;
    refused.assert_error(503, "internal-server-error");
    assert!(refused.header("retry-after").is_some());
    let start = Browser::new().get(&format!("{}/signin/provider/github", node.base)).await;
    start.assert_error(503, "internal-server-error");
    assert!(node.session(&mut Browser::new(), "google", "mira").await["accessToken"].is_string());
    app.simulator.release(SimulatedProvider::Github);
    for request in requests {
        assert!(parameter(&request.await.location_url(), "refreshToken").is_some());
    }
}

#[actix_web::test]
async fn abandoned_request_counts_until_its_callback_ends() {
    let app = TestApp::new();
    let node = node_with_few_callbacks(&app).await;
    let mut callbacks = Vec::new();
    for number in 0..3 {
        let mut browser = Browser::new();
        let callback = node.authorize(&mut browser, "github", "", &format!("user-{number}")).await;
        callbacks.push((browser, callback));
    }
    app.simulator.fail(SimulatedProvider::Github, Failure::Slow(Endpoint::Token));
    let mut requests: Vec<_> =
        callbacks[..2].iter().map(|(browser, callback)| Box::pin(browser.peek(callback))).collect();
    while app.simulator.counts().github.token < 2 {
        assert!(requests.iter_mut().all(|request| request.now_or_never().is_none()));
        actix_web::rt::task::yield_now().await;
    }
    // The clients disconnect; the provider still has not answered.
    drop(requests);
    let (browser, callback) = &callbacks[2];
    for _ in 0..20 {
        browser.peek(callback).await.assert_error(503, "internal-server-error");
    }
    assert_eq!(app.simulator.counts().github.token, 2);
    app.simulator.release(SimulatedProvider::Github);
}

#[actix_web::test]
async fn hanging_provider_leaves_starts_of_others_alone() {
    let app = TestApp::new();
    let node = node_with_few_callbacks(&app).await;
    app.simulator.fail(SimulatedProvider::Twitter, Failure::Slow(Endpoint::RequestToken));
    let url = format!("{}/signin/provider/twitter", node.base);
    let browsers = [Browser::new(), Browser::new()];
    let mut requests: Vec<_> = browsers.iter().map(|browser| Box::pin(browser.peek(&url))).collect();
    while app.simulator.counts().twitter.request_token < 2 {
        assert!(requests.iter_mut().all(|request| request.now_or_never().is_none()));
        actix_web::rt::task::yield_now().await;
    }
    let refused = Browser::new().get(&url).await;
    refused.assert_error(503, "internal-server-error");
    assert!(refused.header("retry-after").is_some());
    assert!(node.session(&mut Browser::new(), "google", "mira").await["accessToken"].is_string());
    app.simulator.release(SimulatedProvider::Twitter);
    for request in requests {
        assert_eq!(request.await.status, 302);
    }
}

#[actix_web::test]
async fn unreachable_provider_is_reported_and_others_work() {
    let app = TestApp::new();
    let (listener, dead) = listen();
    drop(listener);
    let more = format!("[providers.dead]\ntype = 'oidc'\nissuer = '{dead}'\nclient_id = 'c'\nclient_secret = 's'\n");
    let node = app.node_with(&more).await;
    let response = Browser::new().get(&format!("{}/signin/provider/dead", node.base)).await;
    response.assert_error(503, "internal-server-error");
    assert!(response.header("retry-after").is_some());
    assert!(node.session(&mut Browser::new(), "google", "mira").await["accessToken"].is_string());
}

#[actix_web::test]
async fn failed_mark_used_leaves_the_flow_open() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let callback = node.authorize(&mut browser, "google", "", "mira").await;
    app.execute("ALTER TABLE used_flows RENAME TO away").await;
    let response = browser.get(&callback).await;
    response.assert_error(503, "internal-server-error");
    assert!(response.header("retry-after").is_some());
    assert_eq!((browser.jar.len(), app.simulator.counts().google.token), (1, 0));
    app.execute("ALTER TABLE away RENAME TO used_flows").await;
    let target = browser.get(&callback).await.location_url();
    assert!(parameter(&target, "refreshToken").is_some(), "{target}");
}

#[actix_web::test]
async fn open_circuit_rejects_starts_and_uses_no_flow() {
    let app = TestApp::new();
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
    let node = app.node_with(&more).await;
    let mut callbacks = Vec::new();
    for _ in 0..6 {
        let mut browser = Browser::new();
        let start = browser.get(&format!("{}/signin/provider/broken", node.base)).await.location_url();
        let state = parameter(&start, "state").expect("a state");
        callbacks.push((browser, format!("{}/signin/provider/broken/callback?state={state}&code=c", node.base)));
    }
    for (browser, callback) in &callbacks[..5] {
        let target = browser.peek(callback).await.location_url();
        assert_eq!(parameter(&target, "error").as_deref(), Some("oauth-token-echange-failed"));
    }
    let (browser, callback) = &callbacks[5];
    browser.peek(callback).await.assert_error(503, "internal-server-error");
    Browser::new()
        .get(&format!("{}/signin/provider/broken", node.base))
        .await
        .assert_error(503, "internal-server-error");
    assert_eq!(calls.load(std::sync::atomic::Ordering::SeqCst), 5, "no request while the circuit is open");
    assert_eq!(app.count("used_flows").await, 5, "the sixth flow is unused");
    assert!(
        node.session(&mut Browser::new(), "google", "mira").await["accessToken"].is_string(),
        "other providers work"
    );
    app.wait(15);
    let target = browser.peek(callback).await.location_url();
    assert_eq!(parameter(&target, "error").as_deref(), Some("oauth-token-echange-failed"), "one trial request");
    drop(handle.stop(false));
}

#[actix_web::test]
async fn cached_metadata_serves_during_a_provider_outage() {
    let app = TestApp::new();
    let node = app.node().await;
    node.session(&mut Browser::new(), "oidc", "mira").await;
    app.wait(2 * 3600);
    app.simulator.fail(SimulatedProvider::Oidc, Failure::ServerError(Endpoint::Discovery));
    for _ in 0..3 {
        let start = Browser::new().get(&format!("{}/signin/provider/oidc", node.base)).await;
        assert_eq!(start.status, 302, "{}", start.text());
    }
    app.simulator.recover(SimulatedProvider::Oidc);
    assert!(node.session(&mut Browser::new(), "oidc", "mira").await["accessToken"].is_string());
}
