//! Tokens that are moved from the vault to the pending revocations.

use std::time::Duration;

use futures_util::future::join_all;

use super::{LATER, MUCH_LATER, NOW, Store, add_user, open, postgres, provider, store_tokens, take_tokens, user};
use crate::domain::random::OsRandom;
use crate::store::revocations::{self, Which};
use crate::store::{StoreError, pending_names, users};

on_every_database! {
    tokens_of_an_erased_user_are_queued_or_nothing_happens
    due_revocation_is_leased_by_one_caller
    unfinished_revocation_is_leased_again
    pending_name_is_replaced_and_removed
}

async fn queue_one(store: &Store) -> Result<usize, StoreError> {
    add_user(store, 1).await;
    store_tokens(store, b"sealed").await;
    let transaction = store.begin().await?;
    let lifetime = (NOW, MUCH_LATER);
    let count = revocations::queue(
        &transaction,
        user(1).id,
        Which { provider: Some(&provider()), ..Which::default() },
        &OsRandom,
        lifetime,
    )
    .await?;
    transaction.commit().await?;
    Ok(count)
}

async fn tokens_of_an_erased_user_are_queued_or_nothing_happens(store: Store) {
    let id = add_user(&store, 1).await;
    store_tokens(&store, b"sealed").await;
    let other = "github".parse().expect("a name");
    let transaction = store.begin().await.expect("begun");
    let queue = |provider| {
        let which = Which { provider, ..Which::default() };
        revocations::queue(&transaction, id, which, &OsRandom, (NOW, MUCH_LATER))
    };
    assert!(users::lock_for_update(&transaction, id).await.expect("locked").is_some());
    assert_eq!(queue(Some(&other)).await.expect("answered"), 0);
    assert_eq!(queue(None).await.expect("queued"), 1);
    drop(transaction);
    assert_eq!(take_tokens(&store, id, NOW).await, Some(b"sealed".to_vec()));

    store_tokens(&store, b"sealed").await;
    let transaction = store.begin().await.expect("begun");
    assert!(users::lock_for_update(&transaction, id).await.expect("locked").is_some());
    revocations::queue(&transaction, id, Which::default(), &OsRandom, (NOW, MUCH_LATER)).await.expect("queued");
    transaction.commit().await.expect("committed");
    assert!(users::remove(&store, id).await.expect("removed"));
    assert!(!users::remove(&store, id).await.expect("answered"));
    let due = revocations::lease(&store, 9, NOW, LATER).await.expect("leased");
    assert_eq!(due.len(), 1, "the tokens outlive the user");
    assert_eq!((due[0].user_id, due[0].provider.clone(), due[0].attempts), (id, Some(provider()), 1));
    assert_eq!(due[0].sealed, b"sealed");
}

async fn due_revocation_is_leased_by_one_caller(store: Store) {
    assert_eq!(revocations::count(&store).await.expect("counted"), 0);
    assert_eq!(queue_one(&store).await.expect("queued"), 1);
    assert_eq!(revocations::count(&store).await.expect("counted"), 1);
    for round in 0..20 {
        let [now, until] = [round, round + 1].map(|seconds| MUCH_LATER.plus(Duration::from_secs(seconds)));
        let calls = join_all((0..32).map(|_| revocations::lease(&store, 9, now, until))).await;
        let leased: usize = calls.into_iter().map(|lease| lease.expect("answered").len()).sum();
        assert_eq!(leased, 1, "round {round}");
    }
}

async fn unfinished_revocation_is_leased_again(store: Store) {
    queue_one(&store).await.expect("queued");
    let lease = |now| revocations::lease(&store, 9, now, MUCH_LATER);
    let first = lease(NOW).await.expect("leased").pop().expect("due");
    assert!(lease(LATER).await.expect("answered").is_empty(), "it is leased");
    revocations::postpone(&store, first.id, LATER).await.expect("postponed");
    assert!(lease(NOW).await.expect("answered").is_empty(), "it is not due yet");
    assert_eq!(lease(LATER).await.expect("leased").pop().map(|due| due.attempts), Some(2));
    revocations::complete(&store, first.id).await.expect("completed");
    assert!(lease(MUCH_LATER).await.expect("answered").is_empty(), "it is complete");
}

async fn pending_name_is_replaced_and_removed(store: Store) {
    let find = async || pending_names::find(&store, &provider(), "s").await.expect("answered");
    for name in ["Mira", "Mira Okafor"] {
        pending_names::put(&store, &provider(), "s", name, LATER).await.expect("stored");
    }
    pending_names::put(&store, &provider(), "t", "Jonas", LATER).await.expect("stored");
    assert_eq!(find().await.as_deref(), Some("Mira Okafor"));
    pending_names::remove(&store, &provider(), "s").await.expect("removed");
    assert_eq!(find().await, None);
}
