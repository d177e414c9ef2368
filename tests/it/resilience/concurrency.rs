//! Crowds: many who want the same thing at once, on one node and on many. One gets it.
//!
//! A small crowd is part of every run; with `VOUCHSAFE_TEST_ROUNDS=full` it is the one that the README promises.

use futures_util::StreamExt;
use futures_util::stream;

use crate::support::app::{Database, Node, TestApp, parameter};
use crate::support::browser::Browser;

/// How many, and how often.
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

/// Whether the long forms are asked for.
pub fn is_full() -> bool {
    std::env::var_os("VOUCHSAFE_TEST_ROUNDS").is_some_and(|rounds| rounds == "full")
}

/// So many requests are under way at once. More would only wait for their turn at the database, and on a busy machine
/// longer than it lets them: whoever hears "try again later" has claimed nothing.
const MAX_IN_FLIGHT: usize = 100;

async fn nodes(app: &TestApp, count: usize) -> Vec<Node> {
    let mut nodes = Vec::new();
    for _ in 0..count {
        nodes.push(app.node().await);
    }
    nodes
}

/// A crowd asks for one person's tokens: one gets them, all others hear that there are none.
async fn claim(database: Database, count: usize) {
    let Some(app) = TestApp::on(database) else { return };
    let nodes = nodes(&app, count).await;
    let Load { size, rounds } = Load::new((64, 10), (1000, 1000));
    for round in 0..rounds {
        let mut browser = Browser::new();
        let session = nodes[0].session(&mut browser, "google", "mira").await;
        let (browser, session) = (&browser, &session);
        let claims = (0..size).map(|number| nodes[number % count].tokens(browser, "google", session));
        let answers: Vec<_> =
            stream::iter(claims).buffer_unordered(MAX_IN_FLIGHT).map(|answer| answer.status).collect().await;
        let of = |status: u16| answers.iter().filter(|answered| **answered == status).count();
        assert_eq!((of(200), of(400)), (1, size - 1), "round {round}: {answers:?}");
    }
}

/// The same callback comes many times: its code is presented once, and one session comes of it.
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
        let answers = futures_util::future::join_all(urls.iter().map(|url| browser.peek(url))).await;
        let is_signed_in =
            |answer: &&crate::support::browser::Answer| parameter(&answer.location_url(), "refreshToken").is_some();
        let signed_in = answers.iter().filter(is_signed_in).count();
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
