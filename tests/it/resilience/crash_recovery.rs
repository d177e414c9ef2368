//! Kills the process at every fail point and at random moments and restarts it on the same database: no partial
//! state, no repeated effect, and pending sign-ins finish.
//!
//! Every run has one kill for each fail point and database; `VOUCHSAFE_TEST_ROUNDS=full` makes it more than 500.

use std::time::Duration;

use serde_json::{Value, json};
use vouchsafe::domain::random::{OsRandom, RandomSource};

use crate::resilience::concurrency::is_full;
use crate::support::app::{CHALLENGE, Database, TestApp, VERIFIER, access_token, parameter};
use crate::support::browser::{Browser, Response};
use crate::support::process::{Process, SIGABRT, SIGKILL, real_time_app};

/// The fail points in the order of a sign-in, and the state after a crash there.
const FAIL_POINTS: &[(&str, Outcome)] = &[
    ("callback", Outcome::All),
    ("mark-used", Outcome::Nothing),
    ("exchange", Outcome::Nothing),
    ("identify", Outcome::Nothing),
    ("facts", Outcome::Nothing),
    ("user", Outcome::Nothing),
    ("identity", Outcome::Nothing),
    ("deposit", Outcome::Nothing),
    ("session", Outcome::Nothing),
    ("commit", Outcome::Nothing),
    ("sign-in", Outcome::Account),
    ("code", Outcome::Code),
    ("code-commit", Outcome::Code),
    ("take", Outcome::Tokens),
    ("taken", Outcome::NoTokens),
    ("taken", Outcome::TokensAgain),
    ("ticket", Outcome::Ticket),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Nothing was stored; the callback can be repeated.
    All,
    /// The flow is used; nothing else was stored.
    Nothing,
    /// The flow is used; the account exists.
    Account,
    /// The code can still be exchanged.
    Code,
    /// The tokens can still be claimed.
    Tokens,
    /// The tokens are lost, rather than returned twice.
    NoTokens,
    /// The tokens are lost, except for a replay with the same idempotency key.
    TokensAgain,
    /// The ticket of the Aufy dialect can still be redeemed.
    Ticket,
}

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
struct CrashTest {
    app: TestApp,
    checks: Vec<&'static str>,
}

impl CrashTest {
    fn on(database: Database) -> Option<Self> {
        let more = if database == Database::Sqlite { INVARIANTS_ON_SQLITE } else { &[] };
        Some(Self { app: real_time_app(database)?, checks: INVARIANTS.iter().chain(more).copied().collect() })
    }

    fn start(&self) -> Process {
        Process::start(&self.app, "warn", |settings| settings)
    }

    /// Deletes all rows.
    async fn clear(&self) {
        for table in ["users", "used_flows", "audit_events", "pending_names"] {
            self.app.execute(&format!("DELETE FROM {table}")).await;
        }
    }

    /// The number of rows that violate an invariant.
    async fn violations(&self) -> i64 {
        self.app.query(&format!("SELECT ({})", self.checks.join(") + ("))).await
    }

    async fn check(&self, when: &str) {
        if self.violations().await == 0 {
            return;
        }
        for check in &self.checks {
            assert_eq!(self.app.query(check).await, 0, "{when}: {check}");
        }
    }

    fn exchanges(&self) -> u64 {
        self.app.simulator.counts().google.token
    }
}

/// A browser with a started sign-in and its callback, not yet followed.
struct Client {
    browser: Browser,
    base: String,
    callback: String,
}

impl Client {
    async fn authorize(base: &str, persona: &str, query: &str) -> Self {
        Self::authorize_at(&format!("{base}/signin/provider/google?{query}"), base, persona).await
    }

    async fn authorize_at(start: &str, base: &str, persona: &str) -> Self {
        let mut browser = Browser::new();
        let start = browser.get(start).await.location();
        let callback = browser.get(&format!("{start}&login={persona}")).await.location();
        Self { browser, base: base.to_owned(), callback }
    }

    /// Follows the callback at a process that may crash.
    async fn follow_callback(&self, at: &str) -> Option<Response> {
        self.browser.try_peek(&self.callback.replace(&self.base, at)).await
    }

    async fn exchange(&self, at: &str, code: &str) -> Option<Response> {
        let body = json!({"code": code, "codeVerifier": VERIFIER}).to_string().into_bytes();
        let headers = [("Content-Type", "application/json")];
        self.browser.try_send("POST", &format!("{at}/token/exchange"), &headers, body).await
    }

    async fn refresh(&self, at: &str, token: &str) -> Option<Response> {
        let body = json!({"refreshToken": token}).to_string().into_bytes();
        let headers = [("Content-Type", "application/json")];
        self.browser.try_send("POST", &format!("{at}/token"), &headers, body).await
    }

    /// Redeems the ticket cookie.
    async fn redeem(&self, at: &str) -> Option<Response> {
        let cookies: Vec<_> = self.browser.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let headers = [("Origin", "https://app.test"), ("Accept", "application/json"), ("Cookie", &cookies)];
        self.browser.try_send("POST", &format!("{at}/api/auth/signin/external"), &headers, Vec::new()).await
    }

    async fn fetch(&self, at: &str, session: &Value) -> Option<Response> {
        self.fetch_by(at, session, "").await
    }

    /// Claims the tokens with an idempotency key.
    async fn fetch_by(&self, at: &str, session: &Value, name: &str) -> Option<Response> {
        let bearer = format!("Bearer {}", access_token(session));
        let url = format!("{at}/signin/provider/google/callback/tokens");
        let headers = [("Authorization", bearer.as_str()), ("Idempotency-Key", name)];
        let named = if name.is_empty() { 1 } else { 2 };
        self.browser.try_send("GET", &url, &headers[..named], Vec::new()).await
    }
}

fn credential(response: &Response, name: &str) -> Option<String> {
    parameter(&response.location_url(), name)
}

/// The response of a process that did not crash.
fn expect_response(response: Option<Response>) -> Response {
    response.expect("a response")
}

/// Finishes a sign-in: refresh token, session, and the provider's tokens once.
async fn finish(client: &Client, at: &str) {
    let home = expect_response(client.follow_callback(at).await);
    let token = credential(&home, "refreshToken").unwrap_or_else(|| panic!("no refresh token in {}", home.location()));
    let session = expect_response(client.refresh(at, &token).await);
    assert_eq!(session.status, 200, "{}", session.text());
    let session = session.json();
    assert_eq!(expect_response(client.fetch(at, &session).await).status, 200);
    expect_response(client.fetch(at, &session).await).assert_error(400, "invalid-request");
}

/// One crash at one fail point, and the checks after it. Returns the restarted process.
async fn kill_at(test: &CrashTest, process: Process, place: &str, outcome: Outcome) -> Process {
    test.clear().await;
    let at = process.base.clone();
    let bystander = Client::authorize(&at, "jonas", "").await;
    let start = match outcome {
        Outcome::Code => format!("{at}/signin/provider/google?codeChallenge={CHALLENGE}"),
        Outcome::Ticket => format!("{at}/api/auth/external/challenge/google?callbackUrl=https://app.test/signed-in"),
        _ => format!("{at}/signin/provider/google"),
    };
    let mut victim = Client::authorize_at(&start, &at, "mira").await;
    let before = test.exchanges();
    let (mut code, mut session) = (String::new(), Value::Null);
    let response = match outcome {
        Outcome::All | Outcome::Nothing | Outcome::Account => {
            process.abort_at(place);
            victim.follow_callback(&at).await
        }
        Outcome::Code => {
            code = credential(&expect_response(victim.follow_callback(&at).await), "code").expect("a code");
            process.abort_at(place);
            victim.exchange(&at, &code).await
        }
        Outcome::Ticket => {
            let flow = victim.browser.jar.clone();
            victim.browser.get(&victim.callback).await;
            victim.browser.jar.extend(flow);
            process.abort_at(place);
            victim.redeem(&at).await
        }
        Outcome::Tokens | Outcome::NoTokens | Outcome::TokensAgain => {
            let token = credential(&expect_response(victim.follow_callback(&at).await), "refreshToken")
                .expect("a refresh token");
            session = expect_response(victim.refresh(&at, &token).await).json();
            process.abort_at(place);
            victim.fetch_by(&at, &session, if outcome == Outcome::TokensAgain { "a" } else { "" }).await
        }
    };
    assert!(response.is_none(), "{place}: {response:?}");
    assert_eq!(process.signal(), Some(SIGABRT), "{place}");
    test.check(place).await;

    let successor = test.start();
    let at = successor.base.clone();
    // The same callback again.
    let again = expect_response(victim.follow_callback(&at).await);
    assert_eq!(credential(&again, "refreshToken").is_some(), outcome == Outcome::All, "{place}: {}", again.location());
    assert_eq!(credential(&again, "code"), None, "{place}");
    // After a crash before the exchange the code was never sent.
    assert_eq!(test.exchanges() - before, u64::from(place != "mark-used"), "{place}");
    let users = test.app.count("users").await;
    assert_eq!(users, i64::from(!matches!(outcome, Outcome::Nothing | Outcome::Ticket)), "{place}");
    match outcome {
        Outcome::Code => {
            assert_eq!(expect_response(victim.exchange(&at, &code).await).status, 200, "{place}");
            expect_response(victim.exchange(&at, &code).await).assert_error(400, "invalid-request");
        }
        Outcome::Tokens => {
            assert_eq!(expect_response(victim.fetch(&at, &session).await).status, 200, "{place}");
            expect_response(victim.fetch(&at, &session).await).assert_error(400, "invalid-request");
        }
        Outcome::NoTokens => expect_response(victim.fetch(&at, &session).await).assert_error(400, "invalid-request"),
        Outcome::TokensAgain => {
            expect_response(victim.fetch_by(&at, &session, "b").await).assert_error(400, "invalid-request");
            assert_eq!(expect_response(victim.fetch_by(&at, &session, "a").await).status, 200, "{place}");
        }
        Outcome::Ticket => {
            assert_eq!(expect_response(victim.redeem(&at).await).status, 200, "{place}");
            assert_eq!(expect_response(victim.redeem(&at).await).status, 401, "{place}");
        }
        Outcome::Nothing | Outcome::Account => finish(&Client::authorize(&at, "mira", "").await, &at).await,
        Outcome::All => {}
    }
    finish(&bystander, &at).await;
    test.check(place).await;
    successor
}

/// One kill at a random moment during callbacks, refreshes and claims.
async fn kill_at_a_random_moment(test: &CrashTest, mut process: Process) -> Process {
    const LONGEST: u32 = 120;
    test.clear().await;
    let at = process.base.clone();
    let bystander = Client::authorize(&at, "jonas", "").await;
    let mut victims = Vec::new();
    for persona in ["mira", "aiko", "mira", "jonas"] {
        victims.push(Client::authorize(&at, persona, "").await);
    }
    let before = test.exchanges();
    let millis = u32::from_le_bytes((&OsRandom as &dyn RandomSource).bytes::<4>()) % LONGEST;
    let journey = async |client: &Client| {
        let home = client.follow_callback(&at).await?;
        let token = credential(&home, "refreshToken").expect("a refresh token");
        let session = client.refresh(&at, &token).await?.json();
        client.fetch(&at, &session).await
    };
    let journeys = futures_util::future::join_all(victims.iter().map(journey));
    let killing = async {
        actix_web::rt::time::sleep(Duration::from_millis(millis.into())).await;
        process.kill();
    };
    let (ended, ()) = futures_util::future::join(journeys, killing).await;
    assert_eq!(process.signal(), Some(SIGKILL));
    let when = format!("after {millis} ms");
    test.check(&when).await;

    let successor = test.start();
    for (client, ended) in victims.iter().zip(ended) {
        let again = expect_response(client.follow_callback(&successor.base).await);
        assert!(ended.is_none() || credential(&again, "refreshToken").is_none(), "{when}: twice");
    }
    assert!(test.exchanges() - before <= victims.len() as u64, "{when}: a code was presented twice");
    test.check(&when).await;
    finish(&bystander, &successor.base).await;
    successor
}

async fn kill_at_every_fail_point(database: Database) {
    let Some(test) = CrashTest::on(database) else { return };
    let mut process = test.start();
    for _ in 0..if is_full() { 10 } else { 1 } {
        for (place, outcome) in FAIL_POINTS {
            process = kill_at(&test, process, place, *outcome).await;
        }
    }
}

async fn kill_at_random_moments(database: Database) {
    let Some(test) = CrashTest::on(database) else { return };
    let mut process = test.start();
    for _ in 0..if is_full() { 120 } else { 3 } {
        process = kill_at_a_random_moment(&test, process).await;
    }
}

#[actix_web::test]
async fn invariant_checks_detect_damaged_rows() {
    let damages = [
        "DELETE FROM identities",
        "DELETE FROM user_roles",
        "DELETE FROM used_flows",
        "DELETE FROM sessions",
        "UPDATE identities SET provider = 'github'",
        "INSERT INTO audit_events (occurred_at, action, outcome, flow_id) SELECT occurred_at, action, outcome, flow_id FROM audit_events",
    ];
    for database in Database::ALL {
        let Some(test) = CrashTest::on(database) else { continue };
        let process = test.start();
        for damage in damages {
            test.clear().await;
            let client = Client::authorize(&process.base, "mira", "").await;
            expect_response(client.follow_callback(&process.base).await);
            assert_eq!(test.violations().await, 0);
            test.app.execute(damage).await;
            assert!(test.violations().await > 0, "{damage}");
        }
    }
}

#[actix_web::test]
async fn kill_between_steps_leaves_consistent_rows_sqlite() {
    kill_at_every_fail_point(Database::Sqlite).await;
}

#[actix_web::test]
async fn kill_between_steps_leaves_consistent_rows_postgres() {
    kill_at_every_fail_point(Database::Postgres).await;
}

#[actix_web::test]
async fn kill_at_random_leaves_consistent_rows_sqlite() {
    kill_at_random_moments(Database::Sqlite).await;
}

#[actix_web::test]
async fn kill_at_random_leaves_consistent_rows_postgres() {
    kill_at_random_moments(Database::Postgres).await;
}
