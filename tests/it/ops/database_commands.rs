//! `vouchsafe migrate`, a database of another version, and `vouchsafe healthcheck`.

use crate::ops::cli::{Run, run};
use crate::support::app::{Database, TestApp};
use crate::support::service::{Service, wait_until};

/// The commands read the settings of this app.
fn app(database: Database) -> Option<TestApp> {
    let app = TestApp::on(database)?;
    std::fs::write(app.folder().join("vouchsafe.toml"), app.settings_text("http://127.0.0.1:1", "")).expect("written");
    Some(app)
}

fn migrate(app: &TestApp, more: &[&str]) -> Run {
    run(app.folder(), &[&["migrate"], more].concat(), &[])
}

#[actix_web::test]
async fn migrate_creates_tables_and_check_only_looks() {
    for database in Database::ALL {
        let Some(app) = app(database) else { continue };
        let check = migrate(&app, &["--check"]);
        assert!(check.code == 1 && check.err.contains("no tables of vouchsafe yet"), "{database:?} {}", check.err);
        if database == Database::Sqlite {
            assert!(!app.folder().join("app.db").exists(), "a check creates nothing");
        }
        for more in [&[][..], &["--check"], &[]] {
            let run = migrate(&app, more);
            assert_eq!((run.code, run.out.as_str()), (0, "the database is up to date\n"), "{database:?} {}", run.err);
        }
        assert_eq!(app.count("users").await, 0);
    }
}

#[actix_web::test]
async fn older_binary_refuses_the_tables_of_a_newer_one() {
    for database in Database::ALL {
        let Some(app) = app(database) else { continue };
        assert_eq!(migrate(&app, &[]).code, 0);
        let table = if database == Database::Sqlite { "vouchsafe_migrations" } else { "migrations" };
        app.execute(&format!("INSERT INTO {table} (version, applied_at) VALUES ('m29991231_000001_newer', 1)")).await;
        let (check, serve) = (migrate(&app, &["--check"]), run(app.folder(), &["serve"], &[]));
        for Run { code, err, .. } in [check, migrate(&app, &[]), serve] {
            assert_eq!(code, 1, "{database:?} {err}");
            let expected = format!("the table `{table}` does not hold the migrations of this version");
            assert!(err.contains(&expected) && err.contains("start the version that wrote it"), "{database:?} {err}");
        }
    }
}

#[actix_web::test]
async fn healthcheck_succeeds_only_while_the_service_is_ready() {
    let app = TestApp::new();
    let mut service = Service::start(&app, "server.shutdown_delay = '20s'\nnhost.paths = ['/v1', '']").await;
    let bind = format!("--set=server.bind={}", service.node.base.trim_start_matches("http://"));
    let check = || run(app.folder(), &["healthcheck", &bind, "--set=nhost.paths=/v1"], &[]);
    let ready = check();
    assert_eq!((ready.code, ready.err.as_str()), (0, ""), "{}", ready.err);
    service.signal("TERM");
    wait_until("it is not ready", async || check().code == 1).await;
    let leaving = check();
    assert!(leaving.err.contains("is not ready: /healthz answers 503"), "{}", leaving.err);
    service.signal("TERM");
    service.ended().await;
    let stopped = check();
    assert!(stopped.code == 1 && stopped.err.contains("is the service running?"), "{}", stopped.err);
}
