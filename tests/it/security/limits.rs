//! Resource limits: requests that cost the service more than their sender, and providers that hang.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::{HttpResponse, web};
use serde_json::{Map, Value};
use tokio::sync::Semaphore;

use crate::aufy::{BACK, SIGN_IN, SIGN_UP};
use crate::support::app::{Node, TestApp, listen, parameter, serve};
use crate::support::browser::Browser;

/// What all cookies of one browser may take together, in bytes of the header.
const MAX_COOKIES: usize = 7_500;

#[actix_web::test]
async fn sign_up_with_many_unknown_fields_gets_a_short_error() {
    let app = TestApp::new();
    let more = r#"aufy.sign_up = { fields_on_sign_in = true, fields = '''{"type": "object", "additionalProperties": false,
        "properties": {"aboutMe": {"type": "string"}}, "patternProperties": {"^x-": {"type": "string"}}}''' }"#;
    let node = app.node_with(more).await;
    let unknown: Map<String, Value> = (0..4_000).map(|number| (format!("a{number}"), Value::Bool(true))).collect();
    let wrong: Map<String, Value> = (0..4_000).map(|number| (format!("x-{number}"), Value::Bool(true))).collect();
    let long: Map<String, Value> = [("k".repeat(30_000), Value::Null)].into_iter().collect();
    let mut redeemed = Browser::new();
    node.hand_over(&mut redeemed, "github", "mira").await;
    let used = redeemed.jar.clone();
    for route in ["auth/signin/external", "auth/signup/external"] {
        for fields in [&unknown, &wrong, &long] {
            let body = Value::Object(fields.clone()).to_string();
            for cookies in [vec![], used.iter().collect(), vec![(&SIGN_UP.to_owned(), &"x".to_owned())]] {
                let mut browser = Browser::new();
                browser.jar = cookies.into_iter().map(|(name, value)| (name.clone(), value.clone())).collect();
                let response = node.post(&mut browser, route, None, &body).await;
                assert!(matches!(response.status, 400 | 401 | 404 | 413), "{route}: {}", response.status);
                assert!(response.body.len() < 16_384, "{route}: {} bytes", response.body.len());
            }
        }
    }
    assert_eq!(app.count("users").await, 0);
}

fn cookie_bytes(browser: &Browser) -> usize {
    browser.jar.iter().map(|(name, value)| name.len() + value.len() + "=; ".len()).sum()
}

#[actix_web::test]
async fn cookies_of_one_browser_stay_under_the_header_limit() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let metadata = format!("%7B%22x%22%3A%22{}%22%7D", "y".repeat(700));
    let long_path = "z".repeat(500);
    let mut callback = String::new();
    for round in 0..8 {
        app.wait(1);
        let query =
            format!("metadata={metadata}&displayName=Somebody&state={round}&redirectTo=https://app.test/{long_path}");
        callback = node.authorize(&mut browser, "google", &query, "mira").await;
        node.challenge(&mut browser, "github", &format!("callbackUrl={BACK}/{long_path}"), "mira").await;
        assert!(cookie_bytes(&browser) < MAX_COOKIES, "{} bytes after {round}", cookie_bytes(&browser));
    }
    // A ticket, a session, and a posted form on top.
    node.hand_over(&mut browser, "github", "jonas").await;
    assert!(browser.jar.contains_key(SIGN_IN));
    let latest = node.authorize(&mut browser, "google", "state=latest", "mira").await;
    let (here, form) = latest.split_once('?').expect("a query");
    let padding = "p".repeat(1_400);
    let bounced = browser.post_form_cross_site(here, &format!("{form}&user={padding}")).await;
    assert!(cookie_bytes(&browser) < MAX_COOKIES, "{} bytes with a form", cookie_bytes(&browser));
    // The newest flow still works.
    let target = browser.get(&format!("{}{}", node.base, bounced.location())).await.location_url();
    assert!(parameter(&target, "refreshToken").is_some(), "{target}");
    drop(callback);
}

#[actix_web::test]
async fn oversized_code_is_refused_before_the_token_request() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let callback = node.authorize(&mut browser, "google", "", "mira").await;
    let state = parameter(&callback.parse().expect("a URL"), "state").expect("a state");
    let url = format!("{}/signin/provider/google/callback?state={state}&code={}", node.base, "c".repeat(8_192));
    let response = browser.peek(&url).await;
    let is_refused = response.status >= 400 || parameter(&response.location_url(), "error").is_some();
    assert!(is_refused, "{} {}", response.status, response.text());
    assert_eq!((app.simulator.counts().google.token, app.count("used_flows").await), (0, 0));
    assert!(parameter(&browser.get(&callback).await.location_url(), "refreshToken").is_some());
}

/// A provider whose requests to the token endpoint and to discovery do not return; counts them.
struct HangingProvider {
    origin: String,
    hanging: Arc<AtomicUsize>,
    release: Arc<Semaphore>,
    handle: actix_web::dev::ServerHandle,
}

impl HangingProvider {
    fn new() -> Self {
        let (listener, origin) = listen();
        let (hanging, release) = (Arc::<AtomicUsize>::default(), Arc::new(Semaphore::new(0)));
        let (counter, gate) = (Arc::clone(&hanging), Arc::clone(&release));
        let handle = serve(listener, 1, move || {
            let (counter, gate) = (Arc::clone(&counter), Arc::clone(&gate));
            move |config: &mut web::ServiceConfig| {
                config.default_service(web::to(move || {
                    let (counter, gate) = (Arc::clone(&counter), Arc::clone(&gate));
                    async move {
                        counter.fetch_add(1, Ordering::SeqCst);
                        let permit = gate.acquire().await;
                        drop(permit);
                        HttpResponse::BadGateway().finish()
                    }
                }));
            }
        });
        Self { origin, hanging, release, handle }
    }

    fn oauth2(&self) -> String {
        let at = &self.origin;
        format!(
            "[providers.slow]\ntype = 'oauth2'\nclient_id = 'c'\nclient_secret = 's'\nclaims = {{ id = 'id' }}\n\
             authorization_url = '{at}/a'\ntoken_url = '{at}/token'\nuserinfo_url = '{at}/me'\n"
        )
    }

    /// The settings of this many OpenID providers, `slow0` and so on.
    fn oidc(&self, count: usize) -> String {
        let one = |number| {
            format!(
                "[providers.slow{number}]\ntype = 'oidc'\nclient_id = 'c'\nclient_secret = 's'\nissuer = '{}/{number}'\n",
                self.origin
            )
        };
        (0..count).map(one).collect()
    }
}

impl Drop for HangingProvider {
    fn drop(&mut self) {
        self.release.close();
        drop(self.handle.stop(false));
    }
}

/// Starts a sign-in at the hanging provider; returns the browser and the callback's URL.
async fn start_slow(node: &Node) -> (Browser, String) {
    let mut browser = Browser::new();
    let start = browser.get(&format!("{}/signin/provider/slow", node.base)).await.location_url();
    let state = parameter(&start, "state").expect("a state");
    (browser, format!("{}/signin/provider/slow/callback?state={state}&code=c", node.base))
}

#[actix_web::test]
async fn callbacks_at_a_hanging_provider_leave_others_working() {
    // Small limits, so that few callbacks reach them.
    for limit in ["server.max_in_flight = 32", "flow.max_active = 16"] {
        attack_with_hanging_callbacks(limit).await;
    }
}

async fn attack_with_hanging_callbacks(limit: &str) {
    let app = TestApp::new();
    let slow = HangingProvider::new();
    let node = app.node_with(&format!("{limit}\n{}", slow.oauth2())).await;
    let mut started = Vec::new();
    for _ in 0..40 {
        started.push(start_slow(&node).await);
    }
    let mut callbacks = Vec::new();
    for (browser, callback) in started {
        callbacks
            .push(actix_web::rt::spawn(async move { browser.try_peek(&callback).await.map(|answer| answer.status) }));
    }
    while slow.hanging.load(Ordering::SeqCst) == 0 {
        actix_web::rt::task::yield_now().await;
    }
    for persona in ["mira", "jonas", "rosa"] {
        for provider in ["google", "github"] {
            let target = node.sign_in(&mut Browser::new(), provider, "", persona).await;
            assert!(parameter(&target, "refreshToken").is_some() || persona == "jonas", "{provider}: {target}");
        }
    }
    for callback in callbacks {
        callback.abort();
    }
}

#[actix_web::test]
async fn hanging_discovery_leaves_starts_at_other_providers_working() {
    const PROVIDERS: usize = 8;
    let app = TestApp::new();
    let slow = HangingProvider::new();
    let node = app.node_with(&slow.oidc(PROVIDERS)).await;
    let mut starts = Vec::new();
    for number in 0..40 {
        let url = format!("{}/signin/provider/slow{}", node.base, number % PROVIDERS);
        starts
            .push(actix_web::rt::spawn(async move { Browser::new().try_peek(&url).await.map(|answer| answer.status) }));
    }
    while slow.hanging.load(Ordering::SeqCst) == 0 {
        actix_web::rt::task::yield_now().await;
    }
    // `oidc` was not requested before: it needs a discovery of its own.
    let start = Browser::new().get(&format!("{}/signin/provider/oidc", node.base)).await;
    assert_eq!(start.status, 302, "{}", start.text());
    assert!(node.session(&mut Browser::new(), "oidc", "mira").await["accessToken"].is_string());
    for start in starts {
        start.abort();
    }
}
