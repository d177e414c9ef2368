//! Tokens are handed out once.

use futures_util::FutureExt as _;
use futures_util::future::join;

use super::*;
use crate::actor::batch::Batch as _;
use crate::metrics::BatchKind;
use crate::store::StoreError;
use crate::store::audit;
use crate::store::{LostRace, vault};
use crate::vault::take::{Take, TakeTokens};
use crate::vault::vault::VaultError;

fn request(session: LiveSession, provider_name: &str, idempotency_key: Option<&str>) -> Take {
    Take {
        session,
        provider: provider(provider_name),
        idempotency_key: idempotency_key.map(str::to_owned),
        origin: RequestOrigin::default(),
    }
}

impl World {
    async fn take(&self, session: LiveSession, key: Option<&str>) -> Option<ProviderTokens> {
        self.vault.send(request(session, "google", key)).await.expect("an answer").expect("no failure")
    }

    /// The outcomes of the takes in the audit trail, the newest first.
    async fn outcomes(&self, session: LiveSession) -> Vec<String> {
        let events = audit::list(&self.store, session.user_id(), None, 100).await.expect("read");
        let takes = events.into_iter().filter(|event| event.action == "fetch");
        takes
            .map(|event| {
                assert_eq!((event.session_id, event.provider.as_deref()), (Some(session.id()), Some("google")));
                event.outcome
            })
            .collect()
    }
}

#[actix_rt::test]
async fn tokens_are_handed_out_once_counted_and_told() {
    let mut world = World::new().await;
    let (session, other) = (world.sign_up("1").await, world.sign_up("2").await);
    world.put(session, "google", "at").await;
    assert_eq!(world.take(other, None).await, None, "they are another user's");
    assert_eq!((world.taken(), world.outcomes(other).await), (0, Vec::new()));
    assert_eq!(world.take(session, None).await, Some(tokens("at")));
    assert_eq!(world.take(session, None).await, None);
    assert_eq!(world.taken(), 1);
    assert_eq!(world.outcomes(session).await, ["done"]);
    let told = world.told.recv().await.expect("told");
    let (user_id, session_id) = (session.user_id(), session.id());
    assert_eq!(told, Event::TokensTaken { at: START, user_id, session_id, provider: provider("google") });
    assert!(world.told.try_recv().is_err(), "nothing was told of requests that found none");
}

#[actix_rt::test]
async fn requests_at_once_get_their_own_tokens() {
    let world = World::new().await;
    let (one, other) = (world.sign_up("1").await, world.sign_up("2").await);
    world.put(one, "google", "one").await;
    world.put(other, "google", "other").await;
    assert_eq!(
        join(world.take(one, None), world.take(other, None)).await,
        (Some(tokens("one")), Some(tokens("other")))
    );
    world.put(one, "google", "one").await;
    let (first, second) = join(world.take(one, None), world.take(one, None)).await;
    assert_eq!(first.is_some() as u8 + second.is_some() as u8, 1, "one of two gets them");
}

#[actix_rt::test]
async fn requests_share_statements_unless_they_are_of_one_user() {
    let world = World::new().await;
    let (one, other) = (world.sign_up("1").await, world.sign_up("2").await);
    let takes = TakeTokens(Arc::new(world.state.clone()));
    let key = |session, provider_name| takes.key(&request(session, provider_name, None));
    assert!(key(one, "google").is_some());
    assert_eq!(key(one, "google"), key(one, "github"));
    assert_ne!(key(one, "google"), key(other, "google"));
    let permit = takes.permit().await.expect("a permit");
    assert!(takes.permit().now_or_never().is_none(), "one batch writes at a time");
    drop(permit);
    world.put(one, "google", "at").await;
    assert_eq!(world.take(one, None).await, Some(tokens("at")));
    let left_out = world.state.metrics.batches(BatchKind::TakeTokens).left_out.get();
    assert_eq!(left_out, 0, "the shared statement has taken them");
}

#[actix_rt::test]
async fn answer_is_repeated_for_a_minute_to_the_same_key() {
    let mut world = World::new().await;
    let session = world.sign_up("1").await;
    world.put(session, "google", "at").await;
    assert_eq!(world.take(session, Some("a")).await, Some(tokens("at")));
    world.clock.advance(Duration::from_millis(59_999));
    assert_eq!(world.take(session, Some("b")).await, None, "another key asks for other tokens");
    assert_eq!(world.take(session, Some("a")).await, Some(tokens("at")));
    assert_eq!(world.outcomes(session).await, ["repeated", "done"]);
    assert!(matches!(world.told.recv().await, Some(Event::TokensTaken { at: START, .. })));
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(world.take(session, Some("a")).await, None, "a repetition does not prolong the minute");
    assert!(world.told.try_recv().is_err(), "a repeated answer is not told");
    assert_eq!(world.taken(), 2);
}

#[actix_rt::test]
async fn node_without_the_key_leaves_tokens_to_others() {
    let mut world = World::new().await;
    let session = world.sign_up("1").await;
    world.put(session, "google", "at").await;
    let (_, without_key) = world.vault_with(&[key(2)]);
    for idempotency_key in [None, Some("a")] {
        let answer = without_key.send(request(session, "google", idempotency_key)).await.expect("an answer");
        assert!(matches!(answer, Err(VaultError::Seal(_))), "{answer:?}");
    }
    assert_eq!((world.taken(), world.outcomes(session).await), (0, Vec::new()));
    assert!(world.told.try_recv().is_err(), "nothing was told");
    let page = vault::page(&world.store, None, 10).await.expect("read");
    assert_eq!(page.len(), 1);
    assert_eq!(world.take(session, None).await, Some(tokens("at")));
}

#[test]
fn take_is_repeated_only_after_a_race_that_it_lost() {
    assert!(VaultError::Store(StoreError::Conflict).is_lost_race());
    assert!(!VaultError::Store(StoreError::Unavailable(String::new())).is_lost_race());
    assert!(!VaultError::Seal(crate::domain::seal::SealError::Broken).is_lost_race());
}
