//! Keys of a provider: withdrawn keys, outages of the JWKS, unlisted algorithms.

use super::malicious_provider::{MaliciousProvider, sign_in};
use crate::support::app::TestApp;

const HOUR: u64 = 3_600;

#[actix_web::test]
async fn withdrawn_key_is_rejected_after_a_day() {
    let (app, malicious) = (TestApp::new(), MaliciousProvider::new());
    let node = app.node_with(&malicious.settings()).await;
    assert_eq!(sign_in(&app, &node, &malicious, |_| ()).await, None);
    malicious.withdraw_keys();
    app.wait(25 * HOUR);
    let error = sign_in(&app, &node, &malicious, |_| ()).await;
    assert_eq!(error.as_deref(), Some("oauth-profile-fetch-failed"));
}

#[actix_web::test]
async fn cached_keys_expire_during_a_jwks_outage() {
    let (app, malicious) = (TestApp::new(), MaliciousProvider::new());
    let node = app.node_with(&malicious.settings()).await;
    assert_eq!(sign_in(&app, &node, &malicious, |_| ()).await, None);
    malicious.break_jwks();
    app.wait(20 * HOUR);
    assert_eq!(sign_in(&app, &node, &malicious, |_| ()).await, None, "a short outage is survived");
    app.wait(5 * HOUR);
    // The provider is unavailable, or its token cannot be verified.
    let outcome = std::panic::AssertUnwindSafe(sign_in(&app, &node, &malicious, |_| ()));
    let outcome = futures_util::FutureExt::catch_unwind(outcome).await;
    assert!(!matches!(outcome, Ok(None)), "signed in with a key that was fetched 25 hours ago");
}

#[actix_web::test]
async fn id_token_algorithm_not_in_the_metadata_is_rejected() {
    let app = TestApp::new();
    let malicious = MaliciousProvider::with_algorithms(&["RS256"]);
    let node = app.node_with(&malicious.settings()).await;
    let error = sign_in(&app, &node, &malicious, |_| ()).await;
    assert!(error.is_some());
    assert_eq!(app.count("users").await, 0);
}
