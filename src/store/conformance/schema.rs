//! Where our tables are, and what else may be in the same database.

use std::path::Path;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::pk_auto;

use super::{NOW, add_user, link, user};
use crate::domain::secret::Secret;
use crate::store::table_names::TABLES;
use crate::store::testing::{open, open_error, open_in, options};
use crate::store::{Database, DatabaseOptions, Store, StoreError, postgres, users};

/// An app with migrations of its own and tables called like ours.
struct App;

#[async_trait::async_trait]
impl MigratorTrait for App {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(AppUsers)]
    }
}

#[derive(DeriveMigrationName)]
struct AppUsers;

#[async_trait::async_trait]
impl MigrationTrait for AppUsers {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            manager.create_table(Table::create().table(table).col(pk_auto("number")).take()).await?;
        }
        Ok(())
    }
}

/// With the table of our migrations.
fn our_tables() -> i64 {
    TABLES.len() as i64 + 1
}

fn sqlite_url(folder: &Path) -> String {
    format!("sqlite://{}/shared.db", folder.display())
}

async fn count(store: &Store, sql: &str) -> i64 {
    let query = Statement::from_string(store.backend(), sql);
    // Past the qualification: the names are the test's own.
    let row = store.writer.inner.query_one_raw(query).await.expect("answered").expect("a row");
    row.try_get_by_index(0).expect("a number")
}

/// Ours first and the app second, then all again in the other order.
async fn app_and_two_instances_share(url: &str) {
    for schema in ["vouchsafe", "auth"] {
        let store = open_in(url, schema).await.store(1);
        App::up(&store.writer.inner, None).await.expect("the app's migrations");
        let id = add_user(&store, 1).await;
        link(&store, 10, id, "s").await.expect("linked");
    }
    for schema in ["auth", "vouchsafe"] {
        let store = open_in(url, schema).await.store(1);
        App::up(&store.writer.inner, None).await.expect("nothing to do");
        assert!(users::remove(&store, user(1).id).await.expect("removed"), "each instance has a user of its own");
        assert_eq!(count(&store, "SELECT COUNT(*) FROM users").await, 0, "the app's table is the app's");
        assert_eq!(count(&store, "SELECT COUNT(*) FROM seaql_migrations").await, 1);
    }
}

#[actix_rt::test]
async fn sqlite_file_is_shared_with_an_app_and_a_second_instance() {
    let folder = tempfile::tempdir().expect("a folder");
    app_and_two_instances_share(&sqlite_url(folder.path())).await;
    let store = open(&sqlite_url(folder.path())).await.store(1);
    let ours = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name LIKE 'vouchsafe@_%' ESCAPE '@'";
    assert_eq!(count(&store, ours).await, our_tables());
}

#[actix_rt::test]
async fn postgresql_database_is_shared_with_an_app_and_a_second_instance() {
    let Some(url) = postgres::new_database() else { return };
    app_and_two_instances_share(&url).await;
    let store = open(&url).await.store(1);
    let ours = "SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'vouchsafe'";
    assert_eq!(count(&store, ours).await, our_tables());
}

#[actix_rt::test]
async fn foreign_table_of_our_name_is_named_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let sqlite = sqlite_url(folder.path());
    let mut databases = vec![(sqlite, "vouchsafe_sessions")];
    databases.extend(postgres::new_database().map(|url| (url, "vouchsafe.sessions")));
    for (url, table) in databases {
        let app = open_in(&url, "other").await.store(1);
        let statements = ["CREATE SCHEMA IF NOT EXISTS vouchsafe", &format!("CREATE TABLE {table} (number INTEGER)")];
        let skipped = usize::from(app.backend() == DbBackend::Sqlite);
        for statement in &statements[skipped..] {
            app.writer.inner.execute_unprepared(statement).await.expect("created");
        }
        let error = open_error(&url).await;
        let name = table.trim_start_matches("vouchsafe.");
        assert!(error.contains(&format!("`{name}` exists and is not Vouchsafe's")), "{error}");
        assert_eq!(count(&app, &format!("SELECT COUNT(*) FROM {table}")).await, 0);
    }
}

#[actix_rt::test]
async fn migrations_of_another_version_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = sqlite_url(folder.path());
    let store = open(&url).await.store(1);
    let newer = "INSERT INTO vouchsafe_migrations (version, applied_at) VALUES ('m2099', 0)";
    store.writer.execute_unprepared(newer).await.expect("inserted");
    let error = open_error(&url).await;
    assert!(error.contains("`vouchsafe_migrations`") && error.contains("m2099"), "{error}");
}

#[actix_rt::test]
async fn existing_database_is_opened_without_changes() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut urls = vec![sqlite_url(folder.path())];
    urls.extend(postgres::new_database());
    for url in urls {
        let secret = Secret::new(url.clone());
        let options = |schema| DatabaseOptions { schema, ..options(&secret) };
        assert!(Database::open_existing(&options("vouchsafe")).await.expect("answered").is_none());
        add_user(&open(&url).await.store(1), 1).await;
        assert!(Database::open_existing(&options("other")).await.expect("answered").is_none());
        let store = Database::open_existing(&options("vouchsafe")).await.expect("opened").expect("there").store(1);
        assert!(users::find(&store, user(1).id).await.expect("answered").is_some());
        if store.backend() == DbBackend::Sqlite {
            let written = users::record_activity(&store, user(1).id, NOW).await;
            assert!(matches!(written, Err(StoreError::Unavailable(_))), "{written:?}");
        }
    }
}

#[actix_rt::test]
#[should_panic(expected = "rows of `users` are locked after rows of `identities`")]
async fn statement_against_the_lock_order_panics_in_debug_builds() {
    let store = open("sqlite::memory:").await.store(1);
    let id = add_user(&store, 1).await;
    let transaction = store.begin().await.expect("begun");
    let provider = super::provider();
    crate::store::identities::remove(&transaction, id, &provider, None).await.expect("removed");
    let _ = users::record_activity(&transaction, id, NOW).await;
}
