//! What every database must do for us, run on each of them.

use std::time::Duration;

use futures_util::future::join_all;
use uuid::Uuid;

use super::sessions::Session;
use super::users::{AccountStatus, User};
use super::{
    Database, Store, StoreError, identities, one_time_codes, postgres, sessions, testing, tickets, used_flows, users,
    vault,
};
use crate::domain::claims::Claims;
use crate::domain::clock::Timestamp;
use crate::domain::id::{ProviderName, SessionId, UserId};
use crate::domain::profile::ExternalProfile;
use crate::domain::secret::Secret;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const LATER: Timestamp = Timestamp::from_seconds(1_800_000_060);

/// Runs a test on SQLite in memory, SQLite in a file, and PostgreSQL.
macro_rules! on_every_database {
    ($($name:ident)*) => {
        mod sqlite_in_memory {
            $(#[actix_rt::test]
            async fn $name() {
                let database = super::Database::open(&super::Secret::new("sqlite::memory:"), 4, false).await.expect("opened");
                super::$name(database.store(1)).await;
            })*
        }
        mod sqlite_file {
            $(#[actix_rt::test]
            async fn $name() {
                let folder = tempfile::tempdir().expect("a folder");
                let url = format!("sqlite://{}/t.db", folder.path().display());
                let database = super::Database::open(&super::Secret::new(url), 4, false).await.expect("opened");
                super::$name(database.store(1)).await;
            })*
        }
        mod postgresql {
            $(#[actix_rt::test]
            async fn $name() {
                let Some(url) = super::postgres::new_database() else { return };
                let database = super::Database::open(&super::Secret::new(url), 8, false).await.expect("opened");
                super::$name(database.store(1)).await;
            })*
        }
    };
}

mod revocations;

on_every_database! {
    a_person_comes_back_as_they_were_added
    an_address_belongs_to_one_person
    an_identity_belongs_to_one_person
    subjects_are_compared_byte_for_byte
    a_transaction_that_is_dropped_never_happened
    a_flow_is_claimed_once
    of_many_takers_one_gets_the_tokens
    tokens_are_taken_in_a_live_session_of_their_user_only
    an_entry_past_its_time_is_not_handed_out
    a_new_deposit_replaces_the_old
    the_shelf_is_walked_in_pages_and_a_row_is_exchanged_only_if_it_is_the_same
    a_code_is_taken_once_and_only_with_its_challenge
    of_many_rotations_one_moves_the_session
    an_ended_session_is_gone
    sweeping_takes_only_what_is_over
    of_many_who_show_a_ticket_one_comes_in
}

fn user(number: u128) -> User {
    User {
        id: UserId(Uuid::from_u128(number)),
        created_at: NOW,
        display_name: "Mira Okafor".to_owned(),
        avatar_url: String::new(),
        locale: "en".to_owned(),
        email: Some(format!("Mira{number}@Example.org")),
        email_canonical: Some(format!("mira{number}@example.org")),
        email_verified: true,
        default_role: "user".to_owned(),
        roles: vec!["me".to_owned(), "user".to_owned()],
        metadata: Some(serde_json::json!({"team": [1, 2]})),
        is_disabled: false,
    }
}

fn provider() -> ProviderName {
    "google".parse().expect("a name")
}

fn profile(subject: &str) -> ExternalProfile {
    ExternalProfile {
        provider: provider(),
        subject: subject.to_owned(),
        email: None,
        name: None,
        picture: None,
        locale: None,
        claims: Claims::new(),
    }
}

fn session(number: u128) -> Session {
    Session {
        id: SessionId(Uuid::from_u128(number)),
        user_id: UserId(Uuid::from_u128(1)),
        handle_hash: [u8::try_from(number).expect("small"); 32],
        generation: 0,
        rotated_at: NOW,
        expires_at: LATER,
        claims: Claims::from([("x-hasura-team".to_owned(), "7".to_owned())]),
    }
}

fn entry(sealed: &[u8]) -> vault::NewEntry {
    vault::NewEntry {
        user_id: UserId(Uuid::from_u128(1)),
        provider: provider(),
        sealed: sealed.to_vec(),
        created_at: NOW,
        expires_at: LATER,
    }
}

/// Takes the tokens of a user in a session of theirs, which begins at the first call.
async fn take(store: &Store, user_id: UserId, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
    let session = Session { user_id, ..session(1) };
    match sessions::add(store, &session).await {
        Ok(()) | Err(StoreError::Conflict) => {}
        Err(error) => return Err(error),
    }
    vault::take(store, (user_id, session.id), &provider(), now).await
}

async fn a_person_comes_back_as_they_were_added(store: Store) {
    let mira = user(1);
    users::add(&store, &mira).await.expect("added");
    assert_eq!(users::find(&store, mira.id).await.expect("found"), Some(mira.clone()));
    let standing = Some(AccountStatus::from(&mira));
    assert_eq!(users::find_status(&store, mira.id).await.expect("found"), standing);
    assert_eq!(users::find_status_by_email(&store, "mira1@example.org").await.expect("found"), standing);
    assert_eq!(users::find_status_by_email(&store, "Mira1@Example.org").await.expect("looked"), None);
    users::record_activity(&store, mira.id, LATER).await.expect("noted");
    assert_eq!(users::find(&store, UserId(Uuid::from_u128(9))).await.expect("looked"), None);
}

async fn an_address_belongs_to_one_person(store: Store) {
    users::add(&store, &user(1)).await.expect("added");
    let twin = User { id: UserId(Uuid::from_u128(2)), ..user(1) };
    assert!(matches!(users::add(&store, &twin).await, Err(StoreError::Conflict)));
    for number in [3, 4] {
        let nobody = User { email: None, email_canonical: None, ..user(number) };
        users::add(&store, &nobody).await.expect("people without an address do not collide");
    }
}

async fn an_identity_belongs_to_one_person(store: Store) {
    for number in [1, 2] {
        users::add(&store, &user(number)).await.expect("added");
    }
    let (first, second) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
    identities::add(&store, Uuid::from_u128(10), first, &profile("s"), None, NOW).await.expect("added");
    let again = identities::add(&store, Uuid::from_u128(11), second, &profile("s"), None, NOW).await;
    assert!(matches!(again, Err(StoreError::Conflict)));
    identities::refresh(&store, &profile("s"), None, LATER).await.expect("noted");
    assert_eq!(
        identities::find_owner(&store, &provider(), "s").await.expect("found").map(|owner| owner.id),
        Some(first)
    );
}

async fn subjects_are_compared_byte_for_byte(store: Store) {
    users::add(&store, &user(1)).await.expect("added");
    let owner = UserId(Uuid::from_u128(1));
    for (id, subject) in ["abc", "ABC", "abc ", "ábc", "a\u{301}bc"].into_iter().enumerate() {
        assert_eq!(identities::find_owner(&store, &provider(), subject).await.expect("looked"), None, "{subject:?}");
        identities::add(&store, Uuid::from_u128(id as u128), owner, &profile(subject), None, NOW).await.expect("added");
    }
}

async fn a_transaction_that_is_dropped_never_happened(store: Store) {
    let transaction = store.begin().await.expect("begun");
    users::add(&transaction, &user(1)).await.expect("added");
    drop(transaction);
    assert_eq!(users::find(&store, user(1).id).await.expect("looked"), None);
    let transaction = store.begin().await.expect("begun");
    users::add(&transaction, &user(1)).await.expect("added");
    transaction.commit().await.expect("committed");
    assert!(users::find(&store, user(1).id).await.expect("looked").is_some());
}

async fn a_flow_is_claimed_once(store: Store) {
    let claims = join_all((0..32).map(|_| used_flows::mark_used(&store, [7; 32], LATER))).await;
    assert_eq!(claims.into_iter().filter(|claim| matches!(claim, Ok(true))).count(), 1);
    assert!(used_flows::mark_used(&store, [8; 32], LATER).await.expect("claimed"));
}

async fn of_many_takers_one_gets_the_tokens(store: Store) {
    users::add(&store, &user(1)).await.expect("added");
    sessions::add(&store, &session(1)).await.expect("begun");
    for round in 0..10_u8 {
        vault::put(&store, entry(&[round])).await.expect("laid down");
        let takers = join_all((0..64).map(|_| take(&store, user(1).id, NOW))).await;
        let taken: Vec<_> = takers.into_iter().filter_map(|taken| taken.expect("answered")).collect();
        assert_eq!(taken, [vec![round]]);
    }
}

async fn tokens_are_taken_in_a_live_session_of_their_user_only(store: Store) {
    for number in 1..=2 {
        users::add(&store, &user(number)).await.expect("added");
    }
    sessions::add(&store, &session(1)).await.expect("begun");
    sessions::add(&store, &Session { user_id: user(2).id, ..session(2) }).await.expect("begun");
    let entry = vault::NewEntry { expires_at: LATER.plus(Duration::from_secs(1)), ..entry(b"x") };
    vault::put(&store, entry).await.expect("stored");
    let (id, now) = (user(1).id, NOW);
    let take = async |session: u128, now| {
        let session = SessionId(Uuid::from_u128(session));
        vault::take(&store, (id, session), &provider(), now).await.expect("answered")
    };
    assert_eq!(take(2, now).await, None, "the session of another user");
    assert_eq!(take(3, now).await, None, "no session");
    assert_eq!(take(1, LATER).await, None, "a session that has ended");
    testing::set_disabled(&store, id, true).await;
    assert_eq!(take(1, now).await, None, "a disabled user");
    testing::set_disabled(&store, id, false).await;
    assert_eq!(take(1, now).await, Some(b"x".to_vec()));
}

async fn an_entry_past_its_time_is_not_handed_out(store: Store) {
    users::add(&store, &user(1)).await.expect("added");
    vault::put(&store, entry(b"x")).await.expect("laid down");
    assert_eq!(take(&store, user(1).id, LATER).await.expect("answered"), None);
}

async fn a_new_deposit_replaces_the_old(store: Store) {
    users::add(&store, &user(1)).await.expect("added");
    vault::put(&store, entry(b"old")).await.expect("laid down");
    vault::put(&store, entry(b"new")).await.expect("laid down");
    assert_eq!(take(&store, user(1).id, NOW).await.expect("answered"), Some(b"new".to_vec()));
    assert_eq!(take(&store, user(1).id, NOW).await.expect("answered"), None);
}

async fn the_shelf_is_walked_in_pages_and_a_row_is_exchanged_only_if_it_is_the_same(store: Store) {
    for number in 1..=5 {
        users::add(&store, &user(number)).await.expect("added");
        vault::put(&store, vault::NewEntry { user_id: user(number).id, ..entry(b"old") }).await.expect("laid down");
    }
    let (mut after, mut seen) = (None, 0);
    loop {
        let page = vault::page(&store, after.as_ref(), 2).await.expect("read");
        let Some(last) = page.last() else { break };
        assert_eq!(last.provider, Some(provider()));
        (seen, after) = (seen + page.len(), Some(last.key.clone()));
    }
    assert_eq!(seen, 5);
    let key = after.expect("a row");
    assert!(!vault::replace(&store, &key, b"other", b"new".to_vec()).await.expect("answered"));
    assert!(vault::replace(&store, &key, b"old", b"new".to_vec()).await.expect("exchanged"));
    assert_eq!(take(&store, key.user_id, NOW).await.expect("taken"), Some(b"new".to_vec()));
}

async fn a_code_is_taken_once_and_only_with_its_challenge(store: Store) {
    users::add(&store, &user(1)).await.expect("added");
    let code = one_time_codes::NewCode {
        code_hash: [3; 32],
        user_id: user(1).id,
        challenge: "right".to_owned(),
        expires_at: LATER,
        claims: Claims::new(),
    };
    one_time_codes::add(&store, code).await.expect("laid down");
    assert_eq!(one_time_codes::take(&store, [3; 32], "wrong", NOW).await.expect("answered"), None);
    assert_eq!(one_time_codes::take(&store, [3; 32], "right", LATER).await.expect("answered"), None);
    let takers = join_all((0..32).map(|_| one_time_codes::take(&store, [3; 32], "right", NOW))).await;
    assert_eq!(takers.into_iter().filter(|taken| matches!(taken, Ok(Some(_)))).count(), 1);
}

async fn of_many_rotations_one_moves_the_session(store: Store) {
    users::add(&store, &user(1)).await.expect("added");
    sessions::add(&store, &session(1)).await.expect("begun");
    let later = LATER.plus(Duration::from_secs(60));
    let moves = join_all((0..32).map(|_| sessions::rotate(&store, [1; 32], 0, NOW, later))).await;
    let moved: Vec<_> = moves.into_iter().filter_map(|moved| moved.expect("answered")).collect();
    assert_eq!(moved, [Session { generation: 1, expires_at: later, ..session(1) }]);
    assert_eq!(sessions::rotate(&store, [1; 32], 1, later, later).await.expect("answered"), None, "it has ended");
    let twin = Session { id: SessionId(Uuid::from_u128(2)), ..session(1) };
    assert!(matches!(sessions::add(&store, &twin).await, Err(StoreError::Conflict)));
}

async fn an_ended_session_is_gone(store: Store) {
    users::add(&store, &user(1)).await.expect("added");
    for number in 1..=3 {
        sessions::add(&store, &session(number)).await.expect("begun");
    }
    assert_eq!(sessions::end(&store, [1; 32]).await.expect("ended"), Some(session(1)));
    assert_eq!(sessions::end(&store, [1; 32]).await.expect("answered"), None);
    assert_eq!(sessions::find(&store, [1; 32], NOW).await.expect("looked"), None);
    assert!(sessions::find(&store, [2; 32], NOW).await.expect("looked").is_some());
    assert_eq!(sessions::end_all(&store, user(1).id).await.expect("ended"), 2);
}

async fn sweeping_takes_only_what_is_over(store: Store) {
    users::add(&store, &user(1)).await.expect("added");
    sessions::add(&store, &session(1)).await.expect("begun");
    vault::put(&store, entry(b"x")).await.expect("laid down");
    used_flows::mark_used(&store, [1; 32], LATER).await.expect("claimed");
    for (now, swept) in [(NOW, 0), (LATER, 1)] {
        assert_eq!(sessions::delete_expired(&store, now).await.expect("swept"), swept);
        assert_eq!(vault::delete_expired(&store, now).await.expect("swept"), swept);
        assert_eq!(used_flows::delete_expired(&store, now).await.expect("swept"), swept);
    }
}

async fn of_many_who_show_a_ticket_one_comes_in(store: Store) {
    let ticket = || tickets::NewTicket { handle_hash: [5; 32], sealed: b"x".to_vec(), expires_at: LATER };
    tickets::add(&store, ticket()).await.expect("laid down");
    assert!(matches!(tickets::add(&store, ticket()).await, Err(StoreError::Conflict)));
    assert_eq!(tickets::take(&store, [5; 32], LATER).await.expect("answered"), None, "it is over");
    assert_eq!(tickets::take(&store, [6; 32], NOW).await.expect("answered"), None);
    let takers = join_all((0..32).map(|_| tickets::take(&store, [5; 32], NOW))).await;
    let taken: Vec<_> = takers.into_iter().filter_map(|taken| taken.expect("answered")).collect();
    assert_eq!(taken, [b"x".to_vec()]);
    tickets::add(&store, ticket()).await.expect("laid down");
    for (now, swept) in [(NOW, 0), (LATER, 1)] {
        assert_eq!(tickets::delete_expired(&store, now).await.expect("swept"), swept);
    }
}
