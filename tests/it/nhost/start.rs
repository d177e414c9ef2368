//! `GET /signin/provider/{provider}`: validation, its order, and the authorization request.

use serde_json::json;
use vouchsafe_simulator::{Endpoint, Failure, SimulatedProvider};

use crate::support::app::{TestApp, parameter};
use crate::support::browser::Browser;

#[actix_web::test]
async fn start_sets_one_cookie_and_writes_no_row() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let start =
        browser.get(&format!("{}/v1/signin/provider/google?redirectTo=https%3A%2F%2Fapp.test%2Fx", node.base)).await;
    let authorize = start.location_url();
    assert_eq!(
        parameter(&authorize, "redirect_uri").as_deref(),
        Some(format!("{}/signin/provider/google/callback", node.base).as_str())
    );
    let names: Vec<_> = authorize.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(
        names,
        [
            "access_type",
            "client_id",
            "code_challenge",
            "code_challenge_method",
            "nonce",
            "redirect_uri",
            "response_type",
            "scope",
            "state"
        ]
    );
    assert_eq!(parameter(&authorize, "code_challenge_method").as_deref(), Some("S256"));
    assert_eq!(parameter(&authorize, "scope").as_deref(), Some("openid email profile"));
    let state = parameter(&authorize, "state").expect("a state");
    assert!(state.len() >= 22);

    let cookies: Vec<_> = start.headers.get_all("set-cookie").map(|line| line.to_str().expect("text")).collect();
    assert_eq!(cookies.len(), 1);
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=1200"] {
        assert!(cookies[0].contains(attribute), "{attribute} in {}", cookies[0]);
    }
    assert!(cookies[0].starts_with(&format!("vouchsafe-flow.{state}=")) && !cookies[0].contains("Domain"));
    assert_eq!(start.header("cache-control"), Some("no-store"));
    assert_eq!(start.header("referrer-policy"), Some("no-referrer"));
    for table in ["users", "identities", "sessions", "used_flows", "one_time_codes", "vault_entries"] {
        assert_eq!(app.count(table).await, 0, "{table}");
    }
}

#[actix_web::test]
async fn flow_cookie_on_https_has_the_host_prefix() {
    let app = TestApp::new();
    let (listener, _) = crate::support::app::listen();
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    let settings = app.settings("https://auth.test/v1", "");
    let vouchsafe = app.build(settings).await;
    let handle = crate::support::app::serve(listener, 1, move || vouchsafe.routes());
    let start = Browser::new().get(&format!("{origin}/v1/signin/provider/github")).await;
    let cookie = start.header("set-cookie").expect("a cookie");
    assert!(cookie.starts_with("__Host-vouchsafe-flow.") && cookie.contains("Secure"), "{cookie}");
    assert!(start.header("strict-transport-security").is_some());
    let redirect_uri = parameter(&start.location_url(), "redirect_uri");
    assert_eq!(redirect_uri.as_deref(), Some("https://auth.test/v1/signin/provider/github/callback"));
    drop(handle.stop(false));
}

#[actix_web::test]
async fn host_header_does_not_change_urls() {
    let app = TestApp::new();
    let node = app.node().await;
    let headers = [
        ("host", "evil.localhost"),
        ("x-forwarded-host", "evil.test"),
        ("x-forwarded-proto", "https"),
        ("forwarded", "host=evil.test"),
    ];
    let response =
        Browser::new().send("GET", &format!("{}/signin/provider/google", node.base), &headers, Vec::new()).await;
    assert!(!response.location().contains("evil"), "{}", response.location());
}

#[actix_web::test]
async fn bad_parameters_are_rejected_first() {
    let app = TestApp::new();
    let node = app.node().await;
    let browser = Browser::new();
    let long = "x".repeat(33);
    for (provider, query) in [
        ("nobody", ""),
        ("Google", ""),
        ("go%20ogle", ""),
        ("c:nobody", ""),
        ("google", "displayName="),
        ("google", &format!("displayName={long}")),
        ("google", "displayName=%3Cb%3E%00"),
        ("google", "locale=e"),
        ("google", "locale=engl"),
        ("google", "metadata=x"),
        ("google", "metadata=%5B1%5D"),
        ("google", "metadata=%22x%22"),
        ("google", "codeChallenge=short"),
        ("google", "codeChallenge="),
        ("google", &format!("codeChallenge={}%3D", "A".repeat(42))),
        ("google", "defaultRole=a&defaultRole=b"),
        ("google", "state=a&state=b"),
        ("google", "connect=a&connect=b"),
    ] {
        let response = browser.peek(&format!("{}/signin/provider/{provider}?{query}", node.base)).await;
        response.assert_error(400, "invalid-request");
        assert!(response.header("set-cookie").is_none() && response.header("location").is_none());
    }
    let fine = browser
        .peek(&format!(
            "{}/signin/provider/google?displayName=%E2%82%AC&locale=deu&unknown=1&metadata=%7B%7D",
            node.base
        ))
        .await;
    assert_eq!(fine.status, 302);
}

#[actix_web::test]
async fn unlisted_return_url_is_rejected_without_redirect() {
    let app = TestApp::new();
    let node = app.node().await;
    let browser = Browser::new();
    for bad in [
        "",
        "https://evil.test",
        "//evil.test",
        "https://app.test@evil.test",
        "https://app.test.evil.test",
        "http://app.test",
        "https://app.test:8443",
        "javascript:alert(1)",
        "https://a.b.preview.test",
        "https://preview.test",
        "/x",
        "myapp://cb/../x",
        "https://app.test\\@evil.test",
        "https://evil.test#@app.test",
    ] {
        let encoded: String = url::form_urlencoded::byte_serialize(bad.as_bytes()).collect();
        for provider in ["google", "apple"] {
            let response =
                browser.peek(&format!("{}/signin/provider/{provider}?redirectTo={encoded}", node.base)).await;
            response.assert_error(400, "redirectTo-not-allowed");
            assert!(response.header("location").is_none(), "{bad}");
        }
    }
}

#[actix_web::test]
async fn disabled_provider_redirects_with_an_error() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let url = format!(
        "{}/signin/provider/apple?redirectTo=https%3A%2F%2Fapp.test%2Fx%3Fz%3D1%26a%3D2%23frag&state=s",
        node.base
    );
    let target = browser.get(&url).await.location_url();
    let flow = parameter(&target, "flow").expect("a flow");
    let expected = format!(
        "https://app.test/x?a=2&error=disabled-endpoint&errorDescription=This+endpoint+is+disabled&flow={flow}&z=1#frag"
    );
    assert_eq!(target.as_str(), expected);
}

#[actix_web::test]
async fn custom_provider_answers_to_its_prefixed_name() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let target = node.sign_in(&mut browser, "c:oidc", "", "mira").await;
    let session = node.session_of(&mut browser, &target).await;
    assert_eq!(node.tokens(&browser, "c:oidc", &session).await.status, 200);
}

#[actix_web::test]
async fn options_too_large_for_the_cookie_are_rejected() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    for (length, status) in [(1200, 302), (2500, 400)] {
        let metadata: String =
            url::form_urlencoded::byte_serialize(json!({"x": "y".repeat(length)}).to_string().as_bytes()).collect();
        let response = browser.get(&format!("{}/signin/provider/google?metadata={metadata}", node.base)).await;
        assert_eq!(response.status, status, "{}", response.text());
        if status == 400 {
            response.assert_error(400, "invalid-request");
            assert!(response.json()["reason"].as_str().is_some_and(|reason| reason.contains("2.5 kB")));
        } else {
            let sealed = browser.jar.values().map(String::len).max().expect("a cookie");
            assert!(sealed <= 2560, "{sealed}");
        }
    }
}

#[actix_web::test]
async fn nhost_errors_are_json_for_any_request() {
    let app = TestApp::new();
    let node = app.node().await;
    let browser = Browser::new();
    for (method, path, status) in [
        ("GET", "/nothing", 404),
        ("GET", "/v1/nothing", 404),
        ("POST", "/v1/", 404),
        ("POST", "/signin/provider/google", 405),
        ("DELETE", "/v1/token", 405),
        ("GET", "/token", 405),
        ("PUT", "/user", 405),
        ("GET", "/signin/provider/google/", 404),
        ("GET", "//signin/provider/google", 404),
    ] {
        browser
            .send(method, &format!("{}{path}", node.base), &[], Vec::new())
            .await
            .assert_error(status, "invalid-request");
    }
    let large = browser.send("POST", &format!("{}/token", node.base), &[], vec![b'x'; 70_000]).await;
    large.assert_error(413, "invalid-request");
}

#[actix_web::test]
async fn health_and_version_answer_at_root_and_v1() {
    let app = TestApp::new();
    let node = app.node().await;
    let browser = Browser::new();
    for prefix in ["", "/v1"] {
        let health = browser.peek(&format!("{}{prefix}/healthz", node.base)).await;
        assert_eq!((health.status, health.json()), (200, json!("OK")));
        assert_eq!(browser.send("HEAD", &format!("{}{prefix}/healthz", node.base), &[], Vec::new()).await.status, 200);
        let version = browser.peek(&format!("{}{prefix}/version", node.base)).await;
        assert_eq!(version.json(), json!({"version": env!("CARGO_PKG_VERSION")}));
    }
}

#[actix_web::test]
async fn cors_preflight_allows_listed_origins_only() {
    let app = TestApp::new();
    let node = app.node().await;
    let browser = Browser::new();
    let url = format!("{}/v1/user", node.base);
    for (origin, is_allowed) in [
        ("https://app.test", true),
        ("http://localhost:5173", true),
        // A pattern of return URLs allows no page to read responses.
        ("https://x.preview.test", false),
        ("https://app.test.evil.test", false),
        ("http://app.test", false),
        ("null", false),
    ] {
        let preflight = [
            ("origin", origin),
            ("access-control-request-method", "GET"),
            ("access-control-request-headers", "authorization"),
        ];
        let response = browser.send("OPTIONS", &url, &preflight, Vec::new()).await;
        let plain = browser.send("GET", &url, &[("origin", origin)], Vec::new()).await;
        for response in [&response, &plain] {
            let allowed = response.header("access-control-allow-origin");
            assert_eq!(allowed, is_allowed.then_some(origin), "{origin}");
        }
        plain.assert_error(401, "invalid-request");
    }
}

#[actix_web::test]
async fn start_by_fetch_returns_the_url_as_json() {
    let app = TestApp::new();
    let node = app.node().await;
    let url = format!("{}/signin/provider/google?redirectTo=https%3A%2F%2Fapp.test%2Fx", node.base);
    for accepted in ["application/json", "Application/JSON;q=0.9, text/plain, */*"] {
        let mut browser = Browser::new();
        let start = browser.send("GET", &url, &[("accept", accepted)], Vec::new()).await;
        assert_eq!((start.status, start.header("location")), (200, None));
        let cookie = start.header("set-cookie").expect("a cookie");
        let (name, value) = cookie.split(';').next().and_then(|pair| pair.split_once('=')).expect("a pair");
        browser.jar.insert(name.to_owned(), value.to_owned());
        let body = start.json();
        let authorize = body["url"].as_str().expect("a URL");
        assert_eq!(body.as_object().map(serde_json::Map::len), Some(1));
        let callback = browser.get(&format!("{authorize}&login=mira")).await.location();
        let target = browser.get(&callback).await.location_url();
        assert!(parameter(&target, "refreshToken").is_some(), "{target}");
    }
    for accepted in ["*/*", "text/html,application/json", "text/plain", "application/jsonp"] {
        let start = Browser::new().send("GET", &url, &[("accept", accepted)], Vec::new()).await;
        assert_eq!(start.status, 302, "{accepted}");
    }
}

#[actix_web::test]
async fn start_by_fetch_returns_errors_as_json() {
    let app = TestApp::new();
    let node = app.node().await;
    let start = async |path: &str| {
        let url = format!("{}/{path}", node.base);
        Browser::new().send("GET", &url, &[("accept", "application/json")], Vec::new()).await
    };
    start("signin/provider/google?redirectTo=https%3A%2F%2Fevil.test")
        .await
        .assert_error(400, "redirectTo-not-allowed");
    start("signin/provider/nobody").await.assert_error(400, "invalid-request");
    let browser = Browser::new().get(&format!("{}/signin/provider/discord", node.base)).await;
    assert_eq!(parameter(&browser.location_url(), "error").as_deref(), Some("disabled-endpoint"));
    start("signin/provider/discord").await.assert_error(409, "disabled-endpoint");
}

#[actix_web::test]
async fn start_that_the_provider_refuses_is_a_failed_exchange() {
    let app = TestApp::new();
    let node = app.node_with(&app.provider(SimulatedProvider::Twitter)).await;
    app.simulator.fail(SimulatedProvider::Twitter, Failure::Forbidden(Endpoint::RequestToken));
    let target = Browser::new().get(&format!("{}/signin/provider/twitter", node.base)).await.location_url();
    assert_eq!(parameter(&target, "error").as_deref(), Some("oauth-token-echange-failed"));
}
