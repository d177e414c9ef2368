//! The first start on a database: killed with `kill -9` while the migration runs, or while another process has the file.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection as _};

use super::concurrency::is_full;
use crate::support::app::{Database, Node, TestApp, listen, parameter};
use crate::support::browser::Browser;
use crate::support::process::real_time_app;
use crate::support::rows;
use crate::support::service::{Service, wait_until};

/// A server that is starting on the app's database. It is killed when dropped.
struct Starting {
    child: Child,
    origin: String,
}

impl Drop for Starting {
    fn drop(&mut self) {
        // SIGKILL. It may have ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Starting {
    #[track_caller]
    fn assert_runs(&mut self) {
        assert!(self.child.try_wait().expect("a child").is_none(), "it ended by itself");
    }

    /// Whether it has the file open at this moment.
    fn has_open(&self, file: &Path) -> bool {
        let open = std::fs::read_dir(format!("/proc/{}/fd", self.child.id()));
        open.into_iter().flatten().flatten().any(|one| std::fs::read_link(one.path()).is_ok_and(|path| path == file))
    }
}

fn start(app: &TestApp) -> Starting {
    let (listener, origin) = listen();
    drop(listener);
    let settings = app.folder().join("starting.toml");
    std::fs::write(&settings, app.settings_text(&origin, "")).expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_vouchsafe"));
    command.arg("--config").arg(settings).current_dir(app.folder()).env_clear();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Starting { child: command.spawn().expect("a process"), origin }
}

/// A start after the kill brings the tables up, and they work.
async fn assert_starts(app: &TestApp, when: &str) {
    let service = Service::start(app, "").await;
    let target = service.node.sign_in(&mut Browser::new(), "github", "", "mira").await;
    assert!(parameter(&target, "refreshToken").is_some(), "{when}: {target}\n{}", service.log());
}

/// The migration stops at a table whose name is being taken by a transaction that is still open.
#[actix_web::test]
async fn kill_during_the_first_migration_leaves_a_database_that_starts_postgres() {
    const WAITING: &str = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() \
        AND wait_event_type = 'Lock' AND query LIKE 'CREATE TABLE%'";
    for table in ["user_roles", "vault_entries", "audit_events"] {
        let Some(app) = real_time_app(Database::Postgres) else { return };
        app.execute("CREATE SCHEMA vouchsafe").await;
        let mut operator = rows::connect(app.database()).await;
        let taken = format!("BEGIN; CREATE TABLE vouchsafe.{table} (id int)");
        sqlx::raw_sql(sqlx::AssertSqlSafe(taken)).execute(&mut operator).await.expect("taken");
        let starting = start(&app);
        wait_until("the migration waits", async || app.query(WAITING).await > 0).await;
        drop(starting);
        sqlx::raw_sql("ROLLBACK").execute(&mut operator).await.expect("released");
        assert_starts(&app, table).await;
    }
}

/// Whether another process is writing, once the file exists.
async fn is_being_written(probe: &mut Option<SqliteConnection>, options: &SqliteConnectOptions) -> bool {
    if probe.is_none() {
        *probe = options.connect().await.ok();
    }
    let Some(probe) = probe else { return false };
    let begun = sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut *probe).await;
    if begun.is_ok() {
        sqlx::raw_sql("ROLLBACK").execute(probe).await.expect("rolled back");
    }
    begun.is_err()
}

/// Whether the migration has committed.
async fn is_migrated(options: &SqliteConnectOptions) -> bool {
    let Ok(mut connection) = options.connect().await else { return false };
    let query = "SELECT COUNT(*) FROM sqlite_master WHERE name = 'vouchsafe_users'";
    let found: Result<i64, _> = sqlx::query_scalar(query).fetch_one(&mut connection).await;
    connection.close().await.ok();
    found.is_ok_and(|count| count > 0)
}

/// Starts a server, and kills it after so many answers that its file is locked, or once it has migrated. Returns how
/// many answers there were.
async fn kill_after(app: &TestApp, answers: usize) -> usize {
    let options = SqliteConnectOptions::new().filename(app.folder().join("app.db")).busy_timeout(Duration::ZERO);
    let (mut starting, mut probe, mut locked) = (start(app), None, 0);
    wait_until("the migration is under way, or over", async || {
        while locked < answers {
            starting.assert_runs();
            if !is_being_written(&mut probe, &options).await {
                return is_migrated(&options).await;
            }
            locked += 1;
        }
        true
    })
    .await;
    locked
}

/// The kill comes a little later in each round, from the beginning of the transaction to its end.
#[actix_web::test]
async fn kill_during_the_first_migration_leaves_a_database_that_starts_sqlite() {
    let new_app = || real_time_app(Database::Sqlite).expect("SQLite is always available");
    let (rounds, mut interrupted) = (if is_full() { 250 } else { 6 }, 0);
    let total = kill_after(&new_app(), usize::MAX).await;
    for round in 0..rounds {
        let app = new_app();
        kill_after(&app, 1 + total * round / rounds).await;
        let options = SqliteConnectOptions::new().filename(app.folder().join("app.db"));
        interrupted += usize::from(!is_migrated(&options).await);
        assert_starts(&app, &format!("round {round}")).await;
    }
    println!("killed before the commit: {interrupted} of {rounds}");
    assert!(interrupted > 0, "no migration was interrupted");
}

/// Like two processes that turn one new file into a write-ahead log: SQLite refuses at once instead of waiting.
#[actix_web::test]
async fn new_sqlite_file_that_another_process_has_locked_is_tried_again() {
    let app = real_time_app(Database::Sqlite).expect("SQLite is always available");
    let file = app.folder().canonicalize().expect("a path").join("app.db");
    let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
    let mut other = options.connect().await.expect("created");
    sqlx::raw_sql("CREATE TABLE app_own (id); BEGIN IMMEDIATE").execute(&mut other).await.expect("locked");
    let mut starting = start(&app);
    // Each attempt opens the file and closes it again; before the first one it is looked at, too.
    for is_open in [true, false].repeat(5) {
        while starting.has_open(&file) != is_open {
            starting.assert_runs();
        }
    }
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.expect("released");
    let node = Node::external(starting.origin.clone());
    wait_until("it is ready", async || {
        starting.assert_runs();
        node.is_ready().await
    })
    .await;
}
