//! Every route of both dialects with every kind of access token: what each may do, and that a refused request changes
//! nothing.

use serde_json::{Value, json};
use vouchsafe_simulator::SimulatedProvider;

use crate::aufy::{self, PAGE};
use crate::nhost::id_token::{HASHED, NONCE, id_token};
use crate::support::app::{self, Node, TestApp, access_token};
use crate::support::browser::{Browser, Response};

/// What a route needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// A session that has not ended, of an enabled user.
    Live,
    /// A live session that began a short while ago.
    Fresh,
}

/// What happened to the session after the access token was issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Absent,
    Malformed,
    /// A valid token of the other dialect.
    OtherDialect,
    /// The refresh token of the session.
    Refresh,
    Expired,
    SignedOut,
    SignedOutEverywhere,
    Disabled,
    Stale,
    Fresh,
}

const TOKENS: [Token; 10] = [
    Token::Absent,
    Token::Malformed,
    Token::OtherDialect,
    Token::Refresh,
    Token::Expired,
    Token::SignedOut,
    Token::SignedOutEverywhere,
    Token::Disabled,
    Token::Stale,
    // The last one changes rows.
    Token::Fresh,
];

pub(super) type Route = (&'static str, &'static str, Needs);

pub(super) const NHOST: [Route; 10] = [
    ("GET", "/user", Needs::Live),
    ("GET", "/user/providers", Needs::Live),
    ("GET", "/user/sessions", Needs::Live),
    ("DELETE", "/user/sessions/00000000-0000-4000-8000-000000000000", Needs::Live),
    ("GET", "/signin/provider/github/callback/tokens", Needs::Live),
    ("POST", "/token/provider/google", Needs::Live),
    ("POST", "/link/provider/github", Needs::Fresh),
    ("POST", "/link/idtoken", Needs::Fresh),
    ("DELETE", "/user/providers/github", Needs::Fresh),
    ("GET", "/user/providers/github/token", Needs::Live),
];

pub(super) const AUFY: [Route; 3] = [
    ("GET", "/api/auth/whoami", Needs::Live),
    ("GET", "/api/account/info", Needs::Live),
    ("POST", "/api/account/link/external", Needs::Fresh),
];

/// An app with Mira's account: two providers, one session in each dialect.
pub(super) struct Fixture {
    pub(super) app: TestApp,
    pub(super) node: Node,
    pub(super) nhost: Value,
    aufy: Value,
    aufy_browser: Browser,
}

impl Fixture {
    pub(super) async fn new() -> Self {
        let app = TestApp::new();
        let more = "session.reauthentication_window = '10m'\nsession.access_token_ttl = '1h'";
        let node = app.node_with(more).await;
        node.session(&mut Browser::new(), "github", "mira").await;
        let nhost = node.session(&mut Browser::new(), "google", "mira").await;
        let mut aufy_browser = Browser::new();
        let aufy = node.enter(&mut aufy_browser, "google", "mira").await;
        Self { app, node, nhost, aufy, aufy_browser }
    }

    /// The token to present at a route of the dialect, in the state that `token` names.
    pub(super) async fn token(&mut self, token: Token, is_aufy: bool) -> Option<String> {
        let here = if is_aufy { aufy::access_token(&self.aufy) } else { access_token(&self.nhost) }.to_owned();
        match token {
            Token::Absent => return None,
            Token::Malformed => return Some("x.y.z".to_owned()),
            Token::OtherDialect if is_aufy => return Some(access_token(&self.nhost).to_owned()),
            Token::OtherDialect => return Some(aufy::access_token(&self.aufy).to_owned()),
            Token::Refresh => return Some(app::refresh_token(&self.nhost).to_owned()),
            Token::Expired => self.app.wait(3_601),
            Token::Stale => self.app.wait(601),
            Token::Disabled => self.app.execute("UPDATE users SET disabled = TRUE").await,
            Token::SignedOut if is_aufy => {
                let route = "auth/signout";
                assert_eq!(self.node.post(&mut self.aufy_browser, route, Some(&here), "").await.status, 200);
            }
            Token::SignedOut => {
                let body = json!({"refreshToken": self.nhost["refreshToken"]});
                Browser::new().post_json(&format!("{}/signout", self.node.base), &body).await;
            }
            Token::SignedOutEverywhere => {
                let other = self.node.session(&mut Browser::new(), "google", "mira").await;
                let url = format!("{}/signout", self.node.base);
                let response = Browser::new().post_json_as(&url, access_token(&other), &json!({"all": true})).await;
                assert_eq!(response.status, 200);
            }
            Token::Fresh => {}
        }
        Some(here)
    }

    /// Requests a route as a well-behaved client does, with all that the route needs besides the token.
    async fn request(&self, (method, path, _): Route, token: Option<&str>) -> Response {
        let mut browser = Browser::new();
        let mut body = json!({});
        if path == "/link/idtoken" {
            let id_token = id_token(&self.app, SimulatedProvider::Google, "rosa", HASHED).await;
            body = json!({"provider": "google", "idToken": id_token, "nonce": NONCE});
        }
        if path == "/token/provider/google" {
            body = json!({"refreshToken": "a-refresh-token"});
        }
        if path.ends_with("/link/external") {
            self.node.hand_over(&mut browser, "oidc", "rosa").await;
        }
        let bearer = token.map(|token| format!("Bearer {token}"));
        let mut headers = vec![("Content-Type", "application/json"), ("Origin", PAGE), ("Accept", "application/json")];
        headers.extend(bearer.as_deref().map(|bearer| ("Authorization", bearer)));
        browser.fetch(method, &format!("{}{path}", self.node.base), &headers, &body.to_string()).await
    }
}

async fn walk(routes: &[Route], is_aufy: bool) {
    for token in TOKENS {
        let mut fixture = Fixture::new().await;
        let presented = fixture.token(token, is_aufy).await;
        for route in routes {
            let (method, path, needs) = *route;
            let before = fixture.app.row_counts().await;
            let response = fixture.request(*route, presented.as_deref()).await;
            let status = response.status;
            let expected: &[u16] = match (token, needs) {
                // The provider refuses the invented refresh token; its tokens are not kept.
                (Token::Fresh | Token::Stale, Needs::Live)
                    if path.starts_with("/token/") || path.ends_with("/token") =>
                {
                    &[400, 401]
                }
                (Token::Fresh, _) | (Token::Stale, Needs::Live) => &[200],
                (Token::Stale, Needs::Fresh) => &[403],
                // Clients of the Nhost dialect distinguish a disabled user by the code, those of Aufy by 403.
                (Token::Disabled, _) => &[401, 403],
                _ => &[401],
            };
            assert!(expected.contains(&status), "{token:?} {method} {path}: {status} {}", response.text());
            let is_json = response.header("content-type").is_some_and(|kind| kind.contains("json"));
            assert!(is_json && response.header("cache-control") == Some("no-store"), "{token:?} {method} {path}");
            if !expected.contains(&200) {
                assert_eq!(fixture.app.row_counts().await, before, "{token:?} {method} {path}");
            }
        }
    }
}

#[actix_web::test]
async fn nhost_routes_require_the_documented_session() {
    walk(&NHOST, false).await;
}

#[actix_web::test]
async fn aufy_routes_require_the_documented_session() {
    walk(&AUFY, true).await;
}

/// `connect=` starts no flow with a token that is not fresh.
#[actix_web::test]
async fn connect_requires_a_fresh_session() {
    for token in TOKENS {
        if matches!(token, Token::Absent) {
            continue;
        }
        let mut fixture = Fixture::new().await;
        let presented = fixture.token(token, false).await.expect("a token");
        let before = fixture.app.row_counts().await;
        for route in ["signin", "v1/signin"] {
            let mut browser = Browser::new();
            let url = format!("{}/{route}/provider/oidc?connect={presented}", fixture.node.base);
            let start = browser.get(&url).await;
            let is_started = start.header("location").is_some_and(|target| target.contains("/simulator/"));
            assert_eq!(is_started, token == Token::Fresh, "{token:?}: {} {:?}", start.status, start.header("location"));
            assert_eq!(browser.jar.is_empty(), !is_started, "{token:?}");
        }
        assert_eq!(fixture.app.row_counts().await, before, "{token:?}");
    }
}
