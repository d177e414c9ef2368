//! Deletion of expired rows.

use std::time::Duration;

use uuid::Uuid;

use super::{
    LATER, MUCH_LATER, NOW, Store, add_user, begin_session, link, open, postgres, provider, session, store_tokens, user,
};
use crate::domain::audit::{Action, Event, RequestOrigin};
use crate::domain::clock::Timestamp;
use crate::domain::id::SessionId;
use crate::domain::random::OsRandom;
use crate::domain::sha256::sha256;
use crate::store::retention::{BATCH, Deleted, delete_expired};
use crate::store::sessions::{self, Session};
use crate::store::{audit, pending_names, revocations, tickets, used_flows, users};

on_every_database! {
    expired_rows_are_deleted_and_others_stay
    unrevoked_tokens_are_counted
    more_rows_than_one_statement_deletes_are_deleted
}

const RETENTION: Duration = Duration::from_secs(10);

/// When rows that expire at `LATER` have expired on the clock of every node.
fn expired_everywhere(store: &Store) -> Timestamp {
    LATER.plus(store.max_clock_skew())
}

fn mark(number: u8, expires_at: Timestamp) -> used_flows::FlowMark {
    used_flows::FlowMark { flow_hash: [number; 32], expires_at }
}

async fn expired_rows_are_deleted_and_others_stay(store: Store) {
    let id = add_user(&store, 1).await;
    link(&store, 10, id, "s").await.expect("linked");
    begin_session(&store, 1).await;
    store_tokens(&store, b"x").await;
    for (number, expires_at) in [(1, LATER), (2, MUCH_LATER)] {
        used_flows::mark_used(&store, &[mark(number, expires_at)]).await.expect("marked");
        let ticket = tickets::NewTicket { handle_hash: [number; 32], sealed: b"x".to_vec(), expires_at };
        tickets::add(&store, ticket).await.expect("stored");
        pending_names::put(&store, &provider(), &number.to_string(), "Mira", expires_at).await.expect("stored");
        let event = Event::done(Action::SignIn, id, RequestOrigin::default());
        audit::add(&store, event, expired_everywhere(&store).minus(RETENTION)).await.expect("added");
    }
    let expiry = expired_everywhere(&store);
    for (now, rows) in [(NOW, 0), (expiry.minus(Duration::from_millis(1)), 0), (expiry, 7), (expiry, 0)] {
        assert_eq!(delete_expired(&store, now, RETENTION).await.expect("deleted").rows, rows);
    }
    assert!(users::find(&store, id).await.expect("answered").is_some());
    let again = used_flows::mark_used(&store, &[mark(2, MUCH_LATER)]).await.expect("answered");
    assert_eq!(again, [false], "it is still there");
}

async fn unrevoked_tokens_are_counted(store: Store) {
    add_user(&store, 1).await;
    store_tokens(&store, b"x").await;
    let transaction = store.begin().await.expect("begun");
    revocations::queue(&transaction, user(1).id, revocations::Which::default(), &OsRandom, (NOW, LATER))
        .await
        .expect("queued");
    transaction.commit().await.expect("committed");
    let deleted = delete_expired(&store, expired_everywhere(&store), RETENTION).await.expect("deleted");
    assert_eq!(deleted, Deleted { rows: 1, unrevoked: 1, ..Deleted::default() });
}

async fn more_rows_than_one_statement_deletes_are_deleted(store: Store) {
    add_user(&store, 1).await;
    let transaction = store.begin().await.expect("begun");
    for number in 0..=BATCH {
        let id = SessionId(Uuid::from_u128(number.into()));
        let session = Session { id, handle_hash: sha256(&number.to_string()), ..session(1) };
        sessions::add(&transaction, &session).await.expect("stored");
    }
    transaction.commit().await.expect("committed");
    let deleted = delete_expired(&store, expired_everywhere(&store), RETENTION).await.expect("deleted");
    assert_eq!(deleted.rows, BATCH + 1);
}
