//! The app under test, its invariants, and the clients of the crash tests.

use serde_json::{Value, json};

use crate::support::app::{Database, TestApp, VERIFIER, access_token, parameter};
use crate::support::browser::{Browser, Response};
use crate::support::process::{Process, real_time_app};

/// Each query counts rows that must not exist.
const INVARIANTS: &[&str] = &[
    "SELECT COUNT(*) FROM identities WHERE user_id NOT IN (SELECT id FROM users)",
    "SELECT COUNT(*) FROM users WHERE id NOT IN (SELECT user_id FROM identities)",
    "SELECT COUNT(*) FROM users WHERE id NOT IN (SELECT user_id FROM user_roles)",
    "SELECT COUNT(*) FROM user_roles WHERE user_id NOT IN (SELECT id FROM users)",
    "SELECT COUNT(*) FROM sessions WHERE user_id NOT IN (SELECT user_id FROM identities)",
    "SELECT COUNT(*) FROM one_time_codes WHERE user_id NOT IN (SELECT user_id FROM identities)",
    "SELECT COUNT(*) FROM vault_entries v WHERE NOT EXISTS \
     (SELECT 1 FROM identities i WHERE i.user_id = v.user_id AND i.provider = v.provider)",
    // Each session and each pending code belongs to a used flow.
    "SELECT COUNT(*) FROM (SELECT COUNT(*) AS begun FROM sessions) s, (SELECT COUNT(*) AS waiting FROM one_time_codes) c, \
     (SELECT COUNT(*) AS claimed FROM used_flows) f WHERE s.begun + c.waiting > f.claimed",
    "SELECT COUNT(*) FROM (SELECT flow_id FROM audit_events WHERE flow_id IS NOT NULL GROUP BY flow_id HAVING COUNT(*) > 1) f",
    "SELECT COUNT(*) FROM audit_events WHERE session_id IS NOT NULL AND session_id NOT IN (SELECT id FROM sessions)",
];

const INVARIANTS_ON_SQLITE: &[&str] = &[
    "SELECT COUNT(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
    "SELECT COUNT(*) FROM pragma_foreign_key_check",
];

/// An app and the invariants that hold after each kill.
pub(super) struct CrashTest {
    pub(super) app: TestApp,
    pub(super) checks: Vec<&'static str>,
    max_batch: usize,
}

impl CrashTest {
    pub(super) fn with_max_batch(database: Database, max_batch: usize) -> Option<Self> {
        let more = if database == Database::Sqlite { INVARIANTS_ON_SQLITE } else { &[] };
        let checks = INVARIANTS.iter().chain(more).copied().collect();
        Some(Self { app: real_time_app(database)?, checks, max_batch })
    }

    pub(super) fn start(&self) -> Process {
        let database = format!("database = {{ max_batch = {},", self.max_batch);
        Process::start(&self.app, "warn", |settings| settings.replace("database = {", &database))
    }

    /// Deletes all rows.
    pub(super) async fn clear(&self) {
        for table in ["users", "used_flows", "audit_events", "pending_names"] {
            self.app.execute(&format!("DELETE FROM {table}")).await;
        }
    }

    /// The number of rows that violate an invariant.
    pub(super) async fn violations(&self) -> i64 {
        self.app.query(&format!("SELECT ({})", self.checks.join(") + ("))).await
    }

    pub(super) async fn check(&self, when: &str) {
        if self.violations().await == 0 {
            return;
        }
        for check in &self.checks {
            assert_eq!(self.app.query(check).await, 0, "{when}: {check}");
        }
    }

    pub(super) fn exchanges(&self) -> u64 {
        self.app.simulator.counts().google.token
    }
}

/// A browser with a started sign-in and its callback, not yet followed.
pub(super) struct Client {
    pub(super) browser: Browser,
    pub(super) base: String,
    pub(super) callback: String,
}

impl Client {
    pub(super) async fn authorize(base: &str, persona: &str, query: &str) -> Self {
        Self::authorize_at(&format!("{base}/signin/provider/google?{query}"), base, persona).await
    }

    pub(super) async fn authorize_at(start: &str, base: &str, persona: &str) -> Self {
        let mut browser = Browser::new();
        let start = browser.get(start).await.location();
        let callback = browser.get(&format!("{start}&login={persona}")).await.location();
        Self { browser, base: base.to_owned(), callback }
    }

    /// Follows the callback at a process that may crash.
    pub(super) async fn follow_callback(&self, at: &str) -> Option<Response> {
        self.browser.try_peek(&self.callback.replace(&self.base, at)).await
    }

    pub(super) async fn exchange(&self, at: &str, code: &str) -> Option<Response> {
        let body = json!({"code": code, "codeVerifier": VERIFIER}).to_string().into_bytes();
        let headers = [("Content-Type", "application/json")];
        self.browser.try_send("POST", &format!("{at}/token/exchange"), &headers, body).await
    }

    pub(super) async fn refresh(&self, at: &str, token: &str) -> Option<Response> {
        let body = json!({"refreshToken": token}).to_string().into_bytes();
        let headers = [("Content-Type", "application/json")];
        self.browser.try_send("POST", &format!("{at}/token"), &headers, body).await
    }

    /// Redeems the ticket cookie.
    pub(super) async fn redeem(&self, at: &str) -> Option<Response> {
        let cookies: Vec<_> = self.browser.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let headers = [("Origin", "https://app.test"), ("Accept", "application/json"), ("Cookie", &cookies)];
        self.browser.try_send("POST", &format!("{at}/api/auth/signin/external"), &headers, Vec::new()).await
    }

    pub(super) async fn fetch(&self, at: &str, session: &Value) -> Option<Response> {
        self.fetch_by(at, session, "").await
    }

    /// Claims the tokens with an idempotency key.
    pub(super) async fn fetch_by(&self, at: &str, session: &Value, name: &str) -> Option<Response> {
        let bearer = format!("Bearer {}", access_token(session));
        let url = format!("{at}/signin/provider/google/callback/tokens");
        let headers = [("Authorization", bearer.as_str()), ("Idempotency-Key", name)];
        let named = if name.is_empty() { 1 } else { 2 };
        self.browser.try_send("GET", &url, &headers[..named], Vec::new()).await
    }
}

pub(super) fn credential(response: &Response, name: &str) -> Option<String> {
    parameter(&response.location_url(), name)
}

/// The response of a process that did not crash.
pub(super) fn expect_response(response: Option<Response>) -> Response {
    response.expect("a response")
}

/// Finishes a sign-in: refresh token, session, and the provider's tokens once.
pub(super) async fn finish(client: &Client, at: &str) {
    let home = expect_response(client.follow_callback(at).await);
    let token = credential(&home, "refreshToken").unwrap_or_else(|| panic!("no refresh token in {}", home.location()));
    let session = expect_response(client.refresh(at, &token).await);
    assert_eq!(session.status, 200, "{}", session.text());
    let session = session.json();
    assert_eq!(expect_response(client.fetch(at, &session).await).status, 200);
    expect_response(client.fetch(at, &session).await).assert_error(400, "invalid-request");
}
