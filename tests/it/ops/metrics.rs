//! What is counted in the journeys of users, as Prometheus sees it.

use std::collections::BTreeMap;

use serde_json::json;
use vouchsafe::{FlowFilter, Vouchsafe};
use vouchsafe_simulator::{Endpoint, Failure, SimulatedProvider};

use crate::support::app::{
    CHALLENGE, Database, TestApp, VERIFIER, access_token, listen, parameter, refresh_token, serve,
};
use crate::support::browser::Browser;
use crate::support::node::Node;
use crate::support::process::real_time_app;
use crate::support::promtool;
use crate::support::service::{Service, wait_until};

/// A node whose metrics are read without its listener.
struct Measured {
    node: Node,
    vouchsafe: Vouchsafe,
}

impl Measured {
    async fn start(app: &TestApp, more: &str) -> Self {
        let (listener, origin) = listen();
        let vouchsafe = app.build(app.settings(&origin, more)).await;
        let served = vouchsafe.clone();
        let handle = serve(listener, 2, move || served.routes());
        Self { node: Node::at(origin, handle), vouchsafe }
    }

    fn scrape(&self) -> BTreeMap<String, f64> {
        let text = self.vouchsafe.metrics();
        let series = text.lines().filter(|line| !line.starts_with('#')).map(|line| {
            let (series, value) = line.rsplit_once(' ').expect("a value");
            (series.to_owned(), value.parse().expect("a number"))
        });
        series.collect()
    }

    /// The value of a series of ours, named without its prefix.
    #[track_caller]
    fn value(&self, series: &str) -> f64 {
        let scrape = self.scrape();
        *scrape.get(&format!("vouchsafe_{series}")).unwrap_or_else(|| panic!("no series {series}"))
    }

    /// The number of sign-ins in the dialect of Nhost that ended like this.
    #[track_caller]
    fn ended(&self, provider: &str, outcome: &str) -> f64 {
        self.value(&format!(r#"sign_ins_total{{provider="{provider}",dialect="nhost",outcome="{outcome}"}}"#))
    }

    #[track_caller]
    fn assert(&self, expected: &[(&str, f64)]) {
        for (series, expected) in expected {
            let found = self.value(series);
            assert!((found - expected).abs() < 1e-9, "{series} is {found}, not {expected}");
        }
    }
}

#[actix_web::test]
async fn metrics_are_zero_before_the_first_request() {
    let app = TestApp::new();
    let measured = Measured::start(&app, "").await;
    let is_event = |series: &str| {
        let of_requests = ["sign_ins", "http", "upstream", "sessions", "vault", "tickets", "rate_limited", "batch"];
        of_requests.iter().any(|name| series.starts_with(&format!("vouchsafe_{name}")))
    };
    let scrape = measured.scrape();
    let events: Vec<_> = scrape.iter().filter(|(series, _)| is_event(series)).collect();
    assert!(events.len() > 500, "only {} series", events.len());
    assert!(events.iter().all(|(_, value)| **value == 0.0), "{events:?}");
    for provider in ["google", "github", "oidc"] {
        assert!(measured.ended(provider, "abandoned") == 0.0);
    }
}

#[actix_web::test]
async fn sign_in_is_counted_with_its_session_tokens_and_calls() {
    let app = TestApp::new();
    let measured = Measured::start(&app, "").await;
    let mut browser = Browser::new();
    let session = measured.node.session(&mut browser, "google", "mira").await;
    measured.node.tokens(&browser, "google", &session).await;
    measured.node.session(&mut browser, "google", "mira").await;
    let target = measured.node.sign_in(&mut browser, "google", &format!("codeChallenge={CHALLENGE}"), "jonas").await;
    let code = parameter(&target, "code").expect("a code");
    let exchange = json!({"code": code, "codeVerifier": VERIFIER});
    let exchanged = browser.post_json(&format!("{}/token/exchange", measured.node.base), &exchange).await;
    assert_eq!(exchanged.status, 200, "{}", exchanged.text());
    measured.assert(&[
        (r#"sign_ins_started_total{provider="google",dialect="nhost"}"#, 3.0),
        (r#"sign_ins_total{provider="google",dialect="nhost",outcome="new_user"}"#, 2.0),
        (r#"sign_ins_total{provider="google",dialect="nhost",outcome="known_user"}"#, 1.0),
        (r#"sign_ins_total{provider="google",dialect="aufy",outcome="new_user"}"#, 0.0),
        (r#"sign_ins_total{provider="github",dialect="nhost",outcome="new_user"}"#, 0.0),
        (r#"sessions_total{event="begun"}"#, 3.0),
        (r#"sessions_total{event="refreshed"}"#, 2.0),
        (r#"vault_entries_total{event="stored"}"#, 3.0),
        (r#"vault_entries_total{event="taken"}"#, 1.0),
        (r#"upstream_request_duration_seconds_count{provider="google",endpoint="token"}"#, 3.0),
        (r#"upstream_request_duration_seconds_count{provider="github",endpoint="token"}"#, 0.0),
        (r#"http_requests_total{route="start",method="GET",status="3xx"}"#, 3.0),
        (r#"http_requests_total{route="callback",method="GET",status="3xx"}"#, 3.0),
        (r#"http_requests_total{route="token",method="POST",status="2xx"}"#, 3.0),
        (r#"http_requests_total{route="token",method="GET",status="2xx"}"#, 1.0),
        (r#"http_request_duration_seconds_count{route="token"}"#, 4.0),
        (r#"batch_size_sum{kind="mark_flows"}"#, 3.0),
        ("active_flows", 0.0),
        ("database_connections_max{pool=\"writer\"}", 1.0),
    ]);
    assert!(measured.value(r#"database_operation_duration_seconds_count{operation="commit"}"#) >= 3.0);
}

#[actix_web::test]
async fn sign_in_of_the_other_dialect_ends_when_its_ticket_is_redeemed() {
    let app = TestApp::new();
    let measured = Measured::start(&app, "").await;
    let mut browser = Browser::new();
    measured.node.hand_over(&mut browser, "google", "mira").await;
    let new_users = r#"sign_ins_total{provider="google",dialect="aufy",outcome="new_user"}"#;
    measured.assert(&[(new_users, 0.0), (r#"tickets_total{event="stored"}"#, 1.0)]);
    let redeemed = measured.node.post(&mut browser, "auth/signin/external", None, "").await;
    assert_eq!(redeemed.status, 200, "{}", redeemed.text());
    measured.assert(&[
        (new_users, 1.0),
        (r#"tickets_total{event="taken"}"#, 1.0),
        (r#"sessions_total{event="begun"}"#, 1.0),
        (r#"sign_ins_total{provider="google",dialect="nhost",outcome="new_user"}"#, 0.0),
    ]);
}

#[actix_web::test]
async fn failures_are_counted_by_their_cause() {
    let app = TestApp::new();
    let measured = Measured::start(&app, "").await;
    let node = &measured.node;
    node.sign_in(&mut Browser::new(), "google", "", "deny").await;
    app.simulator.fail(SimulatedProvider::Google, Failure::BadCode);
    node.sign_in(&mut Browser::new(), "google", "", "mira").await;
    app.simulator.fail(SimulatedProvider::Github, Failure::ServerError(Endpoint::Userinfo));
    node.sign_in(&mut Browser::new(), "github", "", "mira").await;
    Browser::new().get(&format!("{}/signin/provider/google/callback?state=x&code=y", node.base)).await;
    Browser::new().get(&format!("{}/signin/provider/google?redirectTo=https://evil.test/", node.base)).await;
    for outcome in ["consent_denied", "exchange_failed", "invalid_state", "return_url_not_allowed"] {
        assert!(measured.ended("google", outcome) == 1.0, "{outcome}");
    }
    assert!(measured.ended("github", "profile_failed") == 1.0);
    measured.assert(&[
        (r#"upstream_errors_total{provider="google",endpoint="token",error="status_4xx"}"#, 1.0),
        (r#"upstream_errors_total{provider="github",endpoint="userinfo",error="status_5xx"}"#, 1.0),
        (r#"provider_circuit_open{provider="github"}"#, 0.0),
    ]);
    app.simulator.fail(SimulatedProvider::Github, Failure::ServerError(Endpoint::Token));
    // With the failure above, five in a row.
    for _ in 0..4 {
        node.sign_in(&mut Browser::new(), "github", "", "mira").await;
    }
    measured.assert(&[
        (r#"provider_circuit_open{provider="github"}"#, 1.0),
        (r#"provider_circuit_open{provider="google"}"#, 0.0),
    ]);
}

#[actix_web::test]
async fn reused_refresh_token_is_counted_and_so_is_a_sign_out() {
    let app = TestApp::new();
    let measured = Measured::start(&app, "").await;
    let (node, mut browser) = (&measured.node, Browser::new());
    let session = node.session(&mut browser, "google", "mira").await;
    let first = refresh_token(&session).to_owned();
    assert_eq!(node.refresh(&browser, &first).await.status, 200);
    app.wait(3_600);
    assert_eq!(node.refresh(&browser, &first).await.status, 401);
    let session = node.session(&mut browser, "google", "mira").await;
    let body = json!({"refreshToken": refresh_token(&session)});
    assert_eq!(browser.post_json(&format!("{}/signout", node.base), &body).await.status, 200);
    measured.assert(&[
        (r#"sessions_total{event="reused"}"#, 1.0),
        (r#"sessions_total{event="ended"}"#, 1.0),
        (r#"sessions_total{event="refreshed"}"#, 3.0),
    ]);
}

#[actix_web::test]
async fn requests_over_the_budget_are_counted_by_route() {
    let app = TestApp::new();
    let more = "server.trusted_proxies = ['127.0.0.0/8']\nrate_limit = { start_per_minute = 2 }";
    let measured = Measured::start(&app, more).await;
    let url = format!("{}/signin/provider/google", measured.node.base);
    for _ in 0..5 {
        Browser::new().send("GET", &url, &[("X-Forwarded-For", "198.51.100.7")], Vec::new()).await;
    }
    measured.assert(&[
        (r#"rate_limited_requests_total{route="start"}"#, 3.0),
        (r#"rate_limited_requests_total{route="token"}"#, 0.0),
        (r#"http_requests_total{route="start",method="GET",status="4xx"}"#, 3.0),
        (r#"sign_ins_started_total{provider="google",dialect="nhost"}"#, 2.0),
        ("active_flows", 2.0),
    ]);
}

#[actix_web::test]
async fn paths_and_providers_of_a_client_add_no_series() {
    let app = TestApp::new();
    let measured = Measured::start(&app, "").await;
    // A worker that starts adds its pool.
    let all = || measured.scrape().into_keys().filter(|series| !series.contains("database_connections"));
    let before: Vec<String> = all().collect();
    for path in ["signin/provider/apple", "signin/provider/nobody", "nothing/here", "v1/signup/provider/twitch"] {
        Browser::new().get(&format!("{}/{path}", measured.node.base)).await;
        Browser::new().send("PROPFIND", &format!("{}/{path}", measured.node.base), &[], Vec::new()).await;
    }
    let added: Vec<_> = all().filter(|series| !before.contains(series)).collect();
    assert!(added.is_empty(), "{added:?}");
    measured.assert(&[
        ("unknown_provider_starts_total", 2.0),
        (r#"http_requests_total{route="unmatched",method="GET",status="4xx"}"#, 1.0),
        (r#"http_requests_total{route="unmatched",method="other",status="4xx"}"#, 1.0),
    ]);
}

async fn abandoned_flow_is_counted_once(database: Database) {
    let Some(app) = TestApp::on(database) else { return };
    let (first, second) = (Measured::start(&app, "").await, Measured::start(&app, "").await);
    let mut browser = Browser::new();
    let callback = first.node.authorize(&mut browser, "google", "", "mira").await;
    browser.get(&callback.replace(&first.node.base, &second.node.base)).await.location();
    app.wait(601);
    // The actor of a flow that ended on another node looks for its mark.
    let looked = r#"batch_size_count{kind="find_used_flows"}"#;
    wait_until("the flow of another node was looked for", async || first.value(looked) == 1.0).await;
    assert_eq!((first.ended("google", "abandoned"), second.ended("google", "new_user")), (0.0, 1.0));
    first.node.authorize(&mut browser, "google", "", "mira").await;
    app.wait(601);
    wait_until("a flow is abandoned", async || first.ended("google", "abandoned") == 1.0).await;
    assert_eq!((first.value(looked), second.ended("google", "abandoned")), (2.0, 0.0));
    // The flow that came back on the other node has no record of an end on this one.
    let recorded = first.vouchsafe.flows(&FlowFilter { limit: 5, ..FlowFilter::default() }).await.expect("read");
    let causes: Vec<_> = recorded.iter().map(|flow| flow.cause.code()).collect();
    assert_eq!(causes, ["abandoned"]);
}

#[actix_web::test]
async fn flow_that_nobody_comes_back_from_is_abandoned_sqlite() {
    abandoned_flow_is_counted_once(Database::Sqlite).await;
}

#[actix_web::test]
async fn flow_that_nobody_comes_back_from_is_abandoned_postgres() {
    abandoned_flow_is_counted_once(Database::Postgres).await;
}

#[actix_web::test]
async fn metrics_hold_nothing_about_a_user() {
    let app = TestApp::new();
    let measured = Measured::start(&app, "").await;
    let mut browser = Browser::new();
    let callback = measured.node.authorize(&mut browser, "google", "state=of-the-app", "mira").await;
    let url: url::Url = callback.parse().expect("a URL");
    let target = browser.get(&callback).await.location_url();
    let session = measured.node.session_of(&mut browser, &target).await;
    let tokens = measured.node.tokens(&browser, "google", &session).await.json();
    let text = measured.vouchsafe.metrics();
    let user = &session["user"];
    let secrets = [
        access_token(&session),
        refresh_token(&session),
        tokens["accessToken"].as_str().expect("a token"),
        user["id"].as_str().expect("an id"),
        user["email"].as_str().expect("an email"),
        user["displayName"].as_str().expect("a name"),
        session["refreshTokenId"].as_str().expect("an id"),
        &parameter(&url, "code").expect("a code"),
        &parameter(&url, "state").expect("a state"),
        "of-the-app",
        "127.0.0.1",
        "app.test",
    ]
    .map(str::to_owned);
    assert!(text.contains("outcome=\"new_user\"} 1"), "{text}");
    for secret in secrets {
        assert!(!text.contains(&secret), "{secret}");
    }
}

#[actix_web::test]
async fn listener_of_metrics_answers_what_promtool_accepts() {
    let app = real_time_app(Database::Sqlite).expect("SQLite is always available");
    let (listener, origin) = listen();
    drop(listener);
    let bind = origin.trim_start_matches("http://");
    let service = Service::start(&app, &format!("metrics.bind = '{bind}'")).await;
    service.node.session(&mut Browser::new(), "google", "mira").await;
    let response = Browser::new().get(&format!("{origin}/metrics")).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let text = response.text();
    for line in ["outcome=\"new_user\"} 1", "\nvouchsafe_ready 1\n", "\nvouchsafe_database_up 1\n"] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(text.contains(&format!("vouchsafe_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION"))));
    if let Some(checked) = promtool::check(&["metrics"], &text) {
        checked.expect("accepted");
    }
    assert_eq!(Browser::new().get(&format!("{origin}/readyz")).await.status, 200);
    assert_eq!(Browser::new().get(&format!("{origin}/user")).await.status, 404);
    assert_eq!(Browser::new().get(&format!("{}/metrics", service.node.base)).await.status, 404);
}

#[test]
fn alert_rules_are_what_promtool_accepts() {
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/packaging/prometheus/alerts.yml");
    if let Some(checked) = promtool::check(&["rules", rules], "") {
        checked.expect("accepted");
    }
}
