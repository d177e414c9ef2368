//! Graceful shutdown: readiness fails first, then requests are drained; no request is dropped.

use vouchsafe_simulator::{Endpoint, Failure, SimulatedProvider};

use crate::support::app::{Database, TestApp, access_token, parameter};
use crate::support::browser::Browser;
use crate::support::process::real_time_app;
use crate::support::service::{Service, wait_until};

/// Starts a sign-in that hangs at the provider's token endpoint, on a task of its own.
async fn hanging(
    app: &TestApp,
    process: &Service,
) -> actix_web::rt::task::JoinHandle<Option<crate::support::browser::Response>> {
    let mut browser = Browser::new();
    let callback = process.node.authorize(&mut browser, "github", "", "mira").await;
    app.simulator.fail(SimulatedProvider::Github, Failure::Slow(Endpoint::Token));
    let response = actix_web::rt::spawn(async move { browser.try_peek(&callback).await });
    wait_until("the code is presented", async || app.simulator.counts().github.token == 1).await;
    response
}

#[actix_web::test]
async fn shutdown_finishes_requests_and_flows_move_on() {
    let app = TestApp::new();
    let mut leaving = Service::start(&app, "server.shutdown_delay = '6s'").await;
    let mut other = Browser::new();
    let external = leaving.node.authorize(&mut other, "github", "", "jonas").await;
    let response = hanging(&app, &leaving).await;

    leaving.signal("TERM");
    wait_until("readiness is red", async || !leaving.node.is_ready().await).await;
    let url = format!("{}/signin/provider/github", leaving.node.base);
    let start = Browser::new().peek(&url).await;
    assert_eq!(
        (start.status, start.header("connection")),
        (302, Some("close")),
        "it accepts connections during the shutdown delay"
    );
    Browser::new().peek(&format!("{}/healthz", leaving.node.base)).await.assert_error(503, "internal-server-error");
    let ready = Browser::new().peek(&format!("{}/readyz", leaving.node.base)).await;
    assert_eq!((ready.status, &ready.json()["failing"]), (503, &serde_json::json!(["shutdown"])));
    wait_until("the door is closed", async || !leaving.node.is_listening()).await;
    assert!(Browser::new().try_peek(&url).await.is_none());

    app.simulator.recover(SimulatedProvider::Github);
    let response = response.await.expect("a task").expect("a response");
    assert!(parameter(&response.location_url(), "refreshToken").is_some(), "{}", response.location());
    assert_eq!(leaving.ended().await, Some(0), "{}", leaving.log());

    let next = Service::start(&app, "").await;
    let target = other.get(&external.replace(&leaving.node.base, &next.node.base)).await.location_url();
    assert!(parameter(&target, "refreshToken").is_some(), "{target}");
    assert_eq!(app.count("sessions").await, 2);
}

#[actix_web::test]
async fn shutdown_deadline_ends_hanging_requests() {
    let app = TestApp::new();
    let mut leaving = Service::start(&app, "server.shutdown_delay = '0s'\nserver.shutdown_timeout = '500ms'").await;
    let response = hanging(&app, &leaving).await;
    leaving.signal("TERM");
    assert_eq!(leaving.ended().await, Some(0));
    assert!(leaving.log().contains("shut down with unanswered requests"), "{}", leaving.log());
    assert!(response.await.expect("a task").is_none());
}

#[actix_web::test]
async fn second_signal_or_interrupt_ends_at_once() {
    let app = TestApp::new();
    for signals in [["TERM", "TERM"].as_slice(), &["TERM", "INT"], &["INT"]] {
        let mut leaving = Service::start(&app, "server.shutdown_delay = '1h'\nserver.shutdown_timeout = '1h'").await;
        for (count, signal) in signals.iter().enumerate() {
            leaving.signal(signal);
            // Two signals of one kind that arrive together are merged into one.
            wait_until("it was noticed", async || count > 0 || !leaving.node.is_ready().await).await;
        }
        assert_eq!(leaving.ended().await, Some(0), "{signals:?}");
    }
}

#[actix_web::test]
async fn shutdown_waits_for_the_answer_to_a_refresh_that_nobody_waits_for() {
    let app = real_time_app(Database::Sqlite).expect("SQLite is always available").keeping_tokens();
    let more = "server.shutdown_delay = '0s'\ngrants = { refresh_ahead = '0s' }";
    let mut leaving = Service::start(&app, more).await;
    let mut browser = Browser::new();
    let session = leaving.node.session(&mut browser, "google", "mira").await;
    app.execute("UPDATE grants SET good_until = 1, updated_at = 1").await;
    app.simulator.fail(SimulatedProvider::Google, Failure::Slow(Endpoint::Token));
    let url = format!("{}/user/providers/google/token", leaving.node.base);
    let bearer = access_token(&session).to_owned();
    let asking = actix_web::rt::spawn(async move { browser.get_as(&url, &bearer).await });
    wait_until("the provider is asked", async || app.simulator.counts().google.token == 2).await;
    asking.abort();
    leaving.signal("TERM");
    wait_until("readiness is red", async || !leaving.node.is_ready().await).await;
    app.simulator.recover(SimulatedProvider::Google);
    assert_eq!(leaving.ended().await, Some(0), "{}", leaving.log());
    assert_eq!(app.query("SELECT written FROM grants").await, 2, "the new tokens were written");
}
