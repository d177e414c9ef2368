//! The actor of a flow: what ends it, and what it does when it ends.

use vouchsafe_simulator::{Endpoint, Failure};

use super::*;
use crate::app::testing::DEADLINE;
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::event::Event;
use crate::domain::sha256::sha256;
use crate::flow::service::SignInService;
use crate::store::used_flows::FlowMark;

async fn until(is_so: impl Fn() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(DEADLINE, wait).await.expect("in time");
}

/// Waits until so many flows have an actor.
async fn until_active(sign_ins: &SignInService, count: usize) {
    until(|| sign_ins.active_count() == count).await;
}

impl TestService {
    /// Ends the flows whose time is over, as happens every few seconds.
    async fn expire(&self) {
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as _;
        let sign_ins = self.sign_ins();
        let sweep = actix_rt::spawn(sign_ins.active_flows().clone().expire_regularly(clock));
        until_active(&sign_ins, 0).await;
        sweep.abort();
    }

    /// Asserts that this flow is what is told next, as abandoned now.
    async fn expect_abandoned(&self, provider: &str, begun: &Begun) {
        let (provider, flow, at): (_, _, Timestamp) = (name(provider), begun.id.tag(), self.clock.now());
        assert_eq!(self.next_event().await, Event::FlowAbandoned { at, provider, flow });
    }
}

#[actix_rt::test]
async fn flow_ends_with_its_sign_in_and_stays_after_a_failure_that_leaves_it_open() {
    let service = TestService::start().await;
    let sign_ins = service.sign_ins();
    let begun = service.begin("github").await;
    let malformed = service.come_back(&begun, resume("github", Callback::default())).await.expect("a flow");
    assert!(malformed.outcome.is_err_and(|error| error.leaves_flow_open()));
    // An actor that stops does so within this time.
    service.sign_in("google", "mira").await.1.expect("signed in");
    until_active(&sign_ins, 1).await;
    let callback = service.authorize(&begun, "mira").await;
    let signed_in = service.come_back(&begun, resume("github", callback)).await.expect("a flow");
    assert!(matches!(signed_in.outcome, Ok(Outcome::SignedIn(_))));
    until_active(&sign_ins, 0).await;
}

#[actix_rt::test]
async fn second_callback_of_a_flow_gets_nothing_during_the_first_and_after_it() {
    let service = TestService::start().await;
    let begun = service.begin("github").await;
    let callback = service.authorize(&begun, "mira").await;
    service.simulator.fail(SimulatedProvider::Github, Failure::Slow(Endpoint::Token));
    let first = service.come_back(&begun, resume("github", callback.clone()));
    let second = async {
        until(|| service.simulator.counts().github.token == 1).await;
        let second = service.come_back(&begun, resume("github", callback.clone())).await;
        service.simulator.recover(SimulatedProvider::Github);
        second
    };
    let (first, second) = tokio::join!(first, second);
    assert!(matches!(first.expect("a flow").outcome, Ok(Outcome::SignedIn(_))));
    assert!(matches!(second.expect("a flow").outcome, Ok(Outcome::AlreadyUsed)));
    let third = service.come_back(&begun, resume("github", callback)).await.expect("a flow");
    assert!(matches!(third.outcome, Ok(Outcome::AlreadyUsed)));
    assert_eq!(service.simulator.counts().github.token, 1, "the code is presented once");
}

#[actix_rt::test]
async fn flow_to_which_nobody_came_back_is_counted_told_and_recorded_as_abandoned() {
    let service = TestService::start().await;
    let begun = service.begin("github").await;
    service.clock.advance(service.services().settings.ttl);
    service.expire().await;
    service.expect_abandoned("github", &begun).await;
    tokio::task::yield_now().await;
    assert_eq!(service.ended("github", Ended::Abandoned), 1);
    let report = service.sign_ins().report(begun.id.tag()).await.expect("a database").expect("a record");
    let events: Vec<_> = report.timeline.iter().map(|event| event.event.as_str()).collect();
    assert_eq!(events, ["started", "abandoned"]);
}

#[actix_rt::test]
async fn flow_that_made_room_or_was_tried_is_not_abandoned() {
    let service = TestService::start_with("flow.max_active = 1").await;
    service.begin("github").await;
    let tried = service.begin("google").await;
    let malformed = service.come_back(&tried, resume("google", Callback::default())).await.expect("a flow");
    assert!(malformed.outcome.is_err());
    service.clock.advance(service.services().settings.ttl);
    service.expire().await;
    let last = service.begin("github").await;
    service.clock.advance(service.services().settings.ttl);
    service.expire().await;
    service.expect_abandoned("github", &last).await;
    let counted = ["github", "google"].map(|provider| service.ended(provider, Ended::Abandoned));
    assert_eq!(counted, [1, 0]);
}

#[actix_rt::test]
async fn flow_that_another_node_carried_out_is_not_abandoned() {
    let service = TestService::start().await;
    let (used, services) = (service.begin("github").await, service.services());
    let mark = FlowMark { flow_hash: sha256(used.id.as_str()), expires_at: service.clock.now() };
    assert!(services.marks.carry_out(mark).await.expect("a batch").expect("a database"));
    service.clock.advance(services.settings.ttl);
    service.expire().await;
    let last = service.begin("github").await;
    service.clock.advance(services.settings.ttl);
    service.expire().await;
    service.expect_abandoned("github", &last).await;
}
