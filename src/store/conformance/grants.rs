//! Grants: who has the lease, and which result is stored.

use std::time::Duration;

use futures_util::future::join_all;
use uuid::Uuid;

use super::{LATER, NOW, Store, add_user, open, postgres, provider};
use crate::domain::clock::Timestamp;
use crate::domain::grant_state::GrantState;
use crate::domain::id::UserId;
use crate::store::grants::lease::{self, Loss, PutOff, Seen};
use crate::store::grants::{self, Grant, GrantOwner, GrantTokens};

on_every_database! {
    one_of_many_callers_gets_the_lease
    later_result_is_never_replaced_by_an_earlier_one
    late_result_mends_what_was_given_up_and_consent_outranks_it
    refused_token_ends_the_grant_only_while_it_is_stored
    lease_that_is_over_is_claimed_again_or_given_up_once
    refresh_that_was_put_off_waits_for_its_time
    ended_grant_takes_no_tokens_any_more
}

const ID: Uuid = Uuid::from_u128(7);

fn tokens(sealed: &str) -> GrantTokens {
    GrantTokens {
        sealed: sealed.as_bytes().to_vec(),
        scopes: vec!["a".to_owned(), "b".to_owned()],
        can_refresh: true,
        good_until: Some(LATER),
        refresh_at: Some(LATER),
    }
}

async fn add(store: &Store) -> UserId {
    let user_id = add_user(store, 1).await;
    let owner = GrantOwner { user_id, provider: provider(), subject: "s".to_owned() };
    let transaction = store.begin().await.expect("begun");
    grants::add(&transaction, ID, &owner, tokens("first"), NOW).await.expect("added");
    transaction.commit().await.expect("committed");
    user_id
}

async fn stored(store: &Store) -> Grant {
    let found = grants::find(store, &[(UserId(Uuid::from_u128(1)), provider())]).await.expect("read");
    found.into_iter().next().expect("a grant")
}

fn sealed(grant: &Grant) -> &str {
    std::str::from_utf8(&grant.sealed).expect("text")
}

async fn claim(store: &Store, now: Timestamp) -> Option<Grant> {
    let seen = Seen::from(&stored(store).await);
    lease::claim(store, &[seen], now, now.plus(Duration::from_secs(10))).await.expect("answered").into_iter().next()
}

async fn complete(store: &Store, claimed: &Grant, sealed: &str) -> bool {
    lease::complete(store, claimed.into(), tokens(sealed), NOW).await.expect("answered")
}

async fn lose(store: &Store, claimed: &Grant, loss: Loss, now: Timestamp) -> bool {
    let transaction = store.begin().await.expect("begun");
    let lost = lease::lose(&transaction, claimed.into(), loss, "why", now).await.expect("answered");
    transaction.commit().await.expect("committed");
    lost.is_some()
}

async fn consent(store: &Store, sealed: &str) {
    let transaction = store.begin().await.expect("begun");
    grants::consent(&transaction, ID, tokens(sealed), NOW).await.expect("stored");
    transaction.commit().await.expect("committed");
}

async fn one_of_many_callers_gets_the_lease(store: Store) {
    add(&store).await;
    for round in 0..10 {
        let seen = Seen::from(&stored(&store).await);
        let calls = join_all((0..24).map(|_| lease::claim(&store, std::slice::from_ref(&seen), NOW, LATER))).await;
        let claimed: Vec<_> = calls.into_iter().flat_map(|claimed| claimed.expect("answered")).collect();
        assert_eq!(claimed.len(), 1, "round {round}");
        let grant = stored(&store).await;
        assert_eq!(
            (grant.state, grant.fence, grant.lease_until),
            (GrantState::Refreshing, seen.fence + 1, Some(LATER))
        );
        assert!(complete(&store, &claimed[0], "next").await);
        let grant = stored(&store).await;
        assert_eq!((grant.state, grant.written, grant.lease_until), (GrantState::Live, seen.fence + 1, None));
        assert_eq!((sealed(&grant), grant.scopes.join(" ")), ("next", "a b".to_owned()));
    }
}

async fn later_result_is_never_replaced_by_an_earlier_one(store: Store) {
    add(&store).await;
    let first = claim(&store, NOW).await.expect("claimed");
    let over = first.lease_until.expect("a lease");
    let second = lease::claim_again(&store, (&first).into(), over, LATER).await.expect("answered").expect("claimed");
    assert_eq!((second.fence, second.attempts), (first.fence + 1, 1));
    assert!(complete(&store, &second, "second").await);
    assert!(!complete(&store, &first, "first, late").await);
    let grant = stored(&store).await;
    assert_eq!((sealed(&grant), grant.attempts), ("second", 0));
}

async fn late_result_mends_what_was_given_up_and_consent_outranks_it(store: Store) {
    add(&store).await;
    let claimed = claim(&store, NOW).await.expect("claimed");
    assert!(lose(&store, &claimed, Loss::UnknownResult, claimed.lease_until.expect("a lease")).await);
    assert_eq!(stored(&store).await.state, GrantState::NeedsReauthorization);
    assert!(complete(&store, &claimed, "late").await);
    assert_eq!(stored(&store).await.state, GrantState::Live);

    let claimed = claim(&store, NOW).await.expect("claimed");
    consent(&store, "consent").await;
    assert!(!complete(&store, &claimed, "late").await);
    let grant = stored(&store).await;
    assert_eq!((sealed(&grant), grant.state, grant.fence), ("consent", GrantState::Live, grant.written));
}

async fn refused_token_ends_the_grant_only_while_it_is_stored(store: Store) {
    add(&store).await;
    let claimed = claim(&store, NOW).await.expect("claimed");
    consent(&store, "consent").await;
    assert!(!lose(&store, &claimed, Loss::Refused(claimed.written), NOW).await, "another token was refused");
    assert_eq!(stored(&store).await.state, GrantState::Live);
    let claimed = claim(&store, NOW).await.expect("claimed");
    assert!(lose(&store, &claimed, Loss::Refused(claimed.written), NOW).await);
    assert!(!lose(&store, &claimed, Loss::Refused(claimed.written), NOW).await, "once");
    assert!(claim(&store, NOW).await.is_none());
}

async fn lease_that_is_over_is_claimed_again_or_given_up_once(store: Store) {
    add(&store).await;
    let claimed = claim(&store, NOW).await.expect("claimed");
    let over = claimed.lease_until.expect("a lease");
    let before = over.minus(Duration::from_millis(1));
    assert!(lease::expired(&store, before, 9).await.expect("read").is_empty());
    assert!(lease::claim_again(&store, (&claimed).into(), before, LATER).await.expect("answered").is_none());
    assert!(!lose(&store, &claimed, Loss::UnknownResult, before).await);
    assert_eq!(lease::expired(&store, over, 9).await.expect("read"), std::slice::from_ref(&claimed));
    let calls = join_all((0..24).map(|_| lease::claim_again(&store, (&claimed).into(), over, LATER))).await;
    assert_eq!(calls.into_iter().filter(|call| call.as_ref().expect("answered").is_some()).count(), 1);
    assert!(!lose(&store, &claimed, Loss::UnknownResult, over).await, "it has another lease");
}

async fn refresh_that_was_put_off_waits_for_its_time(store: Store) {
    add(&store).await;
    let claimed = claim(&store, NOW).await.expect("claimed");
    let put_off = PutOff { retry_at: LATER, attempts: 1, error: "status 429".to_owned() };
    lease::release(&store, (&claimed).into(), &put_off, NOW).await.expect("released");
    let grant = stored(&store).await;
    assert_eq!((grant.state, grant.attempts, grant.last_error.as_deref()), (GrantState::Live, 1, Some("status 429")));
    assert!(claim(&store, LATER.minus(Duration::from_millis(1))).await.is_none());
    assert!(claim(&store, LATER).await.is_some());
}

async fn ended_grant_takes_no_tokens_any_more(store: Store) {
    let user_id = add(&store).await;
    let claimed = claim(&store, NOW).await.expect("claimed");
    let transaction = store.begin().await.expect("begun");
    let ended = grants::end(&transaction, user_id, NOW).await.expect("ended");
    transaction.commit().await.expect("committed");
    assert_eq!(ended.iter().map(sealed).collect::<Vec<_>>(), ["first"], "what it held is to be revoked");
    assert!(!complete(&store, &claimed, "late").await);
    assert!(!lease::exists(&store, ID).await.expect("answered"));
    let grant = stored(&store).await;
    assert_eq!((grant.state, sealed(&grant)), (GrantState::Revoked, ""));
    consent(&store, "again").await;
    assert_eq!(stored(&store).await.state, GrantState::Live);
}
