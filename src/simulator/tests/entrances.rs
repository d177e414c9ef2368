//! What comes back beside the code.

use super::{House, Stage, oauth2};

#[actix_web::test]
async fn each_house_sends_along_what_the_real_one_does() {
    let stage = Stage::open();
    for house in oauth2() {
        let reply = stage.ask(house, &[("login", "user-5")]).await;
        let sent = |key: &str| reply.sent(key);
        assert!(sent("code").is_some() && sent("state").as_deref() == Some("st&te=1"), "{house:?}");
        let says_issuer = matches!(house, House::Google | House::Github | House::Oidc);
        assert_eq!(sent("iss"), says_issuer.then(|| stage.at(house).issuer), "{house:?}");
        let is_microsoft = matches!(house, House::Azuread | House::Entraid);
        assert_eq!(sent("session_state").is_some(), is_microsoft, "{house:?}");
        let says_scope = matches!(house, House::Google | House::Strava | House::Twitch);
        assert_eq!(sent("scope").is_some(), says_scope, "{house:?}");
        assert_eq!(sent("authuser").is_some(), house == House::Google, "{house:?}");
        assert_eq!(sent("kept").is_some(), house != House::Apple, "Apple posts, and the query stays in the address");
    }
}

#[actix_web::test]
async fn facebook_says_why_in_its_own_way_when_the_person_says_no() {
    let stage = Stage::open();
    let reply = stage.ask(House::Facebook, &[("login", "deny")]).await;
    assert_eq!(reply.sent("error_reason").as_deref(), Some("user_denied"));
    assert_eq!(reply.sent("error_code").as_deref(), Some("200"));
    let elsewhere = stage.ask(House::Discord, &[("login", "deny")]).await;
    assert_eq!(elsewhere.sent("error_reason"), None);
}

#[actix_web::test]
async fn discovery_names_the_endpoints_and_not_more_than_the_real_one() {
    let stage = Stage::open();
    for house in oauth2() {
        let at = stage.at(house);
        let Some(url) = &at.discovery else {
            assert!(at.jwks.is_none(), "{house:?}");
            continue;
        };
        let document = stage.send(actix_web::http::Method::GET, url, &[], None).await.json();
        assert_eq!(document["issuer"], at.issuer, "{house:?}");
        assert_eq!(document["authorization_endpoint"], at.authorize, "{house:?}");
        assert_eq!(document["token_endpoint"], at.token, "{house:?}");
        assert_eq!(document["jwks_uri"], at.jwks.unwrap(), "{house:?}");
        let userinfo = at.openid_userinfo.or(Some(at.userinfo)).filter(|url| !url.is_empty());
        assert_eq!(document["userinfo_endpoint"].as_str(), userinfo.as_deref(), "{house:?}");
        let is_silent = matches!(house, House::Linkedin | House::Discord);
        assert_eq!(document.get("token_endpoint_auth_methods_supported").is_none(), is_silent, "{house:?}");
    }
}
