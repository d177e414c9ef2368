//! How soon readiness notices that PostgreSQL is gone: a proxy waits no longer before it sends requests elsewhere. And
//! what the probes of an orchestrator say meanwhile.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::app::{Database, Node, START_TIME, TestApp};
use crate::support::browser::Browser;
use crate::support::postgres::{self, Cluster};
use crate::support::service::wait_until;

/// Documented is a second; a busy machine gets two more. A pool that waits for a connection would take five.
const LIMIT: Duration = Duration::from_secs(3);

/// Ends the database twice and measures how long readiness stays green. The second time comes right after a check that
/// turned it green, so that a long interval between checks is noticed.
async fn assert_noticed_soon(node: &Node, end: impl Fn(), begin: impl Fn()) {
    wait_until("readiness is green", async || node.is_ready().await).await;
    for _ in 0..2 {
        end();
        let ended = Instant::now();
        wait_until("readiness is red", async || !node.is_ready().await).await;
        let elapsed = ended.elapsed();
        println!("readiness was red after {} ms", elapsed.as_millis());
        assert!(elapsed < LIMIT, "{elapsed:?}");
        begin();
        wait_until("readiness is green again", async || node.is_ready().await).await;
    }
}

#[actix_web::test]
async fn stopped_postgres_turns_readiness_red_within_a_second() {
    let Some(cluster) = Cluster::own("pg-readiness") else { return };
    let app = TestApp::on_database(cluster.address("postgres"), tempfile::tempdir().expect("a folder"), START_TIME);
    let node = app.node().await;
    assert_noticed_soon(&node, || cluster.stop(), || cluster.restart()).await;
}

/// A TCP proxy in front of the socket of PostgreSQL that can swallow everything, as a network that is cut does.
struct Proxy {
    port: u16,
    is_cut: Arc<AtomicBool>,
}

impl Proxy {
    fn new(socket: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let is_cut = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&is_cut);
        // Its threads end with the test run.
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = UnixStream::connect(&socket).expect("a connection");
                let (from_client, to_client) = (client.try_clone().expect("a clone"), client);
                let (from_server, to_server) = (server.try_clone().expect("a clone"), server);
                let (here, there) = (Arc::clone(&flag), Arc::clone(&flag));
                std::thread::spawn(move || {
                    pass(from_client, &to_server, &here);
                    to_server.shutdown(Shutdown::Both).ok();
                });
                std::thread::spawn(move || {
                    pass(from_server, &to_client, &there);
                    to_client.shutdown(Shutdown::Both).ok();
                });
            }
        });
        Self { port, is_cut }
    }
}

/// Copies until one side closes; what arrives while the connection is cut is lost.
fn pass(mut from: impl Read, mut to: impl Write, is_cut: &AtomicBool) {
    let mut buffer = [0; 8192];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if !is_cut.load(Ordering::SeqCst) && to.write_all(&buffer[..length]).is_err() {
            return;
        }
    }
}

#[actix_web::test]
async fn silent_postgres_turns_readiness_red_within_a_second() {
    let Some(app) = TestApp::on(Database::Postgres) else { return };
    let (address, _) = app.database().split_once('?').expect("the folder of the socket");
    let proxy = Proxy::new(postgres::folder().join(".s.PGSQL.5432"));
    let through = address.replacen("@localhost/", &format!("@127.0.0.1:{}/", proxy.port), 1);
    let app =
        TestApp::on_database(format!("{through}?sslmode=disable"), tempfile::tempdir().expect("a folder"), START_TIME);
    let node = app.node().await;
    let cut = |is_cut| proxy.is_cut.store(is_cut, Ordering::SeqCst);
    assert_noticed_soon(&node, || cut(true), || cut(false)).await;
}

/// Status and body of a probe.
async fn probe(node: &Node, path: &str) -> (u16, Value) {
    let response = Browser::new().peek(&format!("{}{path}", node.base)).await;
    (response.status, response.json())
}

#[actix_web::test]
async fn readyz_names_what_fails_and_livez_stays_green() {
    let Some(cluster) = Cluster::own("pg-probes") else { return };
    let app = TestApp::on_database(cluster.address("postgres"), tempfile::tempdir().expect("a folder"), START_TIME);
    let node = app.node().await;
    wait_until("it is ready", async || node.is_ready().await).await;
    assert_eq!(probe(&node, "/readyz").await, (200, json!({"ready": true})));

    // As a database that was restored from a backup of an earlier version.
    app.execute("ALTER TABLE migrations RENAME TO later").await;
    app.execute("CREATE TABLE migrations (LIKE later)").await;
    cluster.stop();
    wait_until("readiness is red", async || !node.is_ready().await).await;
    assert_eq!(probe(&node, "/readyz").await, (503, json!({"ready": false, "failing": ["database"]})));
    assert_eq!(probe(&node, "/livez").await, (200, json!("OK")));

    cluster.restart();
    let outdated = (503, json!({"ready": false, "failing": ["migrations"]}));
    wait_until("migrations are missing", async || probe(&node, "/readyz").await == outdated).await;
    app.execute("DROP TABLE migrations").await;
    app.execute("ALTER TABLE later RENAME TO migrations").await;
    wait_until("it is ready again", async || probe(&node, "/readyz").await.0 == 200).await;
}
