//! Errors as pages for a browser that navigates, and as JSON for everybody else.

use crate::support::app::{CHALLENGE, Node, TestApp, parameter};
use crate::support::browser::{Browser, Response, hidden_fields};

/// What Chromium sends when it navigates.
const NAVIGATES: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";
const PAGE: [(&str, &str); 2] = [("Accept", NAVIGATES), ("Sec-Fetch-Mode", "navigate")];

const SETTINGS: &str = "pages = { name = 'Example', contact = 'help@example.test' }\n\
                        server.trusted_proxies = ['127.0.0.0/8']\nrate_limit = { start_per_minute = 2 }";

/// An outage: this provider's metadata is out of reach.
const UNREACHABLE: &str = "\n[providers.acme]\ntype = 'oidc'\nissuer = 'http://127.0.0.1:1'\nclient_id = 'c'\n\
                           client_secret = 's'\n";

async fn node(app: &TestApp) -> Node {
    app.node_with(&format!("{SETTINGS}{UNREACHABLE}")).await
}

async fn page(node: &Node, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
    let headers = [&PAGE, headers].concat();
    Browser::new().send(method, &format!("{}{path}", node.base), &headers, Vec::new()).await
}

/// Asserts a page that may be neither stored nor framed, loads nothing and links back to the app.
#[track_caller]
fn assert_page(response: &Response, status: u16, title: &str, code: &str) {
    let text = response.text();
    assert_eq!(
        (response.status, response.header("content-type")),
        (status, Some("text/html; charset=utf-8")),
        "{text}"
    );
    assert!(text.contains(&format!("<h1>{title}</h1>")), "{title} in {text}");
    assert!(text.contains(&format!("<code>{code}</code>")), "{code} in {text}");
    assert!(text.contains("href=\"https://app.test/") && text.contains("Back to Example"), "{text}");
    assert!(text.contains("<a href=\"mailto:help@example.test\">help@example.test</a>"), "{text}");
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_eq!(response.header("x-frame-options"), Some("DENY"));
    assert_eq!(response.header("referrer-policy"), Some("no-referrer"), "the URL of a callback holds a code");
    let policy = response.header("content-security-policy").expect("a policy");
    for directive in ["default-src 'none'", "frame-ancestors 'none'", "form-action 'none'"] {
        assert!(policy.contains(directive), "{directive} in {policy}");
    }
    let vary: Vec<_> = response.headers.get_all("vary").filter_map(|value| value.to_str().ok()).collect();
    assert!(vary.join(", ").contains("Accept, Accept-Language"), "{vary:?}");
    assert!(!text.contains("<script") && !text.contains(" src="), "{text}");
}

#[actix_web::test]
async fn error_is_a_page_for_a_navigation_and_json_for_everybody_else() {
    let app = TestApp::new();
    let node = node(&app).await;
    for (method, path, status, code, title) in [
        ("GET", "/signin/provider/nobody", 400, "invalid-request", "This way to sign in is not available"),
        ("GET", "/v1/signup/provider/nobody", 400, "invalid-request", "This way to sign in is not available"),
        (
            "GET",
            "/signin/provider/google?redirectTo=https://evil.test/",
            400,
            "redirectTo-not-allowed",
            "The address to return to is not allowed",
        ),
        ("GET", "/signin/provider/google?codeChallenge=x", 400, "invalid-request", "This request cannot be answered"),
        ("GET", "/signin/provider/google/callback", 400, "invalid-request", "This request cannot be answered"),
        ("GET", "/user", 401, "invalid-request", "Please sign in first"),
        ("GET", "/nothing", 404, "invalid-request", "There is nothing at this address"),
        ("GET", "/v1/token", 405, "invalid-request", "This address is no page"),
        ("POST", "/link/confirm", 400, "invalid-state", "There is nothing to confirm any more"),
        ("GET", "/signin/provider/acme", 503, "internal-server-error", "This does not work at the moment"),
    ] {
        let shown = page(&node, method, path, &[]).await;
        assert_page(&shown, status, title, code);
        let url = format!("{}{path}", node.base);
        for accept in [None, Some("*/*"), Some("application/json"), Some("application/json, text/plain, */*")] {
            let headers: Vec<_> = accept.map(|accept| ("Accept", accept)).into_iter().collect();
            let json = Browser::new().send(method, &url, &headers, Vec::new()).await;
            if path == "/link/confirm" {
                assert_eq!(parameter(&json.location_url(), "error").as_deref(), Some(code));
                continue;
            }
            json.assert_error(status, code);
            assert_eq!(json.header("content-type"), Some("application/json"), "{path}");
            for name in ["retry-after", "www-authenticate"] {
                assert_eq!(json.header(name), shown.header(name), "{name} of {path}");
            }
        }
    }
    let script = [("Accept", NAVIGATES), ("Sec-Fetch-Mode", "cors")];
    let url = format!("{}/user", node.base);
    Browser::new().send("GET", &url, &script, Vec::new()).await.assert_error(401, "invalid-request");
    let unavailable = page(&node, "GET", "/signin/provider/acme", &[]).await;
    assert_eq!(unavailable.header("retry-after"), Some("1"));
    assert!(unavailable.text().contains("<a class=\"button\" href=\"\">Try again</a>"), "{}", unavailable.text());
}

#[actix_web::test]
async fn problem_is_a_page_for_a_navigation_and_json_for_everybody_else() {
    let app = TestApp::new();
    let node = node(&app).await;
    let back = "callbackUrl=https://app.test/";
    for (path, status, name, title, detail) in [
        (format!("challenge/nobody?{back}"), 404, "provider-not-available", "This way to sign in is not available", ""),
        (
            "challenge/github".to_owned(),
            400,
            "invalid-request",
            "This request cannot be answered",
            "callbackUrl is missing",
        ),
        (
            "challenge/github?callbackUrl=https://evil.test/".to_owned(),
            400,
            "return-url-not-allowed",
            "The address to return to is not allowed",
            "not allowed",
        ),
        ("callback/github?state=x&code=c".to_owned(), 400, "invalid-state", "This sign-in cannot go on", "is over"),
        (format!("challenge/acme?{back}"), 503, "unavailable", "This does not work at the moment", "try again"),
        ("nothing".to_owned(), 404, "not-found", "There is nothing at this address", "nothing"),
    ] {
        let path = format!("/api/auth/external/{path}");
        let shown = page(&node, "GET", &path, &[]).await;
        assert_page(&shown, status, title, name);
        let json = Browser::new().get(&format!("{}{path}", node.base)).await;
        if detail.is_empty() {
            assert_eq!((json.status, json.text().as_str()), (404, "\"Provider not found\""));
        } else {
            json.assert_problem(status, detail);
        }
        assert_eq!(json.header("retry-after"), shown.header("retry-after"), "{path}");
    }
    let refused = page(&node, "GET", "/api/auth/whoami", &[]).await;
    assert_page(&refused, 401, "Please sign in first", "sign-in-required");
    assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
}

#[actix_web::test]
async fn refusals_of_middleware_are_pages_too() {
    let app = TestApp::new();
    let node = node(&app).await;
    let other_host = page(&node, "GET", "/user", &[("Host", "foreign.test")]).await;
    assert_page(&other_host, 421, "This host name is not served", "invalid-request");
    let start = "/signin/provider/nobody";
    let client = [("X-Forwarded-For", "198.51.100.7")];
    for _ in 0..2 {
        assert_eq!(page(&node, "GET", start, &client).await.status, 400);
    }
    let limited = page(&node, "GET", start, &client).await;
    assert_page(&limited, 429, "Too many requests", "invalid-request");
    assert_eq!(limited.header("retry-after"), Some("31"));
    assert!(limited.text().contains("Try again in 31 seconds."), "{}", limited.text());
    let headers = [PAGE[0], ("Content-Type", "application/x-www-form-urlencoded")];
    let large = Browser::new()
        .send("POST", &format!("{}/link/confirm", node.base), &headers, "x=".repeat(40_000).into_bytes())
        .await;
    assert_page(&large, 413, "The request is too large", "invalid-request");
}

#[actix_web::test]
async fn head_has_the_headers_of_the_page_and_no_body() {
    let app = TestApp::new();
    let node = node(&app).await;
    let head = page(&node, "HEAD", "/signin/provider/google", &[]).await;
    assert_eq!((head.status, head.header("content-type")), (405, Some("text/html; charset=utf-8")));
    assert!(head.body.is_empty(), "{}", head.text());
}

#[actix_web::test]
async fn expired_sign_in_offers_a_new_one_and_removes_its_cookies() {
    let app = TestApp::new();
    let node = node(&app).await;
    let mut browser = Browser::new();
    let start = format!("{}/api/auth/external/challenge/github?callbackUrl=https://app.test/", node.base);
    let authorize = browser.get(&start).await.location();
    let callback = browser.get(&format!("{authorize}&login=mira")).await.location();
    let path = callback.strip_prefix(&node.base).expect("our callback");
    let state = parameter(&callback.parse().expect("a URL"), "state").expect("a state");
    app.wait(601);
    // The browser has removed the cookie.
    let expired = page(&node, "GET", path, &[]).await;
    assert_page(&expired, 400, "This sign-in has expired", "flow-expired");
    assert!(expired.cookie(&format!("vouchsafe-flow.{state}")).contains("Max-Age=0"));
    let text = expired.text();
    let again = text.split("<a class=\"button\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
    let again = format!("{}{}", node.base, again.unwrap_or_else(|| panic!("no button in {text}")));
    let again = browser.get(&again).await;
    assert!(matches!(again.status, 200 | 302), "{}", again.text());
    // The id of the flow, for the operator, but nothing of the callback.
    let flow = Browser::new().get(&callback).await.json()["flow"].as_str().expect("a flow").to_owned();
    assert!(text.contains(&format!("<code>{flow}</code>")), "{flow} in {text}");
    for value in ["state", "code"] {
        let value = parameter(&callback.parse().expect("a URL"), value).expect("a value");
        assert!(!text.contains(&value), "{value} in {text}");
    }
}

#[actix_web::test]
async fn page_holds_nothing_of_the_request_and_no_markup_of_it() {
    const CANARY: &str = "canary-7c21";
    let app = TestApp::new();
    let node = node(&app).await;
    for path in [
        "/signin/provider/@?connect=@&state=@&redirectTo=https://app.test/@",
        "/signin/provider/google?connect=@&state=@&redirectTo=https://evil.test/@",
        "/signin/provider/google?redirectTo=@&redirectTo=@",
        "/signin/provider/google?codeChallenge=@&metadata=@",
        "/signin/provider/google?state=%3Cscript%3E@&state=%3Cscript%3E@",
        "/signin/provider/google/callback?code=@&error=%3Cb%3E@&user=@&oauth_verifier=@",
        "/signin/provider/%3Cb%3E@/callback?state=@&code=@",
        "/@/%3Cscript%3E@?@=@",
        "/link/confirm?token=@",
        "/api/auth/external/callback/github?state=@&code=@&error=%3Cb%3E@&error_description=@",
        "/api/auth/external/callback/@?state=@&code=@",
        "/api/auth/external/challenge/@?callbackUrl=https://evil.test/@",
        "/api/auth/@?x=@",
    ] {
        let path = path.replace('@', CANARY);
        let headers = [
            ("Authorization", "Bearer canary-7c21"),
            (
                "Cookie",
                "vouchsafe-link=canary-7c21; vouchsafe-flow.canary-7c21=canary-7c21; Aufy.RefreshToken=canary-7c21",
            ),
            ("Referer", "https://app.test/?canary-7c21"),
        ];
        let shown = page(&node, "GET", &path, &headers).await;
        assert!(shown.status >= 400, "{path}: {}", shown.status);
        let text = shown.text();
        assert!(text.starts_with("<!DOCTYPE html>") && !text.contains(CANARY), "{path}: {text}");
        for markup in ["<script", "<b>"] {
            assert!(!text.contains(markup), "{markup} for {path}: {text}");
        }
    }
    let form = format!("token={CANARY}&answer={CANARY}&x=%3Cb%3E");
    let url = format!("{}/link/confirm", node.base);
    let posted = Browser::new().send("POST", &url, &PAGE, form.into_bytes()).await;
    assert!(posted.status == 400 && !posted.text().contains(CANARY), "{}", posted.text());
}

#[actix_web::test]
async fn other_provider_is_offered_only_if_the_sign_in_page_loses_nothing() {
    let app = TestApp::new();
    let node = node(&app).await;
    let link = |text: &str| text.contains("Choose another way");
    let good = format!("/signin/provider/nobody?redirectTo=https://app.test/x&codeChallenge={CHALLENGE}");
    let text = page(&node, "GET", &good, &[("X-Forwarded-For", "198.51.100.3")]).await.text();
    let expected = format!("/signin?redirectTo=https%3A%2F%2Fapp.test%2Fx&amp;codeChallenge={CHALLENGE}\"");
    assert!(link(&text) && text.contains(&expected), "{text}");
    for query in ["state=a", "defaultRole=user", "connect=x", "codeChallenge=x", "redirectTo=https://evil.test/"] {
        let path = format!("/v1/signin/provider/nobody?{query}");
        let text = page(&node, "GET", &path, &[]).await.text();
        assert!(!link(&text), "{query}: {text}");
    }
}

#[actix_web::test]
async fn page_is_in_the_language_of_the_browser() {
    let app = TestApp::new();
    let node = node(&app).await;
    for (languages, language, title) in [
        ("de-AT, en;q=0.5", "de", "Unter dieser Adresse gibt es nichts"),
        ("fr", "fr", "Il n’y a rien à cette adresse"),
        ("es-419", "es", "No hay nada en esta dirección"),
        ("sv", "sv", "Det finns inget på den här adressen"),
        ("tlh", "en", "There is nothing at this address"),
    ] {
        let shown = page(&node, "GET", "/nothing", &[("Accept-Language", languages)]).await;
        let text = shown.text();
        assert!(text.contains(&format!("<html lang=\"{language}\"")) && text.contains(title), "{text}");
    }
}

#[actix_web::test]
async fn concealed_error_is_concealed_on_the_page() {
    let app = TestApp::new();
    for (conceal, status, code, title) in [
        (false, 401, "invalid-refresh-token", "Please sign in first"),
        (true, 400, "invalid-request", "This request cannot be answered"),
    ] {
        let node = app.node_with(&format!("{SETTINGS}\nnhost = {{ conceal_errors = {conceal} }}")).await;
        let body = br#"{"refreshToken":"8a9f8c1e-2f5b-4b6e-9c53-d5b1f0f5a001"}"#.to_vec();
        let shown = Browser::new().send("POST", &format!("{}/token", node.base), &PAGE, body).await;
        assert_page(&shown, status, title, code);
        assert_eq!(shown.text().contains("refresh"), !conceal, "{}", shown.text());
    }
}

#[actix_web::test]
async fn link_that_ends_with_the_session_or_its_time_says_so_on_a_page() {
    let app = TestApp::new();
    let node = node(&app).await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "mira").await;
    let bearer = session["accessToken"].as_str().expect("a token");
    let callback = node.authorize(&mut browser, "github", &format!("connect={bearer}"), "jonas").await;
    let confirm = browser.get(&callback).await.location();
    let shown = browser.fetch("GET", &confirm, &PAGE, "").await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    for words in ["Link GitHub to your account?", "Example asks", "Jonas Weber", "Mira Okafor", "aria-hidden"] {
        assert!(shown.text().contains(words), "{words} in {}", shown.text());
    }
    let forged = browser.fetch("POST", &confirm, &PAGE, "answer=yes").await;
    assert_page(&forged, 400, "This answer came from another page", "invalid-request");
    let form = format!("{}&answer=yes", hidden_fields(&shown.text()));
    let body = serde_json::json!({"refreshToken": session["refreshToken"]});
    browser.post_json(&format!("{}/signout", node.base), &body).await;
    let ended = browser.fetch("POST", &confirm, &PAGE, &form).await;
    assert_page(&ended, 401, "Please sign in first", "invalid-request");
    app.wait(301);
    let expired = browser.fetch("POST", &confirm, &PAGE, &form).await;
    assert_page(&expired, 400, "There is nothing to confirm any more", "invalid-state");
    assert!(expired.cookie("vouchsafe-link").contains("Max-Age=0"));
    let home = "href=\"https://app.test/?error=invalid-state&amp;errorDescription=Invalid+state\"";
    assert!(expired.text().contains(home), "{}", expired.text());
    assert_eq!(app.count("identities").await, 1);
}
