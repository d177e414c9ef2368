//! Kills the process at every fail point and at random moments and restarts it on the same database: no partial
//! state, no repeated effect, and pending sign-ins finish.
//!
//! Every run has one kill for each fail point and database; `VOUCHSAFE_TEST_ROUNDS=full` makes it more than 500.

mod fixture;

use std::time::Duration;

use serde_json::Value;
use vouchsafe::{OsRandom, RandomSource};

use crate::resilience::concurrency::is_full;
use crate::support::app::{CHALLENGE, Database};
use crate::support::process::{Process, SIGABRT, SIGKILL};
use fixture::{Client, CrashTest, credential, expect_response, finish};

/// The fail points in the order of a sign-in, and the state after a crash there, with a transaction for each request.
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
    ("commit", Outcome::Code),
    ("take", Outcome::Tokens),
    ("commit", Outcome::Tokens),
    ("taken", Outcome::NoTokens),
    ("taken", Outcome::TokensAgain),
    ("ticket", Outcome::Ticket),
    ("commit", Outcome::Ticket),
];

/// Those that are reached only where each request has a transaction of its own.
const FAIL_POINTS_OF_TRANSACTIONS: &[(&str, Outcome)] = &[
    ("user", Outcome::Nothing),
    ("identity", Outcome::Nothing),
    ("session", Outcome::Nothing),
    ("commit", Outcome::Nothing),
    ("commit", Outcome::Code),
    ("commit", Outcome::Tokens),
];

/// The same where all that a sign-in writes is written at once.
const FAIL_POINTS_OF_SETS: &[(&str, Outcome)] = &[
    ("mark-used", Outcome::Nothing),
    ("facts", Outcome::Nothing),
    ("write", Outcome::Nothing),
    ("sign-in", Outcome::Account),
    ("write", Outcome::Code),
    ("take", Outcome::Tokens),
    ("taken", Outcome::NoTokens),
    ("taken", Outcome::TokensAgain),
    ("commit", Outcome::Ticket),
];

/// On SQLite it is written by several statements of one transaction.
const COMMITS_OF_SETS_ON_SQLITE: &[(&str, Outcome)] =
    &[("commit", Outcome::Nothing), ("commit", Outcome::Code), ("commit", Outcome::Tokens)];

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

async fn kill_at_every_fail_point(database: Database, max_batch: usize, points: &[(&str, Outcome)]) {
    let Some(test) = CrashTest::with_max_batch(database, max_batch) else { return };
    let mut process = test.start();
    for _ in 0..if is_full() { 10 } else { 1 } {
        for (place, outcome) in points {
            process = kill_at(&test, process, place, *outcome).await;
        }
    }
}

async fn kill_at_random_moments(database: Database) {
    for max_batch in [1, 2, 64] {
        let Some(test) = CrashTest::with_max_batch(database, max_batch) else { continue };
        let mut process = test.start();
        for _ in 0..if is_full() { 40 } else { 1 } {
            process = kill_at_a_random_moment(&test, process).await;
        }
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
        let Some(test) = CrashTest::with_max_batch(database, 64) else { continue };
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
    kill_at_every_fail_point(Database::Sqlite, 64, FAIL_POINTS_OF_SETS).await;
    kill_at_every_fail_point(Database::Sqlite, 64, COMMITS_OF_SETS_ON_SQLITE).await;
}

#[actix_web::test]
async fn kill_between_steps_without_batches_leaves_consistent_rows_sqlite() {
    kill_at_every_fail_point(Database::Sqlite, 1, FAIL_POINTS).await;
}

#[actix_web::test]
async fn kill_between_steps_leaves_consistent_rows_postgres() {
    kill_at_every_fail_point(Database::Postgres, 64, FAIL_POINTS_OF_SETS).await;
}

#[actix_web::test]
async fn kill_between_steps_without_batches_leaves_consistent_rows_postgres() {
    let points = if is_full() { FAIL_POINTS } else { FAIL_POINTS_OF_TRANSACTIONS };
    kill_at_every_fail_point(Database::Postgres, 1, points).await;
}

#[actix_web::test]
async fn kill_at_random_leaves_consistent_rows_sqlite() {
    kill_at_random_moments(Database::Sqlite).await;
}

#[actix_web::test]
async fn kill_at_random_leaves_consistent_rows_postgres() {
    kill_at_random_moments(Database::Postgres).await;
}
