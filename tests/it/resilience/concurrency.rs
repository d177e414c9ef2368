//! Many concurrent requests for one single-use value, on one node and on several: one wins.
//!
//! Every run has a small load; `VOUCHSAFE_TEST_ROUNDS=full` has the one that docs/architecture.md names.

use futures_util::StreamExt;
use futures_util::stream;

use crate::support::app::{Database, Node, TestApp, parameter};
use crate::support::browser::Browser;

/// The number of requests and of rounds.
struct Load {
    size: usize,
    rounds: usize,
}

impl Load {
    fn new(small: (usize, usize), full: (usize, usize)) -> Self {
        let (size, rounds) = if is_full() { full } else { small };
        Self { size, rounds }
    }
}

/// Whether the long variants are requested.
pub fn is_full() -> bool {
    std::env::var_os("VOUCHSAFE_TEST_ROUNDS").is_some_and(|rounds| rounds == "full")
}

/// The number of concurrent requests. More would only queue for the database, and on a busy machine beyond its
/// timeout; a 503 claims nothing.
const MAX_IN_FLIGHT: usize = 100;

async fn nodes(app: &TestApp, count: usize) -> Vec<Node> {
    let mut nodes = Vec::new();
    for _ in 0..count {
        nodes.push(app.node().await);
    }
    nodes
}

/// Concurrent claims of one user's tokens: one gets them, the others 400.
async fn claim(database: Database, count: usize) {
    let Some(app) = TestApp::on(database) else { return };
    let nodes = nodes(&app, count).await;
    let Load { size, rounds } = Load::new((64, 10), (1000, 1000));
    for round in 0..rounds {
        let mut browser = Browser::new();
        let session = nodes[0].session(&mut browser, "google", "mira").await;
        let (browser, session) = (&browser, &session);
        let claims = (0..size).map(|number| nodes[number % count].tokens(browser, "google", session));
        let responses: Vec<_> =
            stream::iter(claims).buffer_unordered(MAX_IN_FLIGHT).map(|response| response.status).collect().await;
        let of = |status: u16| responses.iter().filter(|answered| **answered == status).count();
        assert_eq!((of(200), of(400)), (1, size - 1), "round {round}: {responses:?}");
    }
}

/// Identical callbacks: the code is exchanged once and one session starts.
async fn call_back(database: Database, count: usize) {
    let Some(app) = TestApp::on(database) else { return };
    let nodes = nodes(&app, count).await;
    let Load { size, rounds } = Load::new((50, 5), (50, 200));
    for round in 0..rounds {
        let mut browser = Browser::new();
        let (exchanges, sessions) = (app.simulator.counts().google.token, app.count("sessions").await);
        let callback = nodes[0].authorize(&mut browser, "google", "", "mira").await;
        let urls: Vec<_> =
            (0..size).map(|number| callback.replace(&nodes[0].base, &nodes[number % count].base)).collect();
        let responses = futures_util::future::join_all(urls.iter().map(|url| browser.peek(url))).await;
        let is_signed_in = |response: &&crate::support::browser::Response| {
            parameter(&response.location_url(), "refreshToken").is_some()
        };
        let signed_in = responses.iter().filter(is_signed_in).count();
        let exchanged = app.simulator.counts().google.token - exchanges;
        let begun = app.count("sessions").await - sessions;
        assert_eq!((signed_in, exchanged, begun), (1, 1, 1), "round {round}");
    }
}

#[actix_web::test]
async fn claims_by_many_clients_have_one_winner_sqlite() {
    claim(Database::Sqlite, 1).await;
}

#[actix_web::test]
async fn claims_by_many_clients_have_one_winner_on_three_nodes() {
    claim(Database::Postgres, 3).await;
}

#[actix_web::test]
async fn many_identical_callbacks_create_one_session_sqlite() {
    call_back(Database::Sqlite, 1).await;
}

#[actix_web::test]
async fn many_identical_callbacks_create_one_session_on_three_nodes() {
    call_back(Database::Postgres, 3).await;
}
