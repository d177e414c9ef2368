//! The provider's callback: browser binding, single use, expiry, and errors of the provider.

use crate::support::app::{TestApp, parameter};
use crate::support::browser::Browser;

#[actix_web::test]
async fn callback_in_another_browser_is_rejected() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut owner = Browser::new();
    let callback = node.authorize(&mut owner, "google", "", "mira").await;

    let mut other_browser = Browser::new();
    let mut busy_other_browser = Browser::new();
    node.authorize(&mut busy_other_browser, "google", "", "jonas").await;
    for browser in [&mut other_browser, &mut busy_other_browser] {
        let target = browser.get(&callback).await.location_url();
        assert_eq!(target.origin().ascii_serialization(), "https://app.test");
        assert_eq!(parameter(&target, "error").as_deref(), Some("invalid-state"));
        assert!(parameter(&target, "provider_state").is_some() && parameter(&target, "refreshToken").is_none());
        assert!(!target.as_str().contains("code="), "{target}");
    }
    assert_eq!(app.simulator.counts().google.token, 0, "no token request was sent");
    let target = owner.get(&callback).await.location_url();
    assert!(parameter(&target, "refreshToken").is_some(), "the owner's flow is still usable: {target}");
}

#[actix_web::test]
async fn identical_callbacks_return_one_credential() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let callback = node.authorize(&mut browser, "google", "state=mine", "mira").await;
    let responses = futures_util::future::join_all((0..32).map(|_| browser.peek(&callback))).await;
    let targets: Vec<_> = responses.iter().map(|response| response.location_url()).collect();
    assert_eq!(targets.iter().filter(|target| parameter(target, "refreshToken").is_some()).count(), 1);
    for target in &targets {
        assert_eq!(
            (target.host_str(), parameter(target, "state").as_deref()),
            (Some("app.test"), Some("mine")),
            "{target}"
        );
        assert_eq!(parameter(target, "error"), None);
    }
    assert_eq!(app.simulator.counts().google.token, 1, "one token request");
    assert_eq!(app.count("sessions").await, 1);

    let later = browser.peek(&callback).await.location_url();
    assert_eq!(later.as_str(), "https://app.test/?state=mine");
    browser.get(&callback).await;
    assert!(browser.jar.is_empty(), "the flow's cookie is removed");
    let without_cookie = browser.get(&callback).await.location_url();
    assert_eq!(parameter(&without_cookie, "error").as_deref(), Some("invalid-state"));
}

#[actix_web::test]
async fn flow_expires_after_ten_minutes() {
    let app = TestApp::new();
    let node = app.node().await;
    for (wait, error) in [(599, None), (600, Some("invalid-state"))] {
        let mut browser = Browser::new();
        let start = browser.get(&format!("{}/signin/provider/google", node.base)).await.location();
        app.wait(wait);
        let callback = browser.get(&format!("{start}&login=mira")).await.location();
        assert!(!browser.jar.is_empty(), "the browser still has the cookie");
        let target = browser.get(&callback).await.location_url();
        assert_eq!(parameter(&target, "error").as_deref(), error, "after {wait} s");
    }
}

#[actix_web::test]
async fn expired_callback_says_so_and_returns_state() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let callback = node.authorize(&mut browser, "google", "state=mine", "mira").await;
    app.wait(600);
    let target = browser.peek(&callback).await.location_url();
    assert_eq!(parameter(&target, "error").as_deref(), Some("invalid-state"));
    assert_eq!(parameter(&target, "errorDescription").as_deref(), Some("This sign-in has expired; start again"));
    assert_eq!(parameter(&target, "state").as_deref(), Some("mine"));
    // Without the cookie, the state alone shows that it is too late.
    let target = Browser::new().get(&callback).await.location_url();
    assert_eq!(parameter(&target, "errorDescription").as_deref(), Some("This sign-in has expired; start again"));
    assert_eq!((parameter(&target, "state"), app.simulator.counts().google.token), (None, 0));
}

#[actix_web::test]
async fn overlong_code_is_rejected_and_leaves_the_flow_open() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let callback = node.authorize(&mut browser, "google", "", "mira").await;
    let (before, code) = callback.split_once("code=").expect("a code");
    let rest = code.split_once('&').map(|(_, rest)| rest).unwrap_or_default();
    let target = browser.peek(&format!("{before}code={}&{rest}", "c".repeat(2049))).await.location_url();
    assert_eq!(parameter(&target, "error").as_deref(), Some("invalid-request"));
    assert_eq!((app.count("used_flows").await, app.simulator.counts().google.token), (0, 0));
    let target = browser.get(&callback).await.location_url();
    assert!(parameter(&target, "refreshToken").is_some(), "{target}");
}

#[actix_web::test]
async fn callback_at_another_provider_is_rejected() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let callback = node.authorize(&mut browser, "google", "", "mira").await;
    let target = browser.peek(&callback.replace("/google/", "/github/")).await.location_url();
    assert_eq!(parameter(&target, "error").as_deref(), Some("invalid-state"));
    let counts = app.simulator.counts();
    assert_eq!((counts.google.token, counts.github.token), (0, 0));
}

#[actix_web::test]
async fn code_of_another_flow_is_rejected() {
    let app = TestApp::new();
    let node = app.node().await;
    let (mut victim, mut attacker) = (Browser::new(), Browser::new());
    let stolen = node.authorize(&mut victim, "google", "", "mira").await;
    let own = node.authorize(&mut attacker, "google", "", "jonas").await;
    let code = |url: &str| parameter(&url.parse().expect("a URL"), "code").expect("a code");
    let encoded = |code: String| url::form_urlencoded::byte_serialize(code.as_bytes()).collect::<String>();
    let forged = own.replace(&encoded(code(&own)), &encoded(code(&stolen)));
    assert_ne!(forged, own);
    let target = attacker.get(&forged).await.location_url();
    assert_eq!(parameter(&target, "error").as_deref(), Some("oauth-token-echange-failed"));
    assert_eq!(app.count("users").await, 0);
}

#[actix_web::test]
async fn callback_iss_must_match_exactly() {
    let app = TestApp::new();
    let node = app.node().await;
    for (provider, forge) in
        [("google", "iss=https%3A%2F%2Fevil.test"), ("oidc", "iss=https%3A%2F%2Fevil.test"), ("oidc", "absent=1")]
    {
        let mut browser = Browser::new();
        let callback = node.authorize(&mut browser, provider, "", "mira").await;
        let (head, tail) = callback.split_once("iss=").expect("an issuer");
        let forged = format!("{head}{forge}&{}", tail.split_once('&').map_or("", |(_, rest)| rest));
        let target = browser.get(&forged).await.location_url();
        assert_eq!(parameter(&target, "error").as_deref(), Some("invalid-request"), "{provider} {forge}");
    }
    let counts = app.simulator.counts();
    assert_eq!((counts.google.token, counts.oidc.token), (0, 0), "no token request was sent");
}

#[actix_web::test]
async fn concurrent_flows_of_one_browser_all_finish() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let mut callbacks = Vec::new();
    for (provider, persona) in [("google", "mira"), ("github", "aiko"), ("oidc", "rosa")] {
        callbacks.push(node.authorize(&mut browser, provider, &format!("state={persona}"), persona).await);
    }
    assert_eq!(browser.jar.len(), 3);
    for callback in callbacks.iter().rev() {
        let target = browser.get(callback).await.location_url();
        assert!(parameter(&target, "refreshToken").is_some(), "{target}");
    }
    assert!(browser.jar.is_empty());
    assert_eq!(app.count("users").await, 3);
}

#[actix_web::test]
async fn sixth_flow_evicts_the_oldest_cookie() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let mut last = String::new();
    for _ in 0..50 {
        app.wait(1);
        last = node.authorize(&mut browser, "google", "", "mira").await;
    }
    assert_eq!(browser.jar.len(), 5);
    let sent: usize = browser.jar.iter().map(|(name, value)| name.len() + value.len() + 3).sum();
    assert!(sent < 8192, "{sent} bytes of cookies");
    assert!(parameter(&browser.get(&last).await.location_url(), "refreshToken").is_some());
}

#[actix_web::test]
async fn provider_error_is_passed_to_the_client_url() {
    let app = TestApp::new();
    let node = app.node().await;
    let query = "redirectTo=https%3A%2F%2Fx.preview.test%2Fin&state=mine";
    let target = node.sign_in(&mut Browser::new(), "google", query, "deny").await;
    assert_eq!(target.origin().ascii_serialization(), "https://app.test");
    for (name, value) in [
        ("error", "oauth-provider-error"),
        ("errorDescription", "Provider returned an error"),
        ("provider_error", "access_denied"),
    ] {
        assert_eq!(parameter(&target, name).as_deref(), Some(value), "{target}");
    }
    assert!(
        parameter(&target, "provider_error_description").is_some()
            && parameter(&target, "provider_error_url").is_some()
    );
    assert_eq!(parameter(&target, "state").as_deref(), Some("mine"));
    assert_eq!(app.simulator.counts().google.token, 0);
}

#[actix_web::test]
async fn provider_error_text_is_escaped_in_the_redirect() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let callback = node.authorize(&mut browser, "google", "", "deny").await;
    let state = parameter(&callback.parse().expect("a URL"), "state").expect("a state");
    let evil = "%0d%0aSet-Cookie:x%3Dy%3Cscript%3E%C3%A9%E2%80%AE";
    let url =
        format!("{}/signin/provider/google/callback?state={state}&error=x{evil}&error_description={evil}", node.base);
    let response = browser.get(&url).await;
    assert!(!response.location().contains(['\r', '\n', '<']), "{}", response.location());
    assert_eq!(parameter(&response.location_url(), "error").as_deref(), Some("oauth-provider-error"));
}

#[actix_web::test]
async fn malformed_callback_leaves_the_flow_usable() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let callback = node.authorize(&mut browser, "google", "", "mira").await;
    let here = format!("{}/signin/provider/google/callback", node.base);
    for bad in [
        here.clone(),
        format!("{callback}&state=again"),
        format!("{callback}&code=again"),
        format!("{callback}&iss=again"),
    ] {
        browser.peek(&bad).await.assert_error(400, "invalid-request");
    }
    browser
        .peek(&format!("{}/signin/provider/nobody/callback?state=x", node.base))
        .await
        .assert_error(400, "invalid-request");
    for state in ["x", &"A".repeat(32)] {
        let target = browser.peek(&format!("{here}?state={state}&code=c")).await.location_url();
        assert_eq!(parameter(&target, "provider_state").as_deref(), Some(state));
    }
    assert!(parameter(&browser.get(&callback).await.location_url(), "refreshToken").is_some());
}

#[actix_web::test]
async fn altered_or_foreign_flow_cookie_is_rejected() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let callback = node.authorize(&mut browser, "google", "", "mira").await;
    let (name, value) =
        browser.jar.first_key_value().map(|(name, value)| (name.clone(), value.clone())).expect("a cookie");
    let mut other = Browser::new();
    node.authorize(&mut other, "google", "", "mira").await;
    let foreign = other.jar.first_key_value().map(|(_, value)| value.clone()).expect("a cookie");
    let mut flipped = value.clone().into_bytes();
    flipped[40] ^= 1;
    for forged in [String::from_utf8(flipped).expect("text"), foreign, String::new(), "x".repeat(4000)] {
        browser.jar.insert(name.clone(), forged);
        let target = browser.peek(&callback).await.location_url();
        assert_eq!(parameter(&target, "error").as_deref(), Some("invalid-state"));
    }
    browser.jar.insert(name, value);
    assert!(parameter(&browser.get(&callback).await.location_url(), "refreshToken").is_some());
}

#[actix_web::test]
async fn duplicate_flow_cookies_are_rejected() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let callback = node.authorize(&mut browser, "google", "", "mira").await;
    let (name, value) = browser.jar.first_key_value().expect("a cookie");
    let once = format!("{name}={value}");
    for (cookies, error) in [(format!("{once}; {once}"), Some("invalid-state")), (once.clone(), None)] {
        let response = browser.send("GET", &callback, &[("cookie", &cookies)], Vec::new()).await;
        assert_eq!(parameter(&response.location_url(), "error").as_deref(), error);
    }
}

#[actix_web::test]
async fn flow_is_found_in_quotes_and_beside_cookies_without_a_name() {
    let app = TestApp::new();
    let node = app.node().await;
    for beside in ["nameless", "=x", "a=%zz; b=\"; c;; =", "name=caf\u{e9}"] {
        let mut browser = Browser::new();
        let callback = node.authorize(&mut browser, "google", "", "mira").await;
        let (name, value) = browser.jar.first_key_value().expect("a cookie");
        let cookies = format!("{beside}; {name}=\"{value}\"");
        let target = browser.send("GET", &callback, &[("cookie", &cookies)], Vec::new()).await.location_url();
        assert!(parameter(&target, "refreshToken").is_some(), "{beside}: {target}");
    }
}

#[actix_web::test]
async fn invented_state_never_names_a_cookie() {
    let app = TestApp::new();
    let node = app.node().await;
    let (here, made_up) =
        (format!("{}/signin/provider/google/callback", node.base), "state=x%3D1%3B%20Domain%3Devil&code=c");
    let response = Browser::new().get(&format!("{here}?{made_up}")).await;
    assert_eq!(parameter(&response.location_url(), "error").as_deref(), Some("invalid-state"));
    assert_eq!(response.cookies(), Vec::<String>::new());
    let posted = Browser::new().post_form_cross_site(&here, made_up).await;
    assert_eq!(posted.status, 303);
    assert!(posted.cookies().iter().all(|cookie| cookie.starts_with("vouchsafe-form=")), "{:?}", posted.cookies());
}

#[actix_web::test]
async fn cross_site_form_post_is_repeated_same_site() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let callback = node.authorize(&mut browser, "google", "", "mira").await;
    let (here, form) = callback.split_once('?').expect("a query");
    let (state, code) = (form.split('&').find(|pair| pair.starts_with("state=")).expect("a state"), "code=");
    let bounced = browser.post_form_cross_site(here, form).await;
    assert_eq!(bounced.status, 303);
    assert!(bounced.location().ends_with(&format!("/callback?{state}")), "only the state: {}", bounced.location());
    assert!(form.contains(code) && !bounced.cookies().concat().contains(code), "the code is sealed");
    assert_eq!(app.simulator.counts().google.token, 0);
    let home = format!("{}{}", node.base, bounced.location());
    let other_browser = Browser::new().get(&home).await.location_url();
    assert_eq!(
        parameter(&other_browser, "error").as_deref(),
        Some("invalid-state"),
        "another browser has neither cookie"
    );
    let arrived = browser.get(&home).await;
    let target = arrived.location_url();
    assert!(parameter(&target, "refreshToken").is_some(), "{target}");
    assert!(browser.jar.is_empty(), "flow and form cookies are removed: {:?}", browser.jar.keys());

    let callback = node.authorize(&mut browser, "google", "", "mira").await;
    let (here, form) = callback.split_once('?').expect("a query");
    let target = browser.post_form(here, form).await.location_url();
    assert!(parameter(&target, "refreshToken").is_some(), "a same-site form carries the cookie: {target}");

    browser.post_form(&callback, form).await.assert_error(400, "invalid-request");
    browser.post_form(here, "code=c").await.assert_error(400, "invalid-request");
    let long = format!("{form}&user={}", "x".repeat(3_000));
    Browser::new().post_form(here, &long).await.assert_error(400, "invalid-request");
    browser.post_form(here, &"x".repeat(70_000)).await.assert_error(413, "invalid-request");
}
