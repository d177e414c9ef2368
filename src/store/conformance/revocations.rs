//! What is left to do when somebody leaves.

use std::time::Duration;

use futures_util::future::join_all;
use uuid::Uuid;

use super::{Database, LATER, NOW, Secret, Store, entry, postgres, profile, provider, take, user};
use crate::domain::clock::Timestamp;
use crate::domain::random::OsRandom;
use crate::store::{StoreError, identities, pending_names, revocations, users, vault};

on_every_database! {
    what_lay_on_the_shelf_is_recalled_with_its_person_or_not_at_all
    of_many_who_ask_one_leases_what_is_due
    what_is_not_finished_comes_again_until_it_is_given_up
    a_name_is_kept_and_taken_once
    identities_are_listed_and_removed_by_provider
}

const NEVER: Timestamp = Timestamp::from_seconds(1_900_000_000);

async fn recall_one(store: &Store) -> Result<usize, StoreError> {
    users::add(store, &user(1)).await?;
    vault::put(store, entry(b"sealed")).await?;
    let transaction = store.begin().await?;
    let lifetime = (NOW, NEVER);
    let count = revocations::queue(&transaction, user(1).id, Some(&provider()), &OsRandom, lifetime).await?;
    transaction.commit().await?;
    Ok(count)
}

async fn what_lay_on_the_shelf_is_recalled_with_its_person_or_not_at_all(store: Store) {
    users::add(&store, &user(1)).await.expect("added");
    vault::put(&store, entry(b"sealed")).await.expect("laid down");
    let (id, other) = (user(1).id, "github".parse().expect("a name"));
    let transaction = store.begin().await.expect("begun");
    let recall = |provider| revocations::queue(&transaction, id, provider, &OsRandom, (NOW, NEVER));
    assert_eq!(recall(Some(&other)).await.expect("answered"), 0);
    assert_eq!(recall(None).await.expect("answered"), 1);
    assert!(users::remove(&transaction, id).await.expect("removed"));
    drop(transaction);
    assert_eq!(take(&store, id, NOW).await.expect("answered"), Some(b"sealed".to_vec()));
    vault::put(&store, entry(b"sealed")).await.expect("laid down");

    let transaction = store.begin().await.expect("begun");
    revocations::queue(&transaction, id, None, &OsRandom, (NOW, NEVER)).await.expect("recalled");
    assert!(users::lock_for_update(&transaction, id).await.expect("held").is_some());
    assert!(users::remove(&transaction, id).await.expect("removed"));
    assert!(!users::remove(&transaction, id).await.expect("answered"));
    transaction.commit().await.expect("committed");
    let due = revocations::lease(&store, 9, NOW, LATER).await.expect("leased");
    assert_eq!(due.len(), 1, "their tokens outlive the user");
    assert_eq!((due[0].user_id, due[0].provider.clone(), due[0].attempts), (id, Some(provider()), 1));
    assert_eq!(due[0].sealed, b"sealed");
}

async fn of_many_who_ask_one_leases_what_is_due(store: Store) {
    assert_eq!(recall_one(&store).await.expect("recalled"), 1);
    for round in 0..20 {
        let (now, until) = (NEVER.plus(Duration::from_secs(round)), NEVER.plus(Duration::from_secs(round + 1)));
        let leases = join_all((0..32).map(|_| revocations::lease(&store, 9, now, until))).await;
        let leased: usize = leases.into_iter().map(|lease| lease.expect("answered").len()).sum();
        assert_eq!(leased, 1, "round {round}");
    }
}

async fn what_is_not_finished_comes_again_until_it_is_given_up(store: Store) {
    recall_one(&store).await.expect("recalled");
    let lease = |now| revocations::lease(&store, 9, now, NEVER);
    let first = lease(NOW).await.expect("leased").pop().expect("due");
    assert!(lease(LATER).await.expect("answered").is_empty(), "it is leased");
    revocations::postpone(&store, first.id, LATER).await.expect("postponed");
    assert!(lease(NOW).await.expect("answered").is_empty(), "it is not time yet");
    assert_eq!(lease(LATER).await.expect("leased").pop().map(|due| due.attempts), Some(2));
    assert_eq!(revocations::delete_expired(&store, LATER).await.expect("answered"), 0);
    assert_eq!(revocations::delete_expired(&store, NEVER).await.expect("answered"), 1);
    vault::put(&store, entry(b"again")).await.expect("laid down");
    let transaction = store.begin().await.expect("begun");
    revocations::queue(&transaction, user(1).id, None, &OsRandom, (NOW, NEVER)).await.expect("recalled");
    transaction.commit().await.expect("committed");
    let second = lease(NOW).await.expect("leased").pop().expect("due");
    revocations::complete(&store, second.id).await.expect("finished");
    assert_eq!(revocations::delete_expired(&store, NEVER).await.expect("answered"), 0);
}

async fn a_name_is_kept_and_taken_once(store: Store) {
    let take = || async { pending_names::take(&store, &provider(), "s").await.expect("answered") };
    for name in ["Mira", "Mira Okafor"] {
        pending_names::put(&store, &provider(), "s", name, LATER).await.expect("kept");
    }
    pending_names::put(&store, &provider(), "t", "Jonas", NEVER).await.expect("kept");
    assert_eq!((take().await.as_deref(), take().await), (Some("Mira Okafor"), None));
    pending_names::put(&store, &provider(), "s", "Mira", LATER).await.expect("kept");
    assert_eq!(pending_names::delete_expired(&store, NOW).await.expect("swept"), 0);
    assert_eq!(pending_names::delete_expired(&store, LATER).await.expect("swept"), 1);
    assert_eq!(take().await, None);
}

async fn identities_are_listed_and_removed_by_provider(store: Store) {
    users::add(&store, &user(1)).await.expect("added");
    let id = user(1).id;
    for (number, subject, at) in [(10, "later", LATER), (11, "first", NOW)] {
        identities::add(&store, Uuid::from_u128(number), id, &profile(subject), None, at).await.expect("added");
    }
    let list = || async { identities::list(&store, id).await.expect("listed") };
    let subjects: Vec<String> = list().await.into_iter().map(|identity| identity.subject).collect();
    assert_eq!(subjects, ["first", "later"]);
    let other = "github".parse().expect("a name");
    assert_eq!(identities::remove(&store, id, &other).await.expect("answered"), 0);
    assert_eq!(identities::remove(&store, id, &provider()).await.expect("removed"), 2);
    assert!(list().await.is_empty());
}
