//! The database is stopped, restarted, locked or full: requests get 503 with `Retry-After`, readiness fails, and the
//! app recovers without partial state.

use std::cell::Cell;
use std::process::Command;
use std::rc::Rc;

use futures_util::future::join_all;
use sqlx::Connection as _;

use crate::support::app::{Node, START_TIME, TestApp, access_token, parameter, refresh_token};
use crate::support::browser::{Browser, Response};
use crate::support::postgres::Cluster;
use crate::support::service::{Service, wait_until};

fn app_on(cluster: &Cluster) -> TestApp {
    TestApp::on_database(cluster.address("postgres"), tempfile::tempdir().expect("a folder"), START_TIME)
}

/// Asserts 503 with `Retry-After` in the dialect's shape.
#[track_caller]
fn assert_come_again(response: &Response) {
    response.assert_error(503, "internal-server-error");
    assert_eq!(response.header("retry-after"), Some("1"));
}

/// A callback refused during the outage succeeds afterwards; no flow or code is used up.
async fn comes_back(app: &TestApp, node: &Node, trouble: impl AsyncFnOnce(), cure: impl AsyncFnOnce()) {
    let session = node.session(&mut Browser::new(), "github", "jonas").await;
    let refresh_token = refresh_token(&session);
    let mut browser = Browser::new();
    let callback = node.authorize(&mut browser, "github", "", "mira").await;
    let presented = app.simulator.counts().github.token;

    trouble().await;
    assert_come_again(&browser.peek(&callback).await);
    assert_come_again(&node.refresh(&browser, refresh_token).await);
    assert_come_again(&node.tokens(&browser, "github", &session).await);
    wait_until("readiness is red", async || !node.is_ready().await).await;
    assert_come_again(&browser.peek(&format!("{}/healthz", node.base)).await);
    let start = Browser::new().peek(&format!("{}/signin/provider/github", node.base)).await;
    assert_eq!(start.status, 302, "a start needs no database");
    assert_eq!(app.simulator.counts().github.token, presented, "no token request was sent");

    cure().await;
    wait_until("readiness is green", async || node.is_ready().await).await;
    node.tokens(&browser, "google", &session).await.assert_error(400, "invalid-request");
    let target = browser.get(&callback).await.location_url();
    assert!(parameter(&target, "refreshToken").is_some(), "{target}");
    assert_eq!(node.refresh(&browser, refresh_token).await.status, 200);
    assert_eq!(node.tokens(&browser, "github", &session).await.status, 200);
    assert_eq!(app.simulator.counts().github.token, presented + 1);
    for (table, rows) in [("users", 2), ("identities", 2), ("sessions", 2), ("vault_entries", 1)] {
        assert_eq!(app.count(table).await, rows, "{table}");
    }
}

#[actix_web::test]
async fn postgres_outage_is_reported_and_recovered() {
    let Some(cluster) = Cluster::own("pg-stopped") else { return };
    let app = app_on(&cluster);
    let node = app.node().await;
    comes_back(&app, &node, async || cluster.stop(), async || cluster.restart()).await;
}

#[actix_web::test]
async fn sqlite_lock_by_another_process_is_survived() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut other = sqlx::SqliteConnection::connect(app.database()).await.expect("connected");
    let lock = Cell::new(Some(&mut other));
    let other = Rc::new(Cell::new(None));
    let hold = async || {
        let connection = lock.take().expect("once");
        sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut *connection).await.expect("locked");
        other.set(Some(connection));
    };
    let let_go = async || {
        let connection: &mut sqlx::SqliteConnection = other.take().expect("locked before");
        sqlx::raw_sql("ROLLBACK").execute(connection).await.expect("let go");
    };
    comes_back(&app, &node, hold, let_go).await;
}

/// Simulates a full disk by a file size limit, which needs no root and can be lifted again.
#[actix_web::test]
async fn sqlite_full_disk_is_survived() {
    let app = TestApp::new();
    let process = Service::start(&app, "").await;
    let limit = |bytes: &str| {
        let arguments = [format!("--pid={}", process.id()), format!("--fsize={bytes}:")];
        assert!(Command::new("prlimit").args(arguments).status().expect("prlimit of util-linux").success());
    };
    comes_back(&app, &process.node, async || limit("16384"), async || limit("unlimited")).await;
    assert!(process.log().contains("database reachable again"), "{}", process.log());
}

/// Signs in with retries; returns the credential and the number of failed callbacks.
async fn until_signed_in(node: &Node, persona: &str) -> (String, i64) {
    for failed in 0.. {
        let mut browser = Browser::new();
        let callback = node.authorize(&mut browser, "github", "", persona).await;
        let mut response = browser.peek(&callback).await;
        while response.status == 503 {
            actix_web::rt::task::yield_now().await;
            response = browser.peek(&callback).await;
        }
        if let Some(token) = parameter(&response.location_url(), "refreshToken") {
            return (token, failed);
        }
    }
    unreachable!("there is no last number")
}

#[actix_web::test]
async fn sign_ins_across_postgres_restarts_finish_once() {
    const USERS: usize = 120;
    let Some(cluster) = Cluster::own("pg-restarted") else { return };
    let cluster = std::sync::Arc::new(cluster);
    let app = app_on(&cluster);
    let node = app.node().await;
    let (done, next) = (Cell::new(0), Cell::new(0));
    let walkers = (0..6).map(async |_| {
        let (mut credentials, mut failed) = (Vec::new(), 0);
        while next.get() < USERS {
            let number = next.replace(next.get() + 1);
            let (token, failures) = until_signed_in(&node, &format!("user-{number}")).await;
            credentials.push(token);
            failed += failures;
            done.set(done.get() + 1);
        }
        (credentials, failed)
    });
    let restarts = async {
        for third in 1..=2 {
            wait_until("a third is done", async || done.get() >= third * USERS / 3).await;
            let cluster = std::sync::Arc::clone(&cluster);
            let restarted = actix_web::rt::task::spawn_blocking(move || {
                cluster.stop();
                cluster.restart();
            });
            restarted.await.expect("restarted");
        }
    };
    let (walked, ()) = futures_util::future::join(join_all(walkers), restarts).await;
    let failed: i64 = walked.iter().map(|(_, failed)| failed).sum();
    let credentials: Vec<String> = walked.into_iter().flat_map(|(credentials, _)| credentials).collect();
    let users = i64::try_from(USERS).expect("a number");
    assert_eq!(credentials.len(), USERS);
    for table in ["users", "identities", "vault_entries"] {
        assert_eq!(app.count(table).await, users, "{table}");
    }
    // Only a commit whose response was lost may leave a session without a client.
    let sessions = app.count("sessions").await;
    assert!((users..=users + failed).contains(&sessions), "{sessions} sessions, {failed} failures");
    assert_eq!(app.query("SELECT COUNT(DISTINCT user_id) FROM sessions").await, users);
    let browser = Browser::new();
    for token in credentials {
        assert_eq!(node.refresh(&browser, &token).await.status, 200);
    }
}

#[actix_web::test]
async fn idle_postgres_restart_fails_no_request() {
    let Some(cluster) = Cluster::own("pg-unseen") else { return };
    let app = app_on(&cluster);
    let node = app.node().await;
    let session = node.session(&mut Browser::new(), "github", "jonas").await;
    let (user, token) = (format!("{}/user", node.base), access_token(&session));
    for _ in 0..2 {
        // New connections; the old ones may have been closed during the restart.
        let browser = Browser::new();
        let responses = join_all((0..16).map(|_| browser.get_as(&user, token))).await;
        assert_eq!(responses.iter().filter(|response| response.status == 200).count(), 16);
        cluster.stop();
        cluster.restart();
    }
}
