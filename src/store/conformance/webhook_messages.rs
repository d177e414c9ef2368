//! Messages of webhooks: stored with what they tell of, leased to one caller, and kept until they are confirmed.

use std::time::Duration;

use futures_util::future::join_all;
use uuid::Uuid;

use super::sets::{account, add_entry, known, take};
use super::{LATER, MUCH_LATER, NOW, Store, add_user, link, open, postgres, user};
use crate::domain::clock::Timestamp;
use crate::domain::event::EventType;
use crate::store::retention::delete_expired;
use crate::store::sessions;
use crate::store::testing::set_disabled;
use crate::store::webhook_messages::{self, DueMessage, NewMessage, Retry};

on_every_database! {
    message_is_leased_by_one_caller_in_order
    failed_message_is_kept_and_can_be_retried
    sign_ins_of_a_set_store_their_messages_or_have_no_effect
    takes_of_a_set_store_their_messages_or_have_no_effect
}

fn message(number: u128) -> NewMessage {
    NewMessage {
        message_id: Uuid::from_u128(number),
        webhook: "app".to_owned(),
        event: EventType::SignedIn,
        user_id: Some(user(number).id),
        body: number.to_string(),
        created_at: NOW,
    }
}

async fn lease(store: &Store, now: Timestamp, until: Timestamp) -> Vec<DueMessage> {
    webhook_messages::lease(store, "app", 20, now, until).await.expect("leased")
}

async fn message_is_leased_by_one_caller_in_order(store: Store) {
    let other = NewMessage { webhook: "other".to_owned(), ..message(9) };
    let messages: Vec<_> = (1..=5).map(message).chain([other]).collect();
    webhook_messages::add(&store, &messages).await.expect("stored");
    assert_eq!(lease(&store, NOW.minus(Duration::from_millis(1)), LATER).await, []);
    // Opens the connections, so that the callers that follow overlap.
    join_all((0..16).map(|_| webhook_messages::count_pending(&store))).await;
    let leased = join_all((0..16).map(|_| lease(&store, NOW, LATER))).await;
    let leased: Vec<_> = leased.into_iter().filter(|messages| !messages.is_empty()).collect();
    assert_eq!(leased.len(), 1, "one caller got them");
    assert_eq!(leased[0].iter().map(|one| one.body.as_str()).collect::<Vec<_>>(), ["1", "2", "3", "4", "5"]);
    assert_eq!((leased[0][0].attempts, leased[0][0].user_id), (1, Some(user(1).id)));
    webhook_messages::complete(&store, leased[0][0].id).await.expect("completed");
    webhook_messages::postpone(&store, leased[0][1].id, "down", MUCH_LATER).await.expect("postponed");
    let again = lease(&store, LATER, MUCH_LATER).await;
    assert_eq!(
        again.iter().map(|one| (one.body.as_str(), one.attempts)).collect::<Vec<_>>(),
        [("3", 2), ("4", 2), ("5", 2)]
    );
    assert_eq!(webhook_messages::count_pending(&store).await.expect("counted"), 5);
}

async fn failed_message_is_kept_and_can_be_retried(store: Store) {
    webhook_messages::add(&store, &[message(1), message(2)]).await.expect("stored");
    let leased = lease(&store, NOW, LATER).await;
    webhook_messages::fail(&store, leased[0].id, "gone", LATER).await.expect("noted");
    webhook_messages::complete(&store, leased[1].id).await.expect("completed");
    let day_later = NOW.plus(Duration::from_secs(86_400));
    assert_eq!(leased[0].give_up_at, day_later);
    assert_eq!(lease(&store, day_later, MUCH_LATER).await, []);
    let listed = webhook_messages::list(&store, Some("app"), true, 9).await.expect("listed");
    assert_eq!((listed.len(), listed[0].id, listed[0].last_error.as_deref()), (1, Uuid::from_u128(1), Some("gone")));
    assert_eq!(webhook_messages::list(&store, Some("other"), false, 9).await.expect("listed"), []);
    for (which, expected) in [
        (Retry::FailedOf("other".to_owned()), 0),
        (Retry::These(vec![Uuid::from_u128(2)]), 0),
        (Retry::Failed, 1),
        (Retry::Failed, 0),
        (Retry::These(vec![Uuid::from_u128(1)]), 1),
    ] {
        assert_eq!(webhook_messages::retry(&store, &which, day_later).await.expect("done"), expected, "{which:?}");
    }
    let due = lease(&store, day_later, MUCH_LATER).await;
    assert_eq!((due.len(), due[0].attempts, due[0].give_up_at), (1, 1, day_later.plus(Duration::from_secs(86_400))));
    let deleted = delete_expired(&store, day_later.plus(Duration::from_secs(9 * 86_400)), Duration::MAX).await;
    assert_eq!(deleted.expect("deleted").rows, 1);
}

async fn sign_ins_of_a_set_store_their_messages_or_have_no_effect(store: Store) {
    for number in [1, 2] {
        let id = add_user(&store, number).await;
        link(&store, number, id, &number.to_string()).await.expect("linked");
    }
    set_disabled(&store, user(2).id, true).await;
    let with_message = |number: u128| {
        let mut sign_in = known(number, &number.to_string(), number);
        sign_in.rows.messages = vec![message(number)];
        sign_in
    };
    let done = store.sign_in_known_users(&[with_message(1), with_message(2)]).await.expect("done");
    assert_eq!(done, [true, false]);
    let mut account = account(3);
    account.rows.messages = vec![message(3)];
    store.create_accounts(std::slice::from_ref(&account)).await.expect("created");
    account.rows.messages = vec![message(4)];
    assert!(store.create_accounts(&[account]).await.is_err());
    let told: Vec<_> = lease(&store, NOW, LATER).await.into_iter().map(|message| message.body).collect();
    assert_eq!(told, ["1", "3"]);
}

async fn takes_of_a_set_store_their_messages_or_have_no_effect(store: Store) {
    let takes = [1, 2].map(|number| take(number, vec![message(number)]));
    for number in [1, 2] {
        add_entry(&store, number).await;
    }
    sessions::end(&store, [2; 32]).await.expect("ended");
    assert_eq!(store.take_all(&takes, NOW).await.expect("taken"), [true, false]);
    let told: Vec<_> = lease(&store, NOW, LATER).await.into_iter().map(|message| message.body).collect();
    assert_eq!(told, ["1"]);
}
