//! Requests from other sites, and tokens of the other dialect, are rejected.

use super::{ACCESS, BACK, PAGE, REFRESH, access_token};
use crate::support::app::{self, TestApp};
use crate::support::browser::Browser;

const CHANGES: [&str; 6] = [
    "auth/signin/external",
    "auth/signup/external",
    "account/link/external",
    "auth/signin/refresh",
    "auth/token/refresh",
    "auth/signout",
];

#[actix_web::test]
async fn cookie_requests_from_foreign_origins_are_rejected() {
    let app = TestApp::new();
    let node = app.node_with("aufy.sign_up.fields = '{}'").await;
    let mut browser = Browser::new();
    node.hand_over(&mut browser, "github", "mira").await;
    node.post(&mut browser, "auth/signup/external?usecookie=true", None, "{}").await;
    node.hand_over(&mut browser, "google", "rosa").await;
    let jar = browser.jar.clone();
    let own = node.base.clone();
    let foreign: [&[(&str, &str)]; 9] = [
        &[],
        &[("Origin", "https://evil.test")],
        &[("Origin", "null")],
        &[("Origin", "https://app.test.evil.test")],
        &[("Origin", "http://app.test")],
        &[("Origin", "https://evil.test"), ("Sec-Fetch-Site", "same-origin")],
        &[("Sec-Fetch-Site", "cross-site")],
        &[("Sec-Fetch-Site", "none")],
        &[("Sec-Fetch-Site", "same-site")],
    ];
    for route in CHANGES {
        for headers in foreign {
            browser.jar = jar.clone();
            let response = browser.fetch("POST", &format!("{}/api/{route}", node.base), headers, "{}").await;
            response.assert_problem(403, "origin");
            assert_eq!(browser.jar, jar, "{route} {headers:?}");
        }
    }
    assert_eq!((app.count("sessions").await, app.count("identities").await), (1, 1));
    let allowed: [&[(&str, &str)]; 3] =
        [&[("Origin", PAGE)], &[("Origin", &own)], &[("Sec-Fetch-Site", "same-origin")]];
    for headers in allowed {
        let response = browser.fetch("POST", &node.auth("signin/refresh"), headers, "").await;
        assert_eq!(response.status, 200, "{headers:?}: {}", response.text());
    }
}

#[actix_web::test]
async fn bearer_request_without_origin_is_accepted() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let tokens = node.enter(&mut browser, "github", "mira").await;
    let bearer = format!("Bearer {}", access_token(&tokens));
    let mut client = Browser::new();
    let response = client.fetch("POST", &node.auth("signout"), &[("Authorization", &bearer)], "").await;
    assert_eq!((response.status, app.count("sessions").await), (200, 0));
}

#[actix_web::test]
async fn cors_allows_listed_origins_only() {
    let app = TestApp::new();
    let node = app.node().await;
    let browser = Browser::new();
    for (origin, is_listed) in [
        (PAGE, true),
        ("https://pr-1.preview.test", false),
        (node.base.as_str(), true),
        ("https://evil.test", false),
        ("null", false),
    ] {
        for url in [node.auth("whoami"), node.account("info"), node.auth("nothing")] {
            let response = browser.send("GET", &url, &[("Origin", origin)], vec![]).await;
            assert_eq!(response.header("access-control-allow-origin"), is_listed.then_some(origin), "{url}");
            if is_listed {
                assert_eq!(response.header("access-control-allow-credentials"), Some("true"));
                let exposed = response.header("access-control-expose-headers").expect("exposed").to_lowercase();
                assert!(exposed.contains("x-token-expired"), "{exposed}");
            }
        }
        let asked = [
            ("Origin", origin),
            ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "authorization,content-type,accept"),
        ];
        let response = browser.send("OPTIONS", &node.auth("signin/external"), &asked, vec![]).await;
        assert_eq!(response.header("access-control-allow-origin"), is_listed.then_some(origin), "{origin}");
        assert_eq!(response.status == 200, is_listed, "{origin}");
    }
}

#[actix_web::test]
async fn access_token_of_one_dialect_is_rejected_by_the_other() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let tokens = node.enter(&mut browser, "github", "mira").await;
    let other = node.session(&mut Browser::new(), "github", "mira").await;
    let (here, there) = (access_token(&tokens), app::access_token(&other));
    browser.get_as(&format!("{}/user", node.base), here).await.assert_error(401, "invalid-request");
    let verify = format!("{}/token/verify", node.base);
    browser.post_json_as(&verify, here, &serde_json::json!({})).await.assert_error(400, "invalid-request");
    let target = node.connect(&mut Browser::new(), "google", &format!("connect={here}"), "rosa").await;
    assert!(target.query().is_some_and(|query| query.contains("error=invalid-request")), "{target}");
    for url in [node.auth("whoami"), node.account("info")] {
        let response = browser.get_as(&url, there).await;
        response.assert_problem(401, "access token");
        assert_eq!(response.header("x-token-expired"), None);
    }
    let response = node.post(&mut browser, "account/link/external", Some(there), "").await;
    response.assert_problem(401, "access token");
}

#[actix_web::test]
async fn refresh_token_as_bearer_is_rejected() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    node.enter(&mut browser, "github", "mira").await;
    let token = browser.jar[REFRESH].clone();
    let mut client = Browser::new();
    node.whoami(&mut client, Some(&token)).await.assert_problem(401, "access token");
    browser.get_as(&node.account("info"), &token).await.assert_problem(401, "access token");
    browser.get_as(&format!("{}/user", node.base), &token).await.assert_error(401, "invalid-request");
    client.jar.insert(ACCESS.to_owned(), token.clone());
    node.whoami(&mut client, None).await.assert_problem(401, "access token");
    node.hand_over(&mut client, "google", "rosa").await;
    node.post(&mut client, "account/link/external", Some(&token), "").await.assert_problem(401, "access token");
}

#[actix_web::test]
async fn aufy_errors_are_problem_json() {
    let app = TestApp::new();
    let node = app.node().await;
    let browser = Browser::new();
    for (method, url, status) in [
        ("GET", node.auth(""), 404),
        ("GET", node.auth("nothing"), 404),
        ("DELETE", node.account("nothing"), 404),
        ("GET", node.auth("signin/external"), 405),
        ("POST", node.auth("whoami"), 405),
        ("PUT", node.auth(&format!("external/challenge/github?callbackUrl={BACK}")), 405),
        ("HEAD", node.auth("external/providers"), 405),
        ("DELETE", node.auth("external/callback/github"), 405),
        ("GET", node.account("link/external"), 405),
        ("POST", node.account("info"), 405),
    ] {
        let response = browser.send(method, &url, &[], vec![]).await;
        if method == "HEAD" {
            assert_eq!((response.status, response.header("content-type")), (status, Some("application/problem+json")));
        } else {
            response.assert_problem(status, "");
        }
        for (name, value) in [("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer")] {
            assert_eq!(response.header(name), Some(value), "{method} {url}");
        }
    }
}
