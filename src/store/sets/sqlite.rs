//! Sets on SQLite: the rows of a set are one parameter, a JSON array, and several statements with the same parameters are
//! sent at once, because each trip to SQLite's thread costs more than the statement.
//!
//! SQLite has one writer: what the first statement of a transaction sees holds until its commit.

pub(super) mod exchanges;
pub(super) mod facts;
mod refreshes;
mod sign_ins;
mod takes;

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, Value};
use serde::Serialize;

use super::{Columns, read_account};
use crate::store::users::User;
use crate::store::{Store, StoreError, Transaction};

/// The roles of a user `u` as JSON.
pub(super) const ROLES: &str = r#"(SELECT json_group_array(r.role) FROM "user_roles" r WHERE r.user_id = u.id)"#;

pub(super) fn read_user(columns: &mut Columns<'_>) -> Result<User, StoreError> {
    let account = read_account(columns)?;
    let roles: String = columns.next()?;
    let roles = serde_json::from_str(&roles).map_err(|error| StoreError::Internal(error.to_string()))?;
    Ok(User::new(account, roles))
}

pub(super) fn statement(sql: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)
}

/// The rows of a set, the parameter of `json_each`. Bytes are written as hexadecimal digits.
pub(super) fn rows<R: Serialize>(rows: impl Iterator<Item = R>) -> Result<Value, StoreError> {
    let rows: Vec<R> = rows.collect();
    Ok(serde_json::to_string(&rows).map_err(|error| StoreError::Internal(error.to_string()))?.into())
}

/// Carries out statements that write, in a transaction of their own, and returns the rows of all of them. `values` are
/// made when nobody else can write any more.
async fn write(
    store: &Store,
    sql: &str,
    values: impl FnOnce() -> Result<Vec<Value>, StoreError>,
) -> Result<Vec<QueryResult>, StoreError> {
    let transaction = store.begin().await?;
    let rows = run(&transaction, sql, values()?).await?;
    transaction.commit().await?;
    Ok(rows)
}

/// Carries out statements within a transaction, and returns the rows of all of them.
async fn run(transaction: &Transaction, sql: &str, values: Vec<Value>) -> Result<Vec<QueryResult>, StoreError> {
    Ok(transaction.connection.query_all_raw(statement(sql, values)).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::open;

    #[actix_rt::test]
    async fn statements_find_their_rows_by_an_index() {
        let store = open("sqlite::memory:").await.store(1);
        let all: [&str; 9] = [
            facts::SQL,
            &exchanges::OWNERS,
            &exchanges::EXCHANGE,
            &refreshes::SQL,
            &sign_ins::KNOWN,
            &sign_ins::NEW,
            super::super::takes::FIND_ON_SQLITE,
            takes::SQL,
            &super::super::sessions::ON_SQLITE,
        ];
        for sql in all.iter().flat_map(|all| all.split(';')) {
            if sql.contains(" TEMP TABLE ") || sql.contains("DELETE FROM temp.") {
                store.reader.execute_unprepared(sql).await.expect("created");
                continue;
            }
            let explain = statement(format!("EXPLAIN QUERY PLAN {sql}"), (0..4).map(|_| Value::from("[]")));
            let plan = store.reader.query_all_raw(explain).await.expect("a plan");
            let plan: Vec<String> = plan.iter().map(|row| row.try_get("", "detail").expect("text")).collect();
            assert!(!plan.is_empty(), "{sql}");
            let is_of_the_set = |step: &str| {
                step.contains("VIRTUAL TABLE") || ["SCAN s", "SCAN temp.vouchsafe_sign_ins"].contains(&step)
            };
            let is_full_scan = |step: &&String| step.starts_with("SCAN") && !is_of_the_set(step);
            let scans: Vec<_> = plan.iter().filter(is_full_scan).collect();
            assert!(scans.is_empty(), "{scans:?} of {plan:#?} for {sql}");
        }
    }
}
