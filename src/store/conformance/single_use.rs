//! What succeeds for one caller of many.

use std::time::Duration;

use futures_util::future::join_all;
use uuid::Uuid;

use super::{
    LATER, NOW, Session, Store, StoreError, add_user, begin_session, open, postgres, provider, session, store_tokens,
    take_tokens, user,
};
use crate::domain::claims::Claims;
use crate::domain::id::SessionId;
use crate::store::used_flows::FlowMark;
use crate::store::{one_time_codes, sessions, testing, tickets, used_flows, vault};

on_every_database! {
    flow_is_marked_used_by_one_caller
    tokens_are_taken_by_one_caller
    tokens_are_taken_in_a_live_session_of_their_user_only
    expired_tokens_are_not_taken
    newer_tokens_replace_older_ones
    vault_pages_cover_all_entries_and_replace_only_what_was_read
    code_is_taken_once_and_only_with_its_challenge
    session_is_rotated_by_one_caller
    superseded_generations_are_found_for_as_long_as_asked
    ended_session_is_not_found
    ticket_is_taken_by_one_caller
}

fn mark(number: u8) -> FlowMark {
    FlowMark { flow_hash: [number; 32], expires_at: LATER }
}

async fn flow_is_marked_used_by_one_caller(store: Store) {
    let (first, second) = ([mark(7)], [mark(8), mark(7), mark(9)]);
    let calls = join_all((0..32).map(|_| used_flows::mark_used(&store, &first))).await;
    assert_eq!(calls.into_iter().filter(|marked| matches!(marked.as_deref(), Ok([true]))).count(), 1);
    let marked = used_flows::mark_used(&store, &second).await.expect("marked");
    assert_eq!(marked, [true, false, true]);
    let found = used_flows::find_used(&store, &[[6; 32], [7; 32], [9; 32]]).await.expect("answered");
    assert_eq!(found, [false, true, true]);
}

async fn tokens_are_taken_by_one_caller(store: Store) {
    let id = add_user(&store, 1).await;
    begin_session(&store, 1).await;
    for round in 0..10_u8 {
        store_tokens(&store, &[round]).await;
        let calls = join_all((0..64).map(|_| take_tokens(&store, id, NOW))).await;
        assert_eq!(calls.into_iter().flatten().collect::<Vec<_>>(), [vec![round]]);
    }
}

async fn tokens_are_taken_in_a_live_session_of_their_user_only(store: Store) {
    let (id, other) = (add_user(&store, 1).await, add_user(&store, 2).await);
    begin_session(&store, 1).await;
    sessions::add(&store, &Session { user_id: other, ..session(2) }).await.expect("begun");
    let entry = vault::NewEntry { expires_at: LATER.plus(Duration::from_secs(1)), ..super::entry(b"x") };
    vault::put(&store, entry).await.expect("stored");
    let take = async |session: u128, now| {
        let session = SessionId(Uuid::from_u128(session));
        vault::take(&store, (id, session), &provider(), now).await.expect("answered")
    };
    assert_eq!(take(2, NOW).await, None, "the session of another user");
    assert_eq!(take(3, NOW).await, None, "no session");
    assert_eq!(take(1, LATER).await, None, "a session that has ended");
    testing::set_disabled(&store, id, true).await;
    assert_eq!(take(1, NOW).await, None, "a disabled user");
    testing::set_disabled(&store, id, false).await;
    assert_eq!(take(1, NOW).await, Some(b"x".to_vec()));
}

async fn expired_tokens_are_not_taken(store: Store) {
    let id = add_user(&store, 1).await;
    store_tokens(&store, b"x").await;
    assert_eq!(take_tokens(&store, id, LATER).await, None);
}

async fn newer_tokens_replace_older_ones(store: Store) {
    let id = add_user(&store, 1).await;
    store_tokens(&store, b"old").await;
    store_tokens(&store, b"new").await;
    assert_eq!(take_tokens(&store, id, NOW).await, Some(b"new".to_vec()));
    assert_eq!(take_tokens(&store, id, NOW).await, None);
}

async fn vault_pages_cover_all_entries_and_replace_only_what_was_read(store: Store) {
    for number in 1..=5 {
        let user_id = add_user(&store, number).await;
        vault::put(&store, vault::NewEntry { user_id, ..super::entry(b"old") }).await.expect("stored");
    }
    let (mut after, mut count) = (None, 0);
    loop {
        let page = vault::page(&store, after.as_ref(), 2).await.expect("read");
        let Some(last) = page.last() else { break };
        assert_eq!(last.provider, Some(provider()));
        (count, after) = (count + page.len(), Some(last.key.clone()));
    }
    assert_eq!(count, 5);
    let key = after.expect("an entry");
    assert!(!vault::replace(&store, &key, b"other", b"new".to_vec()).await.expect("answered"));
    assert!(vault::replace(&store, &key, b"old", b"new".to_vec()).await.expect("replaced"));
    assert_eq!(take_tokens(&store, key.user_id, NOW).await, Some(b"new".to_vec()));
}

async fn code_is_taken_once_and_only_with_its_challenge(store: Store) {
    let code = one_time_codes::NewCode {
        code_hash: [3; 32],
        user_id: add_user(&store, 1).await,
        challenge: "right".to_owned(),
        expires_at: LATER,
        claims: Claims::new(),
    };
    one_time_codes::add(&store, code).await.expect("stored");
    assert_eq!(one_time_codes::take(&store, [3; 32], "wrong", NOW).await.expect("answered"), None);
    assert_eq!(one_time_codes::take(&store, [3; 32], "right", LATER).await.expect("answered"), None);
    let calls = join_all((0..32).map(|_| one_time_codes::take(&store, [3; 32], "right", NOW))).await;
    assert_eq!(calls.into_iter().filter(|taken| matches!(taken, Ok(Some(_)))).count(), 1);
}

async fn session_is_rotated_by_one_caller(store: Store) {
    add_user(&store, 1).await;
    begin_session(&store, 1).await;
    let ttl = Duration::from_secs(120);
    let calls = join_all((0..32).map(|_| sessions::rotate(&store, [1; 32], 0, NOW, ttl))).await;
    let rotated: Vec<_> = calls.into_iter().filter_map(|rotated| rotated.expect("answered")).collect();
    assert_eq!(rotated, [Session { generation: 1, expires_at: NOW.plus(ttl), ..session(1) }]);
    let expired = sessions::rotate(&store, [1; 32], 1, NOW.plus(ttl), ttl).await;
    assert_eq!(expired.expect("answered"), None, "it has expired");
    let same_handle = Session { id: SessionId(Uuid::from_u128(2)), ..session(1) };
    assert!(matches!(sessions::add(&store, &same_handle).await, Err(StoreError::Conflict)));
}

async fn superseded_generations_are_found_for_as_long_as_asked(store: Store) {
    add_user(&store, 1).await;
    begin_session(&store, 1).await;
    let ttl = Duration::from_secs(120);
    for generation in 0..20 {
        let now = NOW.plus(Duration::from_secs(generation.into()));
        sessions::rotate(&store, [1; 32], generation, now, ttl).await.expect("answered").expect("rotated");
    }
    let find = async |generation, since| {
        let found = sessions::find_superseded(&store, [1; 32], generation, NOW.plus(Duration::from_secs(since)), NOW);
        found.await.expect("answered").map(|session| session.generation)
    };
    assert_eq!(find(19, 19).await, Some(20));
    assert_eq!(find(19, 20).await, None);
    assert_eq!((find(10, 10).await, find(10, 11).await), (Some(20), None));
    assert_eq!((find(4, 4).await, find(3, 0).await), (Some(20), None), "sixteen are remembered");
    assert_eq!((find(20, 0).await, find(21, 0).await), (None, None), "neither the current one nor a future one");
}

async fn ended_session_is_not_found(store: Store) {
    add_user(&store, 1).await;
    for number in 1..=3 {
        begin_session(&store, number).await;
    }
    assert_eq!(sessions::end(&store, [1; 32]).await.expect("ended"), Some(session(1)));
    assert_eq!(sessions::end(&store, [1; 32]).await.expect("answered"), None);
    assert_eq!(sessions::find(&store, [1; 32], NOW).await.expect("answered"), None);
    assert!(sessions::find(&store, [2; 32], NOW).await.expect("answered").is_some());
    assert_eq!(sessions::end_all(&store, user(1).id).await.expect("ended").len(), 2);
}

async fn ticket_is_taken_by_one_caller(store: Store) {
    let ticket = || tickets::NewTicket { handle_hash: [5; 32], sealed: b"x".to_vec(), expires_at: LATER };
    tickets::add(&store, ticket()).await.expect("stored");
    assert!(matches!(tickets::add(&store, ticket()).await, Err(StoreError::Conflict)));
    assert_eq!(tickets::take(&store, [5; 32], LATER).await.expect("answered"), None, "it has expired");
    assert_eq!(tickets::take(&store, [6; 32], NOW).await.expect("answered"), None);
    let calls = join_all((0..32).map(|_| tickets::take(&store, [5; 32], NOW))).await;
    let taken: Vec<_> = calls.into_iter().filter_map(|taken| taken.expect("answered")).collect();
    assert_eq!(taken, [b"x".to_vec()]);
}
