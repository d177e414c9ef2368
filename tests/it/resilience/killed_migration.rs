//! The first start on a database: killed while the migration runs, or while another process has the file.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection as _};

use super::concurrency::is_full;
use crate::support::app::{Database, TestApp, parameter};
use crate::support::browser::Browser;
use crate::support::process::real_time_app;
use crate::support::rows;
use crate::support::service::{Service, wait_until};

/// A server that is starting on the app's database. It is killed when dropped.
struct Starting {
    child: Child,
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

/// Starts a server after a shell command such as `ulimit -f 8`.
fn start(app: &TestApp, limit: &str) -> Starting {
    // No request is sent to it, so it listens on any port.
    let settings = app.settings_text("http://auth.test", "");
    std::fs::write(app.folder().join("starting.toml"), settings).expect("written");
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("{limit} && exec \"$0\" --config starting.toml")])
        .arg(env!("CARGO_BIN_EXE_vouchsafe"));
    command.current_dir(app.folder()).env_clear();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Starting { child: command.spawn().expect("a process") }
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
        let starting = start(&app, "true");
        wait_until("the migration waits", async || app.query(WAITING).await > 0).await;
        drop(starting);
        sqlx::raw_sql("ROLLBACK").execute(&mut operator).await.expect("released");
        assert_starts(&app, table).await;
    }
}

/// The unit of `ulimit -f`.
const BLOCK: u64 = 512;

/// "File size limit exceeded", on Linux and on macOS.
const SIGXFSZ: i32 = 25;

/// Whether the migration has committed.
async fn is_migrated(options: &SqliteConnectOptions) -> bool {
    let Ok(mut connection) = options.connect().await else { return false };
    let query = "SELECT COUNT(*) FROM sqlite_master WHERE name = 'vouchsafe_users'";
    let found: Result<i64, _> = sqlx::query_scalar(query).fetch_one(&mut connection).await;
    connection.close().await.ok();
    found.is_ok_and(|count| count > 0)
}

/// The size in blocks of the write-ahead log that the migration writes.
async fn blocks_of_migration() -> u64 {
    let app = new_app();
    let options = sqlite_options(&app);
    let _starting = start(&app, "true");
    wait_until("it has migrated", async || is_migrated(&options).await).await;
    let log = std::fs::metadata(app.folder().join("app.db-wal")).expect("a write-ahead log");
    log.len() / BLOCK
}

fn new_app() -> TestApp {
    real_time_app(Database::Sqlite).expect("SQLite is always available")
}

fn sqlite_options(app: &TestApp) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(app.folder().join("app.db"))
}

/// A copy of what was written, because SQLite recovers the file of whoever opens it first.
fn copy_of_file(app: &TestApp) -> SqliteConnectOptions {
    let copy = app.folder().join("copy.db");
    for suffix in ["", "-wal", "-journal"] {
        let written = app.folder().join(format!("app.db{suffix}"));
        if written.exists() {
            std::fs::copy(written, app.folder().join(format!("copy.db{suffix}"))).expect("copied");
        }
    }
    SqliteConnectOptions::new().filename(copy)
}

/// The system kills the server at the write that would make a file longer than a limit. The limit grows from round to
/// round, from the first write of the file to the last one before the commit.
#[actix_web::test]
async fn kill_during_the_first_migration_leaves_a_database_that_starts_sqlite() {
    let rounds = if is_full() { 250 } else { 6 };
    let total = blocks_of_migration().await;
    for round in 0..rounds {
        let app = new_app();
        let limit = total * round / rounds;
        let mut starting = start(&app, &format!("ulimit -c 0 && ulimit -f {limit}"));
        let mut signal = None;
        wait_until("it is killed", async || {
            let ended = starting.child.try_wait().expect("a child");
            signal = ended.and_then(|status| status.signal());
            ended.is_some()
        })
        .await;
        let when = format!("killed at {limit} of {total} blocks");
        assert_eq!(signal, Some(SIGXFSZ), "{when}");
        assert!(!is_migrated(&copy_of_file(&app)).await, "{when}");
        assert_starts(&app, &when).await;
    }
}

/// Like two processes that turn one new file into a write-ahead log: SQLite refuses at once instead of waiting.
#[actix_web::test]
async fn new_sqlite_file_that_another_process_has_locked_is_tried_again() {
    let app = real_time_app(Database::Sqlite).expect("SQLite is always available");
    let file = app.folder().canonicalize().expect("a path").join("app.db");
    let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
    let mut other = options.connect().await.expect("created");
    sqlx::raw_sql("CREATE TABLE app_own (id); BEGIN IMMEDIATE").execute(&mut other).await.expect("locked");
    let mut starting = start(&app, "true");
    // Each attempt opens the file and closes it again; before the first one it is looked at, too.
    for is_open in [true, false].repeat(5) {
        while starting.has_open(&file) != is_open {
            starting.assert_runs();
        }
    }
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.expect("released");
    let options = sqlite_options(&app);
    wait_until("it has migrated", async || {
        starting.assert_runs();
        is_migrated(&options).await
    })
    .await;
}
