//! Users, identities and transactions.

use uuid::Uuid;

use super::{LATER, NOW, Store, add_user, link, open, postgres, profile, provider, user};
use crate::domain::id::UserId;
use crate::store::users::{AccountStatus, User};
use crate::store::{StoreError, identities, users};

on_every_database! {
    user_is_read_as_added
    proven_email_belongs_to_one_user
    unproven_email_is_claimed_by_many_and_owned_by_none
    activity_of_a_missing_user_is_a_collision
    identity_belongs_to_one_user
    identity_of_another_user_is_not_refreshed
    subjects_are_compared_byte_for_byte
    identities_are_listed_and_removed_by_provider
    dropped_transaction_leaves_nothing
    new_row_of_a_missing_user_is_refused
}

async fn user_is_read_as_added(store: Store) {
    let id = add_user(&store, 1).await;
    let status = Some(AccountStatus::from(&user(1)));
    assert_eq!(users::find(&store, id).await.expect("found"), Some(user(1)));
    assert_eq!(users::find_status_by_verified_email(&store, "mira1@example.org").await.expect("found"), status);
    assert_eq!(users::find_status_by_verified_email(&store, "Mira1@Example.org").await.expect("answered"), None);
    assert_eq!(users::find(&store, UserId(Uuid::from_u128(9))).await.expect("answered"), None);
}

async fn proven_email_belongs_to_one_user(store: Store) {
    add_user(&store, 1).await;
    let second = User { id: user(2).id, ..user(1) };
    assert!(matches!(users::add(&store, &second).await, Err(StoreError::Conflict)));
    for number in [3, 4] {
        let without_email = User { email: None, email_canonical: None, ..user(number) };
        users::add(&store, &without_email).await.expect("users without an email do not collide");
    }
}

async fn unproven_email_is_claimed_by_many_and_owned_by_none(store: Store) {
    let canonical = "mira1@example.org";
    for number in [2, 3] {
        let claimant = User { id: user(number).id, email_verified: false, ..user(1) };
        users::add(&store, &claimant).await.expect("an unproven email blocks nobody");
    }
    add_user(&store, 1).await;
    let owner = users::find_status_by_verified_email(&store, canonical).await.expect("answered");
    assert_eq!(owner, Some(AccountStatus::from(&user(1))));
    let stolen = users::mark_email_verified(&store, user(2).id, canonical).await;
    assert!(matches!(stolen, Err(StoreError::Conflict)));
    assert!(users::mark_email_verified(&store, user(1).id, canonical).await.expect("still theirs"));
    assert!(!users::mark_email_verified(&store, user(1).id, "another@example.org").await.expect("answered"));
}

async fn activity_of_a_missing_user_is_a_collision(store: Store) {
    let id = add_user(&store, 1).await;
    users::record_activity(&store, id, LATER).await.expect("recorded");
    let missing = users::record_activity(&store, user(2).id, LATER).await;
    assert!(matches!(missing, Err(StoreError::Collision(_))));
}

async fn identity_belongs_to_one_user(store: Store) {
    let (first, second) = (add_user(&store, 1).await, add_user(&store, 2).await);
    link(&store, 10, first, "s").await.expect("linked");
    assert!(matches!(link(&store, 11, second, "s").await, Err(StoreError::Conflict)));
    let owner = identities::find_owner(&store, &provider(), "s").await.expect("found");
    assert_eq!(owner, Some(AccountStatus::from(&user(1))));
}

async fn identity_of_another_user_is_not_refreshed(store: Store) {
    let (first, second) = (add_user(&store, 1).await, add_user(&store, 2).await);
    link(&store, 10, first, "s").await.expect("linked");
    let refresh = async |owner| identities::refresh(&store, owner, &profile("s"), None, LATER).await;
    refresh(first).await.expect("refreshed");
    assert!(matches!(refresh(second).await, Err(StoreError::Collision(_))));
    identities::remove(&store, first, &provider(), None).await.expect("unlinked");
    assert!(matches!(refresh(first).await, Err(StoreError::Collision(_))));
}

async fn subjects_are_compared_byte_for_byte(store: Store) {
    let owner = add_user(&store, 1).await;
    for (id, subject) in ["abc", "ABC", "abc ", "ábc", "a\u{301}bc"].into_iter().enumerate() {
        assert_eq!(identities::find_owner(&store, &provider(), subject).await.expect("answered"), None, "{subject:?}");
        link(&store, id as u128, owner, subject).await.expect("linked");
    }
}

async fn identities_are_listed_and_removed_by_provider(store: Store) {
    let id = add_user(&store, 1).await;
    for (number, subject, at) in [(10, "later", LATER), (11, "first", NOW)] {
        identities::add(&store, Uuid::from_u128(number), id, &profile(subject), None, at).await.expect("linked");
    }
    let list = async || identities::list(&store, id).await.expect("listed");
    let subjects: Vec<String> = list().await.into_iter().map(|identity| identity.subject).collect();
    assert_eq!(subjects, ["first", "later"]);
    let other = "github".parse().expect("a name");
    assert_eq!(identities::remove(&store, id, &other, None).await.expect("answered"), 0);
    assert_eq!(identities::remove(&store, id, &provider(), Some("nobody")).await.expect("answered"), 0);
    let subject = identities::list(&store, id).await.expect("listed").remove(0).subject;
    assert_eq!(identities::remove(&store, id, &provider(), Some(&subject)).await.expect("removed"), 1);
    assert_eq!(identities::remove(&store, id, &provider(), None).await.expect("removed"), 1);
    assert!(list().await.is_empty());
}

async fn dropped_transaction_leaves_nothing(store: Store) {
    let transaction = store.begin().await.expect("begun");
    users::add(&transaction, &user(1)).await.expect("added");
    drop(transaction);
    assert_eq!(users::find(&store, user(1).id).await.expect("answered"), None);
    let transaction = store.begin().await.expect("begun");
    users::add(&transaction, &user(1)).await.expect("added");
    transaction.commit().await.expect("committed");
    assert!(users::find(&store, user(1).id).await.expect("answered").is_some());
}

async fn new_row_of_a_missing_user_is_refused(store: Store) {
    let error = link(&store, 10, user(1).id, "s").await.expect_err("refused");
    assert!(matches!(error, StoreError::MissingParent), "{error:?}");
    assert!(error.is_lost_race());
}
