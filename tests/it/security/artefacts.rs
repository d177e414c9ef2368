//! Everything that the service or a provider issues, presented at every place that takes something: each is good at its own
//! places only, and presenting it elsewhere uses nothing up.

use serde_json::json;
use vouchsafe_simulator::SimulatedProvider;

use super::token_exchange::{SECRET, basic, clients, form, post};
use crate::aufy::{self, ACCESS, REFRESH, SIGN_IN};
use crate::nhost::id_token::{HASHED, NONCE, id_token};
use crate::ops::admin::{TOKEN, settings, user_id};
use crate::support::app::{CHALLENGE, Node, TestApp, VERIFIER, access_token, parameter, refresh_token};
use crate::support::browser::{Browser, Response, hidden_fields};

const WEBHOOK_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What was issued, by name.
struct Artefacts {
    all: Vec<(&'static str, String)>,
    /// The state of a flow that has begun, whose cookie is among the artefacts.
    state: String,
}

impl Artefacts {
    fn add(&mut self, name: &'static str, value: impl Into<String>) {
        self.all.push((name, value.into()));
    }

    fn get(&self, name: &str) -> &str {
        &self.all.iter().find(|(known, _)| *known == name).expect("an artefact").1
    }
}

async fn issue(app: &TestApp, node: &Node) -> Artefacts {
    let mut found = Artefacts { all: Vec::new(), state: String::new() };
    let session = node.session(&mut Browser::new(), "google", "mira").await;
    found.add("access token", access_token(&session));
    found.add("refresh token", refresh_token(&session));
    found.add("user id", user_id(&session));
    found.add("session id", session["refreshTokenId"].as_str().expect("an id"));
    let kept = node.provider_token(&Browser::new(), "google", "", &session).await.json();
    found.add("provider's access token", access_token(&kept));
    found.add("provider's id_token", id_token(app, SimulatedProvider::Google, "mira", HASHED).await);

    let mut browser = Browser::new();
    let tokens = node.enter(&mut browser, "github", "aiko").await;
    found.add("Aufy access token", aufy::access_token(&tokens));
    found.add("Aufy refresh cookie", &browser.jar[REFRESH]);
    node.hand_over(&mut browser, "github", "rosa").await;
    found.add("Aufy hand-over cookie", &browser.jar[SIGN_IN]);

    let target = node.sign_in(&mut Browser::new(), "google", &format!("codeChallenge={CHALLENGE}"), "jonas").await;
    found.add("one-time code", parameter(&target, "code").expect("a code"));
    found.add("verifier", VERIFIER);

    let mut browser = Browser::new();
    let callback = node.authorize(&mut browser, "google", "", "mira").await;
    let parameter = |name| parameter(&callback.parse().expect("a URL"), name).expect("sent");
    found.state = parameter("state");
    found.add("state", found.state.clone());
    found.add("provider's code", parameter("code"));
    found.add("flow cookie", browser.jar.values().next().expect("a cookie"));

    let mut browser = Browser::new();
    let url = format!("{}/link/provider/github", node.base);
    let begun = browser.post_json_with_cookies(&url, access_token(&session), &json!({})).await.json();
    let authorize = begun["url"].as_str().expect("a URL");
    let callback = browser.get(&format!("{authorize}&login=user-5")).await.location();
    let page = browser.get(&callback).await.location();
    let fields = hidden_fields(&browser.get(&page).await.text());
    found.add("link cookie", &browser.jar["vouchsafe-link"]);
    found.add("token of the link's form", fields.rsplit('=').next().expect("a token"));

    let mut browser = Browser::new();
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Origin", node.base.as_str())];
    let url = format!("{}/admin/inspector/sign-in", node.base);
    browser.fetch("POST", &url, &headers, &format!("token={TOKEN}")).await;
    found.add("operator's cookie", &browser.jar["vouchsafe-admin"]);
    found.add("operator's token", TOKEN);
    found.add("client's secret", SECRET);
    found.add("secret of a webhook", WEBHOOK_SECRET);
    found.add("nothing", "");
    found.add("null", "null");
    found
}

/// A place that takes something, with the artefacts that are good there.
type Slot = (&'static str, &'static [&'static str]);

const SLOTS: [Slot; 21] = [
    ("bearer of /user", &["access token"]),
    ("bearer of /user/providers/google/token", &["access token"]),
    ("bearer of /link/provider/github", &["access token"]),
    ("bearer of /signout of all", &["access token"]),
    ("bearer of whoami", &["Aufy access token"]),
    ("bearer of /admin/users", &["operator's token"]),
    ("token of /token/verify", &["access token"]),
    ("connect of a start", &["access token", "nothing", "null"]),
    // A refresh token is of a session, not of a dialect.
    ("refresh token", &["refresh token", "Aufy refresh cookie"]),
    ("one-time code", &["one-time code"]),
    ("id_token", &["provider's id_token"]),
    ("flow cookie", &["flow cookie"]),
    ("form cookie", &[]),
    ("link cookie", &["link cookie"]),
    ("hand-over cookie", &["Aufy hand-over cookie"]),
    ("access cookie", &["Aufy access token"]),
    ("refresh cookie", &["Aufy refresh cookie", "refresh token"]),
    ("refresh header", &["Aufy refresh cookie", "refresh token"]),
    ("operator's cookie", &["operator's cookie"]),
    ("subject token", &["access token", "Aufy access token"]),
    ("client's secret", &["client's secret"]),
];

/// Presents a value at a place.
async fn present(node: &Node, found: &Artefacts, slot: &str, value: &str) -> Response {
    let (state, subject) = (&found.state, found.get("access token"));
    let mut browser = Browser::new();
    let own = [("Origin", node.base.as_str()), ("Content-Type", "application/json")];
    let url = |path: &str| format!("{}{path}", node.base);
    let bearer = format!("Bearer {value}");
    let as_bearer = [("Authorization", bearer.as_str()), own[1]];
    let encoded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let mut with_cookie = async |name: &str, method: &str, path: &str| {
        browser.jar.insert(name.to_owned(), value.to_owned());
        browser.fetch(method, &url(path), &own, if method == "GET" { "" } else { "{}" }).await
    };
    let here = Browser::new();
    match slot {
        "bearer of /user" => here.send("GET", &url("/user"), &as_bearer, vec![]).await,
        "bearer of /user/providers/google/token" => {
            here.send("GET", &url("/user/providers/google/token"), &as_bearer, vec![]).await
        }
        "bearer of /link/provider/github" => {
            here.send("POST", &url("/link/provider/github"), &as_bearer, b"{}".to_vec()).await
        }
        "bearer of /signout of all" => {
            here.send("POST", &url("/signout"), &as_bearer, br#"{"all":true}"#.to_vec()).await
        }
        "bearer of whoami" => here.send("GET", &node.auth("whoami"), &as_bearer, vec![]).await,
        "bearer of /admin/users" => here.send("GET", &url("/admin/users"), &as_bearer, vec![]).await,
        "token of /token/verify" => here.post_json(&url("/token/verify"), &json!({"token": value})).await,
        "connect of a start" => here.peek(&url(&format!("/signin/provider/github?connect={encoded}"))).await,
        "refresh token" => node.refresh(&here, value).await,
        "one-time code" => {
            here.post_json(&url("/token/exchange"), &json!({"code": value, "codeVerifier": VERIFIER})).await
        }
        "id_token" => {
            let body = json!({"provider": "google", "idToken": value, "nonce": NONCE});
            here.post_json(&url("/signin/idtoken"), &body).await
        }
        "flow cookie" => {
            let callback = format!("/signin/provider/google/callback?state={state}&code=c");
            with_cookie(&format!("vouchsafe-flow.{state}"), "GET", &callback).await
        }
        "form cookie" => {
            let callback = format!("/signin/provider/google/callback?state={state}");
            with_cookie("vouchsafe-form", "GET", &callback).await
        }
        "link cookie" => with_cookie("vouchsafe-link", "GET", "/link/confirm").await,
        "hand-over cookie" => with_cookie(SIGN_IN, "POST", "/api/auth/signin/external").await,
        "access cookie" => with_cookie(ACCESS, "GET", "/api/auth/whoami").await,
        "refresh cookie" => with_cookie(REFRESH, "POST", "/api/auth/token/refresh").await,
        "refresh header" => here.send("POST", &node.auth("token/refresh"), &as_bearer, b"{}".to_vec()).await,
        "operator's cookie" => with_cookie("vouchsafe-admin", "GET", "/admin/inspector/users").await,
        "subject token" => post(node, &[("Authorization", &basic("worker", SECRET))], &form(value, &[])).await,
        "client's secret" => post(node, &[("Authorization", &basic("worker", value))], &form(subject, &[])).await,
        other => panic!("{other} is not a place"),
    }
}

/// Whether a value was not accepted: an error, or a redirect that names one or leads to a sign-in.
fn is_refused(response: &Response) -> bool {
    match response.status {
        302 | 303 => {
            let location = response.location();
            let is_home = location.parse::<url::Url>().is_ok_and(|target| parameter(&target, "error").is_some());
            is_home || location.starts_with("/admin")
        }
        status => (400..500).contains(&status),
    }
}

#[actix_web::test]
async fn each_artefact_is_good_at_its_own_places_only() {
    let app = TestApp::new();
    let webhook = format!("webhooks.app = {{ url = 'http://127.0.0.1:9/', secret = '{WEBHOOK_SECRET}' }}\n");
    let node = app.managed_node(&format!("{webhook}{}{}", clients(), settings())).await;
    let found = issue(&app, &node).await;
    let before = (app.row_counts().await, app.count("tickets").await, app.count("used_flows").await);
    let mut accepted = Vec::new();
    let mut refused = 0;
    for (slot, good) in SLOTS {
        for (name, value) in &found.all {
            if good.contains(name) {
                continue;
            }
            let response = present(&node, &found, slot, value).await;
            if is_refused(&response) {
                refused += 1;
            } else {
                accepted.push(format!("{name} as {slot}: {} {}", response.status, response.text()));
            }
        }
    }
    assert_eq!(accepted, Vec::<String>::new());
    let after = (app.row_counts().await, app.count("tickets").await, app.count("used_flows").await);
    assert_eq!(after, before, "a refused request changed something");
    println!("artefacts at places of others: {refused} refused");

    // None was used up.
    for slot in [
        "refresh token",
        "one-time code",
        "link cookie",
        "hand-over cookie",
        "refresh cookie",
        "operator's cookie",
        "id_token",
        "bearer of whoami",
        "bearer of /user/providers/google/token",
        "subject token",
        "client's secret",
        "bearer of /signout of all",
    ] {
        let good = SLOTS.iter().find(|(known, _)| *known == slot).expect("a place").1;
        let response = present(&node, &found, slot, found.get(good[0])).await;
        assert_eq!(response.status, 200, "{} as {slot}: {}", good[0], response.text());
        for (name, value) in [("cache-control", "no-store"), ("pragma", "no-cache")] {
            assert_eq!(response.header(name), Some(value), "{name} of {slot}");
        }
    }
}
