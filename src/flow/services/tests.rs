//! What becomes of a provider's tokens at a sign-in.

use super::*;
use crate::app::testing::TestService;
use crate::domain::clock::Timestamp;
use crate::flow::tests::name;
use crate::store::grants;
use crate::user::proof::LiveSession;
use crate::vault::take::Take;

impl TestService {
    async fn take(&self, session: LiveSession) -> ProviderTokens {
        let origin = RequestOrigin::new(None, None);
        let take = Take { session, provider: name("gitlab"), idempotency_key: None, origin };
        let taken = self.services().vault.send(take).await;
        taken.expect("an answer").expect("a database").expect("tokens")
    }
}

#[actix_rt::test]
async fn app_gets_the_refresh_token_unless_the_service_keeps_it() {
    for (service, is_kept) in [(TestService::start().await, false), (TestService::start_keeping_tokens().await, true)] {
        let session = service.session("gitlab", "mira").await;
        assert_eq!(service.take(session).await.refresh_token.is_none(), is_kept);
        let grants = grants::list(&service.store(), session.user_id()).await.expect("a database");
        let kept: Vec<_> = grants.iter().map(|grant| (grant.provider.as_str(), grant.can_refresh)).collect();
        assert_eq!(kept, if is_kept { vec![("gitlab", true)] } else { Vec::new() });
    }
}

#[actix_rt::test]
async fn kept_access_token_lasts_longer_with_an_earlier_refresh_token() {
    let service = TestService::start_keeping_tokens().await;
    let tokens = ProviderTokens {
        access_token: Secret::new("at"),
        token_secret: None,
        expires_in: None,
        expires_at: None,
        refresh_token: None,
        scopes: vec!["api".to_owned()],
    };
    let services = service.services();
    let lifetimes = |tokens: &ProviderTokens| {
        let grant = services.grant(&name("gitlab"), tokens).expect("kept");
        let terms = grant.terms();
        assert_eq!((terms.provider.as_str(), terms.scopes.as_slice()), ("gitlab", ["api".to_owned()].as_slice()));
        (terms.can_refresh, terms.lifetime.good_until, terms.lifetime_with_earlier.good_until)
    };
    let assumed = Some(Timestamp::from_seconds(1_800_003_600));
    assert_eq!(lifetimes(&tokens), (false, None, assumed));
    let refreshable = ProviderTokens { refresh_token: Some(Secret::new("rt")), ..tokens.clone() };
    assert_eq!(lifetimes(&refreshable), (true, assumed, assumed));
    assert!(services.grant(&name("github"), &refreshable).is_none(), "GitHub's are handed out");
}
