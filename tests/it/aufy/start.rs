//! The provider list, the challenge, and the callback.

use serde_json::json;

use super::{BACK, SIGN_IN, SIGN_UP};
use crate::nhost::provider_params::node_with_allowed_scopes;
use crate::support::app::{TestApp, parameter};
use crate::support::browser::Browser;

/// The return URL of a failure without the id of its flow, which must be in it.
fn without_flow(target: &str) -> String {
    let flow = parameter(&target.parse().expect("a URL"), "flow").unwrap_or_else(|| panic!("no flow in {target}"));
    target.replace(&format!("flow={flow}&"), "")
}

#[actix_web::test]
async fn provider_list_names_are_accepted_in_any_case() {
    let app = TestApp::new();
    let node = app.node_with("[providers.azuread]\nclient_id = 'c'\nclient_secret = 's'\n[providers.acme]\ntype = 'oidc'\nissuer = 'http://127.0.0.1:1'\nclient_id = 'c'\nclient_secret = 's'\nlabel = 'github'").await;
    let mut browser = Browser::new();
    let list = browser.get(&node.auth("external/providers")).await;
    // Providers with the same label are listed by name.
    assert_eq!(list.json(), json!({"providers": ["acme", "Azure AD", "github", "Google", "oidc"]}));
    for name in ["google", "Google", "GOOGLE", "azuread", "Azure%20AD", "AzureAd"] {
        let response = browser.get(&node.auth(&format!("external/challenge/{name}?callbackUrl={BACK}"))).await;
        assert_eq!(response.status, 302, "{name}: {}", response.text());
    }
    let alone = app.node().await;
    let list = browser.get(&alone.auth("external/providers")).await;
    assert_eq!(list.json(), json!({"providers": ["GitHub", "Google", "oidc"]}));
}

#[actix_web::test]
async fn challenge_of_an_unknown_provider_is_rejected() {
    let app = TestApp::new();
    let node = app.node().await;
    for name in ["nobody", "Bearer", "Aufy.RefreshToken", "Aufy.ExternalSignInScheme", "c:google", "%F0%9F%A6%80"] {
        let response = Browser::new().get(&node.auth(&format!("external/challenge/{name}?callbackUrl={BACK}"))).await;
        assert_eq!((response.status, response.json()), (404, json!("Provider not found")), "{name}");
        assert_eq!(response.header("content-type"), Some("application/json"));
        Browser::new()
            .get(&node.auth(&format!("external/callback/{name}?state=x")))
            .await
            .assert_problem(404, "nothing");
    }
}

#[actix_web::test]
async fn callback_url_missing_repeated_or_unlisted_is_rejected() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    for (query, detail) in [
        ("", "callbackUrl is missing"),
        ("callbackUrl=", "callbackUrl is missing"),
        ("callbackUrl=https://evil.test/", "not allowed"),
        ("callbackUrl=https%3A%2F%2Fapp.test.evil.test", "not allowed"),
        ("callbackUrl=/signed-in", "not allowed"),
        ("callbackUrl=javascript:alert(1)", "not allowed"),
        ("callbackUrl=https://app.test&CallbackURL=https://app.test", "more than once"),
    ] {
        let response = browser.get(&node.auth(&format!("external/challenge/github?{query}"))).await;
        response.assert_problem(400, detail);
        assert_eq!(response.cookies(), Vec::<String>::new(), "{query}");
    }
    let long = format!("callbackUrl=https://app.test/{}", "x".repeat(2_000));
    browser.get(&node.auth(&format!("external/challenge/github?{long}"))).await.assert_problem(400, "too long");
}

#[actix_web::test]
async fn what_the_app_asks_of_the_provider_is_passed_on_or_refused() {
    let app = TestApp::new();
    let node = node_with_allowed_scopes(&app).await;
    let mut browser = Browser::new();
    let challenge = |query: &str| node.auth(&format!("external/challenge/google?callbackUrl={BACK}&{query}"));
    let start =
        browser.get(&challenge("Scopes=calendar+email&prompt=consent&Login_Hint=m%40x.test")).await.location_url();
    let found = ["scope", "prompt", "login_hint"].map(|name| parameter(&start, name).unwrap_or_default());
    assert_eq!(found, ["openid email profile calendar", "consent", "m@x.test"]);
    browser.peek(&challenge("scopes=mail")).await.assert_problem(400, "`mail` is neither in the scopes of google");
    for wrong in ["max_age=-1", "max_age=1&MAX_AGE=1", "scopes=email&scopes=email"] {
        let refused = browser.peek(&challenge(wrong)).await;
        refused.assert_problem(400, if wrong == "max_age=-1" { "a number of seconds" } else { "more than once" });
        assert_eq!(refused.cookies(), Vec::<String>::new(), "{wrong}");
    }
    // An authentication that is too old is refused here, too.
    let url = node.auth(&format!("external/challenge/oidc?callbackUrl={BACK}&max_age=10"));
    let authorize = browser.get(&url).await.location();
    let callback = browser.get(&format!("{authorize}&login=mira")).await.location();
    app.wait(71);
    assert_eq!(parameter(&browser.get(&callback).await.location_url(), "failed").as_deref(), Some("true"));
}

#[actix_web::test]
async fn redirect_uri_is_the_aufy_callback() {
    let app = TestApp::new();
    let node = app.node_with("aufy = { auth_path = '/auth', account_path = '/me' }").await;
    let mut browser = Browser::new();
    let start = browser.get(&format!("{}/auth/external/challenge/GitHub?CALLBACKURL={BACK}", node.base)).await;
    let redirect_uri = parameter(&start.location_url(), "redirect_uri");
    assert_eq!(redirect_uri, Some(format!("{}/auth/external/callback/github", node.base)));
    assert!(start.cookies()[0].contains("HttpOnly") && start.cookies()[0].contains("SameSite=Lax"));
    browser.get(&format!("{}/me/info", node.base)).await.assert_problem(401, "access token");
    let off = app.node_with("aufy.enabled = false").await;
    browser.get(&off.auth("external/providers")).await.assert_error(404, "invalid-request");
}

#[actix_web::test]
async fn callback_success_keeps_the_url_and_sets_the_cookie() {
    let app = TestApp::new();
    let node = app.node().await;
    // As the client sends it: not encoded, with a query of its own.
    for back in ["https://app.test/profile?link=github", "https://app.test/p?b=%20&a=+#x", "https://app.test/"] {
        let mut browser = Browser::new();
        let query = format!("CallbackUrl={}", back.replace('#', "%23"));
        let encoded = url::form_urlencoded::byte_serialize(back.as_bytes()).collect::<String>();
        let query = if back.contains('#') { format!("callbackUrl={encoded}") } else { query };
        let callback = node.challenge(&mut browser, "github", &query, "mira").await;
        assert!(callback.starts_with(&node.auth("external/callback/github?")), "{callback}");
        let response = browser.get(&callback).await;
        assert_eq!(response.location(), back);
        let cookie = response.cookie(SIGN_IN);
        // Plain http on loopback; another test checks the attributes on https.
        assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Path=/"), "{cookie}");
        assert!(!cookie.contains("mira@example.org") && cookie.len() < 400, "{cookie}");
        assert!(!response.cookies().iter().any(|cookie| cookie.starts_with(SIGN_UP)));
        assert_eq!(browser.jar.keys().collect::<Vec<_>>(), [SIGN_IN], "the flow's cookie is removed");
    }
    assert_eq!(
        (app.count("tickets").await, app.count("users").await),
        (3, 0),
        "no user exists before the ticket is redeemed"
    );
}

#[actix_web::test]
async fn cookies_on_https_are_same_site_none_unless_configured() {
    let app = TestApp::new();
    let (listener, origin) = crate::support::app::listen();
    for (more, expected) in [("", "None"), ("aufy.same_site = 'lax'", "Lax"), ("aufy.same_site = 'strict'", "Strict")] {
        let public = origin.replace("http://", "https://");
        let vouchsafe = app.build(app.settings(&public, more)).await;
        let handle =
            crate::support::app::serve(listener.try_clone().expect("a listener"), 1, move || vouchsafe.routes());
        let mut browser = Browser::new();
        let start = browser.get(&format!("{origin}/api/auth/external/challenge/github?callbackUrl={BACK}")).await;
        let callback = browser.get(&format!("{}&login=mira", start.location())).await.location();
        let response = browser.get(&callback.replace("https://", "http://")).await;
        let cookie = response.cookie(SIGN_IN);
        assert!(cookie.ends_with(&format!("; HttpOnly; SameSite={expected}; Secure; Path=/")), "{cookie}");
        let headers = [("Origin", "https://app.test")];
        let url = format!("{origin}/api/auth/signin/external?usecookie=true");
        let response = browser.fetch("POST", &url, &headers, "").await;
        for (name, seconds) in [(super::REFRESH, 2_592_000), (super::ACCESS, 900)] {
            let cookie = response.cookie(name);
            let attributes = format!("; HttpOnly; SameSite={expected}; Secure; Path=/; Max-Age={seconds}");
            assert!(cookie.ends_with(&attributes), "{cookie}");
        }
        handle.stop(true).await;
    }
}

#[actix_web::test]
async fn provider_denial_redirects_with_failed_and_no_cookie() {
    let app = TestApp::new();
    let node = app.node().await;
    for (back, expected) in [
        ("https://app.test/signed-in", "https://app.test/signed-in?failed=true"),
        ("https://app.test/profile?link=github", "https://app.test/profile?link=github&failed=true"),
        ("https://app.test/signed-in?failed=true", "https://app.test/signed-in?failed=true"),
    ] {
        let mut browser = Browser::new();
        let callback = node.challenge(&mut browser, "github", &format!("callbackUrl={back}"), "mira").await;
        let state = parameter(&callback.parse().expect("a URL"), "state").expect("a state");
        for bad in ["error=access_denied", "error=server_error&error_description=x"] {
            let url = node.auth(&format!("external/callback/github?{bad}&state={state}"));
            let response = browser.peek(&url).await;
            assert_eq!(without_flow(&response.location()), expected);
            assert!(!response.cookies().iter().any(|cookie| cookie.starts_with("Aufy.")), "{bad}");
        }
    }
    let mut browser = Browser::new();
    let callback = node.challenge(&mut browser, "github", &format!("callbackUrl={BACK}"), "mira").await;
    let state = parameter(&callback.parse().expect("a URL"), "state").expect("a state");
    let bad = browser.get(&node.auth(&format!("external/callback/github?code=wrong&state={state}"))).await;
    assert_eq!(without_flow(&bad.location()), format!("{BACK}?failed=true"));
    assert_eq!(app.count("tickets").await, 0);
}

#[actix_web::test]
async fn callback_with_bad_state_is_answered_without_redirect() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let callback = node.challenge(&mut browser, "github", &format!("callbackUrl={BACK}"), "mira").await;
    for url in [
        node.auth("external/callback/github"),
        node.auth("external/callback/github?code=x"),
        node.auth("external/callback/github?code=x&state=nonsense"),
        node.auth("external/callback/github?code=x&state=a&state=b"),
    ] {
        browser.peek(&url).await.assert_problem(400, "");
    }
    // Another browser, and the callback of the other dialect.
    Browser::new().get(&callback).await.assert_problem(400, "another browser");
    let other = callback.replace("/api/auth/external/callback/github", "/signin/provider/github/callback");
    let target = browser.peek(&other).await.location_url();
    assert_eq!(parameter(&target, "error").as_deref(), Some("invalid-state"));
    let of_other = node.authorize(&mut browser, "github", "", "mira").await;
    let here = of_other.replace("/signin/provider/github/callback", "/api/auth/external/callback/github");
    browser.peek(&here).await.assert_problem(400, "another browser");
    assert_eq!(app.simulator.counts().github.token, 0, "no token request was sent");
    assert_eq!(browser.get(&callback).await.location(), BACK, "the flow is still usable");
    // Expired: the flow is known, so the app gets the error.
    let mut slow = Browser::new();
    let callback = node.challenge(&mut slow, "github", &format!("callbackUrl={BACK}"), "mira").await;
    app.wait(600);
    assert_eq!(without_flow(&slow.get(&callback).await.location()), format!("{BACK}?failed=true"));
}

#[actix_web::test]
async fn repeated_callback_stores_one_ticket() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let callback = node.challenge(&mut browser, "github", &format!("callbackUrl={BACK}"), "mira").await;
    let responses = futures_util::future::join_all((0..16).map(|_| browser.peek(&callback))).await;
    assert!(responses.iter().all(|response| response.location() == BACK));
    let with_cookie =
        responses.iter().filter(|response| response.cookies().iter().any(|cookie| cookie.starts_with(SIGN_IN)));
    assert_eq!((with_cookie.count(), app.count("tickets").await), (1, 1));
}

#[actix_web::test]
async fn cross_site_form_post_is_bounced_to_get_the_cookie() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let callback = node.challenge(&mut browser, "google", &format!("callbackUrl={BACK}"), "mira").await;
    let (path, form) = callback.split_once('?').expect("a query");
    let home = browser.post_form_cross_site(path, form).await;
    assert_eq!(home.status, 303);
    let home = format!("{}{}", node.base, home.location());
    assert!(home.starts_with(&node.auth("external/callback/google?state=")), "{home}");
    assert!(!home.contains("code="), "{home}");
    let response = browser.get(&home).await;
    assert_eq!(response.location(), BACK);
    response.cookie(SIGN_IN);
    browser.post_form(&format!("{path}?x=1"), form).await.assert_problem(400, "without a query");
    browser.post_form(path, &"x=".repeat(40_000)).await.assert_problem(413, "too large");
}

#[actix_web::test]
async fn redirect_uri_of_a_mounted_scope_keeps_its_path() {
    let app = TestApp::new();
    let (listener, origin) = crate::support::app::listen();
    let form = "aufy.sign_up.fields = '{}'";
    let vouchsafe = app.build(app.settings(&format!("{origin}/north/v1"), form)).await;
    let handle = crate::support::app::serve(listener, 1, move || {
        let routes = vouchsafe.routes();
        move |config: &mut actix_web::web::ServiceConfig| {
            config.service(actix_web::web::scope("/north").configure(routes));
        }
    });
    let mut browser = Browser::new();
    let start = browser.get(&format!("{origin}/north/api/auth/external/challenge/github?callbackUrl={BACK}")).await;
    let callback = browser.get(&format!("{}&login=mira", start.location())).await.location();
    assert!(callback.starts_with(&format!("{origin}/north/api/auth/external/callback/github?")), "{callback}");
    let response = browser.get(&callback).await;
    let cookie = response.cookie(SIGN_UP);
    assert!(cookie.ends_with("; Path=/north/api/auth/signup/external"), "{cookie}");
    let url = format!("{origin}/north/api/auth/signup/external");
    assert_eq!(browser.fetch("POST", &url, &[("Origin", &origin)], "{}").await.status, 200);
    handle.stop(true).await;
}
