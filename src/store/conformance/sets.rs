//! Statements that carry out many requests at once.

use std::time::Duration;

use uuid::Uuid;

use super::{LATER, MUCH_LATER, NOW, Session, Store, add_user, begin_session, link, open, postgres, session, user};
use crate::domain::audit::{Action, Event, RequestOrigin};
use crate::domain::claims::Claims;
use crate::domain::clock::ManualClock;
use crate::domain::id::{SessionId, UserId};
use crate::store::sets::{
    Exchange, IdentityQuery, KnownUser, NewAccount, NewCredential, Refresh, SessionOwner, SignInRows, Take,
};
use crate::store::testing::set_disabled;
use crate::store::users::{AccountStatus, User};
use crate::store::webhook_messages::NewMessage;
use crate::store::{StoreError, audit, identities, one_time_codes, pending_names, sessions, users, vault};

on_every_database! {
    facts_of_each_identity_are_found
    known_users_sign_in_unless_they_changed
    accounts_are_created_all_or_none
    tokens_are_rotated_once
    sessions_are_found_with_their_users
    tokens_are_taken_in_live_sessions
    codes_are_exchanged_once
}

fn rows(owner: u128, subject: &str, number: u128) -> SignInRows {
    let user_id = UserId(Uuid::from_u128(owner));
    SignInRows {
        user_id,
        provider: super::provider(),
        subject: subject.to_owned(),
        email: Some("Mira@Example.org".to_owned()),
        is_email_verified: true,
        entry: Some(vault::NewEntry { user_id, ..super::entry(b"sealed") }),
        credential: NewCredential::Session(Session { user_id, ..session(number) }),
        event: Event::done(Action::SignIn, user_id, RequestOrigin::default()),
        messages: Vec::new(),
        now: NOW,
    }
}

pub(super) fn known(owner: u128, subject: &str, number: u128) -> KnownUser {
    KnownUser { status: AccountStatus::from(&user(owner)), rows: rows(owner, subject, number) }
}

fn code(owner: u128, number: u8) -> one_time_codes::NewCode {
    one_time_codes::NewCode {
        code_hash: [number; 32],
        user_id: UserId(Uuid::from_u128(owner)),
        challenge: "right".to_owned(),
        expires_at: LATER,
        claims: Claims::from([("x-hasura-team".to_owned(), "7".to_owned())]),
    }
}

async fn has_session(store: &Store, number: u128) -> bool {
    sessions::find(store, session(number).handle_hash, NOW).await.expect("answered").is_some()
}

/// A user with an identity of the same number.
async fn add_linked(store: &Store, number: u128) -> UserId {
    let id = add_user(store, number).await;
    link(store, number, id, &number.to_string()).await.expect("linked");
    id
}

async fn facts_of_each_identity_are_found(store: Store) {
    add_linked(&store, 1).await;
    pending_names::put(&store, &super::provider(), "9", "Aiko", LATER).await.expect("stored");
    let query = |subject: &str, email: Option<&str>| IdentityQuery {
        provider: super::provider(),
        subject: subject.to_owned(),
        email_canonical: email.map(str::to_owned),
    };
    let queries = [query("1", None), query("8", Some("mira1@example.org")), query("9", Some("x@example.org"))];
    let facts = store.find_facts(&queries).await.expect("found");
    let facts: Vec<_> = facts.into_iter().map(|facts| facts.expect("a row for each")).collect();
    let owners: Vec<_> = facts.iter().map(|facts| facts.owner.clone()).collect();
    assert_eq!(owners, [Some(AccountStatus::from(&user(1))), None, None]);
    let flags: Vec<_> = facts.iter().map(|facts| (facts.is_email_owned, facts.has_pending_name)).collect();
    assert_eq!(flags, [(false, false), (true, false), (false, true)]);
}

async fn known_users_sign_in_unless_they_changed(store: Store) {
    for number in 1..=5 {
        add_linked(&store, number).await;
    }
    set_disabled(&store, user(2).id, true).await;
    identities::remove(&store, user(3).id, &super::provider(), None).await.expect("removed");
    let mut changed = known(4, "4", 4);
    changed.status.email_canonical = None;
    let mut by_code = known(5, "5", 5);
    by_code.rows.credential = NewCredential::Code(code(5, 55));
    let sign_ins = [known(1, "1", 1), known(2, "2", 2), known(3, "3", 3), changed, by_code];
    assert_eq!(store.sign_in_known_users(&sign_ins).await.expect("done"), [true, false, false, false, true]);
    for (number, expected) in [(1, true), (2, false), (3, false), (4, false), (5, false)] {
        assert_eq!(has_session(&store, number).await, expected, "{number}");
    }
    let identity = identities::list(&store, user(1).id).await.expect("listed").remove(0);
    assert_eq!((identity.email.as_deref(), identity.is_email_verified), (Some("Mira@Example.org"), true));
    let taken = one_time_codes::take(&store, [55; 32], "right", NOW).await.expect("answered");
    assert_eq!(taken.map(|(owner, claims)| (owner, claims.len())), Some((user(5).id, 1)));
}

/// On SQLite nobody else can hold a lock.
#[actix_rt::test]
async fn locked_user_is_left_out() {
    let Some(url) = postgres::new_database() else { return };
    let store = open(&url).await.store(1);
    for number in 1..=2 {
        add_linked(&store, number).await;
    }
    let transaction = store.begin().await.expect("begun");
    users::lock_for_update(&transaction, user(1).id).await.expect("locked");
    let sign_ins = [known(1, "1", 1), known(2, "2", 2)];
    assert_eq!(store.sign_in_known_users(&sign_ins).await.expect("done"), [false, true]);
    transaction.rollback().await.expect("released");
    assert_eq!(store.sign_in_known_users(&[known(1, "1", 3)]).await.expect("done"), [true]);
}

pub(super) fn account(number: u128) -> NewAccount {
    let user = User { roles: vec!["me".to_owned(), "user".to_owned()], ..user(number) };
    let rows = rows(number, &number.to_string(), number);
    NewAccount { user, identity_id: Uuid::from_u128(number), rows: SignInRows { email: None, ..rows } }
}

async fn accounts_are_created_all_or_none(store: Store) {
    store.create_accounts(&[account(1), account(2)]).await.expect("created");
    for number in 1..=2 {
        let found = users::find(&store, user(number).id).await.expect("answered").expect("created");
        assert_eq!(found, User { email: None, ..user(number) });
        assert!(has_session(&store, number).await, "{number}");
    }
    let mut taken = account(4);
    taken.rows.subject = "1".to_owned();
    let conflict = store.create_accounts(&[account(3), taken]).await;
    assert!(matches!(conflict, Err(StoreError::Conflict)), "{conflict:?}");
    assert_eq!(users::find(&store, user(3).id).await.expect("answered"), None);
}

async fn tokens_are_rotated_once(store: Store) {
    add_user(&store, 1).await;
    for number in 1..=3 {
        begin_session(&store, number).await;
    }
    let token = |number: u8, generation| Refresh { handle_hash: [number; 32], generation };
    let ttl = Duration::from_secs(120);
    let tokens = [token(1, 0), token(2, 5), token(9, 0), token(3, 0)];
    let rotated = store.rotate_all(&tokens, &ManualClock::new(NOW), ttl).await.expect("rotated");
    let expected = |number| Some((Session { generation: 1, expires_at: NOW.plus(ttl), ..session(number) }, user(1)));
    let rotated: Vec<_> = rotated.into_iter().map(|one| one.map(|one| (one.session, one.user))).collect();
    assert_eq!(rotated, [expected(1), None, None, expected(3)]);
    let again = store.rotate_all(&tokens, &ManualClock::new(NOW), ttl).await.expect("answered");
    assert!(again.iter().all(Option::is_none), "{again:?}");
    let late = store.rotate_all(&[token(1, 1)], &ManualClock::new(NOW.plus(ttl)), ttl).await.expect("answered");
    assert_eq!(late, [None], "it has expired");
    let find = sessions::find_superseded(&store, [1; 32], 0, NOW, NOW);
    assert_eq!(find.await.expect("answered").map(|session| session.generation), Some(1));
}

async fn sessions_are_found_with_their_users(store: Store) {
    for number in 1..=2 {
        add_user(&store, number).await;
    }
    begin_session(&store, 1).await;
    let id = SessionId(Uuid::from_u128(1));
    let (one, two, nobody) = (user(1).id, user(2).id, UserId(Uuid::from_u128(3)));
    let found = store.find_session_owners(&[(one, id), (two, id), (nobody, id)], NOW).await.expect("found");
    let summary = sessions::find_by_id(&store, one, id, NOW).await.expect("answered");
    assert!(summary.is_some());
    let expected = [
        Some(SessionOwner { user: user(1), session: summary }),
        Some(SessionOwner { user: user(2), session: None }),
        None,
    ];
    assert_eq!(found, expected);
    let late = store.find_session_owners(&[(one, id)], MUCH_LATER).await.expect("found");
    assert_eq!(late, [Some(SessionOwner { user: user(1), session: None })]);
}

/// A user with a session and tokens.
pub(super) async fn add_entry(store: &Store, number: u128) {
    let user_id = add_user(store, number).await;
    sessions::add(store, &Session { user_id, ..session(number) }).await.expect("stored");
    let entry = vault::NewEntry { user_id, ..super::entry(&[number as u8]) };
    vault::put(store, entry).await.expect("stored");
}

/// The request to take them.
pub(super) fn take(number: u128, messages: Vec<NewMessage>) -> Take {
    Take {
        user_id: user(number).id,
        session_id: SessionId(Uuid::from_u128(number)),
        provider: super::provider(),
        sealed: vec![number as u8],
        event: Event::done(Action::Fetch, user(number).id, RequestOrigin::default()),
        messages,
    }
}

async fn tokens_are_taken_in_live_sessions(store: Store) {
    for number in 1..=4 {
        add_entry(&store, number).await;
    }
    set_disabled(&store, user(2).id, true).await;
    sessions::end(&store, [3; 32]).await.expect("ended");
    let owner = |number: u128| (user(number).id, super::provider());
    let other_provider = (user(1).id, "other".parse().expect("a name"));
    let found = store.find_entries(&[owner(1), owner(5), other_provider, owner(4)], NOW).await.expect("found");
    assert_eq!(found, [Some(vec![1]), None, None, Some(vec![4])]);
    assert_eq!(store.find_entries(&[owner(1)], MUCH_LATER).await.expect("found"), [None]);
    let take = |number| take(number, Vec::new());
    let foreign = Take { session_id: SessionId(Uuid::from_u128(1)), ..take(4) };
    assert_eq!(store.take_all(&[foreign], NOW).await.expect("answered"), [false]);
    let replaced = Take { sealed: vec![9], ..take(4) };
    let requests = [take(1), take(2), take(3), replaced, take(5)];
    assert_eq!(store.take_all(&requests, NOW).await.expect("taken"), [true, false, false, false, false]);
    assert_eq!(store.take_all(&[take(4)], MUCH_LATER).await.expect("answered"), [false]);
    assert_eq!(store.take_all(&[take(1), take(4)], NOW).await.expect("taken"), [false, true]);
    for (number, events) in [(1, 1), (2, 0), (3, 0), (4, 1)] {
        let listed = audit::list(&store, user(number).id, None, 9).await.expect("listed");
        assert_eq!(listed.len(), events, "{number}");
    }
}

async fn codes_are_exchanged_once(store: Store) {
    for number in 1..=3 {
        add_user(&store, number.into()).await;
        one_time_codes::add(&store, code(number.into(), number)).await.expect("stored");
    }
    let owners = store.find_code_owners(&[[1; 32], [9; 32]], NOW).await.expect("found");
    assert_eq!(owners, [Some(user(1)), None]);
    assert_eq!(store.find_code_owners(&[[1; 32]], LATER).await.expect("found"), [None]);
    let exchange = |number: u8| Exchange {
        code_hash: [number; 32],
        challenge: "right".to_owned(),
        owner: AccountStatus::from(&user(number.into())),
        session: Session { user_id: user(number.into()).id, ..session(number.into()) },
    };
    set_disabled(&store, user(3).id, true).await;
    let wrong = Exchange { challenge: "wrong".to_owned(), ..exchange(2) };
    let exchanged = store.exchange_codes(&[exchange(1), wrong, exchange(3)], NOW).await.expect("exchanged");
    assert_eq!(exchanged, [Some(code(1, 1).claims), None, None]);
    assert_eq!((has_session(&store, 1).await, has_session(&store, 2).await), (true, false));
    let again = store.exchange_codes(&[exchange(1), exchange(2)], NOW).await.expect("exchanged");
    assert_eq!(again, [None, Some(code(2, 2).claims)], "a guess leaves a code in place");
}
