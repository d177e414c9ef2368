//! What the store promises, tested on SQLite in memory, on a SQLite file and on PostgreSQL.

use uuid::Uuid;

use super::sessions::Session;
use super::testing::open;
use super::users::User;
use super::{Store, StoreError, identities, postgres, sessions, users, vault};
use crate::domain::claims::Claims;
use crate::domain::clock::Timestamp;
use crate::domain::id::{ProviderName, SessionId, UserId};
use crate::domain::profile::ExternalProfile;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const LATER: Timestamp = Timestamp::from_seconds(1_800_000_060);
const MUCH_LATER: Timestamp = Timestamp::from_seconds(1_900_000_000);

/// Runs tests on every kind of database.
macro_rules! on_every_database {
    ($($name:ident)*) => {
        mod sqlite_in_memory {
            $(#[actix_rt::test]
            async fn $name() {
                super::$name(super::open("sqlite::memory:").await.store(1)).await;
            })*
        }
        mod sqlite_file {
            $(#[actix_rt::test]
            async fn $name() {
                let folder = tempfile::tempdir().expect("a folder");
                let url = format!("sqlite://{}/t.db", folder.path().display());
                super::$name(super::open(&url).await.store(1)).await;
            })*
        }
        mod postgresql {
            $(#[actix_rt::test]
            async fn $name() {
                let Some(url) = super::postgres::new_database() else { return };
                super::$name(super::open(&url).await.store(1)).await;
            })*
        }
    };
}

mod accounts;
mod grants;
mod opening;
mod retention;
mod revocations;
mod schema;
mod sets;
mod single_use;
mod user_records;
mod webhook_messages;

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

async fn add_user(store: &Store, number: u128) -> UserId {
    users::add(store, &user(number)).await.expect("added");
    user(number).id
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

async fn link(store: &Store, number: u128, owner: UserId, subject: &str) -> Result<(), StoreError> {
    identities::add(store, Uuid::from_u128(number), owner, &profile(subject), None, NOW).await
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

async fn begin_session(store: &Store, number: u128) {
    sessions::add(store, &session(number)).await.expect("stored");
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
async fn take_tokens(store: &Store, user_id: UserId, now: Timestamp) -> Option<Vec<u8>> {
    let session = Session { user_id, ..session(1) };
    match sessions::add(store, &session).await {
        Ok(()) | Err(StoreError::Conflict) => {}
        Err(error) => panic!("{error}"),
    }
    vault::take(store, (user_id, session.id), &provider(), now).await.expect("answered")
}

async fn store_tokens(store: &Store, sealed: &[u8]) {
    vault::put(store, entry(sealed)).await.expect("stored");
}
