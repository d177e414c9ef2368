//! Who comes back signed in, and as whom.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::town::{Ground, Town, parameter};

#[actix_web::test]
async fn a_person_signs_in_with_each_provider_and_is_known_the_next_time() {
    let town = Town::new();
    let node = town.node().await;
    for (provider, person, email) in [
        ("google", "user-1", "user-1@example.org"),
        ("github", "user-2", "user-2@example.org"),
        ("oidc", "user-3", "user-3@example.org"),
    ] {
        let first = node.session(&mut Browser::new(), provider, person).await;
        assert_eq!(first["user"]["email"], email);
        assert_eq!(first["user"]["emailVerified"], true);
        let second = node.session(&mut Browser::new(), provider, person).await;
        assert_eq!(first["user"]["id"], second["user"]["id"]);
        assert_ne!(first["refreshTokenId"], second["refreshTokenId"], "each sign-in is a session of its own");
    }
    assert_eq!(town.count("users").await, 3);
    assert_eq!(town.count("identities").await, 3);
    assert_eq!(town.count("sessions").await, 6);
}

#[actix_web::test]
async fn a_session_has_the_shape_that_clients_read() {
    let town = Town::new();
    let node = town.node().await;
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
    let asked =
        browser.get_as(&format!("{}/v1/user", node.base), session["accessToken"].as_str().expect("a token")).await;
    assert_eq!((asked.status, &asked.json()), (200, user));
}

#[actix_web::test]
async fn people_without_an_address_are_people() {
    let town = Town::new();
    let node = town.node().await;
    for provider in ["google", "github", "oidc"] {
        let session = node.session(&mut Browser::new(), provider, "aiko").await;
        assert!(session["user"].get("email").is_none(), "{session}");
        assert_eq!(session["user"]["emailVerified"], false);
    }
    assert_eq!(town.count("users").await, 3, "nobody is taken for somebody else");
}

#[actix_web::test]
async fn a_proven_address_leads_to_the_same_account_from_another_provider() {
    let town = Town::new();
    let node = town.node().await;
    let google = node.session(&mut Browser::new(), "google", "mira").await;
    let github = node.session(&mut Browser::new(), "github", "mira").await;
    assert_eq!(google["user"]["id"], github["user"]["id"]);
    assert_eq!((town.count("users").await, town.count("identities").await), (1, 2));
}

#[actix_web::test]
async fn an_unproven_address_leads_nowhere() {
    let town = Town::new();
    let node = town.node().await;
    // Jonas's address is not proven by any provider: his first account has it, his second identity does not get in.
    node.session(&mut Browser::new(), "google", "jonas").await;
    let target = node.sign_in(&mut Browser::new(), "github", "state=s", "jonas").await;
    assert_eq!(parameter(&target, "error").as_deref(), Some("unverified-user"));
    assert_eq!(parameter(&target, "state").as_deref(), Some("s"));
    assert_eq!(parameter(&target, "refreshToken"), None);
    assert_eq!(
        (town.count("users").await, town.count("identities").await, town.count("vault_entries").await),
        (1, 1, 1)
    );
}

#[actix_web::test]
async fn the_wishes_of_the_app_count_for_a_new_person_alone() {
    let town = Town::new();
    let node =
        town.node_with("sign_up = { allowed_roles = ['user', 'me', 'editor'], allowed_locales = ['en', 'de'] }").await;
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
async fn roles_beyond_the_operators_list_make_no_person() {
    let town = Town::new();
    let node = town.node().await;
    for (query, error) in [
        ("allowedRoles=admin", "role-not-allowed"),
        ("allowedRoles=me", "default-role-must-be-in-allowed-roles"),
        ("defaultRole=admin", "default-role-must-be-in-allowed-roles"),
    ] {
        let target = node.sign_in(&mut Browser::new(), "google", query, "mira").await;
        assert_eq!(parameter(&target, "error").as_deref(), Some(error), "{query}");
    }
    assert_eq!(town.count("users").await, 0);
}

#[actix_web::test]
async fn the_operators_rules_for_new_people_are_kept() {
    for (rule, person, error, people) in [
        ("enabled = false", "mira", Some("signup-disabled"), 0),
        ("disabled_at_first = true", "mira", Some("disabled-user"), 1),
        ("verified_address_required = true", "jonas", None, 1),
    ] {
        let town = Town::new();
        let node = town.node_with(&format!("sign_up = {{ {rule} }}")).await;
        let target = node.sign_in(&mut Browser::new(), "google", "", person).await;
        assert_eq!(parameter(&target, "error").as_deref(), error, "{rule}");
        assert_eq!(parameter(&target, "refreshToken"), None, "{rule}");
        assert_eq!(town.count("users").await, people, "{rule}");
        assert_eq!(town.count("sessions").await + town.count("vault_entries").await, 0, "{rule}");
    }
}

#[actix_web::test]
async fn a_disabled_person_gets_nothing_any_more() {
    let town = Town::new();
    let node = town.node().await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "mira").await;
    town.execute("UPDATE users SET disabled = TRUE").await;
    let target = node.sign_in(&mut browser, "google", "", "mira").await;
    assert_eq!(parameter(&target, "error").as_deref(), Some("disabled-user"));
    node.tokens(&browser, "google", &session).await.assert_error(401, "disabled-user");
    node.refresh(&browser, session["refreshToken"].as_str().expect("a token")).await.assert_error(401, "disabled-user");
    let user = browser.get_as(&format!("{}/user", node.base), session["accessToken"].as_str().expect("a token")).await;
    user.assert_error(401, "disabled-user");
}

async fn connect(town: &Town, provider: &str, person: &str, token: &str) -> (url::Url, i64) {
    let node = town.node().await;
    let target = node.sign_in(&mut Browser::new(), provider, &format!("connect={token}&state=s"), person).await;
    (target, town.count("identities").await)
}

#[actix_web::test]
async fn somebody_who_is_signed_in_connects_a_second_provider() {
    let town = Town::new();
    let node = town.node().await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "mira").await;
    let token = session["accessToken"].as_str().expect("a token");
    // Jonas's identity at GitHub becomes Mira's, although its address is not proven: she is the one who asks.
    let (target, identities) = connect(&town, "github", "jonas", token).await;
    assert_eq!(target.as_str(), "https://app.test/?state=s");
    assert_eq!(identities, 2);
    let as_jonas = node.session(&mut browser, "github", "jonas").await;
    assert_eq!(as_jonas["user"]["id"], session["user"]["id"]);
    let tokens = node.tokens(&browser, "github", &session).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text());

    for (person, token, error) in
        [("jonas", token, "provider-account-already-linked"), ("aiko", "not.a.token", "invalid-request")]
    {
        let (target, _) = connect(&town, "github", person, token).await;
        assert_eq!(parameter(&target, "error").as_deref(), Some(error), "{person}");
    }
    assert_eq!(town.count("identities").await, 2);
}

#[actix_web::test]
async fn a_connect_token_never_travels_to_the_provider() {
    let town = Town::new();
    let node = town.node().await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "mira").await;
    let token = session["accessToken"].as_str().expect("a token");
    let start = browser.get(&format!("{}/signin/provider/github?connect={token}", node.base)).await;
    let user_id = session["user"]["id"].as_str().expect("an id");
    for secret in [token, token.rsplit('.').next().expect("a signature"), user_id] {
        assert!(!start.location().contains(secret));
    }
}

#[actix_web::test]
async fn what_javascript_writes_for_nothing_is_nothing() {
    let town = Town::new();
    let node = town.node().await;
    let target = node
        .sign_in(&mut Browser::new(), "google", "connect=undefined&state=undefined&codeChallenge=undefined", "mira")
        .await;
    assert!(parameter(&target, "refreshToken").is_some(), "{target}");
    assert_eq!(parameter(&target, "state"), None);
}

async fn fifty_first_sign_ins(ground: Ground) {
    let Some(town) = Town::on(ground) else { return };
    let node = town.node().await;
    // The address of the one is proven, that of the other is not.
    for (person, people) in [("mira", 1), ("jonas", 2)] {
        let mut callbacks = Vec::new();
        for _ in 0..50 {
            let mut browser = Browser::new();
            let callback = node.go_out(&mut browser, "google", "", person).await;
            callbacks.push((browser, callback));
        }
        let arrivals = callbacks.iter().map(|(browser, callback)| browser.look(callback));
        for answer in futures_util::future::join_all(arrivals).await {
            assert!(parameter(&answer.location_url(), "refreshToken").is_some(), "{}", answer.location());
        }
        assert_eq!((town.count("users").await, town.count("identities").await), (people, people), "{person}");
    }
}

#[actix_web::test]
async fn fifty_first_sign_ins_of_one_person_make_one_person_on_sqlite() {
    fifty_first_sign_ins(Ground::Sqlite).await;
}

#[actix_web::test]
async fn fifty_first_sign_ins_of_one_person_make_one_person_on_postgresql() {
    fifty_first_sign_ins(Ground::Postgres).await;
}

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[actix_web::test]
async fn with_a_challenge_the_browser_gets_a_code_that_only_the_app_can_exchange() {
    let town = Town::new();
    let node = town.node().await;
    let mut browser = Browser::new();
    let target = node.sign_in(&mut browser, "google", &format!("codeChallenge={CHALLENGE}"), "mira").await;
    let code = parameter(&target, "code").expect("a code");
    assert_eq!((code.len(), parameter(&target, "refreshToken")), (43, None));
    assert_eq!(town.count("sessions").await, 0, "the session begins when the code is exchanged");

    let exchange = async |code: &str, verifier: &str| -> (u16, Value) {
        let url = format!("{}/v1/token/exchange", node.base);
        // Clients add whatever bearer they have; a stale one breaks nothing.
        let body = json!({"code": code, "codeVerifier": verifier});
        let answer = browser.post_json_as(&url, "stale.bearer.token", &body).await;
        (answer.status, answer.json())
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
    assert_eq!(exchange(&code, VERIFIER).await.0, 400, "a code is exchanged once");
    assert_eq!(node.tokens(&browser, "google", &body["session"]).await.status, 200);
}

#[actix_web::test]
async fn a_code_is_good_for_five_minutes() {
    let town = Town::new();
    let node = town.node().await;
    let mut browser = Browser::new();
    for (wait, status) in [(299, 200), (300, 400)] {
        let target = node.sign_in(&mut browser, "google", &format!("codeChallenge={CHALLENGE}"), "mira").await;
        town.wait(wait);
        let body = json!({"code": parameter(&target, "code"), "codeVerifier": VERIFIER});
        assert_eq!(browser.post_json(&format!("{}/token/exchange", node.base), &body).await.status, status);
    }
}
