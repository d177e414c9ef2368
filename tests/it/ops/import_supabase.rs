//! `vouchsafe import supabase`: the schema of Supabase Auth with its odd rows, and the sign-ins of imported users.

use serde_json::json;
use sqlx::PgPool;
use vouchsafe_simulator::{Persona, SimulatedProvider};

use crate::ops::cli::{Run, run};
use crate::support::app::{Database, TestApp, parameter};
use crate::support::browser::Browser;
use crate::support::{postgres, rows};

const TABLES: &str = include_str!("fixtures/supabase.sql");
const EARLY_TABLES: &str = include_str!("fixtures/supabase_early.sql");

const USERS: [&str; 12] = [
    "(1, 'mira@example.org', '2024-02-04', NULL, NULL, false, false, '{\"full_name\": \"Mira O.\", \"avatar_url\": \"https://a.test/1\"}')",
    "(2, 'jonas@example.net', NULL, 'infinity', NULL, false, false, '{\"name\": \"Jonas\"}')",
    // No email; two identities of one provider, and one of a provider that is not configured here.
    "(3, NULL, NULL, '2020-01-01', NULL, false, false, '{}')",
    "(4, NULL, NULL, NULL, NULL, false, true, NULL)",
    "(5, 'gone@example.org', '2024-02-04', NULL, '2024-05-05', false, false, NULL)",
    // Signs in by SAML, with the email of another user.
    "(6, 'mira@example.org', '2024-02-04', NULL, NULL, true, false, NULL)",
    // Only a phone number.
    "(7, '', NULL, NULL, NULL, false, false, NULL)",
    // A password, and the same email in another case.
    "(8, 'ROSA@Example.com', '2024-02-04', NULL, NULL, false, false, NULL)",
    "(9, 'rosa@example.com', NULL, NULL, NULL, false, false, NULL)",
    "(10, 'a..b@example.org', '2024-02-04', NULL, NULL, false, false, NULL)",
    // An identity without the provider's id.
    "(11, 'eleven@example.org', NULL, NULL, NULL, false, false, NULL)",
    "(12, 'twelve@example.org', NULL, NULL, NULL, false, false, NULL)",
];

fn id(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn subject(persona: &str, provider: SimulatedProvider) -> String {
    Persona::find(persona).expect("a persona").subject(provider)
}

/// A new database with these tables; `None`, with a notice, if PostgreSQL is not installed.
async fn with_tables(tables: &'static str) -> Option<String> {
    let url = postgres::new_database()?;
    let pool = PgPool::connect(&url).await.expect("connected");
    sqlx::raw_sql(tables).execute(&pool).await.expect("tables");
    pool.close().await;
    Some(url)
}

/// Supabase's database with twelve users.
async fn supabase() -> Option<String> {
    let url = with_tables(TABLES).await?;
    for user in USERS {
        let (number, rest) = user.trim_matches(['(', ')']).split_once(", ").expect("a number");
        let columns = "id, email, email_confirmed_at, banned_until, deleted_at, is_sso_user, is_anonymous, \
                       raw_user_meta_data, created_at, last_sign_in_at";
        let user = id(number.parse().expect("a number"));
        let times = "'2024-02-03T04:05:06.789Z', '2025-01-01'";
        let sql = format!("INSERT INTO auth.users ({columns}) VALUES ('{user}', {rest}, {times})");
        rows::execute(&url, &sql).await.expect("inserted");
    }
    for (number, provider, subject) in [
        (1, "google", subject("mira", SimulatedProvider::Google)),
        (1, "email", id(1)),
        (2, "github", subject("jonas", SimulatedProvider::Github)),
        (3, "figma", "f-3".to_owned()),
        (3, "github", subject("aiko", SimulatedProvider::Github)),
        (3, "github", "5".to_owned()),
        (6, "sso:21648a9d-8d5a-4555-a9d1-d6375dc14e92", "saml-6".to_owned()),
        (7, "phone", id(7)),
        (8, "email", id(8)),
        (9, "email", id(9)),
        (11, "google", String::new()),
        (12, "azure", "az-12".to_owned()),
    ] {
        let values = format!("'{subject}', '{}', '{{\"sub\": \"{subject}\"}}', '{provider}', '2024-03-01'", id(number));
        let columns = "provider_id, user_id, identity_data, provider, created_at";
        rows::execute(&url, &format!("INSERT INTO auth.identities ({columns}) VALUES ({values})"))
            .await
            .expect("inserted");
    }
    Some(url)
}

fn import(app: &TestApp, from: &str, more: &[&str]) -> Run {
    let database = format!("database.url={}", app.database());
    let mut arguments = vec!["import", "supabase", "--from", from, "--set", &database];
    arguments.extend(more);
    run(app.folder(), &arguments, &[])
}

async fn counts(app: &TestApp) -> [i64; 2] {
    [app.count("users").await, app.count("identities").await]
}

#[actix_web::test]
async fn supabase_users_are_imported_once_and_the_others_listed() {
    for database in Database::ALL {
        let (Some(from), Some(app)) = (supabase().await, TestApp::on(database)) else { continue };
        drop(app.build(app.settings("http://127.0.0.1:1", "")).await);
        let reasons = [
            (4, "the user is anonymous".to_owned()),
            (5, "the user was deleted".to_owned()),
            (6, "the user signs in by SAML, which is not supported".to_owned()),
            (7, "the user has neither an email nor an account at a provider".to_owned()),
            (9, format!("the email is verified by {}", id(8))),
            (10, "the email is not valid: an address has exactly one @ with something on both sides".to_owned()),
        ];
        let skipped: String = reasons.iter().map(|(number, why)| format!("skipped {}: {why}\n", id(*number))).collect();
        let summary = "users: 5 imported, 0 already there, 7 skipped\nidentities: 6 imported\n";
        let check = |run: &Run, summary: &str| {
            let (listed, rest) = run.out.split_at(skipped.len().min(run.out.len()));
            assert_eq!((run.code, listed), (0, skipped.as_str()), "{}", run.err);
            assert!(rest.contains(" is not valid\n") && rest.ends_with(summary), "{}", run.out);
        };
        check(&import(&app, &from, &["--trust-verified", "--dry-run", "--batch", "2"]), summary);
        assert_eq!(counts(&app).await, [0, 0]);
        check(&import(&app, &from, &["--trust-verified", "--batch", "2"]), summary);
        assert_eq!(counts(&app).await, [5, 6]);
        let second = "users: 0 imported, 5 already there, 7 skipped\nidentities: 0 imported\n";
        check(&import(&app, &from, &["--trust-verified"]), second);
        assert_eq!(counts(&app).await, [5, 6]);
        assert_eq!(app.count("identities WHERE provider = 'entraid' AND subject = 'az-12'").await, 1);
        assert_eq!(app.count("identities WHERE provider = 'figma'").await, 1);
    }
}

#[actix_web::test]
async fn supabase_user_signs_in_as_the_same_user() {
    for database in Database::ALL {
        let (Some(from), Some(app)) = (supabase().await, TestApp::on(database)) else { continue };
        assert_eq!(import(&app, &from, &["--trust-verified"]).code, 0);
        let node = app.node().await;
        let session = node.session(&mut Browser::new(), "google", "mira").await;
        let user = &session["user"];
        let names = ["id", "createdAt", "displayName", "avatarUrl", "email", "emailVerified", "defaultRole"];
        assert_eq!(
            names.map(|name| &user[name]),
            [
                &json!(id(1)),
                &json!("2024-02-03T04:05:06.789Z"),
                &json!("Mira O."),
                &json!("https://a.test/1"),
                &json!("mira@example.org"),
                &json!(true),
                &json!("user"),
            ]
        );
        let session = node.session(&mut Browser::new(), "github", "aiko").await;
        assert_eq!(session["user"]["id"], id(3), "the ban is over");
        // The verified email finds the account of a user with a password.
        let session = node.session(&mut Browser::new(), "google", "rosa").await;
        assert_eq!(session["user"]["id"], id(8));
        let target = node.sign_in(&mut Browser::new(), "github", "", "jonas").await;
        assert_eq!(parameter(&target, "error").as_deref(), Some("disabled-user"), "{target}");
    }
}

#[actix_web::test]
async fn supabase_email_is_unverified_unless_trusted() {
    let Some(from) = supabase().await else { return };
    let app = TestApp::new();
    let run = import(&app, &from, &["--rename-provider", "azure=azuread"]);
    assert!(
        run.out.ends_with("users: 6 imported, 0 already there, 6 skipped\nidentities: 6 imported\n"),
        "{}",
        run.out
    );
    assert_eq!(app.count("users WHERE email_verified = TRUE").await, 0);
    assert_eq!(app.count("identities WHERE provider = 'azuread'").await, 1);
    let node = app.node().await;
    let rosa = node.session(&mut Browser::new(), "google", "rosa").await;
    assert_ne!(rosa["user"]["id"], id(8));
}

#[actix_web::test]
async fn supabase_before_later_columns_is_imported() {
    let Some(from) = with_tables(EARLY_TABLES).await else { return };
    let app = TestApp::new();
    let subject = subject("mira", SimulatedProvider::Github);
    for sql in [
        format!("INSERT INTO auth.users (id, email, created_at) VALUES ('{}', 'm@example.org', now())", id(1)),
        format!(
            "INSERT INTO auth.identities (id, user_id, identity_data, provider) VALUES ('{subject}', '{}', '{{}}', 'github')",
            id(1)
        ),
    ] {
        rows::execute(&from, &sql).await.expect("inserted");
    }
    let imported = import(&app, &from, &[]);
    assert_eq!(
        imported.out, "users: 1 imported, 0 already there, 0 skipped\nidentities: 1 imported\n",
        "{}",
        imported.err
    );
    let session = app.node().await.session(&mut Browser::new(), "github", "mira").await;
    assert_eq!(session["user"]["id"], id(1));
}

#[actix_web::test]
async fn supabase_import_from_a_foreign_database_is_refused() {
    let Some(empty) = postgres::new_database() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let wrong = run(folder.path(), &["import", "supabase", "--from", &empty], &[]);
    assert_eq!(wrong.code, 1);
    assert!(wrong.err.contains("is it Supabase's database?"), "{}", wrong.err);
}
