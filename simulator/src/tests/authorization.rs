//! Parameters of authorization responses, and discovery.

use super::{SimulatedProvider, TestServer, oauth2};

#[actix_web::test]
async fn authorize_response_has_provider_parameters() {
    let server = TestServer::start();
    for provider in oauth2() {
        let reply = server.authorize(provider, &[("login", "user-5")]).await;
        let params = |key: &str| reply.param(key);
        assert!(params("code").is_some() && params("state").as_deref() == Some("st&te=1"), "{provider:?}");
        let sends_issuer =
            matches!(provider, SimulatedProvider::Google | SimulatedProvider::Github | SimulatedProvider::Oidc);
        assert_eq!(params("iss"), sends_issuer.then(|| server.at(provider).issuer), "{provider:?}");
        let is_microsoft = matches!(provider, SimulatedProvider::Azuread | SimulatedProvider::Entraid);
        assert_eq!(params("session_state").is_some(), is_microsoft, "{provider:?}");
        let says_scope =
            matches!(provider, SimulatedProvider::Google | SimulatedProvider::Strava | SimulatedProvider::Twitch);
        assert_eq!(params("scope").is_some(), says_scope, "{provider:?}");
        assert_eq!(params("authuser").is_some(), provider == SimulatedProvider::Google, "{provider:?}");
        assert_eq!(
            params("kept").is_some(),
            provider != SimulatedProvider::Apple,
            "Apple posts, and the query stays in the address"
        );
    }
}

#[actix_web::test]
async fn facebook_denial_has_its_own_parameters() {
    let server = TestServer::start();
    let reply = server.authorize(SimulatedProvider::Facebook, &[("login", "deny")]).await;
    assert_eq!(reply.param("error_reason").as_deref(), Some("user_denied"));
    assert_eq!(reply.param("error_code").as_deref(), Some("200"));
    let elsewhere = server.authorize(SimulatedProvider::Discord, &[("login", "deny")]).await;
    assert_eq!(elsewhere.param("error_reason"), None);
}

#[actix_web::test]
async fn discovery_lists_what_the_provider_lists() {
    let server = TestServer::start();
    for provider in oauth2() {
        let at = server.at(provider);
        let Some(url) = &at.discovery else {
            assert!(at.jwks.is_none(), "{provider:?}");
            continue;
        };
        let document = server.send(actix_web::http::Method::GET, url, &[], None).await.json();
        assert_eq!(document["issuer"], at.issuer, "{provider:?}");
        assert_eq!(document["authorization_endpoint"], at.authorize, "{provider:?}");
        assert_eq!(document["token_endpoint"], at.token, "{provider:?}");
        assert_eq!(document["jwks_uri"], at.jwks.unwrap(), "{provider:?}");
        let userinfo = at.openid_userinfo.or(Some(at.userinfo)).filter(|url| !url.is_empty());
        assert_eq!(document["userinfo_endpoint"].as_str(), userinfo.as_deref(), "{provider:?}");
        let is_silent = matches!(provider, SimulatedProvider::Linkedin | SimulatedProvider::Discord);
        assert_eq!(document.get("token_endpoint_auth_methods_supported").is_none(), is_silent, "{provider:?}");
    }
}
