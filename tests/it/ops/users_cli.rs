//! `vouchsafe users`: the program, beside a node on the same database.

use serde_json::{Value, json};

use super::admin::{ask, settings, user_id};
use super::cli::{Run, run};
use crate::support::app::{Database, Node, TestApp, access_token};
use crate::support::browser::Browser;

/// Runs `vouchsafe users` with these arguments on the app's database.
fn users(app: &TestApp, arguments: &[&str]) -> Run {
    let database = format!("database.url={}", app.database());
    run(app.folder(), &[&["users"], arguments, &["--set", &database]].concat(), &[])
}

/// The output of a command that succeeds.
fn output(app: &TestApp, arguments: &[&str]) -> String {
    let run = users(app, arguments);
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{arguments:?}: {}", run.out);
    run.out
}

fn json_of(app: &TestApp, arguments: &[&str]) -> Value {
    serde_json::from_str(&output(app, &[arguments, &["--json"]].concat())).expect("JSON")
}

/// The message of a command that is refused.
fn refusal(app: &TestApp, arguments: &[&str]) -> String {
    let run = users(app, arguments);
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{arguments:?}: {}", run.err);
    run.err.trim_end().strip_prefix("vouchsafe: ").expect("the program's name").to_owned()
}

async fn status(node: &Node, session: &Value) -> u16 {
    Browser::new().get_as(&format!("{}/user", node.base), access_token(session)).await.status
}

#[actix_web::test]
async fn json_is_that_of_the_routes() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let node = app.node_with(&settings()).await;
        let session = node.session(&mut Browser::new(), "google", "mira").await;
        node.session(&mut Browser::new(), "github", "jonas").await;
        let id = user_id(&session);
        let shown = ask(&node, "GET", &format!("/users/{id}"), None).await.json();
        let subject = format!("google:{}", shown["identities"][0]["subject"].as_str().expect("a subject"));
        for (arguments, path) in [
            (&["list"][..], "/users".to_owned()),
            (&["list", "--limit", "1"], "/users?limit=1".to_owned()),
            (&["list", "--enabled", "--provider", "google"], "/users?disabled=false&provider=google".to_owned()),
            (&["list", "--disabled"], "/users?disabled=true".to_owned()),
            (&["list", "--cursor", id], format!("/users?cursor={id}")),
            (&["find", "jonas@example.net"], "/users?email=jonas@example.net".to_owned()),
            (&["find", &subject], format!("/users?identity={subject}")),
            (&["show", id], format!("/users/{id}")),
            (&["show", "mira@example.org"], format!("/users/{id}")),
            (&["show", &subject], format!("/users/{id}")),
            (&["sessions", id], format!("/users/{id}/sessions")),
            (&["audit", id, "--limit", "7"], format!("/users/{id}/audit?limit=7")),
        ] {
            let run = users(&app, &[arguments, &["--json"]].concat());
            let printed: Value =
                serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{arguments:?}: {}", run.err));
            assert_eq!(printed, ask(&node, "GET", &path, None).await.json(), "{arguments:?}");
        }
    }
}

#[actix_web::test]
async fn acts_take_effect_in_the_running_service_and_name_the_user_of_the_system() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let node = app.node_with(&settings()).await;
        let mut session = node.session(&mut Browser::new(), "google", "mira").await;
        let id = user_id(&session).to_owned();
        let is_disabled = output(&app, &["disable", "mira@example.org"]);
        assert_eq!(is_disabled, format!("{id} mira@example.org is disabled, and all sessions have ended\n"));
        assert_eq!(status(&node, &session).await, 401);
        assert_eq!(json_of(&app, &["enable", &id])["disabled"], false);

        session = node.session(&mut Browser::new(), "google", "mira").await;
        assert_eq!(output(&app, &["roles", &id]), "me\nuser (default)\n");
        assert_eq!(output(&app, &["roles", &id, "--add", "editor,x", "--remove", "me"]), "editor\nuser (default)\nx\n");
        assert_eq!(output(&app, &["roles", &id, "--only", "editor", "--default", "editor"]), "editor (default)\n");
        let refused = refusal(&app, &["roles", &id, "--remove", "editor"]);
        assert!(refused.starts_with("the default role editor must be among the roles"), "{refused}");

        let other = node.session(&mut Browser::new(), "google", "mira").await;
        let session_id = session["refreshTokenId"].as_str().expect("an id");
        assert_eq!(json_of(&app, &["sign-out", &id, "--session", session_id]), json!({"ended": 1}));
        assert_eq!((status(&node, &session).await, status(&node, &other).await), (401, 200));
        assert_eq!(output(&app, &["sign-out", &id]), "sessions ended: 1\n");
        assert_eq!(status(&node, &other).await, 401);

        let jonas = node.session(&mut Browser::new(), "google", "jonas").await;
        let verified = output(&app, &["verify-email", user_id(&jonas), "jonas@example.net"]);
        assert_eq!(verified, format!("{} jonas@example.net has proven the address\n", user_id(&jonas)));
        assert_eq!(json_of(&app, &["erase", "jonas@example.net"]), json!({"erased": user_id(&jonas)}));
        assert_eq!(refusal(&app, &["show", user_id(&jonas)]), format!("no user has the id {}", user_id(&jonas)));

        let name = std::process::Command::new("id").arg("-un").output().expect("the name of the user").stdout;
        let actor = format!("cli:{}", String::from_utf8(name).expect("text").trim());
        let count = app.query(&format!("SELECT COUNT(*) FROM audit_events WHERE actor = '{actor}'")).await;
        assert_eq!(count, 8, "each act is recorded, reading is not");
        let audit = users(&app, &["audit", &id, "--limit", "1"]);
        assert!(audit.out.starts_with("NUMBER") && audit.out.contains("1 sessions ended"), "{}", audit.out);
        assert!(audit.out.contains(&actor) && audit.err.contains("there are more"), "{}{}", audit.out, audit.err);
    }
}

#[actix_web::test]
async fn address_that_nobody_has_proven_names_nobody() {
    let app = TestApp::new();
    let node = app.node().await;
    let first = node.session(&mut Browser::new(), "google", "jonas").await;
    let second = node.session(&mut Browser::new(), "oidc", "jonas").await;
    let mut ids = [user_id(&first), user_id(&second)];
    ids.sort_unstable();
    let expected = format!(
        "no user has proven the address jonas@example.net; name one of those who claim it by id: {}",
        ids.join(", ")
    );
    for act in ["show", "disable", "erase", "sign-out"] {
        assert_eq!(refusal(&app, &[act, "jonas@example.net"]), expected, "{act}");
    }
    assert_eq!(output(&app, &["find", "jonas@example.net"]).matches("jonas@example.net (unproven)").count(), 2);
    assert_eq!((status(&node, &first).await, app.count("users").await), (200, 2));
}

#[actix_web::test]
async fn what_is_not_found_is_named() {
    let app = TestApp::new();
    let _node = app.node().await;
    let nobody = "00000000-0000-4000-8000-000000000000";
    for (user, expected) in [
        (nobody, format!("no user has the id {nobody}")),
        ("nobody@example.org", "no user has the address nobody@example.org".to_owned()),
        ("google:1234", "no user has the identity google:1234".to_owned()),
        ("nobody", "nobody is not an email address".to_owned()),
    ] {
        for act in ["find", "show", "disable", "enable", "roles", "sessions", "sign-out", "erase", "audit"] {
            assert_eq!(refusal(&app, &[act, user]), expected, "{act}");
        }
    }
}

#[actix_web::test]
async fn text_of_a_provider_cannot_steer_the_terminal() {
    let app = TestApp::new();
    let node = app.node().await;
    let session = node.session(&mut Browser::new(), "google", "mira").await;
    app.execute("UPDATE users SET display_name = 'a' || char(27) || '[2J' || char(10) || 'b'").await;
    for arguments in [&["list"][..], &["show", user_id(&session)]] {
        let printed = output(&app, arguments);
        assert!(printed.contains("a\\u{1b}[2J\\u{a}b") && !printed.contains('\u{1b}'), "{printed}");
    }
}

#[test]
fn no_database_is_created() {
    let folder = tempfile::tempdir().expect("a folder");
    for act in [&["list"][..], &["disable", "mira@example.org"], &["erase", "mira@example.org"]] {
        let refused = run(folder.path(), &[&["users"], act].concat(), &[]);
        assert!(refused.code == 1 && refused.err.contains("there is no database"), "{}{}", refused.out, refused.err);
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0);
}
