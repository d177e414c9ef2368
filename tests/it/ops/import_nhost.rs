//! `vouchsafe import nhost`: Nhost's schema, the import, and the sign-ins of imported users.

use serde_json::json;
use sqlx::{AssertSqlSafe, PgPool};
use vouchsafe_simulator::{Persona, SimulatedProvider};

use crate::ops::cli::{Run, run};
use crate::support::app::{Database, TestApp, parameter};
use crate::support::browser::Browser;
use crate::support::postgres;

/// The tables and columns that an import reads.
const TABLES: &str = "
    CREATE SCHEMA auth;
    CREATE DOMAIN auth.email AS text CHECK (VALUE ~* '^[a-z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-z0-9.-]+$');
    CREATE TABLE auth.users (
        id uuid PRIMARY KEY,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_seen timestamptz,
        disabled boolean NOT NULL DEFAULT false,
        display_name text NOT NULL DEFAULT '',
        avatar_url text NOT NULL DEFAULT '',
        locale varchar(3) NOT NULL DEFAULT 'en',
        email auth.email UNIQUE,
        password_hash text,
        email_verified boolean NOT NULL DEFAULT false,
        default_role text NOT NULL DEFAULT 'user',
        is_anonymous boolean NOT NULL DEFAULT false,
        metadata jsonb
    );
    CREATE TABLE auth.user_roles (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        user_id uuid NOT NULL REFERENCES auth.users,
        role text NOT NULL,
        UNIQUE (user_id, role)
    );
    CREATE TABLE auth.user_providers (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        created_at timestamptz NOT NULL DEFAULT now(),
        user_id uuid NOT NULL REFERENCES auth.users,
        access_token text NOT NULL DEFAULT 'unset',
        provider_id text NOT NULL,
        provider_user_id text NOT NULL,
        UNIQUE (provider_id, provider_user_id)
    );
";

fn id(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn subject(persona: &str, house: SimulatedProvider) -> String {
    Persona::find(persona).expect("a persona").subject(house)
}

/// Nhost's database with nine users; `None`, with a notice, if PostgreSQL is not installed.
async fn nhost() -> Option<String> {
    let url = postgres::new_database()?;
    let pool = PgPool::connect(&url).await.expect("connected");
    sqlx::raw_sql(TABLES).execute(&pool).await.expect("tables");
    let users = [
        // Every column is set; signs in again with Google.
        "1, '2024-02-03T04:05:06.789Z', '2025-01-01', false, 'Mira O.', 'https://a.test/1', 'de', 'Mira@Example.org', true, 'editor', false, '{\"team\": [1]}'",
        "2, '2024-01-01', NULL, true, 'Jonas', '', 'en', 'jonas@example.net', false, 'user', false, NULL",
        "3, '2024-01-01', NULL, false, 'Aiko', '', 'ja', NULL, false, 'user', false, 'null'",
        "4, '2024-01-01', NULL, false, 'Anonymous User', '', 'en', NULL, false, 'anonymous', true, NULL",
        "5, '2024-01-01', NULL, false, 'Dots', '', 'en', 'a..b@example.org', true, 'user', false, NULL",
        // Two that exist here already: one by email, one by identity.
        "6, '2024-01-01', NULL, false, 'Six', '', 'en', 'USER-1@example.org', true, 'user', false, NULL",
        "7, '2024-01-01', NULL, false, 'Seven', '', 'en', 'seven@example.org', true, 'user', false, NULL",
        // A user with a password.
        "8, '2024-01-01', NULL, false, 'Rosa', '', 'en', 'rosa@example.com', true, 'user', false, NULL",
        // A user with the same email as another user of Nhost.
        "9, '2024-01-01', NULL, false, 'Nine', '', 'en', 'nine@example.org', true, 'user', false, NULL",
    ];
    for user in users {
        let (number, rest) = user.split_once(", ").expect("a number");
        let user = id(number.parse().expect("a number"));
        let columns = "id, created_at, last_seen, disabled, display_name, avatar_url, locale, email, email_verified, \
                       default_role, is_anonymous, metadata";
        execute(&pool, &format!("INSERT INTO auth.users ({columns}) VALUES ('{user}', {rest})")).await;
    }
    for (number, provider, subject) in [
        (1, "google", subject("mira", SimulatedProvider::Google)),
        (2, "github", subject("jonas", SimulatedProvider::Github)),
        (3, "c:acme", "a-1".to_owned()),
        (3, "github", subject("aiko", SimulatedProvider::Github)),
        (3, "github", "5".to_owned()),
        (7, "github", subject("user-2", SimulatedProvider::Github)),
        (9, "acme", "a-1".to_owned()),
    ] {
        let values = format!("'{}', '{provider}', '{subject}', '2024-03-01'", id(number));
        execute(
            &pool,
            &format!(
                "INSERT INTO auth.user_providers (user_id, provider_id, provider_user_id, created_at) VALUES ({values})"
            ),
        )
        .await;
    }
    for (number, role) in [(1, "user"), (1, "me"), (3, "me"), (3, "user")] {
        execute(&pool, &format!("INSERT INTO auth.user_roles (user_id, role) VALUES ('{}', '{role}')", id(number)))
            .await;
    }
    pool.close().await;
    Some(url)
}

async fn execute(pool: &PgPool, sql: &str) {
    sqlx::query(AssertSqlSafe(sql.to_owned())).execute(pool).await.expect("executed");
}

/// Imports into the app's database.
fn import(app: &TestApp, from: &str, more: &[&str]) -> Run {
    let database = format!("database.url={}", app.database());
    let mut arguments = vec!["import", "nhost", "--from", from, "--set", &database];
    arguments.extend(more);
    run(app.folder(), &arguments, &[])
}

/// The row count of every table that an import could change.
async fn state(app: &TestApp) -> Vec<i64> {
    let mut state = Vec::new();
    for sql in [
        "SELECT COUNT(*) FROM users",
        "SELECT COUNT(*) FROM user_roles",
        "SELECT COUNT(*) FROM identities",
        "SELECT CAST(SUM(created_at + last_seen_at) AS BIGINT) FROM users",
        "SELECT CAST(SUM(LENGTH(display_name) + LENGTH(avatar_url) + LENGTH(COALESCE(email, ''))) AS BIGINT) FROM users",
        "SELECT CAST(SUM(created_at + updated_at) AS BIGINT) FROM identities",
    ] {
        state.push(app.query(sql).await);
    }
    state
}

/// An app with two users, and their ids.
async fn with_two_users(database: Database) -> Option<(TestApp, [String; 2])> {
    let app = TestApp::on(database)?;
    let node = app.node().await;
    let mut ids = [("google", "user-1"), ("github", "user-2")].map(|name| (name, String::new()));
    for ((provider, persona), found) in &mut ids {
        let session = node.session(&mut Browser::new(), provider, persona).await;
        *found = session["user"]["id"].as_str().expect("an id").to_owned();
    }
    Some((app, ids.map(|(_, id)| id)))
}

#[actix_web::test]
async fn import_takes_valid_users_and_lists_the_others() {
    for database in Database::ALL {
        let (Some(from), Some((app, [one, two]))) = (nhost().await, with_two_users(database).await) else { continue };
        let before = state(&app).await;
        let skipped = [
            (4, "the user is anonymous".to_owned()),
            (5, "the email is not valid: an address has exactly one @ with something on both sides".to_owned()),
            (6, format!("the email is verified by {one}")),
            (7, format!("the identity at github is linked to {two}")),
            (9, format!("the identity at acme is linked to {}", id(3))),
        ];
        let skipped: String = skipped.iter().map(|(number, why)| format!("skipped {}: {why}\n", id(*number))).collect();
        let first = format!("{skipped}users: 4 imported, 0 already there, 5 skipped\nidentities: 5 imported\n");

        let dry = import(&app, &from, &["--dry-run", "--batch", "2"]);
        assert_eq!((dry.code, dry.out.as_str()), (0, first.as_str()), "{}", dry.err);
        assert_eq!(dry.err, "vouchsafe: this was a dry run, nothing was written\n");
        assert_eq!(state(&app).await, before);

        let once = import(&app, &from, &["--batch", "2"]);
        assert_eq!((once.code, once.out, once.err.as_str()), (0, first, ""));
        let after = state(&app).await;
        // Roles: two for each existing user; three for Mira, the default for Jonas, two for Aiko, one for Rosa.
        assert_eq!(after[..3], [6, 4 + 3 + 1 + 2 + 1, 7]);

        let twice = import(&app, &from, &[]);
        let second = format!("{skipped}users: 0 imported, 4 already there, 5 skipped\nidentities: 0 imported\n");
        assert_eq!((twice.code, twice.out), (0, second));
        assert_eq!(state(&app).await, after);
    }
}

#[actix_web::test]
async fn imported_user_signs_in_as_the_same_user() {
    for database in Database::ALL {
        let (Some(from), Some(app)) = (nhost().await, TestApp::on(database)) else { continue };
        assert_eq!(import(&app, &from, &["--trust-verified"]).code, 0);
        let node = app.node().await;
        let session = node.session(&mut Browser::new(), "google", "mira").await;
        assert_eq!(
            session["user"],
            json!({
                "id": id(1), "createdAt": "2024-02-03T04:05:06.789Z", "displayName": "Mira O.",
                "avatarUrl": "https://a.test/1", "locale": "de", "email": "Mira@Example.org", "emailVerified": true,
                "defaultRole": "editor", "roles": ["editor", "me", "user"], "metadata": {"team": [1]},
                "activeMfaType": null, "isAnonymous": false, "phoneNumberVerified": false,
            })
        );
        // No email, two identities of one provider.
        let session = node.session(&mut Browser::new(), "github", "aiko").await;
        assert_eq!((&session["user"]["id"], &session["user"]["locale"]), (&json!(id(3)), &json!("ja")));
        assert_eq!((session["user"].get("email"), &session["user"]["metadata"]), (None, &json!(null)));
        // Passwords are not imported; the verified email finds the account.
        let session = node.session(&mut Browser::new(), "google", "rosa").await;
        assert_eq!(session["user"]["id"], id(8));
        // A disabled user stays disabled and is found by identity only.
        let target = node.sign_in(&mut Browser::new(), "github", "", "jonas").await;
        assert_eq!(parameter(&target, "error").as_deref(), Some("disabled-user"), "{target}");
        assert_eq!(app.count("users").await, 6, "no user was created");
        assert_eq!(
            app.query("SELECT COUNT(*) FROM users WHERE last_seen_at = 1735689600000").await,
            0,
            "last seen today"
        );
    }
}

#[actix_web::test]
async fn imported_email_is_unverified_unless_trusted() {
    for database in Database::ALL {
        let (Some(from), Some(app)) = (nhost().await, TestApp::on(database)) else { continue };
        assert_eq!(import(&app, &from, &[]).code, 0);
        assert_eq!(app.query("SELECT COUNT(*) FROM users WHERE email_verified = TRUE").await, 0);
        let node = app.node().await;
        // The identity finds the imported account; the email of another one opens nothing.
        let mira = node.session(&mut Browser::new(), "google", "mira").await;
        assert_eq!((&mira["user"]["id"], &mira["user"]["emailVerified"]), (&json!(id(1)), &json!(false)));
        let rosa = node.session(&mut Browser::new(), "google", "rosa").await;
        assert_ne!(rosa["user"]["id"], id(8));
        assert_eq!(rosa["user"]["emailVerified"], true);
    }
}

#[actix_web::test]
async fn interrupted_import_continues_without_partial_users() {
    for database in Database::ALL {
        let (Some(from), Some((app, _))) = (nhost().await, with_two_users(database).await) else { continue };
        let (make, remove): (&[&str], &str) = match database {
            Database::Sqlite => (
                &[
                    "CREATE TRIGGER full BEFORE INSERT ON identities WHEN NEW.subject = '5' BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
                ],
                "DROP TRIGGER full",
            ),
            Database::Postgres => (
                &[
                    "CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''the disk is full''; END'",
                    "CREATE TRIGGER full_disk BEFORE INSERT ON identities FOR EACH ROW WHEN (NEW.subject = '5') EXECUTE FUNCTION stop()",
                ],
                "DROP TRIGGER full_disk ON identities",
            ),
        };
        for sql in make {
            app.execute(sql).await;
        }
        let before = state(&app).await;
        let broken = import(&app, &from, &["--batch", "1"]);
        assert_eq!(broken.out, "users: 2 imported, 0 already there, 0 skipped\nidentities: 2 imported\n");
        assert!(
            broken.err.contains("the disk is full") && broken.err.contains("run it again to continue"),
            "{}",
            broken.err
        );
        assert_eq!(broken.code, 1);
        let halfway = state(&app).await;
        assert_eq!((halfway[0] - before[0], halfway[2] - before[2]), (2, 2), "nothing of the third user");

        app.execute(remove).await;
        let resumed = import(&app, &from, &["--batch", "1"]);
        let summary = "users: 2 imported, 2 already there, 5 skipped\nidentities: 3 imported\n";
        assert!(resumed.out.ends_with(summary), "{}", resumed.out);
        let whole = state(&app).await;
        assert_eq!((whole[0] - before[0], whole[2] - before[2]), (4, 5));
    }
}

#[actix_web::test]
async fn import_dry_run_creates_no_table() {
    let Some(from) = nhost().await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let everybody = "users: 6 imported, 0 already there, 3 skipped\nidentities: 6 imported\n";
    let arguments = ["import", "nhost", "--dry-run", "--from", &from];
    let dry = run(folder.path(), &arguments, &[]);
    assert!(dry.code == 0 && dry.out.ends_with(everybody), "{}{}", dry.out, dry.err);
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0);

    let target = postgres::new_database().expect("as before");
    let dry = run(folder.path(), &arguments, &[("VOUCHSAFE__DATABASE__URL", &target)]);
    assert!(dry.code == 0 && dry.out.ends_with(everybody), "{}{}", dry.out, dry.err);
    let pool = PgPool::connect(&target).await.expect("connected");
    let tables: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
    )
    .fetch_one(&pool)
    .await
    .expect("a number");
    assert_eq!(tables, 0);
    pool.close().await;
}

#[actix_web::test]
async fn import_from_a_foreign_database_is_refused() {
    let Some(empty) = postgres::new_database() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let wrong = run(folder.path(), &["import", "nhost"], &[("POSTGRES_CONNECTION", &empty)]);
    assert_eq!(wrong.code, 1);
    assert!(wrong.err.contains("auth.") && wrong.err.contains("is it Nhost's database?"), "{}", wrong.err);
}

#[test]
fn import_never_prints_the_database_url() {
    let folder = tempfile::tempdir().expect("a folder");
    for url in [
        "postgres://ada:hunter2@127.0.0.1:1/n",
        "postgres://ada:hunter2@127.0.0.1:port/n",
        "postgres://ada:hunter2@[::1/n",
        "postgres://ada:hunter2@127.0.0.1:1/n?sslmode=hunter2",
        "mysql://ada:hunter2@h/n",
        "hunter2",
    ] {
        for (arguments, environment) in [
            (vec!["import", "nhost", "--from", url], vec![]),
            (vec!["import", "nhost", "--dry-run"], vec![("HASURA_GRAPHQL_DATABASE_URL", url)]),
        ] {
            let run = run(folder.path(), &arguments, &environment);
            assert_eq!(run.code, 1, "{url}: {}{}", run.out, run.err);
            assert!(run.err.contains("Nhost's database: ") && run.out.is_empty(), "{}{}", run.out, run.err);
            assert!(!format!("{}{}", run.out, run.err).contains("hunter2"), "{}{}", run.out, run.err);
        }
    }
    let nowhere = run(folder.path(), &["import", "nhost"], &[]);
    assert!(nowhere.code == 1 && nowhere.err.contains("where from?"), "{}", nowhere.err);
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0, "nothing was created");
}
