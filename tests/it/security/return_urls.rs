//! Return URLs that leave the allowed path or origin after another server decodes them.

use vouchsafe::Settings;

use crate::support::app::TestApp;
use crate::support::browser::Browser;

#[actix_web::test]
async fn return_url_with_encoded_dot_segments_is_refused() {
    let app = TestApp::new();
    let origin = "http://127.0.0.1:1";
    let settings = app
        .settings_text(origin, "")
        .replace("'https://*.preview.test'", "'https://*.preview.test', 'https://shared.test/tenant/'");
    let vouchsafe = app.build(Settings::from_toml(&settings).expect("settings")).await;
    let (listener, base) = crate::support::app::listen();
    let handle = crate::support::app::serve(listener, 1, move || vouchsafe.routes());
    let browser = Browser::new();
    let start = async |target: &str| {
        let encoded: String = url::form_urlencoded::byte_serialize(target.as_bytes()).collect();
        browser.peek(&format!("{base}/signin/provider/google?redirectTo={encoded}")).await
    };
    for good in
        ["https://shared.test/tenant/", "https://shared.test/tenant/a%20b?x=..%2f", "https://shared.test/tenant/a..b"]
    {
        assert_eq!(start(good).await.status, 302, "{good}");
    }
    for bad in [
        "../other",
        "..%2fother",
        "..%2Fother",
        "%2e%2e/other",
        "%2E%2e/other",
        ".%2e/other",
        "%2e%2e%2fother",
        "..%5cother",
        "..%5Cother",
        "..\\other",
        "%2e%2e%5cother",
        "a/..%2f..%2fother",
        "a/%2e%2e/%2e%2e/other",
        "%252e%252e/other",
        "..%252fother",
        "%252e%252e%252fother",
        "%25252e%25252e%25252fother",
        "..;/other",
        "x/..%00/other",
    ] {
        let url = format!("https://shared.test/tenant/{bad}");
        let response = start(&url).await;
        response.assert_error(400, "redirectTo-not-allowed");
        assert!(response.header("location").is_none(), "{url}");
    }
    drop(handle.stop(false));
}

#[actix_web::test]
async fn any_loopback_port_gets_a_code_and_never_a_refresh_token() {
    let app = TestApp::new();
    let settings = app
        .settings_text("http://127.0.0.1:1", "")
        .replace("'https://*.preview.test'", "'https://*.preview.test', 'http://127.0.0.1:*/in'");
    let vouchsafe = app.build(Settings::from_toml(&settings).expect("settings")).await;
    let (listener, base) = crate::support::app::listen();
    let handle = crate::support::app::serve(listener, 1, move || vouchsafe.routes());
    let start = async |more: &str| {
        let target = "http%3A%2F%2F127.0.0.1%3A50123%2Fin";
        Browser::new().peek(&format!("{base}/signin/provider/google?redirectTo={target}{more}")).await
    };
    start("").await.assert_error(400, "redirectTo-not-allowed");
    let challenge = "x".repeat(43);
    assert_eq!(start(&format!("&codeChallenge={challenge}")).await.status, 302);
    drop(handle.stop(false));
}

#[test]
fn wildcard_over_a_public_suffix_is_refused() {
    let read = |rule: &str| {
        Settings::from_toml(&format!(
            "mode = 'development'\n[client]\nurl = 'https://app.test/'\nallowed_redirect_urls = ['{rule}']\n"
        ))
    };
    for rule in [
        "https://*.vercel.app",
        "https://*.github.io",
        "https://*.netlify.app",
        "https://*.pages.dev",
        "https://*.co.uk",
        "https://*.com",
        "https://*.blogspot.com",
        "https://*.VERCEL.app",
        "https://*.vercel.app/path/",
        "https://preview-*.vercel.app",
        "https://*.s3.amazonaws.com",
    ] {
        assert!(read(rule).is_err(), "{rule}");
    }
    for rule in ["https://*.preview.example.com", "https://*.example.com", "https://*.my-app.vercel.app"] {
        assert!(read(rule).is_ok(), "{rule}");
    }
}
