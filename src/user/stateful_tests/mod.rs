//! Random sequences of actions, compared with a model, and random actions at once, on both databases, alone and in
//! batches: no two users have verified one email, no identity has two owners, and no session or proof outlives its
//! session or the access of its user.

mod action;
mod concurrent;
mod model;
mod world;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tokio::sync::OnceCell;

use crate::store::testing::{clear, open};
use crate::store::{Store, postgres};
use world::World;

/// Runs `cases` sequences, each in a new `World`, and then more actions at once.
fn play(cases: u32, open: impl AsyncFn() -> Store) {
    let runtime = actix_rt::System::new();
    let config =
        ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 200, ..ProptestConfig::default() };
    let actions = |count| proptest::collection::vec(action::action(), count);
    let max_batch = proptest::sample::select(&[1, 2, 64]);
    let sequences = (action::rules(), max_batch, actions(8..32), actions(4..12));
    let played = TestRunner::new(config).run(&sequences, |(rules, max_batch, one_by_one, at_once)| {
        runtime.block_on(async {
            let mut world = World::new(open().await.with_max_batch(max_batch), &rules);
            for action in one_by_one {
                world.act(action).await;
                world.check().await;
            }
            world.check_sessions().await;
            world.act_at_once(&at_once).await;
        });
        Ok(())
    });
    played.unwrap_or_else(|failure| panic!("{failure}"));
}

async fn store_of(url: &str) -> Store {
    open(url).await.store(1)
}

#[test]
fn no_sequence_of_actions_breaks_the_rules_on_sqlite() {
    play(40, async || store_of("sqlite::memory:").await);
}

#[test]
fn no_sequence_of_actions_breaks_the_rules_on_postgresql() {
    let Some(url) = postgres::new_database() else { return };
    let opened = OnceCell::new();
    play(12, async || {
        let store = opened.get_or_init(async || store_of(&url).await).await;
        clear(store).await;
        store.clone()
    });
}
