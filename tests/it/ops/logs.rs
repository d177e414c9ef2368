//! The log of a process: ids of requests, the lines of sign-ins, and their form.

use std::sync::{Mutex, PoisonError};

use log::kv::{Error, Key, Value as LogValue, VisitSource};
use serde_json::{Value, json};

use crate::aufy::BACK;
use crate::support::app::{Database, TestApp};
use crate::support::browser::{Browser, Response};
use crate::support::process::real_time_app;
use crate::support::service::Service;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// The log as JSON; every line must be an object.
fn lines(service: &Service) -> Vec<Value> {
    let log = service.log();
    log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"))).collect()
}

/// The line with this message that is the only one.
fn line(service: &Service, message: &str) -> Value {
    let lines = lines(service);
    let mut found = lines.iter().filter(|line| line["msg"].as_str().is_some_and(|found| found.starts_with(message)));
    let line = found.next().unwrap_or_else(|| panic!("no {message:?} in {lines:#?}")).clone();
    assert!(found.next().is_none(), "more than one {message:?} in {lines:#?}");
    line
}

async fn get(url: &str, headers: &[(&str, &str)]) -> Response {
    Browser::new().send("GET", url, headers, Vec::new()).await
}

fn id(response: &Response) -> &str {
    response.header("x-request-id").expect("an id")
}

#[actix_web::test]
async fn request_id_is_taken_from_trusted_proxies_only() {
    let app = TestApp::new();
    let (alone, behind) = (app.node().await, app.node_with("server.trusted_proxies = ['127.0.0.1']").await);
    let url = |base: &str| format!("{base}/version");
    let own = get(&url(&alone.base), &[("X-Request-Id", "from-outside")]).await;
    assert!(id(&own).len() == 16 && id(&own).bytes().all(|byte| byte.is_ascii_hexdigit()), "{}", id(&own));
    assert_ne!(id(&own), id(&get(&url(&alone.base), &[]).await), "each request has its own");
    assert_eq!(id(&get(&url(&behind.base), &[("X-Request-Id", "from-the-proxy")]).await), "from-the-proxy");
    for bad in ["two words", "quoted\"", &"x".repeat(129), ""] {
        let response = get(&url(&behind.base), &[("X-Request-Id", bad)]).await;
        assert_eq!(id(&response).len(), 16, "{bad:?} was taken");
    }
    for path in ["/nothing", "/v1/user", "/api/auth/whoami", "/api/account/info", "/healthz"] {
        assert_eq!(id(&get(&format!("{}{path}", behind.base), &[("X-Request-Id", "x-1")]).await), "x-1", "{path}");
    }
}

#[actix_web::test]
async fn lines_of_a_sign_in_carry_its_request_flow_and_user() {
    let app = real_time_app(Database::Sqlite).expect("SQLite is always available");
    let more = "server.trusted_proxies = ['127.0.0.1']\nlog = { format = 'json', access = true }";
    let service = Service::start(&app, more).await;
    let mut browser = Browser::new();
    let callback = service.node.authorize(&mut browser, "google", "", "mira").await;
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let headers = [("X-Request-Id", "edge-7"), ("traceparent", parent.as_str()), ("X-Forwarded-For", "198.51.100.77")];
    assert_eq!(browser.fetch("GET", &callback, &headers, "").await.status, 302);

    let signed_in = line(&service, "signed in");
    let members = ["level", "request_id", "trace_id", "provider", "dialect", "account", "client"];
    let found: Vec<_> = members.iter().map(|name| signed_in[name].as_str().unwrap_or_default()).collect();
    assert_eq!(found, ["INFO", "edge-7", TRACE, "google", "nhost", "new", "198.51.100.0/24"]);
    for (name, length) in [("flow", 16), ("user", 36), ("session", 36)] {
        assert_eq!(signed_in[name].as_str().map(str::len), Some(length), "{name} in {signed_in}");
    }
    let access = lines(&service)
        .into_iter()
        .find(|line| line["target"] == "vouchsafe::access" && line["request_id"] == "edge-7");
    let access = access.expect("a line of the request");
    assert_eq!(access["route"], "/signin/provider/{provider}/callback");
    assert_eq!(
        (&access["method"], &access["status"], &access["flow"]),
        (&json!("GET"), &json!(302), &signed_in["flow"])
    );
    assert!(access["ms"].is_u64() && !service.log().contains("code="), "{access}");

    // The same person again, and in the other dialect.
    service.node.sign_in(&mut browser, "google", "", "mira").await;
    let known = lines(&service).into_iter().filter(|line| line["msg"] == "signed in").nth(1).expect("a second line");
    assert_eq!((&known["account"], &known["user"]), (&json!("known"), &signed_in["user"]));
    let callback = service.node.challenge(&mut browser, "google", &format!("callbackUrl={BACK}"), "mira").await;
    browser.get(&callback).await;
    let waits = line(&service, "sign-in awaits the app");
    let headers = [("Origin", "https://app.test"), ("Accept", "application/json")];
    let redeem = format!("{}/api/auth/signin/external", service.node.base);
    assert_eq!(browser.fetch("POST", &redeem, &headers, "").await.status, 200);
    let redeemed = lines(&service).into_iter().filter(|line| line["msg"] == "signed in").nth(2).expect("a third line");
    assert_eq!((&redeemed["flow"], &redeemed["dialect"]), (&waits["flow"], &json!("aufy")));
}

#[actix_web::test]
async fn denied_consent_is_no_warning() {
    let app = real_time_app(Database::Sqlite).expect("SQLite is always available");
    let service = Service::start(&app, "log.format = 'json'").await;
    service.node.sign_in(&mut Browser::new(), "google", "", "deny").await;
    let denied = line(&service, "not signed in: ConsentDenied");
    assert_eq!((&denied["level"], &denied["client"]), (&json!("INFO"), &Value::Null));
    let loud: Vec<_> =
        lines(&service).into_iter().filter(|line| line["level"] == "WARN" && line["flow"].is_string()).collect();
    assert_eq!(loud, Vec::<Value>::new());
}

/// An embedding app's logger: keeps the pairs of lines.
struct Kept(Mutex<Vec<Vec<(String, String)>>>);

static KEPT: Kept = Kept(Mutex::new(Vec::new()));

impl log::Log for Kept {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        struct Pairs(Vec<(String, String)>);
        impl<'kvs> VisitSource<'kvs> for Pairs {
            fn visit_pair(&mut self, key: Key<'kvs>, value: LogValue<'kvs>) -> Result<(), Error> {
                self.0.push((key.to_string(), value.to_string()));
                Ok(())
            }
        }
        let mut pairs = Pairs(vec![("msg".to_owned(), record.args().to_string())]);
        record.key_values().visit(&mut pairs).expect("visited");
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(pairs.0);
    }

    fn flush(&self) {}
}

#[actix_web::test]
async fn logger_of_an_embedding_app_gets_the_request_id() {
    let app = TestApp::new();
    let node = app.node_with("server.trusted_proxies = ['127.0.0.1']").await;
    let mut browser = Browser::new();
    let callback = node.authorize(&mut browser, "google", "", "mira").await;
    // No other test of this program has a logger; lines of theirs are ignored.
    log::set_logger(&KEPT).expect("the only logger");
    log::set_max_level(log::LevelFilter::Info);
    browser.fetch("GET", &callback, &[("X-Request-Id", "embedded-7")], "").await;
    log::set_max_level(log::LevelFilter::Off);
    let lines = std::mem::take(&mut *KEPT.0.lock().unwrap_or_else(PoisonError::into_inner));
    let own = lines.iter().find(|line| line.contains(&("request_id".to_owned(), "embedded-7".to_owned())));
    let own = own.unwrap_or_else(|| panic!("no line of the request in {lines:?}"));
    assert_eq!(own[0].1, "signed in");
    assert!(
        ["flow", "provider", "dialect", "user"].iter().all(|name| own.iter().any(|(key, _)| key == name)),
        "{own:?}"
    );
}
