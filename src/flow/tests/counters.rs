//! How sign-ins are counted.

use super::*;

#[actix_rt::test]
async fn each_end_of_a_sign_in_is_counted_once_by_its_outcome() {
    let service = TestService::start().await;
    let counted =
        || [Ended::NewUser, Ended::KnownUser, Ended::ConsentDenied].map(|ended| service.ended("github", ended));
    service.session("github", "mira").await;
    assert_eq!(counted(), [1, 0, 0]);
    service.session("github", "mira").await;
    assert_eq!(counted(), [1, 1, 0]);
    let (_, denied) = service.sign_in("github", "deny").await;
    assert_eq!(code_of(&denied.expect_err("denied")), (Step::Callback, FailureCode::ConsentDenied));
    assert_eq!(counted(), [1, 1, 1]);
    assert_eq!(service.ended("google", Ended::NewUser), 0, "another provider has series of its own");
}

#[actix_rt::test]
async fn starts_are_counted_by_provider_and_those_of_unknown_ones_together() {
    let service = TestService::start().await;
    let services = service.services();
    let provider = services.providers.get(&name("github")).expect("configured");
    let counted = || (provider.metrics.started.of(Dialect::Nhost).get(), services.metrics.unknown_providers.get());
    service.begin("github").await;
    assert_eq!(counted(), (1, 0));
    let unknown = service.not_begun(begin("nowhere")).await;
    assert_eq!(code_of(&unknown.error), (Step::Resolve, FailureCode::ProviderDisabled));
    assert_eq!(counted(), (1, 1));
    let refused = Begin { return_url: Some("https://evil.test/".to_owned()), ..begin("github") };
    assert_eq!(code_of(&service.not_begun(refused).await.error), (Step::Start, FailureCode::ReturnUrlNotAllowed));
    assert_eq!((counted(), service.ended("github", Ended::ReturnUrlNotAllowed)), ((1, 1), 1));
}
