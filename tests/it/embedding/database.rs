//! The host's own connection: its tables and those of two instances in one database.

use std::sync::Arc;

use vouchsafe::Clock;
use vouchsafe::Secret;
use vouchsafe::sea_orm::{self, ConnectOptions, ConnectionTrait, DatabaseConnection, Statement};
use vouchsafe::{BuildError, Vouchsafe};

use crate::aufy;
use crate::support::app::{Database, Node, TestApp, listen, refresh_token, serve};
use crate::support::browser::Browser;

pub(super) async fn connect(app: &TestApp, options: impl FnOnce(&mut ConnectOptions)) -> DatabaseConnection {
    let url = app.database();
    let url = if url.starts_with("sqlite:") { format!("{url}?mode=rwc") } else { url.to_owned() };
    let mut connect = ConnectOptions::new(url);
    connect.max_connections(4).sqlx_logging(false);
    options(&mut connect);
    sea_orm::Database::connect(connect).await.expect("connected")
}

async fn build(app: &TestApp, origin: &str, schema: &str, host: &DatabaseConnection) -> Result<Vouchsafe, BuildError> {
    let mut settings = app.settings(origin, "");
    settings.database.url = Secret::new("app:");
    settings.database.schema = schema.to_owned();
    Vouchsafe::builder(settings).clock(Arc::clone(&app.clock) as Arc<dyn Clock>).database(host.clone()).build().await
}

async fn count(host: &DatabaseConnection, table: &str) -> i64 {
    let query = Statement::from_string(host.get_database_backend(), format!("SELECT COUNT(*) AS n FROM {table}"));
    let row = host.query_one_raw(query).await.expect("answered").expect("a row");
    row.try_get("", "n").expect("a number")
}

#[actix_web::test]
async fn two_instances_share_the_hosts_connection_and_leave_its_tables_alone() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { return };
        let host = connect(&app, |_| {}).await;
        // Names that ours have, too.
        for table in ["users", "sign_ins"] {
            host.execute_unprepared(&format!("CREATE TABLE {table} (id INTEGER)")).await.expect("created");
            host.execute_unprepared(&format!("INSERT INTO {table} VALUES (1)")).await.expect("inserted");
        }
        // A worker that ends takes the connections to PostgreSQL with it that it opened.
        let mut nodes = Vec::new();
        for schema in ["north", "south"] {
            let (listener, origin) = listen();
            let vouchsafe = build(&app, &origin, schema, &host).await.expect("built");
            let health = vouchsafe.health();
            let node = Node::at(origin, serve(listener, 2, move || vouchsafe.routes()));
            let mut browser = Browser::new();
            let session = node.session(&mut browser, "google", "mira").await;
            assert_eq!(node.tokens(&browser, "google", &session).await.status, 200);
            assert_eq!(node.refresh(&browser, refresh_token(&session)).await.status, 200);
            let known = node.enter(&mut Browser::new(), "google", "mira").await;
            assert_eq!(node.whoami(&mut browser, Some(aufy::access_token(&known))).await.status, 200);
            assert!(health.is_ready());
            let users =
                if database == Database::Sqlite { format!("{schema}_users") } else { format!("{schema}.users") };
            assert_eq!(count(&host, &users).await, 1);
            nodes.push(node);
        }
        assert_eq!((count(&host, "users").await, count(&host, "sign_ins").await), (1, 1));
    }
}

#[actix_web::test]
async fn unsuitable_connection_is_refused_with_what_to_do() {
    let app = TestApp::new();
    let host = connect(&app, |options| {
        options.map_sqlx_sqlite_opts(|sqlite| sqlite.foreign_keys(false));
    });
    let error = build(&app, "http://127.0.0.1:1", "vouchsafe", &host.await).await.expect_err("refused");
    assert!(error.to_string().contains("PRAGMA foreign_keys = ON"), "{error}");
    let error =
        build(&app, "http://127.0.0.1:1", "vouchsafe", &DatabaseConnection::default()).await.expect_err("refused");
    assert!(error.to_string().contains("Disconnected"), "{error}");
    let mut settings = app.settings("http://127.0.0.1:1", "");
    settings.database.url = Secret::new("app:");
    let error = Vouchsafe::build(settings).await.expect_err("refused");
    assert!(error.to_string().contains("Builder::database"), "{error}");
}
