//! A process is killed, between any two steps and at any moment, and started again on the same database: nothing is
//! half-done, nothing is done twice, and a sign-in that was under way comes to its end.
//!
//! One kill for each place and database is part of every run; `VOUCHSAFE_TEST_ROUNDS=full` makes it more than 500.

use std::time::Duration;

use serde_json::{Value, json};
use vouchsafe::domain::entropy::{Entropy, SystemEntropy};

use crate::browser::{Answer, Browser};
use crate::crowds::is_full;
use crate::process::{DIED, KILLED, Process, town};
use crate::town::{Ground, Town, parameter};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// What a journey comes by, in this order, and what is left of it when the process dies there.
const PLACES: &[(&str, Left)] = &[
    ("callback", Left::All),
    ("claim", Left::Nothing),
    ("exchange", Left::Nothing),
    ("identify", Left::Nothing),
    ("facts", Left::Nothing),
    ("person", Left::Nothing),
    ("identity", Left::Nothing),
    ("deposit", Left::Nothing),
    ("session", Left::Nothing),
    ("commit", Left::Nothing),
    ("sign-in", Left::Account),
    ("code", Left::Code),
    ("code-commit", Left::Code),
    ("take", Left::Tokens),
    ("taken", Left::NoTokens),
    ("taken", Left::TokensAgain),
    ("ticket", Left::NoTicket),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    /// The callback may come again, and is the first one then.
    All,
    /// The flow is spent, and brought nothing.
    Nothing,
    /// The flow is spent; the account is there.
    Account,
    /// The code can still be exchanged.
    Code,
    /// The tokens can still be fetched.
    Tokens,
    /// They are gone: better that than twice.
    NoTokens,
    /// They are gone, but for the session that named its request.
    TokensAgain,
    /// The ticket of the Aufy dialect is spent, and brought nothing.
    NoTicket,
}

/// Each counts rows that must not be.
const NEVER: &[&str] = &[
    "SELECT COUNT(*) FROM identities WHERE user_id NOT IN (SELECT id FROM users)",
    "SELECT COUNT(*) FROM users WHERE id NOT IN (SELECT user_id FROM identities)",
    "SELECT COUNT(*) FROM users WHERE id NOT IN (SELECT user_id FROM user_roles)",
    "SELECT COUNT(*) FROM user_roles WHERE user_id NOT IN (SELECT id FROM users)",
    "SELECT COUNT(*) FROM sessions WHERE user_id NOT IN (SELECT user_id FROM identities)",
    "SELECT COUNT(*) FROM pkce_codes WHERE user_id NOT IN (SELECT user_id FROM identities)",
    "SELECT COUNT(*) FROM vault_entries v WHERE NOT EXISTS \
     (SELECT 1 FROM identities i WHERE i.user_id = v.user_id AND i.provider = v.provider)",
    // Each session, and each code that waits to become one, comes of a callback that was claimed.
    "SELECT COUNT(*) FROM (SELECT COUNT(*) AS begun FROM sessions) s, (SELECT COUNT(*) AS waiting FROM pkce_codes) c, \
     (SELECT COUNT(*) AS claimed FROM flow_claims) f WHERE s.begun + c.waiting > f.claimed",
    "SELECT COUNT(*) FROM (SELECT flow FROM audit_events WHERE flow IS NOT NULL GROUP BY flow HAVING COUNT(*) > 1) f",
    "SELECT COUNT(*) FROM audit_events WHERE session_id IS NOT NULL AND session_id NOT IN (SELECT id FROM sessions)",
];

const NEVER_ON_SQLITE: &[&str] = &[
    "SELECT COUNT(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
    "SELECT COUNT(*) FROM pragma_foreign_key_check",
];

/// What every kill has in common: a town, how often, and what has to hold after each.
struct Field {
    town: Town,
    checks: Vec<&'static str>,
}

impl Field {
    fn on(ground: Ground) -> Option<Self> {
        let more = if ground == Ground::Sqlite { NEVER_ON_SQLITE } else { &[] };
        Some(Self { town: town(ground)?, checks: NEVER.iter().chain(more).copied().collect() })
    }

    fn start(&self) -> Process {
        Process::start(&self.town, "warn", |settings| settings)
    }

    /// As if nobody had ever been here, but for the tables.
    async fn clear(&self) {
        for table in ["users", "flow_claims", "audit_events", "told_names"] {
            self.town.execute(&format!("DELETE FROM {table}")).await;
        }
    }

    /// How many rows are in the database that must not be.
    async fn broken(&self) -> i64 {
        self.town.query(&format!("SELECT ({})", self.checks.join(") + ("))).await
    }

    async fn check(&self, when: &str) {
        if self.broken().await == 0 {
            return;
        }
        for check in &self.checks {
            assert_eq!(self.town.query(check).await, 0, "{when}: {check}");
        }
    }

    fn exchanges(&self) -> u64 {
        self.town.simulator.counts().google.token
    }
}

/// Somebody who went out to the provider and has not come back.
struct Visitor {
    browser: Browser,
    base: String,
    callback: String,
}

impl Visitor {
    async fn go_out(base: &str, person: &str, query: &str) -> Self {
        Self::go_out_by(&format!("{base}/signin/provider/google?{query}"), base, person).await
    }

    async fn go_out_by(start: &str, base: &str, person: &str) -> Self {
        let mut browser = Browser::new();
        let start = browser.get(start).await.location();
        let callback = browser.get(&format!("{start}&login={person}")).await.location();
        Self { browser, base: base.to_owned(), callback }
    }

    /// The callback, at a process that may die of it.
    async fn come_back(&self, at: &str) -> Option<Answer> {
        self.browser.try_look(&self.callback.replace(&self.base, at)).await
    }

    async fn exchange(&self, at: &str, code: &str) -> Option<Answer> {
        let body = json!({"code": code, "codeVerifier": VERIFIER}).to_string().into_bytes();
        let headers = [("Content-Type", "application/json")];
        self.browser.try_send("POST", &format!("{at}/token/exchange"), &headers, body).await
    }

    async fn refresh(&self, at: &str, token: &str) -> Option<Answer> {
        let body = json!({"refreshToken": token}).to_string().into_bytes();
        let headers = [("Content-Type", "application/json")];
        self.browser.try_send("POST", &format!("{at}/token"), &headers, body).await
    }

    /// The ticket in the hand-over cookie, for a session.
    async fn redeem(&self, at: &str) -> Option<Answer> {
        let cookies: Vec<_> = self.browser.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let headers = [("Origin", "https://app.test"), ("Accept", "application/json"), ("Cookie", &cookies)];
        self.browser.try_send("POST", &format!("{at}/api/auth/signin/external"), &headers, Vec::new()).await
    }

    async fn fetch(&self, at: &str, session: &Value) -> Option<Answer> {
        self.fetch_by(at, session, "").await
    }

    /// The same by a request with a name.
    async fn fetch_by(&self, at: &str, session: &Value, name: &str) -> Option<Answer> {
        let bearer = format!("Bearer {}", session["accessToken"].as_str().expect("an access token"));
        let url = format!("{at}/signin/provider/google/callback/tokens");
        let headers = [("Authorization", bearer.as_str()), ("Idempotency-Key", name)];
        let named = if name.is_empty() { 1 } else { 2 };
        self.browser.try_send("GET", &url, &headers[..named], Vec::new()).await
    }
}

fn credential(answer: &Answer, name: &str) -> Option<String> {
    parameter(&answer.location_url(), name)
}

/// Nobody dies here.
fn alive(answer: Option<Answer>) -> Answer {
    answer.expect("an answer")
}

/// Home with a refresh token, a session for it, and the provider's tokens, once.
async fn come_home(visitor: &Visitor, at: &str) {
    let home = alive(visitor.come_back(at).await);
    let token = credential(&home, "refreshToken").unwrap_or_else(|| panic!("a refresh token: {}", home.location()));
    let session = alive(visitor.refresh(at, &token).await);
    assert_eq!(session.status, 200, "{}", session.text());
    let session = session.json();
    assert_eq!(alive(visitor.fetch(at, &session).await).status, 200);
    alive(visitor.fetch(at, &session).await).assert_error(400, "invalid-request");
}

/// One kill at one place, and what follows. Answers the process that took over.
async fn kill_at(field: &Field, process: Process, place: &str, left: Left) -> Process {
    field.clear().await;
    let at = process.base.clone();
    let kept = Visitor::go_out(&at, "jonas", "").await;
    let start = match left {
        Left::Code => format!("{at}/signin/provider/google?codeChallenge={CHALLENGE}"),
        Left::NoTicket => format!("{at}/api/auth/external/challenge/google?callbackUrl=https://app.test/signed-in"),
        _ => format!("{at}/signin/provider/google"),
    };
    let mut victim = Visitor::go_out_by(&start, &at, "mira").await;
    let before = field.exchanges();
    let (mut code, mut session) = (String::new(), Value::Null);
    let silence = match left {
        Left::All | Left::Nothing | Left::Account => {
            process.die_at(place);
            victim.come_back(&at).await
        }
        Left::Code => {
            code = credential(&alive(victim.come_back(&at).await), "code").expect("a code");
            process.die_at(place);
            victim.exchange(&at, &code).await
        }
        Left::NoTicket => {
            let flow = victim.browser.jar.clone();
            victim.browser.get(&victim.callback).await;
            victim.browser.jar.extend(flow);
            process.die_at(place);
            victim.redeem(&at).await
        }
        Left::Tokens | Left::NoTokens | Left::TokensAgain => {
            let token = credential(&alive(victim.come_back(&at).await), "refreshToken").expect("a refresh token");
            session = alive(victim.refresh(&at, &token).await).json();
            process.die_at(place);
            victim.fetch_by(&at, &session, if left == Left::TokensAgain { "a" } else { "" }).await
        }
    };
    assert!(silence.is_none(), "{place}: {silence:?}");
    assert_eq!(process.signal(), Some(DIED), "{place}");
    field.check(place).await;

    let heir = field.start();
    let at = heir.base.clone();
    // The same callback once more.
    let again = alive(victim.come_back(&at).await);
    assert_eq!(credential(&again, "refreshToken").is_some(), left == Left::All, "{place}: {}", again.location());
    assert_eq!(credential(&again, "code"), None, "{place}");
    // Whoever died before the exchange never presented the code, and nobody else did.
    assert_eq!(field.exchanges() - before, u64::from(place != "claim"), "{place}");
    let people = field.town.count("users").await;
    assert_eq!(people, i64::from(!matches!(left, Left::Nothing | Left::NoTicket)), "{place}");
    match left {
        Left::Code => {
            assert_eq!(alive(victim.exchange(&at, &code).await).status, 200, "{place}");
            alive(victim.exchange(&at, &code).await).assert_error(400, "invalid-request");
        }
        Left::Tokens => {
            assert_eq!(alive(victim.fetch(&at, &session).await).status, 200, "{place}");
            alive(victim.fetch(&at, &session).await).assert_error(400, "invalid-request");
        }
        Left::NoTokens => alive(victim.fetch(&at, &session).await).assert_error(400, "invalid-request"),
        Left::TokensAgain => {
            alive(victim.fetch_by(&at, &session, "b").await).assert_error(400, "invalid-request");
            assert_eq!(alive(victim.fetch_by(&at, &session, "a").await).status, 200, "{place}");
        }
        Left::NoTicket => assert_eq!(alive(victim.redeem(&at).await).status, 401, "{place}"),
        Left::Nothing | Left::Account => come_home(&Visitor::go_out(&at, "mira", "").await, &at).await,
        Left::All => {}
    }
    come_home(&kept, &at).await;
    field.check(place).await;
    heir
}

/// One kill while some come back, refresh and fetch; the moment is chosen by chance.
async fn kill_at_random(field: &Field, mut process: Process) -> Process {
    const LONGEST: u32 = 120;
    field.clear().await;
    let at = process.base.clone();
    let kept = Visitor::go_out(&at, "jonas", "").await;
    let mut victims = Vec::new();
    for person in ["mira", "aiko", "mira", "jonas"] {
        victims.push(Visitor::go_out(&at, person, "").await);
    }
    let before = field.exchanges();
    let millis = u32::from_le_bytes((&SystemEntropy as &dyn Entropy).bytes::<4>()) % LONGEST;
    let journey = async |visitor: &Visitor| {
        let home = visitor.come_back(&at).await?;
        let token = credential(&home, "refreshToken").expect("a refresh token");
        let session = visitor.refresh(&at, &token).await?.json();
        visitor.fetch(&at, &session).await
    };
    let journeys = futures_util::future::join_all(victims.iter().map(journey));
    let killing = async {
        actix_web::rt::time::sleep(Duration::from_millis(millis.into())).await;
        process.kill();
    };
    let (ended, ()) = futures_util::future::join(journeys, killing).await;
    assert_eq!(process.signal(), Some(KILLED));
    let when = format!("after {millis} ms");
    field.check(&when).await;

    let heir = field.start();
    for (visitor, ended) in victims.iter().zip(ended) {
        let again = alive(visitor.come_back(&heir.base).await);
        assert!(ended.is_none() || credential(&again, "refreshToken").is_none(), "{when}: twice");
    }
    assert!(field.exchanges() - before <= victims.len() as u64, "{when}: a code was presented twice");
    field.check(&when).await;
    come_home(&kept, &heir.base).await;
    heir
}

async fn kill_everywhere(ground: Ground) {
    let Some(field) = Field::on(ground) else { return };
    let mut process = field.start();
    for _ in 0..if is_full() { 10 } else { 1 } {
        for (place, left) in PLACES {
            process = kill_at(&field, process, place, *left).await;
        }
    }
}

async fn kill_at_any_moment(ground: Ground) {
    let Some(field) = Field::on(ground) else { return };
    let mut process = field.start();
    for _ in 0..if is_full() { 120 } else { 3 } {
        process = kill_at_random(&field, process).await;
    }
}

#[actix_web::test]
async fn what_is_looked_for_after_a_kill_would_be_found() {
    let damages = [
        "DELETE FROM identities",
        "DELETE FROM user_roles",
        "DELETE FROM flow_claims",
        "DELETE FROM sessions",
        "UPDATE identities SET provider = 'github'",
        "INSERT INTO audit_events (at, action, outcome, flow) SELECT at, action, outcome, flow FROM audit_events",
    ];
    for ground in [Ground::Sqlite, Ground::Postgres] {
        let Some(field) = Field::on(ground) else { continue };
        let process = field.start();
        for damage in damages {
            field.clear().await;
            let visitor = Visitor::go_out(&process.base, "mira", "").await;
            alive(visitor.come_back(&process.base).await);
            assert_eq!(field.broken().await, 0);
            field.town.execute(damage).await;
            assert!(field.broken().await > 0, "{damage}");
        }
    }
}

#[actix_web::test]
async fn a_process_killed_between_any_two_steps_leaves_nothing_half_done_on_sqlite() {
    kill_everywhere(Ground::Sqlite).await;
}

#[actix_web::test]
async fn a_process_killed_between_any_two_steps_leaves_nothing_half_done_on_postgresql() {
    kill_everywhere(Ground::Postgres).await;
}

#[actix_web::test]
async fn a_process_killed_at_any_moment_leaves_nothing_half_done_on_sqlite() {
    kill_at_any_moment(Ground::Sqlite).await;
}

#[actix_web::test]
async fn a_process_killed_at_any_moment_leaves_nothing_half_done_on_postgresql() {
    kill_at_any_moment(Ground::Postgres).await;
}
