//! What actors of an embedding app are told of sign-ins.

use super::*;
use crate::domain::audit::RequestOrigin;
use crate::domain::cause::Cause;
use crate::domain::clock::Clock as _;
use crate::domain::event::Event;
use crate::vault::take::Take;

impl TestService {
    /// Asserts that a sign-in with GitHub which was denied is what is told next.
    async fn expect_denial(&self) {
        let (begun, denied) = self.sign_in("github", "deny").await;
        assert!(denied.is_err());
        let (at, provider, flow, cause) = (self.clock.now(), name("github"), Some(begun.id.tag()), Cause::UserDenied);
        assert_eq!(self.next_event().await, Event::SignInFailed { at, provider, flow, cause });
    }
}

#[actix_rt::test]
async fn failure_that_ends_a_flow_is_told_and_one_that_leaves_it_open_is_not() {
    let service = TestService::start().await;
    let begun = service.begin("github").await;
    let malformed = service.come_back(&begun, resume("github", Callback::default())).await.expect("a flow");
    assert_eq!(code_of(&malformed.outcome.expect_err("refused")), (Step::Callback, FailureCode::InvalidCallback));
    service.expect_denial().await;
}

#[actix_rt::test]
async fn refused_id_token_is_told_only_if_it_was_valid() {
    let service = TestService::start().await;
    let forged = service.present(Secret::new("forged"), None, Intent::SIGN_IN).await;
    assert_eq!(code_of(&forged.expect_err("refused")), (Step::Identify, FailureCode::InvalidIdToken));
    assert_eq!(service.ended("google", Ended::InvalidIdToken), 1);
    service.expect_denial().await;
    service.reload(|settings| settings.sign_up.enabled = false).await;
    let refused = service.present_id_token("mira", Intent::SIGN_IN).await;
    assert_eq!(code_of(&refused.expect_err("refused")), (Step::SignIn, FailureCode::SignUpDisabled));
    let (at, provider) = (service.clock.now(), name("google"));
    let told = Event::SignInFailed { at, provider, flow: None, cause: Cause::SignUpDisabled };
    assert_eq!(service.next_event().await, told);
}

#[actix_rt::test]
async fn refreshed_tokens_are_told_and_refused_ones_are_not() {
    let service = TestService::start().await;
    let session = service.session("gitlab", "mira").await;
    for told in ["user.created", "tokens.stored", "user.signed_in"] {
        assert_eq!(service.next_event().await.event_type().as_str(), told);
    }
    let (sign_ins, services, provider) = (service.sign_ins(), service.services(), name("gitlab"));
    let origin = RequestOrigin::new(None, None);
    let take = Take { session, provider: provider.clone(), idempotency_key: None, origin };
    let taken = services.vault.send(take).await.expect("an answer").expect("a database").expect("tokens");
    assert_eq!(service.next_event().await.event_type().as_str(), "tokens.taken");
    let refresh = async |token: &Secret| {
        sign_ins.refresh_provider_tokens(session, &provider, token, &redirect_uri("gitlab")).await
    };
    let unknown = refresh(&Secret::new("unknown")).await.expect_err("refused");
    assert_eq!(code_of(&unknown), (Step::Exchange, FailureCode::ProviderError));
    let refreshed = refresh(&taken.refresh_token.expect("a refresh token")).await.expect("refreshed");
    assert_ne!(refreshed.access_token, taken.access_token);
    let (at, user_id, session_id) = (service.clock.now(), session.user_id(), session.id());
    assert_eq!(service.next_event().await, Event::TokensRefreshed { at, user_id, session_id, provider });
}
