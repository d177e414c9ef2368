//! The HTTP edge: security headers on every response, host names in development mode, and rate limits.

use crate::support::app::{Node, TestApp, access_token, listen, serve};
use crate::support::browser::{Browser, Response};

/// Requests for every kind of response: pages, JSON, redirects, errors, and paths and methods without a route.
const REQUESTS: [(&str, &str); 34] = [
    ("GET", "/healthz"),
    ("GET", "/livez"),
    ("GET", "/readyz"),
    ("GET", "/v1/version"),
    ("GET", "/.well-known/jwks.json"),
    ("GET", "/openapi.json"),
    ("GET", "/openapi"),
    ("GET", "/providers"),
    ("GET", "/signin/provider/google"),
    ("GET", "/signin/provider/nobody"),
    ("GET", "/signup/provider/google"),
    ("GET", "/signin/provider/google/callback?state=x"),
    ("POST", "/signin/provider/google/callback"),
    ("GET", "/signin/provider/google/callback/tokens"),
    ("POST", "/signin/idtoken"),
    ("POST", "/link/idtoken"),
    ("POST", "/link/provider/google"),
    ("GET", "/link/confirm"),
    ("POST", "/link/confirm"),
    ("POST", "/token"),
    ("POST", "/token/exchange"),
    ("POST", "/signout"),
    ("GET", "/user"),
    ("DELETE", "/user/providers/google"),
    ("PUT", "/token"),
    ("GET", "/nothing"),
    ("GET", "/api/auth/external/providers"),
    ("GET", "/api/auth/external/challenge/GitHub?callbackUrl=https://app.test/"),
    ("GET", "/api/auth/external/callback/github?state=x"),
    ("POST", "/api/auth/signin/external"),
    ("POST", "/api/auth/signout"),
    ("PUT", "/api/auth/signout"),
    ("GET", "/api/auth/nothing"),
    ("GET", "/api/account/info"),
];

/// The pages and files of the demo, which has a policy of its own.
const DEMO: [&str; 4] = ["/", "/demo/demo.js", "/demo/demo.css", "/demo/base.js"];

fn assert_security_headers(response: &Response, path: &str) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(response.header(name), Some(value), "{name} of {path}");
    }
    assert!(matches!(response.header("referrer-policy"), Some("no-referrer" | "same-origin")), "{path}");
    assert!(response.header("permissions-policy").is_some_and(|value| value.contains("camera=()")), "{path}");
    let policy = response.header("content-security-policy").expect("a policy");
    for directive in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
        assert!(policy.contains(directive), "{directive} in {policy} of {path}");
    }
    for source in ["unsafe", "http:", "*"] {
        assert!(!policy.contains(source), "{source} in {policy} of {path}");
    }
}

#[actix_web::test]
async fn every_response_has_security_headers() {
    let app = TestApp::new();
    let node = app.node().await;
    for (method, path) in REQUESTS {
        let response = Browser::new().send(method, &format!("{}{path}", node.base), &[], Vec::new()).await;
        assert_security_headers(&response, path);
        assert_eq!(response.header("strict-transport-security"), None, "{path}");
    }
    for path in DEMO {
        assert_security_headers(&Browser::new().get(&format!("{}{path}", node.base)).await, path);
    }
}

#[actix_web::test]
async fn hsts_is_sent_behind_https_only() {
    let app = TestApp::new();
    let (listener, origin) = listen();
    let vouchsafe = app.build(app.settings("https://auth.test", "")).await;
    let handle = serve(listener, 1, move || vouchsafe.routes());
    for (method, path) in REQUESTS {
        let response = Browser::new().send(method, &format!("{origin}{path}"), &[], Vec::new()).await;
        let header = response.header("strict-transport-security");
        assert!(header.is_some_and(|value| value.starts_with("max-age=31536000")), "{path}");
    }
    drop(handle.stop(false));
}

#[actix_web::test]
async fn development_mode_refuses_foreign_host_names() {
    let app = TestApp::new();
    let node = app.simulated_node().await;
    let port = node.base.rsplit(':').next().expect("a port");
    let simulator = [("GET", "/simulator/google/authorize")];
    let demo = DEMO.map(|path| ("GET", path));
    for (method, path) in REQUESTS.iter().chain(&simulator).chain(&demo) {
        let url = format!("{}{path}", node.base);
        for host in ["evil.test", &format!("evil.test:{port}"), "localhost.evil.test", "127.0.0.1.evil.test", "0.0.0.0"]
        {
            let headers = [("Host", host), ("X-Forwarded-Host", "localhost")];
            let response = Browser::new().send(method, &url, &headers, Vec::new()).await;
            assert_eq!(response.status, 421, "{host} {path}: {}", response.text());
        }
    }
    for host in
        [format!("localhost:{port}"), format!("127.0.0.1:{port}"), "[::1]".to_owned(), "app.localhost".to_owned()]
    {
        let url = format!("{}/healthz", node.base);
        assert_eq!(Browser::new().send("GET", &url, &[("Host", &host)], Vec::new()).await.status, 200, "{host}");
    }
}

async fn request_from(node: &Node, client: &str, method: &str, path: &str) -> Response {
    let headers = [("X-Forwarded-For", client), ("Content-Type", "application/json")];
    Browser::new().send(method, &format!("{}{path}", node.base), &headers, b"{}".to_vec()).await
}

#[actix_web::test]
async fn rate_limit_is_per_client_and_route_family() {
    let app = TestApp::new();
    let more = "server.trusted_proxies = ['127.0.0.0/8']\n\
                rate_limit = { start_per_minute = 3, callback_per_minute = 3, token_per_minute = 3 }";
    let node = app.node_with(more).await;
    let client = "198.51.100.7";
    for round in 0..4 {
        let start = request_from(&node, client, "GET", "/signin/provider/google").await;
        let token = request_from(&node, client, "POST", "/token").await;
        let callback = request_from(&node, client, "GET", "/v1/signin/provider/google/callback?state=x").await;
        match round {
            0..3 => assert_eq!((start.status, token.status, callback.status), (302, 400, 302), "round {round}"),
            _ => {
                start.assert_error(429, "invalid-request");
                token.assert_error(429, "invalid-request");
                callback.assert_error(429, "invalid-request");
                assert_eq!(start.header("retry-after"), Some("21"));
                assert_security_headers(&start, "a refused start");
            }
        }
    }
    // The Aufy routes share the budgets, and answer in their own shape.
    let aufy = request_from(&node, client, "POST", "/api/auth/token/refresh").await;
    aufy.assert_problem(429, "Too many requests");
    assert!(aufy.header("retry-after").is_some());
    // Another client, another family and health are not affected.
    assert_eq!(request_from(&node, "198.51.100.8", "GET", "/signin/provider/google").await.status, 302);
    assert_eq!(request_from(&node, client, "GET", "/user").await.status, 401);
    for _ in 0..10 {
        assert_eq!(request_from(&node, client, "GET", "/healthz").await.status, 200);
    }
    app.wait(20);
    assert_eq!(request_from(&node, client, "GET", "/signin/provider/google").await.status, 302);
    request_from(&node, client, "GET", "/signin/provider/google").await.assert_error(429, "invalid-request");
}

#[actix_web::test]
async fn rate_limit_ignores_a_forged_forwarded_address() {
    let app = TestApp::new();
    let more = "server.trusted_proxies = ['127.0.0.0/8']\nrate_limit = { start_per_minute = 2 }";
    let node = app.node_with(more).await;
    for (round, status) in [(0, 302), (1, 302), (2, 429), (3, 429)] {
        let forwarded = format!("203.0.113.{round}, 198.51.100.7");
        assert_eq!(request_from(&node, &forwarded, "GET", "/signin/provider/google").await.status, status);
    }
    let off = app.node_with("server.trusted_proxies = ['127.0.0.0/8']\nrate_limit = { enabled = false }").await;
    for _ in 0..200 {
        assert_eq!(request_from(&off, "198.51.100.7", "POST", "/token").await.status, 400);
    }
}

#[actix_web::test]
async fn start_without_code_challenge_is_refused_if_urls_take_no_token() {
    let app = TestApp::new();
    let node = app.node_with("compat.refresh_token_in_url = false").await;
    let mut browser = Browser::new();
    for path in [
        "/signin/provider/google",
        "/signup/provider/google",
        "/signin/provider/google?connect=",
        "/signup/provider/google?connect=x",
    ] {
        let refused = browser.get(&format!("{}{path}", node.base)).await;
        refused.assert_error(400, "invalid-request");
        assert!(refused.json()["reason"].as_str().is_some_and(|reason| reason.contains("codeChallenge")));
    }
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let target = node.sign_in(&mut browser, "google", &format!("codeChallenge={challenge}"), "mira").await;
    assert!(target.query_pairs().any(|(name, _)| name == "code") && !target.as_str().contains("refreshToken"));
}

#[actix_web::test]
async fn start_with_connect_is_refused_if_it_is_turned_off() {
    let app = TestApp::new();
    let node = app.node_with("compat.connect_in_url = false").await;
    let session = node.session(&mut Browser::new(), "google", "mira").await;
    let mut browser = Browser::new();
    let url = format!("{}/signin/provider/github?connect={}", node.base, access_token(&session));
    let refused = browser.get(&url).await;
    refused.assert_error(400, "invalid-request");
    assert!(refused.json()["reason"].as_str().is_some_and(|reason| reason.contains("/link/provider")));
    assert!(browser.jar.is_empty(), "no flow started");
}
