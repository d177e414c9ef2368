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

use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, QueryResult, Statement, Value};

pub use self::exchanges::{CodeHash, Exchange};
pub use self::facts::{IdentityFacts, IdentityQuery};
pub use self::refreshes::{Refresh, Refreshed};
pub use self::sessions::SessionOwner;
pub use self::sign_ins::{KnownUser, NewAccount, NewCredential, SignInRows};
pub use self::takes::Take;
use super::StoreError;
use super::users::User;
use crate::domain::audit::Event;

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

/// The numbers, counted from 0, of the items that a statement names in its column `n`, which counts from 1.
async fn numbers(connection: &impl ConnectionTrait, statement: Statement) -> Result<Vec<usize>, StoreError> {
    let rows = connection.query_all_raw(statement).await?;
    rows.iter().map(number).collect()
}

fn number(row: &QueryResult) -> Result<usize, StoreError> {
    let number: i64 = row.try_get("", "n")?;
    usize::try_from(number - 1).map_err(|error| StoreError::Internal(error.to_string()))
}

/// One answer for each of `count` items, from rows with a column `n`.
async fn answers<T>(
    connection: &impl ConnectionTrait,
    statement: Statement,
    count: usize,
    read: impl Fn(&QueryResult) -> Result<T, StoreError>,
) -> Result<Vec<Option<T>>, StoreError> {
    let mut answers: Vec<Option<T>> = std::iter::repeat_with(|| None).take(count).collect();
    for row in connection.query_all_raw(statement).await? {
        if let Some(answer) = answers.get_mut(number(&row)?) {
            *answer = Some(read(&row)?);
        }
    }
    Ok(answers)
}

/// The columns of a user, and the user's roles as an array, of a table or an alias `u`.
const USER_COLUMNS: &str = r#"u.*, ARRAY(SELECT r.role FROM "user_roles" r WHERE r.user_id = u.id) AS roles"#;

/// Whether a session `s` is of the user of a row `m`. Written so that no index serves it: the session is found by its id,
/// however many the user has.
const OF_USER: &str = "s.user_id IS NOT DISTINCT FROM m.user_id";

fn read_user(row: &QueryResult) -> Result<User, StoreError> {
    Ok(User::new(vouchsafe_entity::user::Model::from_query_result(row, "")?, row.try_get("", "roles")?))
}

fn client_ip(event: &Event) -> Option<String> {
    event.origin.client_ip.map(|ip| ip.to_string())
}

fn flow_id(event: &Event) -> Option<String> {
    event.origin.flow.map(|flow| flow.to_string())
}
