//! What begins a flow, and what is refused before the browser is redirected.

use vouchsafe_simulator::Failure;

use super::*;
use crate::domain::clock::Clock as _;
use crate::flow::cookie::MAX_SEALED_LEN;

#[actix_rt::test]
async fn flow_has_a_cookie_of_twice_its_lifetime_that_opens_it() {
    let service = TestService::start().await;
    let (begun, services) = (service.begin("github").await, service.services());
    assert_eq!(begun.ttl, 2 * services.settings.ttl);
    let flow = Flow::open(&begun.sealed, begun.id, &services.sealer).expect("opened");
    assert_eq!(flow.provider, name("github"));
    assert_eq!(flow.expires_at, service.clock.now().plus(services.settings.ttl));
    assert!(begun.authorize_url.contains(begun.id.as_str()));
}

#[actix_rt::test]
async fn cookie_that_browsers_may_drop_is_not_set() {
    let service = TestService::start().await;
    let begin_with = async |bytes: usize| {
        let client_state = Some("s".repeat(bytes));
        let begun = service.sign_ins().begin(Begin { client_state, ..begin("github") }).await;
        begun.map(|begun| begun.sealed.len()).map_err(|error| code_of(&error.error))
    };
    let mut bytes = 1_200;
    let longest = loop {
        match begin_with(bytes + 1).await {
            Ok(_) => bytes += 1,
            Err(error) => break error,
        }
        assert!(bytes < MAX_SEALED_LEN, "nothing is refused");
    };
    assert_eq!(longest, (Step::Start, FailureCode::OptionsTooLarge));
    // Three bytes become four characters, so that one more would not have fitted.
    assert_eq!(begin_with(bytes).await, Ok(MAX_SEALED_LEN));
    assert_eq!(begin_with(3_000).await, Err((Step::Start, FailureCode::OptionsTooLarge)));
}

#[actix_rt::test]
async fn only_an_allowed_return_url_is_returned_to_after_a_failure() {
    let service = TestService::start().await;
    let not_begun = async |return_url: &str| {
        let request = Begin { return_url: Some(return_url.to_owned()), ..begin("nowhere") };
        let error = service.not_begun(request).await;
        (error.error.code, error.return_url.map(|url| url.as_str().to_owned()))
    };
    let (refused, unknown) = (FailureCode::ReturnUrlNotAllowed, FailureCode::ProviderDisabled);
    assert_eq!(not_begun("https://evil.test/").await, (refused, None));
    assert_eq!(not_begun("https://app.test/in").await, (unknown, Some("https://app.test/in".to_owned())));
}

#[actix_rt::test]
async fn no_refresh_token_goes_to_a_port_that_any_program_can_listen_at() {
    let service = TestService::start().await;
    let [any_port, own] = ["http://127.0.0.1:7777/native", "https://app.test/in"];
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned();
    let [token, code] = [Credential::RefreshToken, Credential::Code { challenge }];
    for (return_url, intent, is_allowed) in [
        (any_port, BeginIntent::SignIn(token.clone()), false),
        (any_port, BeginIntent::SignUp(token.clone()), false),
        (any_port, BeginIntent::SignIn(code), true),
        (any_port, BeginIntent::HandOver { sign_up_form: false }, true),
        (own, BeginIntent::SignIn(token), true),
    ] {
        let request = Begin { return_url: Some(return_url.to_owned()), intent: intent.clone(), ..begin("github") };
        let refused = service.sign_ins().begin(request).await.err().map(|error| code_of(&error.error));
        let expected = (!is_allowed).then_some((Step::Start, FailureCode::ReturnUrlNotAllowed));
        assert_eq!(refused, expected, "{return_url} {intent:?}");
    }
}

#[actix_rt::test]
async fn scope_that_the_app_may_not_ask_for_is_named() {
    let service = TestService::start().await;
    let asked = AskedOfProvider { scopes: vec!["admin:org".to_owned()], ..AskedOfProvider::default() };
    let error = service.not_begun(Begin { asked, ..begin("github") }).await.error;
    assert_eq!(code_of(&error), (Step::Start, FailureCode::ScopeNotAllowed));
    assert!(error.scope_not_allowed().is_some_and(|error| error.to_string().contains("admin:org")));
    assert!(SignInError::new(Step::Start, FailureCode::Internal).scope_not_allowed().is_none());
}

#[actix_rt::test]
async fn sign_up_that_is_turned_off_ends_before_the_redirect() {
    let service = TestService::start().await;
    let sign_up = || Begin { intent: BeginIntent::SignUp(Credential::RefreshToken), ..begin("github") };
    assert!(service.sign_ins().begin(sign_up()).await.is_ok());
    service.reload(|settings| settings.sign_up.enabled = false).await;
    let error = service.not_begun(sign_up()).await.error;
    assert_eq!(code_of(&error), (Step::Start, FailureCode::SignUpDisabled));
    assert!(service.sign_ins().begin(begin("github")).await.is_ok(), "users sign in");
}

#[actix_rt::test]
async fn record_of_a_refused_start_names_our_credentials() {
    let service = TestService::start().await;
    service.simulator.fail(SimulatedProvider::Twitter, Failure::BadClient);
    let error = service.not_begun(begin("twitter")).await;
    assert_eq!(code_of(&error.error), (Step::Start, FailureCode::ExchangeFailed));
    let report = service.sign_ins().report(error.flow).await.expect("a database").expect("a record");
    let events: Vec<_> = report.timeline.iter().map(|event| event.event.as_str()).collect();
    assert_eq!(events, ["authenticated", "failed"], "what the provider was shown is a part of the diagnosis");
}
