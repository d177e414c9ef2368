//! What tests need to know of the rows, and production code must not: all of them at once.

use std::path::Path;

use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, EntityTrait, ExprTrait, QueryFilter};
use vouchsafe_entity::{identity, user};

use super::private::HasConnection as _;
use super::users::AccountStatus;
use super::{Database, DatabaseOptions, Store};
use crate::domain::id::UserId;
use crate::domain::secret::Secret;

/// Options for a database with our tables in the default schema.
pub(crate) fn options(url: &Secret) -> DatabaseOptions<'_> {
    DatabaseOptions { url, schema: "vouchsafe", max_connections: 8, sqlite_synchronous: false, max_batch: 64 }
}

/// Opens a database with our tables in the default schema.
pub(crate) async fn open(url: &str) -> Database {
    open_in(url, "vouchsafe").await
}

/// Opens a database with our tables in a schema.
pub(crate) async fn open_in(url: &str, schema: &str) -> Database {
    let url = Secret::new(url);
    Database::open(&DatabaseOptions { schema, ..options(&url) }).await.expect("opened")
}

/// Why a database cannot be opened.
pub(crate) async fn open_error(url: &str) -> String {
    Database::open(&options(&Secret::new(url))).await.expect_err("refused").to_string()
}

/// A store on a SQLite file in `folder`.
pub(crate) async fn open_sqlite(folder: &Path, sqlite_synchronous: bool) -> Store {
    let url = Secret::new(format!("sqlite://{}", folder.join("v.db").display()));
    Database::open(&DatabaseOptions { sqlite_synchronous, ..options(&url) }).await.expect("opened").store(1)
}

impl Store {
    /// The same with another limit of requests that share a statement.
    pub(crate) fn with_max_batch(self, max_batch: usize) -> Self {
        Self { max_batch, ..self }
    }
}

/// All users, and all identities as (provider, subject, owner).
#[derive(Clone, Debug, Default)]
pub(crate) struct StoredUsers {
    pub users: Vec<AccountStatus>,
    pub identities: Vec<(String, String, UserId)>,
}

impl StoredUsers {
    /// Reads them.
    pub(crate) async fn read(store: &Store) -> Self {
        let users = user::Entity::find().all(store.writer()).await.expect("read");
        let identities = identity::Entity::find().all(store.writer()).await.expect("read").into_iter();
        Self {
            users: users.into_iter().map(AccountStatus::from).collect(),
            identities: identities.map(|row| (row.provider, row.subject, UserId(row.user_id))).collect(),
        }
    }
}

/// Disables or enables a user, as an operator does.
pub(crate) async fn set_disabled(store: &Store, id: UserId, is_disabled: bool) {
    let changed = user::Entity::update_many()
        .col_expr(user::Column::Disabled, is_disabled.into())
        .filter(Expr::col(user::Column::Id).eq(id.0))
        .exec(store.writer());
    assert_eq!(changed.await.expect("written").rows_affected, 1);
}

/// Renames a table, so that statements with it fail.
pub(crate) async fn hide_table(store: &Store, name: &str) {
    let renamed = store.writer().execute_unprepared(&format!(r#"ALTER TABLE "{name}" RENAME TO "hidden""#)).await;
    renamed.expect("renamed");
}

/// Deletes all users and what refers to them.
pub(crate) async fn clear(store: &Store) {
    user::Entity::delete_many().exec(store.writer()).await.expect("deleted");
}
