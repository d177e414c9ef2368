//! A process that is told to end: it says so, takes its leave, and drops nothing.

use vouchsafe::simulator::{Endpoint, Failure, SimulatedProvider};

use crate::support::app::{TestApp, parameter};
use crate::support::browser::Browser;
use crate::support::service::{Service, wait_until};

/// A sign-in that hangs in the provider's token endpoint, on its own task.
async fn hanging(
    app: &TestApp,
    process: &Service,
) -> actix_web::rt::task::JoinHandle<Option<crate::support::browser::Answer>> {
    let mut browser = Browser::new();
    let callback = process.node.authorize(&mut browser, "github", "", "mira").await;
    app.simulator.fail(SimulatedProvider::Github, Failure::Slow(Endpoint::Token));
    let answer = actix_web::rt::spawn(async move { browser.try_peek(&callback).await });
    wait_until("the code is presented", async || app.simulator.counts().github.token == 1).await;
    answer
}

#[actix_web::test]
async fn shutdown_finishes_requests_and_flows_move_on() {
    let app = TestApp::new();
    let mut leaving = Service::start(&app, "server.shutdown_delay = '6s'").await;
    let mut other = Browser::new();
    let external = leaving.node.authorize(&mut other, "github", "", "jonas").await;
    let answer = hanging(&app, &leaving).await;

    leaving.signal("TERM");
    wait_until("readiness is red", async || !leaving.node.is_ready().await).await;
    let url = format!("{}/signin/provider/github", leaving.node.base);
    let start = Browser::new().peek(&url).await;
    assert_eq!((start.status, start.header("connection")), (302, Some("close")), "the door is open a while");
    Browser::new().peek(&format!("{}/healthz", leaving.node.base)).await.assert_error(503, "internal-server-error");
    wait_until("the door is closed", async || !leaving.node.is_listening()).await;
    assert!(Browser::new().try_peek(&url).await.is_none());

    app.simulator.recover(SimulatedProvider::Github);
    let answer = answer.await.expect("a task").expect("an answer");
    assert!(parameter(&answer.location_url(), "refreshToken").is_some(), "{}", answer.location());
    assert_eq!(leaving.ended().await, Some(0), "{}", leaving.log());

    let next = Service::start(&app, "").await;
    let target = other.get(&external.replace(&leaving.node.base, &next.node.base)).await.location_url();
    assert!(parameter(&target, "refreshToken").is_some(), "{target}");
    assert_eq!(app.count("sessions").await, 2);
}

#[actix_web::test]
async fn shutdown_deadline_ends_hanging_requests() {
    let app = TestApp::new();
    let mut leaving = Service::start(&app, "server.shutdown_delay = '0s'\nserver.drain = '500ms'").await;
    let answer = hanging(&app, &leaving).await;
    leaving.signal("TERM");
    assert_eq!(leaving.ended().await, Some(0));
    assert!(leaving.log().contains("ended before everything was answered"), "{}", leaving.log());
    assert!(answer.await.expect("a task").is_none());
}

#[actix_web::test]
async fn second_signal_or_interrupt_ends_at_once() {
    let app = TestApp::new();
    for signals in [["TERM", "TERM"].as_slice(), &["TERM", "INT"], &["INT"]] {
        let mut leaving = Service::start(&app, "server.shutdown_delay = '1h'\nserver.drain = '1h'").await;
        for (count, signal) in signals.iter().enumerate() {
            leaving.signal(signal);
            // Two of a kind that come together are one.
            wait_until("it was noticed", async || count > 0 || !leaving.node.is_ready().await).await;
        }
        assert_eq!(leaving.ended().await, Some(0), "{signals:?}");
    }
}
