//! What operators see of users, and do to them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{TOKEN, ask, settings, user_id};
use crate::support::app::{CHALLENGE, Database, Node, TestApp, VERIFIER, access_token, parameter, refresh_token};
use crate::support::browser::{Browser, Response};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// Sends a request whose answer must be this status.
async fn expect(node: &Node, status: u16, method: &str, path: &str, body: Option<Value>) -> Value {
    let response = ask(node, method, path, body.as_ref()).await;
    assert_eq!(response.status, status, "{method} {path}: {}", response.text());
    if response.body.is_empty() { Value::Null } else { response.json() }
}

/// The `detail` of a refusal.
async fn refusal(node: &Node, status: u16, method: &str, path: &str, body: Option<Value>) -> String {
    expect(node, status, method, path, body).await["detail"].as_str().expect("a detail").to_owned()
}

fn ids(page: &Value) -> Vec<&str> {
    page["users"].as_array().expect("users").iter().map(|user| user["id"].as_str().expect("an id")).collect()
}

async fn who_am_i(node: &Node, session: &Value) -> Response {
    Browser::new().get_as(&format!("{}/user", node.base), access_token(session)).await
}

/// The audit events about a user, the latest first: action, outcome and actor.
async fn events(node: &Node, user: &str) -> Vec<[String; 3]> {
    let page = expect(node, 200, "GET", &format!("/users/{user}/audit"), None).await;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let events = page["events"].as_array().expect("events").iter();
    events.map(|event| ["action", "outcome", "actor"].map(|key| text(&event[key]))).collect()
}

fn event(action: &str, outcome: &str) -> [String; 3] {
    [action.to_owned(), outcome.to_owned(), "admin:mira".to_owned()]
}

#[actix_web::test]
async fn users_are_listed_page_by_page_and_filtered() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let node = app.node_with(&settings()).await;
        let mut known = BTreeSet::new();
        for (provider, persona) in [("google", "mira"), ("google", "user-1"), ("github", "user-2"), ("google", "aiko")]
        {
            let session = node.session(&mut Browser::new(), provider, persona).await;
            known.insert(user_id(&session).to_owned());
        }
        let (mut seen, mut path) = (Vec::new(), "/users?limit=3".to_owned());
        let sizes = async {
            let mut sizes = Vec::new();
            loop {
                let page = expect(&node, 200, "GET", &path, None).await;
                sizes.push(ids(&page).len());
                seen.extend(ids(&page).into_iter().map(str::to_owned));
                let Some(next) = page["next"].as_str() else { return sizes };
                path = format!("/users?limit=3&cursor={next}");
            }
        }
        .await;
        assert_eq!((sizes, seen), (vec![3, 1], known.iter().cloned().collect::<Vec<_>>()), "in the order of ids");

        let at_github = expect(&node, 200, "GET", "/users?provider=github", None).await;
        assert_eq!((ids(&at_github).len(), &at_github["users"][0]["email"]), (1, &json!("user-2@example.org")));
        assert_eq!(ids(&expect(&node, 200, "GET", "/users?disabled=true", None).await).len(), 0);
        let disabled = ids(&at_github)[0].to_owned();
        expect(&node, 200, "POST", &format!("/users/{disabled}/disable"), None).await;
        assert_eq!(ids(&expect(&node, 200, "GET", "/users?disabled=true", None).await), [disabled]);
        assert_eq!(ids(&expect(&node, 200, "GET", "/users?disabled=false", None).await).len(), 3);
        let both = expect(&node, 200, "GET", "/users?disabled=false&provider=google&limit=2", None).await;
        assert_eq!((ids(&both).len(), both["next"].is_string()), (2, true));

        for (query, expected) in [
            ("limit=0", "limit is a number from 1 to 500"),
            ("limit=501", "limit is a number from 1 to 500"),
            ("cursor=x", "cursor is a UUID"),
            ("disabled=maybe", "disabled is true or false"),
            ("provider=A", "a provider's name is 1 to 32 of a-z, 0-9, '-' and '_', starting with a letter or digit"),
            ("email=a@example.org&identity=google:1", "email and identity cannot be combined"),
            ("identity=1234", "identity is PROVIDER:SUBJECT, such as google:1234"),
            ("limit=1&limit=2", "`limit` is given more than once"),
        ] {
            assert_eq!(refusal(&node, 400, "GET", &format!("/users?{query}"), None).await, expected, "{query}");
        }
    }
}

#[actix_web::test]
async fn users_are_found_by_identity_and_by_address_and_unproven_ones_are_told_apart() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let node = app.node_with(&settings()).await;
        let mira = node.session(&mut Browser::new(), "google", "mira").await;
        let jonas = node.session(&mut Browser::new(), "google", "jonas").await;
        // The same address once more, unproven as well.
        let other = node.session(&mut Browser::new(), "oidc", "jonas").await;

        let found = expect(&node, 200, "GET", "/users?email=MIRA@Example.org", None).await;
        assert_eq!(ids(&found), [user_id(&mira)]);
        assert_eq!((&found["users"][0]["emailVerified"], &found["next"]), (&json!(true), &Value::Null));
        let found = expect(&node, 200, "GET", "/users?email=jonas@example.net", None).await;
        let both = BTreeSet::from([user_id(&jonas), user_id(&other)]);
        assert_eq!((ids(&found).into_iter().collect(), ids(&found).len()), (both, 2));
        assert!(found["users"].as_array().expect("users").iter().all(|user| user["emailVerified"] == false));

        let shown = expect(&node, 200, "GET", &format!("/users/{}", user_id(&mira)), None).await;
        let subject = shown["identities"][0]["subject"].as_str().expect("a subject");
        let found = expect(&node, 200, "GET", &format!("/users?identity=google:{subject}"), None).await;
        assert_eq!(ids(&found), [user_id(&mira)]);

        for (query, status, expected) in [
            ("email=nobody@example.org", 404, "no user has the address nobody@example.org".to_owned()),
            ("email=nobody", 400, "nobody is not an email address".to_owned()),
            ("identity=github:1", 404, "no user has the identity github:1".to_owned()),
        ] {
            assert_eq!(refusal(&node, status, "GET", &format!("/users?{query}"), None).await, expected);
        }
        assert_eq!(shown["identities"][0]["provider"], "google");
    }
}

#[actix_web::test]
async fn disabled_user_is_signed_out_and_stays_so_when_enabled() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let node = app.node_with(&settings()).await;
        let mut browser = Browser::new();
        let session = node.session(&mut browser, "google", "mira").await;
        let target = node.sign_in(&mut browser, "google", &format!("codeChallenge={CHALLENGE}"), "mira").await;
        let code = json!({"code": parameter(&target, "code").expect("a code"), "codeVerifier": VERIFIER});
        let path = format!("/users/{}", user_id(&session));
        let disabled = expect(&node, 200, "POST", &format!("{path}/disable"), None).await;
        assert_eq!(disabled["disabled"], true);
        assert_eq!(expect(&node, 200, "POST", &format!("{path}/disable"), None).await, disabled, "the same twice");
        assert_eq!(who_am_i(&node, &session).await.status, 401);
        assert_eq!(node.refresh(&browser, refresh_token(&session)).await.status, 401);
        let refused = node.sign_in(&mut Browser::new(), "google", "", "mira").await;
        assert_eq!(parameter(&refused, "error").as_deref(), Some("disabled-user"));

        let enabled = expect(&node, 200, "POST", &format!("{path}/enable"), None).await;
        assert_eq!(enabled["disabled"], false);
        assert_eq!(expect(&node, 200, "POST", &format!("{path}/enable"), None).await, enabled);
        assert_eq!(who_am_i(&node, &session).await.status, 401, "the old session has ended");
        assert_eq!(node.refresh(&browser, refresh_token(&session)).await.status, 401);
        let exchanged = browser.post_json(&format!("{}/token/exchange", node.base), &code).await;
        assert_eq!(exchanged.status, 400, "so has the sign-in that the code was for: {}", exchanged.text());
        let again = node.session(&mut Browser::new(), "google", "mira").await;
        assert_eq!(user_id(&again), user_id(&session));
        assert_eq!(
            events(&node, user_id(&session)).await[1..6],
            [
                event("enable", "unchanged"),
                event("enable", "done"),
                ["sign-in", "the account is disabled", ""].map(str::to_owned),
                event("disable", "unchanged"),
                event("disable", "done"),
            ]
        );
    }
}

#[actix_web::test]
async fn address_is_verified_only_as_the_current_one_that_no_other_user_has_proven() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let node = app.node_with(&settings()).await;
        let [first, second] = ["google", "oidc"];
        let first = node.session(&mut Browser::new(), first, "jonas").await;
        let second = node.session(&mut Browser::new(), second, "jonas").await;
        let path = |session: &Value| format!("/users/{}/verify-email", user_id(session));
        let body = |email: &str| Some(json!({"email": email}));
        let detail = refusal(&node, 409, "POST", &path(&first), body("other@example.net")).await;
        let expected = "the address of the user ID is jonas@example.net, not other@example.net";
        assert_eq!(detail, expected.replace("ID", user_id(&first)));
        let verified = expect(&node, 200, "POST", &path(&first), body("Jonas@Example.net")).await;
        assert_eq!(verified["emailVerified"], true);
        assert_eq!(expect(&node, 200, "POST", &path(&first), body("jonas@example.net")).await, verified);
        let detail = refusal(&node, 409, "POST", &path(&second), body("jonas@example.net")).await;
        assert_eq!(detail, format!("the user {} has proven the address jonas@example.net", user_id(&first)));
        for wrong in [json!({}), json!({"email": "jonas@example.net", "force": true}), json!("jonas@example.net")] {
            refusal(&node, 400, "POST", &path(&first), Some(wrong)).await;
        }
        let recorded = events(&node, user_id(&first)).await;
        assert_eq!(recorded[..2], [event("confirm", "unchanged"), event("confirm", "done")]);
        assert_eq!(events(&node, user_id(&second)).await.len(), 1, "a refusal changes nothing");
    }
}

#[actix_web::test]
async fn roles_are_replaced_and_the_default_one_stays_among_them() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let node = app.node_with(&settings()).await;
        let mut browser = Browser::new();
        let session = node.session(&mut browser, "google", "mira").await;
        let path = format!("/users/{}/roles", user_id(&session));
        let roles = |roles: &[&str]| Some(json!({"roles": roles}));
        let changed = expect(&node, 200, "PUT", &path, roles(&["user", "editor", "editor"])).await;
        assert_eq!(changed["roles"], json!(["editor", "user"]));
        let detail = refusal(&node, 400, "PUT", &path, roles(&["editor"])).await;
        assert_eq!(detail, "the default role user must be among the roles; name another default role to remove it");
        let detail = refusal(&node, 400, "PUT", &path, roles(&["user", "a,b"])).await;
        assert!(detail.starts_with("\"a,b\" is not the name of a role"), "{detail}");
        let body = json!({"roles": [], "defaultRole": "editor"});
        let changed = expect(&node, 200, "PUT", &path, Some(body.clone())).await;
        assert_eq!((&changed["roles"], &changed["defaultRole"]), (&json!(["editor"]), &json!("editor")));
        assert_eq!(expect(&node, 200, "PUT", &path, Some(body)).await, changed);
        let user = node.refresh(&browser, refresh_token(&session)).await.json()["user"].clone();
        assert_eq!((&user["roles"], &user["defaultRole"]), (&json!(["editor"]), &json!("editor")));
        let recorded = events(&node, user_id(&session)).await;
        let expected = [
            event("roles", "unchanged"),
            event("roles", "roles editor; default editor"),
            event("roles", "roles editor, user; default user"),
        ];
        assert_eq!(recorded[..3], expected);
    }
}

#[actix_web::test]
async fn sessions_are_listed_and_ended_one_by_one_or_all() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let node = app.node_with(&settings()).await;
        let mut sessions = Vec::new();
        for _ in 0..3 {
            sessions.push(node.session(&mut Browser::new(), "google", "mira").await);
            app.wait(1);
        }
        let stranger = node.session(&mut Browser::new(), "google", "jonas").await;
        let path = format!("/users/{}", user_id(&sessions[0]));
        let list = async || expect(&node, 200, "GET", &format!("{path}/sessions"), None).await["sessions"].clone();
        let listed = list().await;
        let id = |session: &Value| session["refreshTokenId"].as_str().expect("an id").to_owned();
        let expected: Vec<_> = sessions.iter().rev().map(id).collect();
        let found: Vec<_> = listed.as_array().expect("a list").iter().map(|one| one["id"].clone()).collect();
        assert_eq!(found, expected, "the one used last comes first");

        let first = format!("{path}/sessions/{}", id(&sessions[0]));
        for _ in 0..2 {
            expect(&node, 204, "DELETE", &first, None).await;
        }
        assert_eq!(who_am_i(&node, &sessions[0]).await.status, 401);
        assert_eq!(who_am_i(&node, &sessions[1]).await.status, 200);
        // A session of another user is not ended by this path.
        expect(&node, 204, "DELETE", &format!("{path}/sessions/{}", id(&stranger)), None).await;
        assert_eq!(who_am_i(&node, &stranger).await.status, 200);
        for _ in 0..2 {
            expect(&node, 204, "POST", &format!("{path}/sign-out"), None).await;
        }
        assert_eq!(list().await, json!([]));
        assert_eq!(who_am_i(&node, &sessions[2]).await.status, 401);
        assert_eq!(who_am_i(&node, &stranger).await.status, 200);
        let recorded = events(&node, user_id(&sessions[0])).await;
        let expected = ["unchanged", "2 sessions ended", "unchanged", "unchanged", "done"]
            .map(|outcome| event("sign-out", outcome));
        assert_eq!(recorded[..5], expected);
    }
}

#[actix_web::test]
async fn erased_user_leaves_audit_events_without_personal_data() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let node = app.node_with(&settings()).await;
        let session = node.session(&mut Browser::new(), "github", "mira").await;
        let path = format!("/users/{}", user_id(&session));
        expect(&node, 204, "DELETE", &path, None).await;
        assert_eq!(app.count("users").await, 0);
        let missing = format!("no user has the id {}", user_id(&session));
        for (method, rest) in [("DELETE", ""), ("GET", ""), ("GET", "/sessions"), ("POST", "/disable")] {
            assert_eq!(refusal(&node, 404, method, &format!("{path}{rest}"), None).await, missing);
        }
        assert_eq!(events(&node, user_id(&session)).await[0], event("erase", "done"));
        let audit = ask(&node, "GET", &format!("{path}/audit"), None).await.text();
        assert!(!audit.contains("mira@") && !audit.contains("Mira Okafor"), "{audit}");
    }
}

#[actix_web::test]
async fn what_is_not_found_is_named_and_nothing_is_recorded() {
    let app = TestApp::new();
    let node = app.node_with(&settings()).await;
    let path = format!("/users/{NOBODY}");
    for (method, rest, body) in [
        ("GET", "", None),
        ("GET", "/sessions", None),
        ("GET", "/audit", None),
        ("POST", "/disable", None),
        ("POST", "/enable", None),
        ("POST", "/verify-email", Some(json!({"email": "mira@example.org"}))),
        ("PUT", "/roles", Some(json!({"roles": ["user"]}))),
        ("POST", "/sign-out", None),
        ("DELETE", &format!("/sessions/{NOBODY}"), None),
        ("DELETE", "", None),
    ] {
        let detail = refusal(&node, 404, method, &format!("{path}{rest}"), body).await;
        assert_eq!(detail, format!("no user has the id {NOBODY}"), "{method} {rest}");
        let detail =
            refusal(&node, 400, method, &format!("/users/x{rest}"), Some(json!({"email": "", "roles": []}))).await;
        assert!(detail.contains("is a UUID") || detail.contains("JSON"), "{method} {rest}: {detail}");
    }
    assert_eq!(app.count("audit_events").await, 0);
}

#[actix_web::test]
async fn act_whose_audit_event_cannot_be_written_does_not_happen() {
    let app = TestApp::new();
    let node = app.node_with(&settings()).await;
    let session = node.session(&mut Browser::new(), "github", "jonas").await;
    let path = format!("/users/{}", user_id(&session));
    let shown = expect(&node, 200, "GET", &path, None).await;
    let (before, events) = (app.row_counts().await, app.count("audit_events").await);
    app.execute("CREATE TRIGGER broken BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'broken'); END").await;
    for (method, rest, body) in [
        ("POST", "/disable", None),
        ("POST", "/enable", None),
        ("POST", "/verify-email", Some(json!({"email": "jonas@example.net"}))),
        ("PUT", "/roles", Some(json!({"roles": ["user", "editor"]}))),
        ("POST", "/sign-out", None),
        ("DELETE", "", None),
    ] {
        let response = ask(&node, method, &format!("{path}{rest}"), body.as_ref()).await;
        assert_eq!((response.status, response.header("retry-after")), (503, Some("1")), "{method} {rest}");
        assert!(!response.text().contains("broken"), "{}", response.text());
    }
    assert_eq!((app.row_counts().await, app.count("audit_events").await), (before, events));
    assert_eq!(expect(&node, 200, "GET", &path, None).await, shown);
    assert_eq!(who_am_i(&node, &session).await.status, 200);
}

#[actix_web::test]
async fn audit_trail_is_read_page_by_page_and_names_operator_and_client() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let node = app.node_with(&format!("server.trusted_proxies = ['127.0.0.0/8']\n{}", settings())).await;
        let session = node.session(&mut Browser::new(), "google", "mira").await;
        let path = format!("/users/{}", user_id(&session));
        let bearer = format!("Bearer {TOKEN}");
        let headers = [("X-Forwarded-For", "198.51.100.7"), ("Authorization", bearer.as_str())];
        for act in ["disable", "enable", "disable"] {
            let url = format!("{}/admin{path}/{act}", node.base);
            assert_eq!(Browser::new().send("POST", &url, &headers, Vec::new()).await.status, 200);
        }
        let (mut actions, mut query) = (Vec::new(), "limit=3".to_owned());
        loop {
            let page = expect(&node, 200, "GET", &format!("{path}/audit?{query}"), None).await;
            for event in page["events"].as_array().expect("events") {
                let by_operator = (event["actor"] == "admin:mira", event["clientIp"] == "198.51.100.7");
                let action = event["action"].as_str().expect("an action").to_owned();
                assert_eq!(by_operator, if action == "sign-up" { (false, false) } else { (true, true) });
                actions.push(action);
            }
            let Some(next) = page["next"].as_i64() else { break };
            query = format!("limit=3&cursor={next}");
        }
        assert_eq!(actions, ["disable", "enable", "disable", "sign-up"]);
    }
}

#[actix_web::test]
async fn answers_hold_no_credential_and_no_hash_of_one() {
    let app = TestApp::new();
    let node = app.node_with(&settings()).await;
    let session = node.session(&mut Browser::new(), "github", "mira").await;
    let path = format!("/users/{}", user_id(&session));
    let mut answers = String::new();
    for rest in ["", "/sessions", "/audit"] {
        answers.push_str(&ask(&node, "GET", &format!("{path}{rest}"), None).await.text());
    }
    answers.push_str(&ask(&node, "GET", "/users", None).await.text());
    for column in ["handle_hash FROM sessions", "sealed FROM vault_entries"] {
        let hash = app.text(&format!("SELECT hex({column}").replace(" FROM", ") FROM")).await.expect("a value");
        assert!(hash.len() >= 64 && !answers.to_uppercase().contains(&hash), "{column}");
    }
    for secret in [refresh_token(&session), access_token(&session), TOKEN] {
        assert!(!answers.contains(secret), "{answers}");
    }
    assert!(answers.contains("mira@example.org"));
}
