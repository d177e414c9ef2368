//! What an app asks of the provider: further scopes, and parameters of OpenID Connect.

use serde_json::json;
use url::Url;
use vouchsafe::Settings;

use crate::support::app::{Node, TestApp, access_token, listen, parameter, serve};
use crate::support::browser::Browser;

/// A node on which apps may ask Google and the OpenID provider for two more scopes.
pub(crate) async fn node_with_allowed_scopes(app: &TestApp) -> Node {
    let (listener, origin) = listen();
    let settings = app.settings(&origin, "");
    serve_with_allowed_scopes(app, listener, origin, settings).await
}

async fn serve_with_allowed_scopes(
    app: &TestApp,
    listener: std::net::TcpListener,
    origin: String,
    mut settings: Settings,
) -> Node {
    for (_, provider) in settings.providers.iter_mut().filter(|(name, _)| name.as_str() != "github") {
        provider.allowed_scopes = ["calendar", "https://api.test/drive"].map(str::to_owned).to_vec();
    }
    let vouchsafe = app.build(settings).await;
    Node::at(origin, serve(listener, 2, move || vouchsafe.routes()))
}

#[actix_web::test]
async fn allowed_scopes_are_requested_and_others_refused() {
    let app = TestApp::new();
    let node = node_with_allowed_scopes(&app).await;
    let mut browser = Browser::new();
    let all = "openid email profile calendar https://api.test/drive";
    for route in ["signin", "signup"] {
        let base = format!("{}/{route}/provider/google", node.base);
        for (scopes, expected) in [
            ("calendar+https%3A%2F%2Fapi.test%2Fdrive", all),
            ("email,calendar,,calendar,https%3A%2F%2Fapi.test%2Fdrive", all),
            ("profile", "openid email profile"),
            ("", "openid email profile"),
        ] {
            let start = browser.get(&format!("{base}?scopes={scopes}")).await;
            assert_eq!(parameter(&start.location_url(), "scope").as_deref(), Some(expected), "{scopes}");
        }
        let refused = browser.peek(&format!("{base}?scopes=calendar,mail&redirectTo=https%3A%2F%2Fapp.test%2F")).await;
        refused.assert_error(400, "invalid-request");
        let reason = refused.json()["reason"].as_str().expect("a reason").to_owned();
        assert!(reason.contains("`mail`") && reason.contains("providers.google.allowed_scopes"), "{reason}");
        assert!(refused.header("location").is_none() && refused.cookies().is_empty());
    }
    let session = node.session(&mut browser, "google", "mira").await;
    let (url, token) = (format!("{}/link/provider/google", node.base), access_token(&session));
    let begun = browser.post_json_with_cookies(&url, token, &json!({"scopes": "calendar"})).await;
    let authorize: Url = begun.json()["url"].as_str().expect("an address").parse().expect("a URL");
    assert_eq!(parameter(&authorize, "scope").as_deref(), Some("openid email profile calendar"));
    let refused = browser.post_json_with_cookies(&url, token, &json!({"scopes": "mail"})).await;
    refused.assert_error(400, "invalid-request");
    // The flow with its scopes is sealed in the cookie, so another node can finish it.
    let other = node_with_allowed_scopes(&app).await;
    let callback = node.authorize(&mut browser, "google", "scopes=calendar", "mira").await;
    let target = browser.get(&callback.replace(&node.base, &other.base)).await.location_url();
    assert!(parameter(&target, "refreshToken").is_some(), "{target}");
}

#[actix_web::test]
async fn parameters_reach_the_provider_whose_definition_allows_them() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "mira").await;
    let sent = [
        ("acr_values", "a b"),
        ("login_hint", "m@x.test"),
        ("max_age", "300"),
        ("prompt", "login"),
        ("ui_locales", "de"),
    ];
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(sent).finish();
    let mut body = json!({"providerSpecificParams": sent.into_iter().collect::<std::collections::BTreeMap<_, _>>()});
    body["providerSpecificParams"]["max_age"] = json!(300);
    for (provider, allowed) in [
        ("oidc", &["acr_values", "login_hint", "max_age", "prompt", "ui_locales"][..]),
        ("google", &["login_hint", "prompt"]),
        ("github", &["prompt"]),
    ] {
        let start = browser.get(&format!("{}/signin/provider/{provider}?{query}", node.base)).await.location_url();
        let url = format!("{}/link/provider/{provider}", node.base);
        let link = browser.post_json_with_cookies(&url, access_token(&session), &body).await;
        let link: Url = link.json()["url"].as_str().expect("an address").parse().expect("a URL");
        for authorize in [start, link] {
            let found: Vec<_> =
                sent.iter().filter_map(|(name, _)| Some((*name, parameter(&authorize, name)?))).collect();
            let expected: Vec<_> = sent
                .iter()
                .filter(|(name, _)| allowed.contains(name))
                .map(|(name, text)| (*name, (*text).to_owned()))
                .collect();
            assert_eq!(found, expected, "{authorize}");
        }
    }
    for wrong in ["4294967296", "-1", "1.5", "", "x"] {
        let refused = browser.peek(&format!("{}/signin/provider/oidc?max_age={wrong}", node.base)).await;
        refused.assert_error(400, "invalid-request");
    }
    let body = json!({"providerSpecificParams": {"max_age": -1}});
    let url = format!("{}/link/provider/oidc", node.base);
    browser.post_json_with_cookies(&url, access_token(&session), &body).await.assert_error(400, "invalid-request");
}

#[actix_web::test]
async fn authentication_older_than_max_age_is_refused() {
    let app = TestApp::new();
    let node = app.node().await;
    // The simulator authenticates when the user consents; the clocks may differ by a minute.
    for (query, seconds, error) in [
        ("max_age=60", 120, None),
        ("max_age=60", 121, Some("oauth-profile-fetch-failed")),
        ("max_age=0", 61, Some("oauth-profile-fetch-failed")),
        ("", 121, None),
    ] {
        let mut browser = Browser::new();
        let callback = node.authorize(&mut browser, "oidc", query, "mira").await;
        app.wait(seconds);
        let target = browser.get(&callback).await.location_url();
        assert_eq!(parameter(&target, "error").as_deref(), error, "{query} after {seconds} s: {target}");
    }
}

#[actix_web::test]
async fn missing_scopes_are_granted_at_the_url_of_the_answer() {
    let app = TestApp::new();
    let (listener, origin) = listen();
    let settings = Settings::from_toml(&app.managed_settings(&origin, "")).expect("settings");
    let node = serve_with_allowed_scopes(&app, listener, origin, settings).await;
    for provider in ["google", "oidc"] {
        let mut browser = Browser::new();
        let session = node.session(&mut browser, provider, "mira").await;
        let missing = node.provider_token(&browser, provider, "scopes=calendar", &session).await;
        missing.assert_error(403, "missing-scopes");
        let url = missing.json()["url"].as_str().expect("a URL").to_owned();
        let authorize = browser.get(&url).await.location_url();
        assert_eq!(parameter(&authorize, "prompt").as_deref(), Some("consent"), "{url}");
        let scope = parameter(&authorize, "scope").expect("scopes");
        assert!(scope.ends_with(" calendar"), "{scope}");
        let callback = browser.get(&format!("{authorize}&login=mira")).await.location();
        let target = browser.get(&callback).await.location_url();
        let session = node.session_of(&mut browser, &target).await;
        let granted = node.provider_token(&browser, provider, "scopes=calendar", &session).await;
        assert_eq!(granted.status, 200, "{provider}: {}", granted.text());
        assert!(granted.json()["scopes"].as_array().expect("a list").contains(&json!("calendar")));
    }
}
