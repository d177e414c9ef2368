//! What operators see of sign-ins.

use std::time::Duration;

use super::*;
use crate::domain::cause::Outcome as Stands;
use crate::domain::clock::Clock as _;
use crate::domain::id::FlowTag;
use crate::flow::observe::Recording;
use crate::flow::record::live::Told;
use crate::flow::record::report::{FlowFilter, FlowReport};

fn latest(limit: usize) -> FlowFilter {
    FlowFilter { limit, ..FlowFilter::default() }
}

fn flows(reports: &[FlowReport]) -> Vec<FlowTag> {
    reports.iter().map(|report| report.flow).collect()
}

#[actix_rt::test]
async fn records_are_where_the_settings_say() {
    for (setting, recording, is_watched) in
        [("off", Recording::Off, false), ("memory", Recording::Memory, true), ("database", Recording::Database, true)]
    {
        let service = TestService::start_with(&format!("flow.records = '{setting}'")).await;
        assert_eq!(service.sign_ins().recording(), recording);
        assert_eq!(service.sign_ins().watch().is_some(), is_watched, "{setting}");
    }
}

#[actix_rt::test]
async fn flow_is_listed_while_its_browser_is_at_the_provider_and_afterwards() {
    let service = TestService::start().await;
    let sign_ins = service.sign_ins();
    assert_eq!(sign_ins.report(FlowTag::of("unknown")).await.expect("a database"), None);
    let waiting = service.begin("google").await.id.tag();
    service.clock.advance(Duration::from_secs(1));
    let (signed_in, _) = service.sign_in("github", "mira").await;
    let signed_in = signed_in.id.tag();
    assert_eq!(flows(&sign_ins.latest(&latest(9)).await.expect("a database")), [signed_in, waiting]);
    assert_eq!(flows(&sign_ins.latest(&latest(1)).await.expect("a database")), [signed_in]);
    assert_eq!(flows(&sign_ins.reports(&latest(9)).await.expect("a database")), [signed_in]);
    let of_provider = async |provider: &str| {
        let filter = FlowFilter { provider: Some(name(provider)), ..latest(9) };
        flows(&sign_ins.latest(&filter).await.expect("a database"))
    };
    assert_eq!((of_provider("github").await, of_provider("google").await), (vec![signed_in], vec![waiting]));
    let outcome = async |flow| sign_ins.report(flow).await.expect("a database").map(|report| report.outcome);
    assert_eq!(outcome(waiting).await, Some(Stands::Waiting));
    assert_eq!(outcome(signed_in).await, Some(Stands::SignedIn));
}

#[actix_rt::test]
async fn active_flows_are_those_whose_browsers_are_away() {
    let service = TestService::start().await;
    assert_eq!(service.sign_ins().active_count(), 0);
    for count in 1..=2 {
        service.begin("google").await;
        assert_eq!(service.sign_ins().active_count(), count);
    }
}

#[actix_rt::test]
async fn changes_are_those_since_the_given_time() {
    let service = TestService::start().await;
    let sign_ins = service.sign_ins();
    let (first, _) = service.sign_in("github", "mira").await;
    service.clock.advance(Duration::from_secs(60));
    let since = service.clock.now();
    let (second, _) = service.sign_in("github", "deny").await;
    let [first, second] = [first.id.tag(), second.id.tag()];
    assert_eq!(sign_ins.changed_since(since), [second]);
    assert_eq!(flows(&sign_ins.known_reports(&[first, second], 9)), [second, first]);
    assert_eq!(flows(&sign_ins.known_reports(&[first, second], 1)), [second]);
    assert_eq!(flows(&sign_ins.known_reports(&[first], 9)), [first]);
}

#[actix_rt::test]
async fn summary_counts_the_flows_of_the_last_hour() {
    let service = TestService::start().await;
    service.sign_in("github", "mira").await.1.expect("signed in");
    service.clock.advance(Duration::from_secs(1800));
    service.sign_in("github", "deny").await.1.expect_err("denied");
    let counts = || {
        let total = service.sign_ins().summary().total;
        (total.signed_in, total.ended)
    };
    assert_eq!(counts(), (1, 1));
    service.clock.advance(Duration::from_secs(1800));
    assert_eq!(counts(), (0, 1), "the first is an hour ago");
}

#[actix_rt::test]
async fn summary_judges_a_flow_by_what_happened_in_the_last_hour() {
    let service = TestService::start().await;
    let (begun, _) = service.sign_in("github", "mira").await;
    service.clock.advance(Duration::from_secs(3601));
    let repeated = service.come_back(&begun, resume("github", with_code())).await.expect("a flow");
    assert_eq!(code_of(&repeated.outcome.expect_err("late")), (Step::Callback, FailureCode::FlowExpired));
    let total = service.sign_ins().summary().total;
    assert_eq!(total.signed_in, 0, "that was more than an hour ago");
    assert_eq!(total.failed + total.ended, 1);
}

#[actix_rt::test]
async fn whoever_watches_is_told_of_a_start_and_of_its_end() {
    let service = TestService::start().await;
    let mut watcher = service.sign_ins().watch().expect("room");
    let (begun, _) = service.sign_in("github", "mira").await;
    for has_begun in [true, false] {
        match watcher.try_next() {
            Some(Told::Change(change)) => {
                assert_eq!((change.flow, change.began.is_some()), (begun.id.tag(), has_begun))
            }
            other => panic!("no change: {other:?}"),
        }
    }
    assert!(watcher.try_next().is_none());
}
