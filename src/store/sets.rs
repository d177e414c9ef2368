//! Sets: statements that carry out many requests at once.
//!
//! A request whose row is not what it was when the request was decided has no effect and is carried out alone. On
//! PostgreSQL a column of a set is one parameter, an array, so that the text of a statement does not depend on the size
//! of the set, and a statement waits for no lock of a row: a request whose row is locked is left out as well. [`sqlite`]
//! has the statements of SQLite.

mod exchanges;
mod facts;
mod refreshes;
mod sessions;
mod sign_ins;
mod sqlite;
mod takes;

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, TryGetable, Value};
use vouchsafe_entity::user;

pub use self::exchanges::{CodeHash, Exchange};
pub use self::facts::{IdentityFacts, IdentityQuery};
pub use self::refreshes::{Refresh, Refreshed};
pub use self::sessions::SessionOwner;
pub use self::sign_ins::{KnownUser, NewAccount, NewCredential, SignInRows};
pub use self::takes::Take;
use super::sessions::{Session, read_claims};
use super::users::User;
use super::webhook_messages::{self, NewMessage};
use super::{Store, StoreError};
use crate::domain::audit::Event;
use crate::domain::clock::Timestamp;
use crate::domain::id::{SessionId, UserId};

pub(super) fn statement(sql: &str, columns: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, columns)
}

/// A column; `null` stands for the type's zero value, because an array of a parameter has no nulls.
pub(super) fn column<T, V: Default>(items: &[T], value: impl Fn(&T) -> Option<V>) -> Value
where
    Vec<V>: Into<Value>,
{
    items.iter().map(|item| value(item).unwrap_or_default()).collect::<Vec<_>>().into()
}

/// The columns of a row, read from left to right. Looking each up by its name takes longer than reading it.
struct Columns<'a> {
    row: &'a QueryResult,
    next: usize,
}

impl<'a> Columns<'a> {
    /// All columns.
    fn of(row: &'a QueryResult) -> Self {
        Self { row, next: 0 }
    }

    /// The columns after `n`, which comes first in each set.
    fn after_number(row: &'a QueryResult) -> Self {
        Self { row, next: 1 }
    }

    fn next<T: TryGetable>(&mut self) -> Result<T, StoreError> {
        let position = self.next;
        self.next += 1;
        Ok(self.row.try_get_by_index(position)?)
    }

    fn time(&mut self) -> Result<Timestamp, StoreError> {
        self.next().map(Timestamp::from_millis)
    }
}

/// The numbers, counted from 0, of the items that a statement names in its first column `n`, which counts from 1.
async fn numbers(connection: &impl ConnectionTrait, statement: Statement) -> Result<Vec<usize>, StoreError> {
    let rows = connection.query_all_raw(statement).await?;
    rows.iter().map(number).collect()
}

fn number(row: &QueryResult) -> Result<usize, StoreError> {
    let number: i64 = row.try_get_by_index(0)?;
    usize::try_from(number - 1).map_err(|error| StoreError::Internal(error.to_string()))
}

impl Store {
    /// Runs a statement that names the items which it carried out, alone or, if webhooks are told of them, in a
    /// transaction with their messages.
    async fn run_with_messages<T>(
        &self,
        statement: Statement,
        items: &[T],
        messages: impl Fn(&T) -> &[NewMessage],
    ) -> Result<Vec<usize>, StoreError> {
        if items.iter().all(|item| messages(item).is_empty()) {
            return numbers(&self.writer, statement).await;
        }
        let transaction = self.begin().await?;
        let done = numbers(&transaction.connection, statement).await?;
        webhook_messages::add(&transaction, &messages_of(&done, items, messages)).await?;
        transaction.commit().await?;
        Ok(done)
    }
}

/// For each of `count` items whether its number is among these.
fn flags(numbers: &[usize], count: usize) -> Vec<bool> {
    (0..count).map(|number| numbers.contains(&number)).collect()
}

/// The messages of the items with these numbers.
fn messages_of<T>(done: &[usize], items: &[T], messages: impl Fn(&T) -> &[NewMessage]) -> Vec<NewMessage> {
    done.iter().filter_map(|number| items.get(*number)).flat_map(|item| messages(item).iter().cloned()).collect()
}

/// One answer for each of `count` items, from rows whose first column is `n`.
async fn answers<T>(
    connection: &impl ConnectionTrait,
    statement: Statement,
    count: usize,
    read: impl Fn(Columns<'_>) -> Result<T, StoreError>,
) -> Result<Vec<Option<T>>, StoreError> {
    let mut answers: Vec<Option<T>> = std::iter::repeat_with(|| None).take(count).collect();
    for row in connection.query_all_raw(statement).await? {
        if let Some(answer) = answers.get_mut(number(&row)?) {
            *answer = Some(read(Columns::after_number(&row))?);
        }
    }
    Ok(answers)
}

/// The columns of a user `u`, in the order in which [`read_account`] reads them.
const ACCOUNT_COLUMNS: &str = "u.id, u.created_at, u.last_seen_at, u.display_name, u.avatar_url, u.locale, u.email, \
    u.email_canonical, u.email_verified, u.default_role, u.metadata, u.disabled";

/// The roles of a user `u` as an array.
const ROLES: &str = r#"ARRAY(SELECT r.role FROM "user_roles" r WHERE r.user_id = u.id)"#;

/// The columns of a session `s`, in the order in which [`read_session`] reads them.
const SESSION_COLUMNS: &str = "s.id, s.user_id, s.handle_hash, s.generation, s.rotated_at, s.expires_at, s.claims";

/// Whether a session `s` is of the user of a row `m`. Written so that no index serves it: the session is found by its id,
/// however many the user has.
const OF_USER: &str = "s.user_id IS NOT DISTINCT FROM m.user_id";

fn read_account(columns: &mut Columns<'_>) -> Result<user::Model, StoreError> {
    Ok(user::Model {
        id: columns.next()?,
        created_at: columns.next()?,
        last_seen_at: columns.next()?,
        display_name: columns.next()?,
        avatar_url: columns.next()?,
        locale: columns.next()?,
        email: columns.next()?,
        email_canonical: columns.next()?,
        email_verified: columns.next()?,
        default_role: columns.next()?,
        metadata: columns.next()?,
        disabled: columns.next()?,
    })
}

/// A user with roles: [`ACCOUNT_COLUMNS`] and [`ROLES`].
fn read_user(columns: &mut Columns<'_>) -> Result<User, StoreError> {
    Ok(User::new(read_account(columns)?, columns.next()?))
}

/// `None` if the row holds a value that no version of ours writes.
fn read_session(columns: &mut Columns<'_>) -> Result<Option<Session>, StoreError> {
    let (id, user_id) = (SessionId(columns.next()?), UserId(columns.next()?));
    let (handle_hash, generation): (Vec<u8>, i64) = (columns.next()?, columns.next()?);
    let (rotated_at, expires_at) = (columns.time()?, columns.time()?);
    let claims = read_claims(columns.next()?);
    let (Ok(handle_hash), Ok(generation)) = (handle_hash.try_into(), generation.try_into()) else { return Ok(None) };
    Ok(Some(Session { id, user_id, handle_hash, generation, rotated_at, expires_at, claims }))
}

fn client_ip(event: &Event) -> Option<String> {
    event.origin.client_ip.map(|ip| ip.to_string())
}

fn flow_id(event: &Event) -> Option<String> {
    event.origin.flow.map(|flow| flow.to_string())
}
