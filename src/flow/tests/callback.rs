//! Which callbacks continue a flow, and what comes of one that the provider spoils.

use std::time::Duration;

use vouchsafe_simulator::{Endpoint, Failure, IdTokenFlaw};

use super::*;
use crate::domain::cause::Cause;
use crate::domain::kept_lines::keep_lines;
use crate::domain::return_url::AllowList;
use crate::flow::record::fault::{Fault, StateFault};
use crate::store::audit;

fn fault_of(result: Result<CallbackResult, SignInError>) -> Fault {
    let outcome = result.and_then(|result| result.outcome);
    Fault::of(&outcome.expect_err("refused"))
}

#[actix_rt::test]
async fn callback_without_the_cookie_of_its_flow_says_what_the_browser_sent() {
    let service = TestService::start().await;
    let begun = service.begin("github").await;
    let fault = async |cookies| {
        let resume = Resume { cookies, ..resume("github", with_code()) };
        fault_of(service.sign_ins().resume(begun.id.as_str(), None, resume).await)
    };
    let of_each = async || {
        let cookies = [BrowserCookies::None, BrowserCookies::Others, BrowserCookies::Flows];
        [fault(cookies[0]).await, fault(cookies[1]).await, fault(cookies[2]).await]
    };
    let faults = [StateFault::NoCookies, StateFault::NoFlowCookies, StateFault::OtherFlows].map(Fault::State);
    service.clock.advance(service.services().settings.ttl - Duration::from_millis(1));
    assert_eq!(of_each().await, faults);
    service.clock.advance(Duration::from_millis(1));
    assert_eq!(of_each().await, [Fault::State(StateFault::Expired); 3], "the flow is over, whatever was sent");
    let foreign = service.sign_ins().resume("state", Some(&begun.sealed), resume("github", with_code())).await;
    assert_eq!(fault_of(foreign), Fault::State(StateFault::Foreign));
    assert_eq!(service.ended("github", Ended::InvalidState), 4);
}

#[actix_rt::test]
async fn callback_ends_the_flow_of_its_own_provider_and_route_alone() {
    let service = TestService::start().await;
    let begun = service.begin("github").await;
    let come_back = async |provider: &str, redirect_uri: &str| {
        let redirect_uri = redirect_uri.to_owned();
        let resume = Resume { redirect_uri, ..resume(provider, Callback::default()) };
        fault_of(service.come_back(&begun, resume).await)
    };
    let other = Fault::State(StateFault::OtherProvider);
    let [own_path, other_path] = ["/signin/provider/github/callback", "/api/auth/github/callback"];
    assert_eq!(come_back("google", &format!("https://auth.test{own_path}")).await, other);
    assert_eq!(come_back("github", &format!("https://auth.test{other_path}")).await, other);
    assert_eq!(come_back("google", &format!("https://auth.test{other_path}")).await, other);
    let moved = come_back("github", &format!("https://renamed.test{own_path}")).await;
    assert!(matches!(moved, Fault::Callback(_)), "the host may have changed, and the code is missing: {moved:?}");
}

#[actix_rt::test]
async fn late_callback_returns_to_the_app_with_its_state() {
    let service = TestService::start().await;
    let request = Begin { client_state: Some("of the app".to_owned()), ..begin("github") };
    let begun = service.sign_ins().begin(request).await.expect("begun");
    let callback = service.authorize(&begun, "mira").await;
    service.clock.advance(service.services().settings.ttl);
    let late = service.come_back(&begun, resume("github", callback)).await.expect("a flow");
    assert_eq!(late.return_url.as_str(), "https://app.test/");
    assert_eq!(late.client_state.as_deref(), Some("of the app"));
    assert_eq!(code_of(&late.outcome.expect_err("late")), (Step::Callback, FailureCode::FlowExpired));
    assert_eq!(service.ended("github", Ended::FlowExpired), 1);
}

#[actix_rt::test]
async fn flow_without_an_actor_continues_from_its_cookie() {
    let service = TestService::start_with("flow.max_active = 1").await;
    let begun = service.begin("github").await;
    let callback = service.authorize(&begun, "mira").await;
    service.begin("google").await;
    let result = service.come_back(&begun, resume("github", callback)).await.expect("a flow");
    assert!(matches!(result.outcome, Ok(Outcome::SignedIn(_))), "{:?}", result.outcome);
}

#[actix_rt::test]
async fn return_url_that_is_no_longer_allowed_ends_the_callback_at_the_default_one() {
    let service = TestService::start().await;
    let request = Begin {
        return_url: Some("http://127.0.0.1:7777/native".to_owned()),
        intent: BeginIntent::HandOver { sign_up_form: false },
        ..begin("github")
    };
    let begun = service.sign_ins().begin(request).await.expect("begun");
    let callback = service.authorize(&begun, "mira").await;
    let only_the_default = AllowList::new("https://app.test/", &[]).expect("a list");
    service.reload(|settings| settings.client.return_urls = only_the_default).await;
    let result = service.come_back(&begun, resume("github", callback)).await.expect("a flow");
    assert_eq!(result.return_url.as_str(), "https://app.test/");
    assert_eq!(code_of(&result.outcome.expect_err("refused")), (Step::Callback, FailureCode::ReturnUrlNotAllowed));
}

#[actix_rt::test]
async fn id_token_that_cannot_be_verified_identifies_nobody() {
    let service = TestService::start().await;
    for (failure, cause) in [
        (Failure::ServerError(Endpoint::Jwks), Cause::ProviderBroken),
        (Failure::IdToken(IdTokenFlaw::Signature), Cause::IdTokenSignature),
        (Failure::IdToken(IdTokenFlaw::Nonce), Cause::IdTokenNonce),
        (Failure::NoIdToken, Cause::IdTokenMissing),
    ] {
        service.simulator.fail(SimulatedProvider::Google, failure);
        let (begun, outcome) = service.sign_in("google", "mira").await;
        service.simulator.recover(SimulatedProvider::Google);
        assert_eq!(
            code_of(&outcome.expect_err("refused")),
            (Step::Identify, FailureCode::ProfileFailed),
            "{failure:?}"
        );
        let report = service.sign_ins().report(begun.id.tag()).await.expect("a database").expect("a record");
        assert_eq!(report.cause, cause);
    }
    service.session("google", "mira").await;
}

#[actix_rt::test]
async fn id_token_without_a_browser_signs_in_and_signs_up_only_where_that_is_on() {
    let service = TestService::start().await;
    let present = async |intent| service.present_id_token("mira", intent).await.map_err(|error| code_of(&error));
    service.reload(|settings| settings.sign_up.enabled = false).await;
    let turned_off = (Step::Start, FailureCode::SignUpDisabled);
    assert_eq!(present(Intent::SignUp).await, Err(turned_off), "refused before the token is read");
    let no_account = (Step::SignIn, FailureCode::SignUpDisabled);
    assert_eq!(present(Intent::SIGN_IN).await, Err(no_account), "refused by the rules");
    service.reload(|settings| settings.sign_up.enabled = true).await;
    assert!(matches!(present(Intent::SignUp).await, Ok(SignedIn::Session { .. })));
    assert!(matches!(present(Intent::SIGN_IN).await, Ok(SignedIn::Session { .. })));
}

#[actix_rt::test]
async fn audit_trail_and_log_say_from_where_and_in_which_flow_a_user_signed_in() {
    let service = TestService::start().await;
    let begun = service.begin("github").await;
    let callback = service.authorize(&begun, "mira").await;
    let ip = Some("203.0.113.9".parse().expect("an address"));
    let kept = keep_lines();
    let came_back = service.come_back(&begun, Resume { ip, ..resume("github", callback) }).await.expect("a flow");
    let Ok(Outcome::SignedIn(SignedIn::Session { session, .. })) = came_back.outcome else { panic!("no session") };
    let events = audit::list(&service.store(), session.user_id(), None, 9).await.expect("a database");
    assert!(!events.is_empty());
    for event in events {
        let from = (event.client_ip.as_deref(), event.flow.as_deref());
        assert_eq!(from, (Some("203.0.113.9"), Some(begun.id.tag().to_string().as_str())), "{}", event.action);
    }
    let lines = kept.lines();
    assert!(lines.iter().any(|line| line.starts_with(&format!("signed in user={}", session.user_id()))), "{lines:?}");
}
