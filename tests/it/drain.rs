//! A process that is told to end: it says so, takes its leave, and drops nothing.

use vouchsafe::simulator::{Failure, House, Place};

use crate::browser::Browser;
use crate::service::{Service, until};
use crate::town::{Town, parameter};

/// A sign-in that hangs in the provider's token endpoint, on its own task.
async fn hanging(town: &Town, process: &Service) -> actix_web::rt::task::JoinHandle<Option<crate::browser::Answer>> {
    let mut browser = Browser::new();
    let callback = process.node.go_out(&mut browser, "github", "", "mira").await;
    town.simulator.fail(House::Github, Failure::Slow(Place::Token));
    let answer = actix_web::rt::spawn(async move { browser.try_look(&callback).await });
    until("the code is presented", async || town.simulator.counts().github.token == 1).await;
    answer
}

#[actix_web::test]
async fn a_request_in_hand_is_answered_and_a_sign_in_under_way_goes_on_elsewhere() {
    let town = Town::new();
    let mut leaving = Service::start(&town, "server.notice = '6s'").await;
    let mut other = Browser::new();
    let elsewhere = leaving.node.go_out(&mut other, "github", "", "jonas").await;
    let answer = hanging(&town, &leaving).await;

    leaving.signal("TERM");
    until("readiness is red", async || !leaving.node.is_ready().await).await;
    let url = format!("{}/signin/provider/github", leaving.node.base);
    let start = Browser::new().look(&url).await;
    assert_eq!((start.status, start.header("connection")), (302, Some("close")), "the door is open a while");
    Browser::new().look(&format!("{}/healthz", leaving.node.base)).await.assert_error(503, "internal-server-error");
    until("the door is closed", async || !leaving.node.is_listening()).await;
    assert!(Browser::new().try_look(&url).await.is_none());

    town.simulator.heal(House::Github);
    let answer = answer.await.expect("a task").expect("an answer");
    assert!(parameter(&answer.location_url(), "refreshToken").is_some(), "{}", answer.location());
    assert_eq!(leaving.ended().await, Some(0), "{}", leaving.log());

    let next = Service::start(&town, "").await;
    let target = other.get(&elsewhere.replace(&leaving.node.base, &next.node.base)).await.location_url();
    assert!(parameter(&target, "refreshToken").is_some(), "{target}");
    assert_eq!(town.count("sessions").await, 2);
}

#[actix_web::test]
async fn the_deadline_ends_what_nobody_answers() {
    let town = Town::new();
    let mut leaving = Service::start(&town, "server.notice = '0s'\nserver.drain = '500ms'").await;
    let answer = hanging(&town, &leaving).await;
    leaving.signal("TERM");
    assert_eq!(leaving.ended().await, Some(0));
    assert!(leaving.log().contains("ended before everything was answered"), "{}", leaving.log());
    assert!(answer.await.expect("a task").is_none());
}

#[actix_web::test]
async fn a_second_signal_ends_it_at_once_and_so_does_a_keyboard() {
    let town = Town::new();
    for signals in [["TERM", "TERM"].as_slice(), &["TERM", "INT"], &["INT"]] {
        let mut leaving = Service::start(&town, "server.notice = '1h'\nserver.drain = '1h'").await;
        for (count, signal) in signals.iter().enumerate() {
            leaving.signal(signal);
            // Two of a kind that come together are one.
            until("it was noticed", async || count > 0 || !leaving.node.is_ready().await).await;
        }
        assert_eq!(leaving.ended().await, Some(0), "{signals:?}");
    }
}
