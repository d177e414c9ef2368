//! Sign-in in the browser: which user it finds or creates, and the session that it starts.

use serde_json::{Value, json};

use crate::support::app::{CHALLENGE, Database, TestApp, VERIFIER, access_token, parameter, refresh_token};
use crate::support::browser::Browser;

#[actix_web::test]
async fn second_sign_in_with_each_provider_finds_the_user() {
    let app = TestApp::new();
    let node = app.node().await;
    for (provider, persona, email) in [
        ("google", "user-1", "user-1@example.org"),
        ("github", "user-2", "user-2@example.org"),
        ("oidc", "user-3", "user-3@example.org"),
    ] {
        let first = node.session(&mut Browser::new(), provider, persona).await;
        assert_eq!(first["user"]["email"], email);
        assert_eq!(first["user"]["emailVerified"], true);
        let second = node.session(&mut Browser::new(), provider, persona).await;
        assert_eq!(first["user"]["id"], second["user"]["id"]);
        assert_ne!(first["refreshTokenId"], second["refreshTokenId"], "each sign-in starts a session");
    }
    assert_eq!(app.count("users").await, 3);
    assert_eq!(app.count("identities").await, 3);
    assert_eq!(app.count("sessions").await, 6);
}

#[actix_web::test]
async fn session_has_the_nhost_shape() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "mira").await;
    let user = &session["user"];
    assert_eq!(session["accessTokenExpiresIn"], 900);
    for key in [
        "id",
        "createdAt",
        "displayName",
        "avatarUrl",
        "locale",
        "emailVerified",
        "phoneNumberVerified",
        "isAnonymous",
        "defaultRole",
        "roles",
        "metadata",
        "activeMfaType",
        "email",
    ] {
        assert!(user.get(key).is_some(), "{key}");
    }
    assert_eq!(
        (&user["displayName"], &user["defaultRole"], &user["roles"]),
        (&json!("Mira Okafor"), &json!("user"), &json!(["me", "user"]))
    );
    assert_eq!(user["createdAt"], "2027-01-15T08:00:00Z");
    let asked = browser.get_as(&format!("{}/v1/user", node.base), access_token(&session)).await;
    assert_eq!((asked.status, &asked.json()), (200, user));
}

#[actix_web::test]
async fn user_without_email_gets_an_account() {
    let app = TestApp::new();
    let node = app.node().await;
    for provider in ["google", "github", "oidc"] {
        let session = node.session(&mut Browser::new(), provider, "aiko").await;
        assert!(session["user"].get("email").is_none(), "{session}");
        assert_eq!(session["user"]["emailVerified"], false);
    }
    assert_eq!(app.count("users").await, 3, "three distinct users");
}

#[actix_web::test]
async fn verified_email_links_another_provider() {
    let app = TestApp::new();
    let node = app.node().await;
    let google = node.session(&mut Browser::new(), "google", "mira").await;
    let github = node.session(&mut Browser::new(), "github", "mira").await;
    assert_eq!(google["user"]["id"], github["user"]["id"]);
    assert_eq!((app.count("users").await, app.count("identities").await), (1, 2));
}

#[actix_web::test]
async fn unverified_email_links_nothing() {
    let app = TestApp::new();
    let node = app.node().await;
    // No provider verifies Jonas's email, but his account has.
    node.session(&mut Browser::new(), "google", "jonas").await;
    app.execute("UPDATE users SET email_verified = TRUE").await;
    let target = node.sign_in(&mut Browser::new(), "github", "state=s", "jonas").await;
    assert_eq!(parameter(&target, "error").as_deref(), Some("unverified-user"));
    assert_eq!(parameter(&target, "state").as_deref(), Some("s"));
    assert_eq!(parameter(&target, "refreshToken"), None);
    assert_eq!((app.count("users").await, app.count("identities").await, app.count("vault_entries").await), (1, 1, 1));
}

#[actix_web::test]
async fn sign_up_options_apply_to_new_users_only() {
    let app = TestApp::new();
    let node =
        app.node_with("sign_up = { allowed_roles = ['user', 'me', 'editor'], allowed_locales = ['en', 'de'] }").await;
    let query = "allowedRoles=editor,me&defaultRole=editor&displayName=J%20S&locale=de&metadata=%7B%22a%22%3A%7B%22b%22%3A1%7D%7D";
    let mut browser = Browser::new();
    let target = node.sign_in(&mut browser, "google", query, "mira").await;
    let user = node.session_of(&mut browser, &target).await["user"].clone();
    let wished = json!({"displayName": "J S", "locale": "de", "defaultRole": "editor", "roles": ["editor", "me"], "metadata": {"a": {"b": 1}}});
    for (key, value) in wished.as_object().expect("an object") {
        assert_eq!(&user[key], value, "{key}");
    }
    let target = node.sign_in(&mut browser, "google", "displayName=Other&metadata=%7B%7D", "mira").await;
    assert_eq!(node.session_of(&mut browser, &target).await["user"], user);
}

#[actix_web::test]
async fn disallowed_role_creates_no_user() {
    let app = TestApp::new();
    let node = app.node().await;
    for (query, error) in [
        ("allowedRoles=admin", "role-not-allowed"),
        ("allowedRoles=me", "default-role-must-be-in-allowed-roles"),
        ("defaultRole=admin", "default-role-must-be-in-allowed-roles"),
    ] {
        let target = node.sign_in(&mut Browser::new(), "google", query, "mira").await;
        assert_eq!(parameter(&target, "error").as_deref(), Some(error), "{query}");
    }
    assert_eq!(app.count("users").await, 0);
}

#[actix_web::test]
async fn sign_up_settings_apply_to_new_users() {
    for (rule, persona, error, users) in [
        ("enabled = false", "mira", Some("signup-disabled"), 0),
        ("new_users_disabled = true", "mira", Some("disabled-user"), 1),
        ("verified_email_required = true", "jonas", None, 1),
    ] {
        let app = TestApp::new();
        let node = app.node_with(&format!("sign_up = {{ {rule} }}")).await;
        let target = node.sign_in(&mut Browser::new(), "google", "", persona).await;
        assert_eq!(parameter(&target, "error").as_deref(), error, "{rule}");
        assert_eq!(parameter(&target, "refreshToken"), None, "{rule}");
        assert_eq!(app.count("users").await, users, "{rule}");
        assert_eq!(app.count("sessions").await + app.count("vault_entries").await, 0, "{rule}");
    }
}

#[actix_web::test]
async fn disabled_user_gets_no_session() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "mira").await;
    app.execute("UPDATE users SET disabled = TRUE").await;
    let target = node.sign_in(&mut browser, "google", "", "mira").await;
    assert_eq!(parameter(&target, "error").as_deref(), Some("disabled-user"));
    node.tokens(&browser, "google", &session).await.assert_error(401, "disabled-user");
    node.refresh(&browser, refresh_token(&session)).await.assert_error(401, "disabled-user");
    let user = browser.get_as(&format!("{}/user", node.base), access_token(&session)).await;
    user.assert_error(401, "disabled-user");
}

async fn connect(app: &TestApp, provider: &str, persona: &str, token: &str) -> (url::Url, i64) {
    let node = app.node().await;
    let target = node.connect(&mut Browser::new(), provider, &format!("connect={token}&state=s"), persona).await;
    (target, app.count("identities").await)
}

#[actix_web::test]
async fn connect_links_a_second_provider() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "mira").await;
    let token = access_token(&session);
    // Jonas's GitHub identity is linked to Mira's account although its email is unverified: her session asks for it.
    let (target, identities) = connect(&app, "github", "jonas", token).await;
    assert_eq!(target.as_str(), "https://app.test/?linked=github&state=s");
    assert_eq!(identities, 2);
    let as_jonas = node.session(&mut browser, "github", "jonas").await;
    assert_eq!(as_jonas["user"]["id"], session["user"]["id"]);
    let tokens = node.tokens(&browser, "github", &session).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text());

    for (persona, token, error) in
        [("jonas", token, "provider-account-already-linked"), ("aiko", "not.a.token", "invalid-request")]
    {
        let (target, _) = connect(&app, "github", persona, token).await;
        assert_eq!(parameter(&target, "error").as_deref(), Some(error), "{persona}");
    }
    assert_eq!(app.count("identities").await, 2);
}

#[actix_web::test]
async fn connect_token_is_not_sent_to_the_provider() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "mira").await;
    let token = access_token(&session);
    let start = browser.get(&format!("{}/signin/provider/github?connect={token}", node.base)).await;
    let user_id = session["user"]["id"].as_str().expect("an id");
    for secret in [token, token.rsplit('.').next().expect("a signature"), user_id] {
        assert!(!start.location().contains(secret));
    }
}

#[actix_web::test]
async fn undefined_and_null_parameters_count_as_absent() {
    let app = TestApp::new();
    let node = app.node().await;
    let target = node
        .sign_in(&mut Browser::new(), "google", "connect=undefined&state=undefined&codeChallenge=undefined", "mira")
        .await;
    assert!(parameter(&target, "refreshToken").is_some(), "{target}");
    assert_eq!(parameter(&target, "state"), None);
}

async fn concurrent_first_sign_ins(database: Database) {
    let Some(app) = TestApp::on(database) else { return };
    let node = app.node().await;
    // One email is verified, the other is not.
    for (persona, users) in [("mira", 1), ("jonas", 2)] {
        let mut callbacks = Vec::new();
        for _ in 0..50 {
            let mut browser = Browser::new();
            let callback = node.authorize(&mut browser, "google", "", persona).await;
            callbacks.push((browser, callback));
        }
        let arrivals = callbacks.iter().map(|(browser, callback)| browser.peek(callback));
        for response in futures_util::future::join_all(arrivals).await {
            assert!(parameter(&response.location_url(), "refreshToken").is_some(), "{}", response.location());
        }
        assert_eq!((app.count("users").await, app.count("identities").await), (users, users), "{persona}");
    }
}

#[actix_web::test]
async fn concurrent_first_sign_ins_create_one_user_sqlite() {
    concurrent_first_sign_ins(Database::Sqlite).await;
}

#[actix_web::test]
async fn concurrent_first_sign_ins_create_one_user_postgres() {
    concurrent_first_sign_ins(Database::Postgres).await;
}

#[actix_web::test]
async fn sign_in_with_challenge_returns_a_code_bound_to_it() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let target = node.sign_in(&mut browser, "google", &format!("codeChallenge={CHALLENGE}"), "mira").await;
    let code = parameter(&target, "code").expect("a code");
    assert_eq!((code.len(), parameter(&target, "refreshToken")), (43, None));
    assert_eq!(app.count("sessions").await, 0, "the session starts at the exchange");

    let exchange = async |code: &str, verifier: &str| -> (u16, Value) {
        let url = format!("{}/v1/token/exchange", node.base);
        // Clients send any bearer token that they have; an invalid one is ignored.
        let body = json!({"code": code, "codeVerifier": verifier});
        let response = browser.post_json_as(&url, "stale.bearer.token", &body).await;
        (response.status, response.json())
    };
    for (code, verifier) in
        [(code.as_str(), "x".repeat(43)), (&"A".repeat(43), VERIFIER.to_owned()), (code.as_str(), "short".to_owned())]
    {
        let (status, body) = exchange(code, &verifier).await;
        assert_eq!((status, &body["error"]), (400, &json!("invalid-request")));
    }
    let (status, body) = exchange(&code, VERIFIER).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["session"]["user"]["email"], "mira@example.org");
    assert_eq!(exchange(&code, VERIFIER).await.0, 400, "the code works once");
    assert_eq!(node.tokens(&browser, "google", &body["session"]).await.status, 200);
}

#[actix_web::test]
async fn one_time_code_expires_after_five_minutes() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    for (wait, status) in [(299, 200), (300, 400)] {
        let target = node.sign_in(&mut browser, "google", &format!("codeChallenge={CHALLENGE}"), "mira").await;
        app.wait(wait);
        let body = json!({"code": parameter(&target, "code"), "codeVerifier": VERIFIER});
        assert_eq!(browser.post_json(&format!("{}/token/exchange", node.base), &body).await.status, status);
    }
}
