//! Kills the process at every step of a refresh, and at random moments: no refresh token that may be used up is sent
//! again where that would end the grant, and no grant stays in the middle of a refresh.
//!
//! Every run has one kill for each step, kind of provider and database; `VOUCHSAFE_TEST_ROUNDS=full` makes it more than
//! 300.

use std::time::Duration;

use actix_web::rt::time::sleep;
use serde_json::Value;
use vouchsafe::{OsRandom, RandomSource};
use vouchsafe_simulator::{Failure, SimulatedProvider};

use crate::resilience::concurrency::is_full;
use crate::support::app::{Database, TestApp, access_token};
use crate::support::browser::Browser;
use crate::support::node::Node;
use crate::support::process::{Process, SIGABRT, SIGKILL, real_time_app};

const GOOGLE: SimulatedProvider = SimulatedProvider::Google;

/// The steps, and whether the refresh token may be used up if a process ends there.
const STEPS: [(&str, bool); 6] = [
    ("claim", false),
    ("claimed", true),
    ("refreshed", true),
    ("complete", true),
    ("commit", true),
    ("completed", false),
];

/// A grant at a provider that revokes everything when a used refresh token comes again, or at one that keeps it.
struct KillTest {
    app: TestApp,
    is_strict: bool,
}

impl KillTest {
    fn on(database: Database, is_strict: bool) -> Option<Self> {
        let app = real_time_app(database)?;
        if is_strict {
            app.simulator.fail(GOOGLE, Failure::ReuseDetection);
        }
        Some(Self { app, is_strict })
    }

    fn start(&self) -> Process {
        let rotation = if self.is_strict { "revokes_on_reuse" } else { "keeps" };
        Process::start(&self.app, "error", |settings| {
            settings
                .replace("database = {", "grants = { refresh_timeout = '1s', refresh_ahead = '0s' }\ndatabase = {")
                .replace(
                    "[providers.google]\n",
                    &format!("[providers.google]\ncustody = 'managed'\nrotation = '{rotation}'\n"),
                )
        })
    }

    /// A user with a grant whose access token has expired.
    async fn expired(&self, at: &str) -> (Browser, Value) {
        self.app.execute("DELETE FROM users").await;
        let mut browser = Browser::new();
        let session = Node::external(at.to_owned()).session(&mut browser, "google", "mira").await;
        self.app.execute("UPDATE grants SET good_until = 1, updated_at = 1").await;
        (browser, session)
    }

    async fn state(&self) -> String {
        self.app.text("SELECT state FROM grants").await.expect("a grant")
    }

    /// Reads database and provider after a kill, and asks the successor for a token. Returns whether there is one.
    async fn check(&self, at: &str, browser: &Browser, session: &Value, when: &str) -> bool {
        // Nobody waits for the end of the lease.
        self.app.execute("UPDATE grants SET lease_until = 1 WHERE lease_until IS NOT NULL").await;
        let answer = get(browser, at, session).await.expect("an answer");
        assert_eq!(self.app.simulator.counts().google.reused_refresh_tokens, 0, "{when}: a used token was sent");
        let state = self.state().await;
        match answer.status {
            200 => {
                assert_eq!(state, "live", "{when}");
                let userinfo = self.app.simulator.endpoints(GOOGLE).userinfo;
                let profile = browser.get_as(&userinfo, access_token(&answer.json())).await;
                assert_eq!(profile.status, 200, "{when}: the provider accepts the token");
                true
            }
            _ => {
                answer.assert_error(409, "needs-reauthorization");
                assert_eq!(state, "needs_reauthorization", "{when}");
                assert!(self.is_strict, "{when}: a second request would have revoked nothing");
                false
            }
        }
    }
}

async fn get(browser: &Browser, at: &str, session: &Value) -> Option<crate::support::browser::Response> {
    let bearer = format!("Bearer {}", access_token(session));
    let url = format!("{at}/user/providers/google/token");
    browser.try_send("GET", &url, &[("authorization", &bearer)], Vec::new()).await
}

async fn kill_at(test: &KillTest, process: Process, step: &str, is_unknown: bool) -> Process {
    let at = process.base.clone();
    let (browser, session) = test.expired(&at).await;
    process.abort_at(step);
    assert!(get(&browser, &at, &session).await.is_none(), "{step}");
    assert_eq!(process.signal(), Some(SIGABRT), "{step}");
    let successor = test.start();
    let is_kept = test.check(&successor.base, &browser, &session, step).await;
    assert_eq!(is_kept, !(is_unknown && test.is_strict), "{step}");
    successor
}

async fn kill_at_a_random_moment(test: &KillTest, mut process: Process) -> Process {
    const LONGEST: u32 = 40;
    let at = process.base.clone();
    let (browser, session) = test.expired(&at).await;
    let millis = u32::from_le_bytes((&OsRandom as &dyn RandomSource).bytes::<4>()) % LONGEST;
    let callers = futures_util::future::join_all((0..8).map(|_| get(&browser, &at, &session)));
    let killing = async {
        sleep(Duration::from_millis(millis.into())).await;
        process.kill();
    };
    futures_util::future::join(callers, killing).await;
    assert_eq!(process.signal(), Some(SIGKILL));
    let successor = test.start();
    test.check(&successor.base, &browser, &session, &format!("after {millis} ms")).await;
    successor
}

async fn kill_refreshes(database: Database, is_strict: bool) {
    let Some(test) = KillTest::on(database, is_strict) else { return };
    let mut process = test.start();
    for _ in 0..if is_full() { 9 } else { 1 } {
        for (step, is_unknown) in STEPS {
            process = kill_at(&test, process, step, is_unknown).await;
        }
    }
    for _ in 0..if is_full() { 30 } else { 1 } {
        process = kill_at_a_random_moment(&test, process).await;
    }
}

#[actix_web::test]
async fn killed_refresh_at_a_strict_provider_is_never_repeated_sqlite() {
    kill_refreshes(Database::Sqlite, true).await;
}

#[actix_web::test]
async fn killed_refresh_at_a_strict_provider_is_never_repeated_postgres() {
    kill_refreshes(Database::Postgres, true).await;
}

#[actix_web::test]
async fn killed_refresh_at_a_lenient_provider_is_repeated_sqlite() {
    kill_refreshes(Database::Sqlite, false).await;
}

#[actix_web::test]
async fn killed_refresh_at_a_lenient_provider_is_repeated_postgres() {
    kill_refreshes(Database::Postgres, false).await;
}

#[actix_web::test]
async fn interrupted_refresh_is_noticed_without_a_caller_when_its_lease_ends() {
    let test = KillTest::on(Database::Sqlite, true).expect("SQLite is always available");
    let process = test.start();
    let (browser, session) = test.expired(&process.base).await;
    process.abort_at("refreshed");
    let at = process.base.clone();
    assert!(get(&browser, &at, &session).await.is_none());
    assert_eq!(process.signal(), Some(SIGABRT));
    assert_eq!(test.state().await, "refreshing");
    let lease_until = test.app.query("SELECT lease_until FROM grants").await;
    let _successor = test.start();
    while test.state().await == "refreshing" {
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(test.state().await, "needs_reauthorization");
    let noticed_at = test.app.query("SELECT updated_at FROM grants").await;
    assert!((lease_until..=lease_until + 1000).contains(&noticed_at), "{noticed_at} {lease_until}");
}
