//! A wrong password of PostgreSQL ends the start with a message that helps and reveals nothing.

use crate::ops::cli::{Run, run};
use crate::support::app::{Database, TestApp};
use crate::support::postgres::{GUARDED_ROLE, folder};

const RIGHT: &str = "right-0ne";
const WRONG: &str = "hunter2/%";
const WRONG_IN_URL: &str = "hunter2%2F%25";

/// Runs a command on the app's database as the guarded role.
fn run_as_guarded(app: &TestApp, password: &str, arguments: &[&str], level: &str) -> Run {
    let url = app.database().replacen("postgres@", &format!("{GUARDED_ROLE}:{password}@"), 1);
    let settings = app.settings_text("http://127.0.0.1:0", "").replace(app.database(), &url);
    std::fs::write(app.folder().join("vouchsafe.toml"), settings).expect("written");
    run(app.folder(), arguments, &[("RUST_LOG", level)])
}

#[actix_web::test]
async fn wrong_postgresql_password_is_named_with_its_server_and_not_shown() {
    let Some(app) = TestApp::on(Database::Postgres) else { return };
    app.execute(&format!("CREATE ROLE {GUARDED_ROLE} LOGIN PASSWORD '{RIGHT}'")).await;
    let erase = ["erase", "00000000-0000-4000-8000-000000000000"];
    for (arguments, level) in [(&[][..], "info"), (&[], "trace"), (&erase, "info")] {
        let Run { code, out, err } = run_as_guarded(&app, WRONG_IN_URL, arguments, level);
        assert_ne!(code, 0, "{out}{err}");
        let server = format!("PostgreSQL at {}/.s.PGSQL.5432", folder().display());
        for part in [server.as_str(), "password authentication failed", GUARDED_ROLE] {
            assert!(err.contains(part), "{part:?} in {err}");
        }
        for secret in [WRONG, WRONG_IN_URL, "hunter2"] {
            assert!(!err.contains(secret) && !out.contains(secret), "{out}{err}");
        }
    }
    // With the right one the same command gets in, and finds no tables.
    let let_in = run_as_guarded(&app, RIGHT, &erase, "info");
    assert!(let_in.code != 0 && let_in.err.contains("there is no database of vouchsafe"), "{}", let_in.err);
}
