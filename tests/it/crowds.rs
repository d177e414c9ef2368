//! Crowds: many who want the same thing at once, on one node and on many. One gets it.
//!
//! A small crowd is part of every run; with `VOUCHSAFE_TEST_ROUNDS=full` it is the one that the README promises.

use futures_util::StreamExt;
use futures_util::stream;

use crate::browser::Browser;
use crate::town::{Ground, Node, Town, parameter};

/// How many, and how often.
struct Crowd {
    size: usize,
    rounds: usize,
}

impl Crowd {
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
const ABREAST: usize = 100;

async fn nodes(town: &Town, count: usize) -> Vec<Node> {
    let mut nodes = Vec::new();
    for _ in 0..count {
        nodes.push(town.node().await);
    }
    nodes
}

/// A crowd asks for one person's tokens: one gets them, all others hear that there are none.
async fn claim(ground: Ground, count: usize) {
    let Some(town) = Town::on(ground) else { return };
    let nodes = nodes(&town, count).await;
    let Crowd { size, rounds } = Crowd::new((64, 10), (1000, 1000));
    for round in 0..rounds {
        let mut browser = Browser::new();
        let session = nodes[0].session(&mut browser, "google", "mira").await;
        let (browser, session) = (&browser, &session);
        let claims = (0..size).map(|number| nodes[number % count].tokens(browser, "google", session));
        let answers: Vec<_> =
            stream::iter(claims).buffer_unordered(ABREAST).map(|answer| answer.status).collect().await;
        let of = |status: u16| answers.iter().filter(|answered| **answered == status).count();
        assert_eq!((of(200), of(400)), (1, size - 1), "round {round}: {answers:?}");
    }
}

/// The same callback comes many times: its code is presented once, and one session comes of it.
async fn call_back(ground: Ground, count: usize) {
    let Some(town) = Town::on(ground) else { return };
    let nodes = nodes(&town, count).await;
    let Crowd { size, rounds } = Crowd::new((50, 5), (50, 200));
    for round in 0..rounds {
        let mut browser = Browser::new();
        let (exchanges, sessions) = (town.simulator.counts().google.token, town.count("sessions").await);
        let callback = nodes[0].go_out(&mut browser, "google", "", "mira").await;
        let urls: Vec<_> =
            (0..size).map(|number| callback.replace(&nodes[0].base, &nodes[number % count].base)).collect();
        let answers = futures_util::future::join_all(urls.iter().map(|url| browser.look(url))).await;
        let is_signed_in =
            |answer: &&crate::browser::Answer| parameter(&answer.location_url(), "refreshToken").is_some();
        let signed_in = answers.iter().filter(is_signed_in).count();
        let exchanged = town.simulator.counts().google.token - exchanges;
        let begun = town.count("sessions").await - sessions;
        assert_eq!((signed_in, exchanged, begun), (1, 1, 1), "round {round}");
    }
}

#[actix_web::test]
async fn of_a_crowd_of_claimers_one_gets_the_tokens_on_sqlite() {
    claim(Ground::Sqlite, 1).await;
}

#[actix_web::test]
async fn of_a_crowd_of_claimers_one_gets_the_tokens_on_three_nodes() {
    claim(Ground::Postgres, 3).await;
}

#[actix_web::test]
async fn a_crowd_of_identical_callbacks_brings_one_session_on_sqlite() {
    call_back(Ground::Sqlite, 1).await;
}

#[actix_web::test]
async fn a_crowd_of_identical_callbacks_brings_one_session_on_three_nodes() {
    call_back(Ground::Postgres, 3).await;
}
