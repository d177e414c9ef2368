//! Callbacks that any client can send in any number must not fill the log.

use serde_json::json;

use crate::aufy::BACK;
use crate::support::app::{Database, parameter};
use crate::support::browser::Browser;
use crate::support::process::real_time_app;
use crate::support::service::Service;

/// How many callbacks of one kind are sent.
const FLOOD: usize = 120;

/// How many lines one kind may write: the budgets of two workers, refilled meanwhile, with a note each time.
const MAX_LINES: usize = 60;

/// Bad callbacks of one kind: the browser's cookies, and the URL that is requested again and again.
struct Kind {
    name: &'static str,
    browser: Browser,
    url: String,
}

/// A browser with a flow, and the URL of its callback up to `state`.
async fn begun(service: &Service) -> (Browser, String) {
    let mut browser = Browser::new();
    let callback = service.node.authorize(&mut browser, "google", "", "mira").await;
    let state = parameter(&callback.parse().expect("a URL"), "state").expect("a state");
    (browser, format!("{}/signin/provider/google/callback?state={state}", service.node.base))
}

async fn kinds(service: &Service) -> Vec<Kind> {
    let base = &service.node.base;
    let mut kinds = Vec::new();
    for (name, rest) in [
        ("no parameters", String::new()),
        ("another issuer", "&code=c&iss=https://evil.test".to_owned()),
        ("a code that is too long", format!("&code={}", "c".repeat(4_000))),
        ("an error of the provider", "&error=server_error&error_description=x".to_owned()),
        ("denied consent", "&error=access_denied".to_owned()),
    ] {
        let (browser, callback) = begun(service).await;
        kinds.push(Kind { name, browser, url: format!("{callback}{rest}") });
    }
    let (browser, callback) = begun(service).await;
    let elsewhere = format!("{}&code=c", callback.replace("google", "github"));
    kinds.push(Kind { name: "another provider", browser, url: elsewhere });
    let (browser, callback) = begun(service).await;
    let jar = browser.jar.into_iter().map(|(name, value)| (name, value.chars().rev().collect())).collect();
    let mut forger = Browser::new();
    forger.jar = jar;
    kinds.push(Kind { name: "a forged cookie", browser: forger, url: format!("{callback}&code=c") });
    for (name, path) in [
        ("no cookie", "/signin/provider/google/callback?state=x&code=c"),
        ("no state", "/signin/provider/google/callback?code=c"),
        ("a provider that is off", "/signin/provider/discord/callback?state=x&code=c"),
        ("an unknown provider", "/signin/provider/nobody/callback?state=x&code=c"),
        ("a start at a provider that is off", "/signin/provider/discord"),
        ("Aufy without a cookie", "/api/auth/external/callback/google?state=x&code=c"),
        ("Aufy at a provider that is off", "/api/auth/external/challenge/discord?callbackUrl=https://app.test/"),
    ] {
        kinds.push(Kind { name, browser: Browser::new(), url: format!("{base}{path}") });
    }
    let mut browser = Browser::new();
    let callback = service.node.challenge(&mut browser, "google", &format!("callbackUrl={BACK}"), "mira").await;
    let state = parameter(&callback.parse().expect("a URL"), "state").expect("a state");
    let url = format!("{base}/api/auth/external/callback/google?state={state}&error=server_error");
    kinds.push(Kind { name: "an error of the provider, in Aufy", browser, url });
    let mut browser = Browser::new();
    let url = service.node.authorize(&mut browser, "google", "", "mira").await;
    assert_eq!(browser.peek(&url).await.status, 302);
    kinds.push(Kind { name: "a used flow", browser, url });
    kinds
}

fn lines(service: &Service) -> usize {
    service.log().lines().count()
}

#[actix_web::test]
async fn flood_of_bad_callbacks_writes_few_log_lines() {
    let app = real_time_app(Database::Sqlite).expect("SQLite is always available");
    let service = Service::start(&app, "").await;
    let kinds = kinds(&service).await;
    let mut written = Vec::new();
    for Kind { name, browser, url } in &kinds {
        let sent = lines(&service);
        for _ in 0..FLOOD {
            let response = browser.peek(url).await;
            assert!(response.status < 500, "{name}: {} {}", response.status, response.text());
        }
        written.push((*name, lines(&service) - sent));
    }
    // Each has a flow of its own, and a code that the provider refuses.
    let sent = lines(&service);
    for _ in 0..FLOOD {
        let (browser, callback) = begun(&service).await;
        browser.peek(&format!("{callback}&code=invented")).await;
    }
    written.push(("an invented code", lines(&service) - sent));
    let sent = lines(&service);
    for _ in 0..FLOOD {
        let body = json!({"provider": "google", "idToken": "x.y.z"});
        Browser::new().post_json(&format!("{}/signin/idtoken", service.node.base), &body).await;
    }
    written.push(("an invented id_token", lines(&service) - sent));
    assert!(written.iter().all(|(_, lines)| *lines <= MAX_LINES), "{written:?}");
    // What the operator must know is there all the same.
    let log = service.log();
    for cause in ["ProviderError", "ExchangeFailed"] {
        assert!(log.contains(cause), "{cause} in {log}");
    }
}
