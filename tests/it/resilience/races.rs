//! Transactions that meet on one PostgreSQL: sign-ins, unlinks, refreshes and erasures, through several processes.
//!
//! A run has a few rounds; `VOUCHSAFE_TEST_ROUNDS=full` has as many as once found the races.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{join, join_all, join3};
use serde_json::Value;
use vouchsafe::ManualClock;
use vouchsafe::UserId;
use vouchsafe::Vouchsafe;

use super::concurrency::is_full;
use crate::aufy::BACK;
use crate::security::malicious_provider::{MaliciousProvider, answer, profile};
use crate::support::app::{Database, Node, START_TIME, TestApp, access_token, listen, parameter, refresh_token, serve};
use crate::support::browser::{Browser, Response};
use crate::support::process::real_time_app;
use crate::support::rows;
use crate::support::service::Service;

const ORPHANS: &str = "SELECT COUNT(*) FROM vault_entries v WHERE NOT EXISTS \
    (SELECT 1 FROM identities i WHERE i.user_id = v.user_id AND i.provider = v.provider)";

fn rounds(quick: usize, full: usize) -> usize {
    if is_full() { full } else { quick }
}

async fn unlink(node: &Node, session: &Value, provider: &str) -> Response {
    let bearer = format!("Bearer {}", access_token(session));
    let url = format!("{}/user/providers/{provider}", node.base);
    Browser::new().send("DELETE", &url, &[("Authorization", &bearer)], Vec::new()).await
}

/// Two servers on the app's database, each a process of its own.
async fn two_processes(app: &TestApp, more: &str) -> [Service; 2] {
    [Service::start(app, more).await, Service::start(app, more).await]
}

/// Mira signs in at two providers, which prove the same email: one user.
async fn with_two_providers(node: &Node) -> Value {
    let session = node.session(&mut Browser::new(), "google", "mira").await;
    let other = node.session(&mut Browser::new(), "github", "mira").await;
    assert_eq!(session["user"]["id"], other["user"]["id"]);
    session
}

fn is_signed_in(response: &Response) -> bool {
    response.status == 302 && parameter(&response.location_url(), "refreshToken").is_some()
}

async fn use_repeatable_read(app: &TestApp) {
    app.execute(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = ''repeatable read''', \
         current_database()); END $$",
    )
    .await;
}

#[actix_web::test]
async fn sign_in_and_unlink_at_once_both_succeed() {
    let Some(app) = real_time_app(Database::Postgres) else { return };
    let [first, second] = &two_processes(&app, "").await;
    let (first, second) = (&first.node, &second.node);
    for round in 0..rounds(8, 200) {
        let session = with_two_providers(first).await;
        let mut browser = Browser::new();
        let callback = second.authorize(&mut browser, "github", "", "mira").await;
        let (signed_in, unlinked) = join(browser.peek(&callback), unlink(first, &session, "github")).await;
        assert!(is_signed_in(&signed_in), "round {round}: {signed_in:?}");
        assert_eq!(unlinked.status, 200, "round {round}: {}", unlinked.text());
        assert_eq!(app.query(ORPHANS).await, 0, "round {round}: tokens of an unlinked identity");
    }
}

#[actix_web::test]
async fn sign_in_and_erase_at_once_lose_no_tokens() {
    let Some(app) = real_time_app(Database::Postgres) else { return };
    let [first, second] = &two_processes(&app, "").await;
    let (first, second) = (&first.node, &second.node);
    // A third process, without a server: this one.
    let erasing: Vouchsafe = app.build(app.settings("http://127.0.0.1:1", "")).await;
    for round in 0..rounds(8, 300) {
        let session = first.session(&mut Browser::new(), "google", "mira").await;
        first.tokens(&Browser::new(), "google", &session).await;
        app.execute("DELETE FROM revocations").await;
        let id: UserId = UserId(session["user"]["id"].as_str().expect("an id").parse().expect("a UUID"));
        let mut browser = Browser::new();
        let callback = second.authorize(&mut browser, "google", "", "mira").await;
        let (signed_in, erased) = join(browser.peek(&callback), erasing.erase(id)).await;
        assert!(is_signed_in(&signed_in), "round {round}: {signed_in:?}");
        assert!(erased.expect("erased"), "round {round}");
        let kept = app.count("vault_entries").await + app.count("revocations").await;
        assert_eq!(kept, 1, "round {round}: the tokens are in the vault or will be revoked");
    }
}

#[actix_web::test]
async fn unlinking_both_providers_at_once_keeps_one() {
    let Some(app) = real_time_app(Database::Postgres) else { return };
    use_repeatable_read(&app).await;
    let [first, second] = &two_processes(&app, "").await;
    let (first, second) = (&first.node, &second.node);
    for round in 0..rounds(8, 60) {
        let session = with_two_providers(first).await;
        let (google, github) = join(unlink(first, &session, "google"), unlink(second, &session, "github")).await;
        let mut statuses = [google.status, github.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "round {round}");
        assert_eq!(app.count("identities").await, 1, "round {round}");
    }
}

#[actix_web::test]
async fn parallel_refreshes_and_sign_ins_succeed_under_repeatable_read() {
    let Some(app) = real_time_app(Database::Postgres) else { return };
    use_repeatable_read(&app).await;
    let [first, second] = &two_processes(&app, "").await;
    let (first, second) = (&first.node, &second.node);
    for round in 0..rounds(24, 60) {
        let session = first.session(&mut Browser::new(), "google", "mira").await;
        let token = refresh_token(&session);
        let mut browser = Browser::new();
        let callback = second.authorize(&mut browser, "google", "", "mira").await;
        let browsers = [Browser::new(), Browser::new()];
        let (signed_in, here, there) =
            join3(browser.peek(&callback), first.refresh(&browsers[0], token), second.refresh(&browsers[1], token))
                .await;
        assert!(is_signed_in(&signed_in), "round {round}: {signed_in:?}");
        assert_eq!((here.status, there.status), (200, 200), "round {round}");
        assert_eq!(refresh_token(&here.json()), refresh_token(&there.json()), "round {round}");
    }
}

#[actix_web::test]
async fn tabs_with_older_tokens_keep_the_session_within_the_grace() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let node = app.node().await;
        let browser = Browser::new();
        let session = node.session(&mut Browser::new(), "google", "mira").await;
        let mut tokens = vec![refresh_token(&session).to_owned()];
        for _ in 0..3 {
            app.wait(1);
            let next = node.refresh(&browser, tokens.last().expect("a token")).await.json();
            tokens.push(refresh_token(&next).to_owned());
        }
        for token in &tokens[..3] {
            let answered = node.refresh(&browser, token).await;
            assert_eq!(answered.status, 200, "{database:?}: {}", answered.text());
            assert_eq!(refresh_token(&answered.json()), tokens[3], "{database:?}: the current one");
        }
        app.wait(10 + 60 + 1);
        assert_eq!(node.refresh(&browser, &tokens[1]).await.status, 401, "{database:?}");
        assert_eq!(node.refresh(&browser, &tokens[3]).await.status, 401, "{database:?}: the session was ended");
    }
}

#[actix_web::test]
async fn duplicate_refresh_at_a_node_with_a_fast_clock_keeps_the_session() {
    let Some(app) = TestApp::on(Database::Postgres) else { return };
    let node = app.node().await;
    let clock = Arc::new(ManualClock::new(START_TIME.plus(Duration::from_secs(15))));
    let (listener, origin) = listen();
    let fast = Vouchsafe::builder(app.settings(&origin, "")).clock(clock).build().await.expect("built");
    let fast = Node::at(origin, serve(listener, 1, move || fast.routes()));
    let session = node.session(&mut Browser::new(), "google", "mira").await;
    let token = refresh_token(&session);
    let browser = Browser::new();
    assert_eq!(node.refresh(&browser, token).await.status, 200);
    let duplicate = fast.refresh(&browser, token).await;
    assert_eq!(duplicate.status, 200, "{}", duplicate.text());
}

#[actix_web::test]
async fn locked_user_does_not_keep_others_from_signing_in() {
    // As many as would hold all ten connections for longer than a statement waits for one.
    const LOCKED: usize = 60;
    let Some(app) = TestApp::on(Database::Postgres) else { return };
    let (listener, origin) = listen();
    let mut settings = app.settings(&origin, "");
    settings.database.max_connections = 10;
    let vouchsafe = app.build(settings).await;
    let node = Node::at(origin, serve(listener, 2, move || vouchsafe.routes()));
    node.session(&mut Browser::new(), "google", "mira").await;
    let mut operator = rows::connect(app.database()).await;
    sqlx::raw_sql("BEGIN; SELECT id FROM users FOR UPDATE").execute(&mut operator).await.expect("locked");

    let mut callbacks = Vec::new();
    for number in 0..LOCKED + 18 {
        let mut browser = Browser::new();
        let persona = if number < LOCKED { "mira" } else { "jonas" };
        let provider = if number < LOCKED || number % 2 == 0 { "google" } else { "github" };
        let callback = node.authorize(&mut browser, provider, "", persona).await;
        callbacks.push((browser, callback));
    }
    let answers = join_all(callbacks.iter().map(|(browser, callback)| browser.peek(callback))).await;
    let signed_in = answers[LOCKED..].iter().filter(|answer| is_signed_in(answer)).count();
    assert_eq!(signed_in, 18, "{:?}", answers[LOCKED..].iter().map(Response::location_url).collect::<Vec<_>>());
    assert!(answers[..LOCKED].iter().all(|answer| !is_signed_in(answer)));

    sqlx::raw_sql("ROLLBACK").execute(&mut operator).await.expect("released");
    node.session(&mut Browser::new(), "google", "mira").await;
}

/// A provider that is linked to an account is not linked to it again by email.
#[actix_web::test]
async fn two_subjects_with_one_verified_email_link_one_of_them() {
    let Some(app) = real_time_app(Database::Postgres) else { return };
    let malicious = MaliciousProvider::new();
    let [first, second] = &two_processes(&app, &malicious.settings()).await;
    let (first, second) = (&first.node, &second.node);
    let owner = first.session(&mut Browser::new(), "google", "mira").await;
    let owner = owner["user"]["id"].as_str().expect("an id");
    for round in 0..rounds(8, 150) {
        let mut browsers = [Browser::new(), Browser::new()];
        for ((browser, node), name) in browsers.iter_mut().zip([first, second]).zip(["left", "right"]) {
            let start = node.auth(&format!("external/challenge/malicious?callbackUrl={BACK}"));
            let callback = node.auth("external/callback/malicious");
            let claim = profile(&format!("{name}-{round}"), Some("mira@example.org"), Some(true.into()));
            assert_eq!(answer(&app, browser, &malicious, (&start, &callback), claim).await.as_str(), BACK);
        }
        let [left, right] = &mut browsers;
        let (left, right) = join(
            first.post(left, "auth/signin/external", None, ""),
            second.post(right, "auth/signin/external", None, ""),
        )
        .await;
        let mut statuses = [left.status, right.status];
        statuses.sort_unstable();
        assert!(statuses[0] == 200 && (400..500).contains(&statuses[1]), "{round}: {statuses:?}");
        assert_eq!(app.query("SELECT COUNT(*) FROM identities WHERE provider = 'malicious'").await, 1, "{round}");
        assert_eq!(app.query(&format!("SELECT COUNT(*) FROM identities WHERE user_id = '{owner}'")).await, 2);
        app.execute("DELETE FROM identities WHERE provider = 'malicious'").await;
    }
}

#[actix_web::test]
async fn user_disabled_during_a_sign_in_gets_no_session() {
    let Some(app) = TestApp::on(Database::Postgres) else { return };
    let node = app.node().await;
    node.session(&mut Browser::new(), "google", "mira").await;
    let mut operator = rows::connect(app.database()).await;
    sqlx::raw_sql("BEGIN; UPDATE users SET disabled = true").execute(&mut operator).await.expect("updated");

    let mut browser = Browser::new();
    let callback = node.authorize(&mut browser, "google", "", "mira").await;
    let mut response = Box::pin(browser.peek(&callback));
    // The sign-in has read an enabled user and waits for the row.
    let waiting =
        "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while app.query(waiting).await == 0 {
        assert!((&mut response).now_or_never().is_none());
        actix_web::rt::task::yield_now().await;
    }
    sqlx::raw_sql("COMMIT").execute(&mut operator).await.expect("committed");
    let target = response.await.location_url();
    assert_eq!(parameter(&target, "error").as_deref(), Some("disabled-user"), "{target}");
    assert_eq!(app.count("sessions").await, 1);
}
