//! New users: the operator's settings and the app's options, on all four routes.

mod options;

use serde_json::{Value, json};

use crate::nhost::id_token::{HASHED, NONCE, id_token, present};
use crate::support::app::{CHALLENGE, Node, TestApp, access_token, parameter, refresh_token};
use crate::support::browser::Browser;
use vouchsafe_simulator::SimulatedProvider;

/// The routes that can create a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    /// `GET /signin/provider/{provider}`
    BrowserIn,
    /// `GET /signup/provider/{provider}`
    BrowserUp,
    /// `POST /signin/idtoken`
    TokenIn,
    /// `POST /signup/idtoken`
    TokenUp,
}

const ROUTES: [Route; 4] = [Route::BrowserIn, Route::BrowserUp, Route::TokenIn, Route::TokenUp];

/// The outcome: a session, no session, or an error code.
#[derive(Debug, PartialEq)]
enum End {
    Session(Value),
    Nothing,
    Error(String),
}

impl End {
    fn word(&self) -> &str {
        match self {
            Self::Session(_) => "session",
            Self::Nothing => "nothing",
            Self::Error(code) => code,
        }
    }

    fn user(self) -> Value {
        let Self::Session(session) = self else { panic!("not a session: {self:?}") };
        session["user"].clone()
    }
}

/// The options as a query string.
fn query(options: &Value) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (key, value) in options.as_object().expect("an object") {
        let text = match value {
            Value::Array(items) if key == "allowedRoles" => {
                items.iter().map(|item| item.as_str().expect("text")).collect::<Vec<_>>().join(",")
            }
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        query.append_pair(key, &text);
    }
    query.finish()
}

impl Route {
    fn is_sign_up(self) -> bool {
        matches!(self, Self::BrowserUp | Self::TokenUp)
    }

    /// Signs in or up by this route as `persona` of Google.
    async fn enter(self, app: &TestApp, node: &Node, persona: &str, options: &Value) -> End {
        let route = if self.is_sign_up() { "signup" } else { "signin" };
        if matches!(self, Self::TokenIn | Self::TokenUp) {
            let token = id_token(app, SimulatedProvider::Google, persona, HASHED).await;
            let body = json!({"provider": "google", "idToken": token, "nonce": NONCE, "options": options});
            let response = present(node, route, body).await;
            let answered = response.json();
            return match (response.status, answered.get("session")) {
                (200, Some(session)) => End::Session(session.clone()),
                (200, None) => End::Nothing,
                (status, _) => {
                    let code = answered["error"].as_str().expect("a code").to_owned();
                    response.assert_error(status, &code);
                    End::Error(code)
                }
            };
        }
        let mut browser = Browser::new();
        let start = format!("{}/v1/{route}/provider/google?{}", node.base, query(options));
        let started = browser.get(&start).await;
        if started.status != 302 {
            let code = started.json()["error"].as_str().expect("a code").to_owned();
            started.assert_error(started.status, &code);
            return End::Error(code);
        }
        let back = browser.get(&format!("{}&login={persona}", started.location())).await.location();
        let target = browser.get(&back).await.location_url();
        match (parameter(&target, "error"), parameter(&target, "refreshToken")) {
            (Some(code), None) => End::Error(code),
            (None, None) => End::Nothing,
            (None, Some(_)) => End::Session(node.session_of(&mut browser, &target).await),
            (Some(_), Some(_)) => panic!("state and error in {target}"),
        }
    }
}

/// Deletes all users and their rows.
async fn clear(app: &TestApp) {
    app.execute("DELETE FROM users").await;
}

/// Settings, persona, outcome of sign-in, outcome of sign-up, and the number of users after each.
type Row = (&'static str, &'static str, &'static str, &'static str, [i64; 2]);

const SHUT: &str = "invalid-email-password";

const ROWS: [Row; 27] = [
    ("", "mira", "session", "session", [1, 1]),
    ("", "jonas", "session", "session", [1, 1]),
    ("", "aiko", "session", "session", [1, 1]),
    ("enabled = false", "mira", "signup-disabled", "signup-disabled", [0, 0]),
    ("enabled = false", "aiko", "signup-disabled", "signup-disabled", [0, 0]),
    ("create_on_sign_in = false", "mira", SHUT, "session", [0, 1]),
    ("create_on_sign_in = false", "aiko", SHUT, "session", [0, 1]),
    ("create_on_sign_in = false\nenabled = false", "mira", SHUT, "signup-disabled", [0, 0]),
    ("new_users_disabled = true", "mira", "disabled-user", "disabled-user", [1, 1]),
    ("new_users_disabled = true", "aiko", "disabled-user", "disabled-user", [1, 1]),
    ("verified_email_required = true", "mira", "session", "session", [1, 1]),
    ("verified_email_required = true", "jonas", "nothing", "nothing", [1, 1]),
    ("verified_email_required = true", "aiko", "session", "session", [1, 1]),
    ("email_required = true", "mira", "session", "session", [1, 1]),
    ("email_required = true", "aiko", SHUT, SHUT, [0, 0]),
    ("allowed_emails = ['MIRA@example.org']", "mira", "session", "session", [1, 1]),
    ("allowed_emails = ['mira@example.org']", "rosa", SHUT, SHUT, [0, 0]),
    // Lists of allowed emails admit verified ones only, and no user without an email.
    ("allowed_emails = ['mira@example.org']", "aiko", SHUT, SHUT, [0, 0]),
    ("allowed_email_domains = ['example.net']", "jonas", "nothing", "nothing", [1, 1]),
    ("allowed_email_domains = ['Example.ORG']", "mira", "session", "session", [1, 1]),
    ("allowed_email_domains = ['example.org']", "rosa", SHUT, SHUT, [0, 0]),
    ("blocked_emails = ['Mira@Example.org']", "mira", SHUT, SHUT, [0, 0]),
    ("blocked_emails = ['mira@example.org']", "rosa", "session", "session", [1, 1]),
    ("blocked_email_domains = ['EXAMPLE.org']", "mira", SHUT, SHUT, [0, 0]),
    ("blocked_email_domains = ['example.org']", "rosa", "session", "session", [1, 1]),
    // The lists take precedence over pending verification: no user is stored.
    ("blocked_emails = ['mira@example.org']\nnew_users_disabled = true", "mira", SHUT, SHUT, [0, 0]),
    ("link_by_verified_email = false", "mira", "session", "session", [1, 1]),
];

#[actix_web::test]
async fn sign_up_settings_hold_on_all_four_routes() {
    let app = TestApp::new();
    for (rule, persona, signing_in, signing_up, users) in ROWS {
        let open = app.node_with(&format!("[sign_up]\n{rule}")).await;
        let is_refused = !matches!(signing_up, "session" | "nothing");
        let silent = format!("[nhost]\nconceal_errors = true\n[sign_up]\n{rule}");
        let silent = if is_refused { Some(app.node_with(&silent).await) } else { None };
        for route in ROUTES {
            let (expected, users) = if route.is_sign_up() { (signing_up, users[1]) } else { (signing_in, users[0]) };
            let end = route.enter(&app, &open, persona, &json!({})).await;
            assert_eq!(end.word(), expected, "{rule} {persona} {route:?}");
            let counts = [app.count("users").await, app.count("identities").await, app.count("sessions").await];
            let sessions = i64::from(expected == "session");
            assert_eq!(counts, [users, users, sessions], "{rule} {persona} {route:?}");
            assert!(sessions == 1 || app.count("vault_entries").await == 0, "{rule} {persona} {route:?}");
            clear(&app).await;

            if let Some(silent) = &silent {
                let end = route.enter(&app, silent, persona, &json!({})).await;
                assert_eq!(end.word(), "invalid-request", "concealed: {rule} {persona} {route:?}");
                clear(&app).await;
            }
        }
    }
}

#[actix_web::test]
async fn sign_up_settings_do_not_affect_known_users() {
    let app = TestApp::new();
    let before = app.node().await;
    let mira = Route::BrowserIn.enter(&app, &before, "mira", &json!({})).await.user();
    let aiko = Route::BrowserIn.enter(&app, &before, "aiko", &json!({})).await.user();
    let rules = "[sign_up]\nenabled = false\ncreate_on_sign_in = false\nnew_users_disabled = true\nemail_required = true\n\
                 verified_email_required = true";
    let after = app.node_with(rules).await;
    for route in [Route::BrowserIn, Route::TokenIn] {
        assert_eq!(route.enter(&app, &after, "mira", &json!({})).await.user(), mira);
        assert_eq!(route.enter(&app, &after, "aiko", &json!({})).await.user(), aiko);
    }
}

#[actix_web::test]
async fn email_lists_apply_to_known_users_on_every_route() {
    let app = TestApp::new();
    let before = app.node().await;
    let mut browser = Browser::new();
    let session = before.session(&mut browser, "google", "mira").await;
    let after = app.node_with("[sign_up]\nblocked_email_domains = ['example.org']").await;
    for route in [Route::BrowserIn, Route::TokenIn] {
        assert_eq!(route.enter(&app, &after, "mira", &json!({})).await.word(), SHUT, "{route:?}");
    }
    let bearer = access_token(&session);
    browser.get_as(&format!("{}/user", after.base), bearer).await.assert_error(401, SHUT);
    after.tokens(&browser, "google", &session).await.assert_error(401, SHUT);
    after.refresh(&browser, refresh_token(&session)).await.assert_error(401, SHUT);
    let target = after.connect(&mut browser, "github", &format!("connect={bearer}"), "aiko").await;
    assert_eq!(parameter(&target, "error").as_deref(), Some(SHUT));
    assert_eq!(app.count("identities").await, 1);
}

#[actix_web::test]
async fn sign_up_of_a_known_identity_or_email_is_refused() {
    let app = TestApp::new();
    let node = app.node().await;
    node.session(&mut Browser::new(), "github", "mira").await;
    node.session(&mut Browser::new(), "google", "jonas").await;
    for route in [Route::BrowserUp, Route::TokenUp] {
        for persona in ["mira", "jonas"] {
            assert_eq!(route.enter(&app, &node, persona, &json!({})).await.word(), "user-already-exists", "{route:?}");
        }
    }
    assert_eq!((app.count("users").await, app.count("identities").await), (2, 2));
}

#[actix_web::test]
async fn sign_up_disabled_is_reported_before_other_errors() {
    let app = TestApp::new();
    let node = app.node_with("sign_up = { enabled = false }").await;
    for query in ["", "redirectTo=https%3A%2F%2Fevil.test", "allowedRoles=admin"] {
        for provider in ["google", "apple"] {
            let response = Browser::new().get(&format!("{}/signup/provider/{provider}?{query}", node.base)).await;
            response.assert_error(403, "signup-disabled");
        }
    }
}

#[actix_web::test]
async fn sign_up_start_is_validated_like_sign_in() {
    let app = TestApp::new();
    let node = app.node().await;
    for (query, error) in [
        ("codeChallenge=too-short", "invalid-request"),
        ("codeChallenge=", "invalid-request"),
        ("redirectTo=https%3A%2F%2Fevil.test", "redirectTo-not-allowed"),
        ("displayName=", "invalid-request"),
        ("locale=x", "invalid-request"),
        ("metadata=%5B%5D", "invalid-request"),
        ("defaultRole=a&defaultRole=b", "invalid-request"),
    ] {
        for route in ["signin", "signup"] {
            let response = Browser::new().get(&format!("{}/{route}/provider/google?{query}", node.base)).await;
            response.assert_error(400, error);
        }
    }
    let off = Browser::new().get(&format!("{}/signup/provider/apple?state=s", node.base)).await.location_url();
    assert_eq!(parameter(&off, "error").as_deref(), Some("disabled-endpoint"));
    Browser::new().get(&format!("{}/signup/provider/nobody", node.base)).await.assert_error(400, "invalid-request");
    let posted = Browser::new().post_json(&format!("{}/signup/provider/google", node.base), &json!({})).await;
    posted.assert_error(405, "invalid-request");
}

#[actix_web::test]
async fn sign_up_finishes_on_another_node_with_a_code() {
    let app = TestApp::new();
    let rule = "sign_up = { create_on_sign_in = false }";
    let (here, there) = (app.node_with(rule).await, app.node_with(rule).await);
    let sign_up = async |query: &str| {
        let mut browser = Browser::new();
        let started = browser.get(&format!("{}/signup/provider/google?{query}", here.base)).await.location();
        let back = browser.get(&format!("{started}&login=mira")).await.location();
        browser.get(&back.replace(&here.base, &there.base)).await.location_url()
    };
    let target =
        sign_up(&format!("codeChallenge={CHALLENGE}&state=s&redirectTo=https%3A%2F%2Fapp.test%2Fin%3Fa%3D1")).await;
    let code = parameter(&target, "code").unwrap_or_else(|| panic!("no code in {target}"));
    assert_eq!((code.len(), target.path(), parameter(&target, "state").as_deref()), (43, "/in", Some("s")));
    assert_eq!((parameter(&target, "a").as_deref(), parameter(&target, "refreshToken")), (Some("1"), None));
    assert_eq!((app.count("users").await, app.count("sessions").await), (1, 0));
    let again = sign_up("state=s").await;
    assert_eq!(parameter(&again, "error").as_deref(), Some("user-already-exists"));
    assert_eq!(parameter(&again, "state").as_deref(), Some("s"));
}

#[actix_web::test]
async fn sign_up_with_connect_is_refused() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "mira").await;
    let bearer = access_token(&session);
    let started = browser.get(&format!("{}/signup/provider/github?connect={bearer}", node.base)).await.location();
    let back = browser.get(&format!("{started}&login=aiko")).await.location();
    let target = browser.get(&back).await.location_url();
    assert_ne!(node.session_of(&mut browser, &target).await["user"]["id"], session["user"]["id"]);
}

#[actix_web::test]
async fn concealed_errors_reveal_no_account() {
    let app = TestApp::new();
    let node = app.node_with("[nhost]\nconceal_errors = true").await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "mira").await;
    let bearer = access_token(&session).to_owned();
    for (query, error) in
        [("allowedRoles=admin", "invalid-request"), ("defaultRole=admin", "default-role-must-be-in-allowed-roles")]
    {
        let target = node.sign_in(&mut browser, "github", query, "rosa").await;
        assert_eq!(parameter(&target, "error").as_deref(), Some(error), "{query}");
        assert!(!target.as_str().contains("Role+not+allowed"), "{target}");
    }
    let target = node.connect(&mut browser, "google", &format!("connect={bearer}"), "mira").await;
    assert_eq!(parameter(&target, "error").as_deref(), Some("provider-account-already-linked"));
    let elsewhere = browser.get(&format!("{}/signin/provider/google?redirectTo=https://evil.test", node.base)).await;
    elsewhere.assert_error(400, "redirectTo-not-allowed");

    node.refresh(&browser, "8a9f8c1e-2f5b-4b6e-9c53-000000000000").await.assert_error(400, "invalid-request");
    browser.get_as(&format!("{}/user", node.base), "x.y.z").await.assert_error(401, "invalid-request");
    app.execute("UPDATE users SET disabled = TRUE").await;
    for path in ["/user", "/signin/provider/google/callback/tokens"] {
        let response = browser.get_as(&format!("{}/v1{path}", node.base), &bearer).await;
        response.assert_error(400, "invalid-request");
        assert_eq!(response.header("www-authenticate"), None);
        assert_eq!(response.json()["message"], "The request payload is incorrect");
    }
}
