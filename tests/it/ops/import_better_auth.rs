//! `vouchsafe import better-auth`: its tables on PostgreSQL and on SQLite with odd rows, and the sign-ins of imported
//! users.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};
use vouchsafe_simulator::{Persona, SimulatedProvider};

use crate::ops::cli::{Run, run};
use crate::support::app::{Database, TestApp, parameter};
use crate::support::browser::Browser;
use crate::support::postgres;

const POSTGRES_TABLES: &str = include_str!("fixtures/better_auth.sql");
const SQLITE_TABLES: &str = include_str!("fixtures/better_auth.sqlite.sql");

/// An id as better-auth makes them.
const MIRA: &str = "aB3dE6gH9jK2mN5pQ8rT1vW4yZ7cF0xS";
/// An id as it makes them on request.
const JONAS: &str = "00000000-0000-4000-8000-000000000002";

fn subject(persona: &str, provider: SimulatedProvider) -> String {
    Persona::find(persona).expect("a persona").subject(provider)
}

/// The rows, for both databases.
fn rows() -> Vec<String> {
    let user = "id, name, email, \"emailVerified\", image, banned, \"banExpires\", \"isAnonymous\", \"createdAt\", \"updatedAt\"";
    let users = [
        format!("'{MIRA}', 'Mira O.', 'mira@example.org', true, 'https://a.test/1', NULL, NULL, NULL"),
        format!("'{JONAS}', 'Jonas', 'jonas@example.net', false, NULL, true, NULL, false"),
        // The ban is over; two identities of one provider, one that is called otherwise here, and one that is unknown.
        "'Aiko1', 'Aiko', 'aiko@example.com', false, NULL, true, '2020-01-01T00:00:00.000Z', NULL".to_owned(),
        "'Anon1', 'Anonymous', 'temp@anon.test', false, NULL, NULL, NULL, true".to_owned(),
        // A password, and the same email in another case.
        "'Rosa1', 'Rosa', 'rosa@example.com', true, NULL, NULL, NULL, NULL".to_owned(),
        "'Rosa2', 'Rosa', 'Rosa@Example.com', true, NULL, NULL, NULL, NULL".to_owned(),
        // A wallet without an email.
        "'Siwe1', '0xabc', '', false, NULL, NULL, NULL, NULL".to_owned(),
        "'Zero1', 'No id', 'zero@example.org', false, NULL, NULL, NULL, NULL".to_owned(),
    ];
    let time = "'2024-02-03T04:05:06.789Z'";
    let users = users.into_iter().map(|row| format!("INSERT INTO \"user\" ({user}) VALUES ({row}, {time}, {time})"));
    let account = "id, \"userId\", \"providerId\", \"accountId\", \"accessToken\", \"createdAt\", \"updatedAt\"";
    let accounts = [
        (MIRA, "google", subject("mira", SimulatedProvider::Google)),
        (MIRA, "credential", MIRA.to_owned()),
        (JONAS, "github", subject("jonas", SimulatedProvider::Github)),
        ("Aiko1", "github", subject("aiko", SimulatedProvider::Github)),
        ("Aiko1", "github", "5".to_owned()),
        ("Aiko1", "microsoft", "ms-1".to_owned()),
        ("Aiko1", "our-corp", "oc-1".to_owned()),
        ("Rosa1", "credential", "Rosa1".to_owned()),
        ("Siwe1", "siwe", "0xabc:1".to_owned()),
        ("Zero1", "Not A Name", "1".to_owned()),
    ];
    let accounts = accounts.into_iter().enumerate().map(|(number, (owner, provider, subject))| {
        let values = format!("'acc{number}', '{owner}', '{provider}', '{subject}', 'its-token', {time}, {time}");
        format!("INSERT INTO \"account\" ({account}) VALUES ({values})")
    });
    users.chain(accounts).collect()
}

/// Its database, of this kind; `None`, with a notice, if PostgreSQL is not installed.
async fn better_auth(database: Database, folder: &std::path::Path) -> Option<String> {
    match database {
        Database::Postgres => {
            let url = postgres::new_database()?;
            let mut connection = PgConnection::connect(&url).await.expect("connected");
            sqlx::raw_sql(POSTGRES_TABLES).execute(&mut connection).await.expect("tables");
            for row in rows() {
                sqlx::query(AssertSqlSafe(row)).execute(&mut connection).await.expect("inserted");
            }
            Some(url)
        }
        Database::Sqlite => {
            let url = format!("sqlite://{}/source.db", folder.display());
            let mut connection = SqliteConnection::connect(&format!("{url}?mode=rwc")).await.expect("opened");
            sqlx::raw_sql(SQLITE_TABLES).execute(&mut connection).await.expect("tables");
            for row in rows() {
                sqlx::query(AssertSqlSafe(row)).execute(&mut connection).await.expect("inserted");
            }
            connection.close().await.expect("closed");
            Some(url)
        }
    }
}

fn import(app: &TestApp, from: &str, more: &[&str]) -> Run {
    let database = format!("database.url={}", app.database());
    let mut arguments = vec!["import", "better-auth", "--from", from, "--set", &database];
    arguments.extend(more);
    run(app.folder(), &arguments, &[])
}

#[actix_web::test]
async fn better_auth_users_are_imported_once_and_the_others_listed() {
    for database in Database::ALL {
        let app = TestApp::new();
        let Some(from) = better_auth(database, app.folder()).await else { continue };
        drop(app.build(app.settings("http://127.0.0.1:1", "")).await);
        let summary = "users: 4 imported, 0 already there, 4 skipped\nidentities: 6 imported\n";
        let dry = import(&app, &from, &["--trust-verified", "--dry-run", "--batch", "3"]);
        assert!(dry.code == 0 && dry.out.ends_with(summary), "{}{}", dry.out, dry.err);
        assert_eq!(app.count("users").await, 0);
        let once = import(&app, &from, &["--trust-verified", "--batch", "3"]);
        assert_eq!(once.out, dry.out);
        for reason in [
            "skipped Anon1: the user is anonymous\n",
            "skipped Rosa2: the email is verified by ",
            "skipped Siwe1: the user has neither an email nor an account at a provider\n",
            "skipped Zero1: identity acc9 is not valid\n",
        ] {
            assert!(once.out.contains(reason), "{}", once.out);
        }
        let twice = import(&app, &from, &["--trust-verified"]);
        let summary = "users: 0 imported, 4 already there, 4 skipped\nidentities: 0 imported\n";
        assert!(twice.out.ends_with(summary), "{}", twice.out);
        assert_eq!((app.count("users").await, app.count("identities").await), (4, 6));
        assert_eq!(app.count("identities WHERE provider = 'entraid' AND subject = 'ms-1'").await, 1);
        assert_eq!(app.count("vault_entries").await, 0, "tokens are not imported");
    }
}

#[actix_web::test]
async fn better_auth_user_signs_in_as_the_same_user() {
    let mut ids = Vec::new();
    for database in Database::ALL {
        let app = TestApp::new();
        let Some(from) = better_auth(database, app.folder()).await else { continue };
        assert_eq!(import(&app, &from, &["--trust-verified"]).code, 0);
        let node = app.node().await;
        let session = node.session(&mut Browser::new(), "google", "mira").await;
        let user = &session["user"];
        assert_eq!(user["metadata"]["imported_id"], MIRA);
        assert_eq!((&user["createdAt"], &user["displayName"]), (&"2024-02-03T04:05:06.789Z".into(), &"Mira O.".into()));
        assert_eq!((&user["email"], &user["emailVerified"]), (&"mira@example.org".into(), &true.into()));
        ids.push(user["id"].as_str().expect("an id").to_owned());
        let aiko = node.session(&mut Browser::new(), "github", "aiko").await;
        assert_eq!(aiko["user"]["metadata"]["imported_id"], "Aiko1");
        let rosa = node.session(&mut Browser::new(), "google", "rosa").await;
        assert_eq!(rosa["user"]["metadata"]["imported_id"], "Rosa1", "by the verified email");
        let target = node.sign_in(&mut Browser::new(), "github", "", "jonas").await;
        assert_eq!(parameter(&target, "error").as_deref(), Some("disabled-user"), "{target}");
        assert_eq!(app.count("users").await, 4, "no user was created");
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "an id is always replaced by the same one");
}

#[actix_web::test]
async fn better_auth_with_other_tables_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}/other.db", folder.path().display());
    SqliteConnection::connect(&format!("{url}?mode=rwc")).await.expect("opened").close().await.expect("closed");
    let wrong = run(folder.path(), &["import", "better-auth", "--from", &url], &[]);
    assert_eq!(wrong.code, 1);
    assert!(wrong.err.contains("there is no user.id") && wrong.err.contains("better-auth's database"), "{}", wrong.err);
    let missing = run(folder.path(), &["import", "better-auth", "--from", "sqlite://missing.db"], &[]);
    assert!(missing.code == 1 && missing.err.contains("better-auth's database: "), "{}", missing.err);
}
