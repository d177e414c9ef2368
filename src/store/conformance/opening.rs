//! Opening a database: at once by several processes, after a crash, and when it is not there.

use std::time::Duration;

use vouchsafe_migration::Migrator;

use super::{add_user, postgres};
use crate::store::testing::{open, open_error};

/// Opens on threads with runtimes of their own, as processes do.
fn open_at_once(url: &str, count: u128) {
    let threads: Vec<_> = (0..count)
        .map(|number| {
            let url = url.to_owned();
            std::thread::spawn(move || {
                actix_rt::System::new().block_on(async {
                    add_user(&open(&url).await.store(1), number).await;
                });
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("opened");
    }
}

#[test]
fn missing_sqlite_file_is_opened_by_several_at_once() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().expect("a folder");
        open_at_once(&format!("sqlite://{}/new.db", folder.path().display()), 3);
    }
}

#[test]
fn empty_postgresql_database_is_opened_by_several_at_once() {
    for _ in 0..3 {
        let Some(url) = postgres::new_database() else { return };
        open_at_once(&url, 3);
    }
}

#[actix_rt::test]
async fn interrupted_migration_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut urls = vec![format!("sqlite://{}/v.db", folder.path().display())];
    urls.extend(postgres::new_database());
    for url in urls {
        // Any database will do: the tables of another prefix are migrated, and the transaction never ends.
        let transaction = open(&url).await.store(1).begin().await.expect("begun");
        Migrator::new("half_").migrate(&transaction.connection.inner).await.expect("migrated");
        drop(transaction);
        let transaction = open(&url).await.store(1).begin().await.expect("begun");
        Migrator::new("half_").migrate(&transaction.connection.inner).await.expect("migrated from the start");
    }
}

#[actix_rt::test]
async fn unreachable_postgresql_is_named_at_once() {
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address").port()
    };
    let url = format!("postgres://user:secret@127.0.0.1:{port}/app");
    let error = tokio::time::timeout(Duration::from_secs(2), open_error(&url)).await.expect("at once");
    assert!(error.contains(&format!("127.0.0.1:{port}")) && error.contains("refused"), "{error}");
    assert!(!error.contains("secret"), "{error}");
}

#[actix_rt::test]
async fn missing_postgresql_database_is_named() {
    let Some(url) = postgres::new_database() else { return };
    let (server, query) = url.split_once('?').expect("a query");
    let error = open_error(&format!("{server}_missing?{query}")).await;
    assert!(error.contains("refuses the connection") && error.contains("_missing\" does not exist"), "{error}");
}
