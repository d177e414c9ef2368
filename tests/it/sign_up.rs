//! New people: what the operator allows, what the app may wish, and that all four doors obey.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::id_token::{id_token, present};
use crate::town::{Node, Town, parameter};
use vouchsafe::simulator::House;

/// The ways by which somebody may come who is not there yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    /// `GET /signin/provider/{provider}`
    BrowserIn,
    /// `GET /signup/provider/{provider}`
    BrowserUp,
    /// `POST /signin/idtoken`
    TokenIn,
    /// `POST /signup/idtoken`
    TokenUp,
}

const DOORS: [Door; 4] = [Door::BrowserIn, Door::BrowserUp, Door::TokenIn, Door::TokenUp];

/// How it ended: a session, nothing, or the code of an error.
#[derive(Debug, PartialEq)]
enum End {
    Session(Value),
    Nothing,
    Error(String),
}

impl End {
    fn word(&self) -> &str {
        match self {
            Self::Session(_) => "session",
            Self::Nothing => "nothing",
            Self::Error(code) => code,
        }
    }

    fn user(self) -> Value {
        let Self::Session(session) = self else { panic!("a session, not {self:?}") };
        session["user"].clone()
    }
}

/// Wishes as a query.
fn query(options: &Value) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (key, value) in options.as_object().expect("an object") {
        let text = match value {
            Value::Array(items) if key == "allowedRoles" => {
                items.iter().map(|item| item.as_str().expect("text")).collect::<Vec<_>>().join(",")
            }
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        query.append_pair(key, &text);
    }
    query.finish()
}

impl Door {
    fn is_sign_up(self) -> bool {
        matches!(self, Self::BrowserUp | Self::TokenUp)
    }

    /// Through the door as `person` of Google.
    async fn enter(self, town: &Town, node: &Node, person: &str, options: &Value) -> End {
        let route = if self.is_sign_up() { "signup" } else { "signin" };
        if matches!(self, Self::TokenIn | Self::TokenUp) {
            let token = id_token(town, House::Google, person, "n").await;
            let body = json!({"provider": "google", "idToken": token, "nonce": "n", "options": options});
            let answer = present(node, route, body).await;
            let answered = answer.json();
            return match (answer.status, answered.get("session")) {
                (200, Some(session)) => End::Session(session.clone()),
                (200, None) => End::Nothing,
                (status, _) => {
                    let code = answered["error"].as_str().expect("a code").to_owned();
                    answer.assert_error(status, &code);
                    End::Error(code)
                }
            };
        }
        let mut browser = Browser::new();
        let start = format!("{}/v1/{route}/provider/google?{}", node.base, query(options));
        let started = browser.get(&start).await;
        if started.status != 302 {
            let code = started.json()["error"].as_str().expect("a code").to_owned();
            started.assert_error(started.status, &code);
            return End::Error(code);
        }
        let back = browser.get(&format!("{}&login={person}", started.location())).await.location();
        let target = browser.get(&back).await.location_url();
        match (parameter(&target, "error"), parameter(&target, "refreshToken")) {
            (Some(code), None) => End::Error(code),
            (None, None) => End::Nothing,
            (None, Some(_)) => End::Session(node.session_of(&mut browser, &target).await),
            (Some(_), Some(_)) => panic!("both in {target}"),
        }
    }
}

/// Nobody is here any more, with all that was theirs.
async fn clear(town: &Town) {
    town.execute("DELETE FROM users").await;
}

/// Settings, who comes, how it ends by signing in and by signing up, and how many people there are then.
type Row = (&'static str, &'static str, &'static str, &'static str, [i64; 2]);

const SHUT: &str = "invalid-email-password";

const ROWS: [Row; 26] = [
    ("", "mira", "session", "session", [1, 1]),
    ("", "jonas", "session", "session", [1, 1]),
    ("", "aiko", "session", "session", [1, 1]),
    ("enabled = false", "mira", "signup-disabled", "signup-disabled", [0, 0]),
    ("enabled = false", "aiko", "signup-disabled", "signup-disabled", [0, 0]),
    ("automatic = false", "mira", SHUT, "session", [0, 1]),
    ("automatic = false", "aiko", SHUT, "session", [0, 1]),
    ("automatic = false\nenabled = false", "mira", SHUT, "signup-disabled", [0, 0]),
    ("disabled_at_first = true", "mira", "disabled-user", "disabled-user", [1, 1]),
    ("disabled_at_first = true", "aiko", "disabled-user", "disabled-user", [1, 1]),
    ("verified_address_required = true", "mira", "session", "session", [1, 1]),
    ("verified_address_required = true", "jonas", "nothing", "nothing", [1, 1]),
    ("verified_address_required = true", "aiko", "session", "session", [1, 1]),
    ("address_required = true", "mira", "session", "session", [1, 1]),
    ("address_required = true", "aiko", SHUT, SHUT, [0, 0]),
    ("allowed_emails = ['MIRA@example.org']", "mira", "session", "session", [1, 1]),
    ("allowed_emails = ['mira@example.org']", "rosa", SHUT, SHUT, [0, 0]),
    ("allowed_emails = ['mira@example.org']", "aiko", "session", "session", [1, 1]),
    ("allowed_email_domains = ['Example.ORG']", "mira", "session", "session", [1, 1]),
    ("allowed_email_domains = ['example.org']", "rosa", SHUT, SHUT, [0, 0]),
    ("blocked_emails = ['Mira@Example.org']", "mira", SHUT, SHUT, [0, 0]),
    ("blocked_emails = ['mira@example.org']", "rosa", "session", "session", [1, 1]),
    ("blocked_email_domains = ['EXAMPLE.org']", "mira", SHUT, SHUT, [0, 0]),
    ("blocked_email_domains = ['example.org']", "rosa", "session", "session", [1, 1]),
    // Out by the lists wins over waiting to be let in: nobody is written down.
    ("blocked_emails = ['mira@example.org']\ndisabled_at_first = true", "mira", SHUT, SHUT, [0, 0]),
    ("link_by_address = false", "mira", "session", "session", [1, 1]),
];

#[actix_web::test]
async fn every_rule_for_new_people_is_obeyed_at_every_door() {
    let town = Town::new();
    for (rule, person, signing_in, signing_up, people) in ROWS {
        let open = town.node_with(&format!("[sign_up]\n{rule}")).await;
        let is_refused = !matches!(signing_up, "session" | "nothing");
        let silent = format!("[nhost]\nconceal_errors = true\n[sign_up]\n{rule}");
        let silent = if is_refused { Some(town.node_with(&silent).await) } else { None };
        for door in DOORS {
            let (expected, people) = if door.is_sign_up() { (signing_up, people[1]) } else { (signing_in, people[0]) };
            let end = door.enter(&town, &open, person, &json!({})).await;
            assert_eq!(end.word(), expected, "{rule} {person} {door:?}");
            let counts = [town.count("users").await, town.count("identities").await, town.count("sessions").await];
            let sessions = i64::from(expected == "session");
            assert_eq!(counts, [people, people, sessions], "{rule} {person} {door:?}");
            assert!(sessions == 1 || town.count("vault_entries").await == 0, "{rule} {person} {door:?}");
            clear(&town).await;

            if let Some(silent) = &silent {
                let end = door.enter(&town, silent, person, &json!({})).await;
                assert_eq!(end.word(), "invalid-request", "concealed: {rule} {person} {door:?}");
                clear(&town).await;
            }
        }
    }
}

#[actix_web::test]
async fn the_rules_for_new_people_leave_the_known_ones_alone() {
    let town = Town::new();
    let before = town.node().await;
    let mira = Door::BrowserIn.enter(&town, &before, "mira", &json!({})).await.user();
    let aiko = Door::BrowserIn.enter(&town, &before, "aiko", &json!({})).await.user();
    let rules = "[sign_up]\nenabled = false\nautomatic = false\ndisabled_at_first = true\naddress_required = true\n\
                 verified_address_required = true\nallowed_emails = ['mira@example.org']";
    let after = town.node_with(rules).await;
    for door in [Door::BrowserIn, Door::TokenIn] {
        assert_eq!(door.enter(&town, &after, "mira", &json!({})).await.user(), mira);
        assert_eq!(door.enter(&town, &after, "aiko", &json!({})).await.user(), aiko, "the lists do not look at her");
    }
}

#[actix_web::test]
async fn the_lists_count_for_known_people_wherever_they_come() {
    let town = Town::new();
    let before = town.node().await;
    let mut browser = Browser::new();
    let session = before.session(&mut browser, "google", "mira").await;
    let after = town.node_with("[sign_up]\nblocked_email_domains = ['example.org']").await;
    for door in [Door::BrowserIn, Door::TokenIn] {
        assert_eq!(door.enter(&town, &after, "mira", &json!({})).await.word(), SHUT, "{door:?}");
    }
    let bearer = session["accessToken"].as_str().expect("a token");
    browser.get_as(&format!("{}/user", after.base), bearer).await.assert_error(401, SHUT);
    after.tokens(&browser, "google", &session).await.assert_error(401, SHUT);
    after.refresh(&browser, session["refreshToken"].as_str().expect("a token")).await.assert_error(401, SHUT);
    let target = after.sign_in(&mut browser, "github", &format!("connect={bearer}"), "aiko").await;
    assert_eq!(parameter(&target, "error").as_deref(), Some(SHUT));
    assert_eq!(town.count("identities").await, 1);
}

#[actix_web::test]
async fn signing_up_is_for_people_who_are_not_there_by_identity_nor_by_address() {
    let town = Town::new();
    let node = town.node().await;
    node.session(&mut Browser::new(), "github", "mira").await;
    node.session(&mut Browser::new(), "google", "jonas").await;
    for door in [Door::BrowserUp, Door::TokenUp] {
        for person in ["mira", "jonas"] {
            assert_eq!(door.enter(&town, &node, person, &json!({})).await.word(), "user-already-exists", "{door:?}");
        }
    }
    assert_eq!((town.count("users").await, town.count("identities").await), (2, 2));
}

#[actix_web::test]
async fn where_sign_up_is_off_the_route_says_so_before_anything_else() {
    let town = Town::new();
    let node = town.node_with("sign_up = { enabled = false }").await;
    for query in ["", "redirectTo=https%3A%2F%2Fevil.test", "allowedRoles=admin"] {
        for provider in ["google", "apple"] {
            let answer = Browser::new().get(&format!("{}/signup/provider/{provider}?{query}", node.base)).await;
            answer.assert_error(403, "signup-disabled");
        }
    }
}

#[actix_web::test]
async fn the_start_of_a_sign_up_is_checked_like_that_of_a_sign_in() {
    let town = Town::new();
    let node = town.node().await;
    for (query, error) in [
        ("codeChallenge=too-short", "invalid-request"),
        ("codeChallenge=", "invalid-request"),
        ("redirectTo=https%3A%2F%2Fevil.test", "redirectTo-not-allowed"),
        ("displayName=", "invalid-request"),
        ("locale=x", "invalid-request"),
        ("metadata=%5B%5D", "invalid-request"),
        ("defaultRole=a&defaultRole=b", "invalid-request"),
    ] {
        for route in ["signin", "signup"] {
            let answer = Browser::new().get(&format!("{}/{route}/provider/google?{query}", node.base)).await;
            answer.assert_error(400, error);
        }
    }
    let off = Browser::new().get(&format!("{}/signup/provider/apple?state=s", node.base)).await.location_url();
    assert_eq!(parameter(&off, "error").as_deref(), Some("disabled-endpoint"));
    Browser::new().get(&format!("{}/signup/provider/nobody", node.base)).await.assert_error(400, "invalid-request");
    let posted = Browser::new().post_json(&format!("{}/signup/provider/google", node.base), &json!({})).await;
    posted.assert_error(405, "invalid-request");
}

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[actix_web::test]
async fn a_sign_up_stays_one_on_another_node_and_ends_in_a_code_if_there_is_a_challenge() {
    let town = Town::new();
    let rule = "sign_up = { automatic = false }";
    let (here, there) = (town.node_with(rule).await, town.node_with(rule).await);
    let sign_up = async |query: &str| {
        let mut browser = Browser::new();
        let started = browser.get(&format!("{}/signup/provider/google?{query}", here.base)).await.location();
        let back = browser.get(&format!("{started}&login=mira")).await.location();
        browser.get(&back.replace(&here.base, &there.base)).await.location_url()
    };
    let target =
        sign_up(&format!("codeChallenge={CHALLENGE}&state=s&redirectTo=https%3A%2F%2Fapp.test%2Fin%3Fa%3D1")).await;
    let code = parameter(&target, "code").unwrap_or_else(|| panic!("a code in {target}"));
    assert_eq!((code.len(), target.path(), parameter(&target, "state").as_deref()), (43, "/in", Some("s")));
    assert_eq!((parameter(&target, "a").as_deref(), parameter(&target, "refreshToken")), (Some("1"), None));
    assert_eq!((town.count("users").await, town.count("sessions").await), (1, 0));
    let again = sign_up("state=s").await;
    assert_eq!(parameter(&again, "error").as_deref(), Some("user-already-exists"));
    assert_eq!(parameter(&again, "state").as_deref(), Some("s"));
}

#[actix_web::test]
async fn who_signs_up_does_not_connect() {
    let town = Town::new();
    let node = town.node().await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "mira").await;
    let bearer = session["accessToken"].as_str().expect("a token");
    let started = browser.get(&format!("{}/signup/provider/github?connect={bearer}", node.base)).await.location();
    let back = browser.get(&format!("{started}&login=aiko")).await.location();
    let target = browser.get(&back).await.location_url();
    assert_ne!(node.session_of(&mut browser, &target).await["user"]["id"], session["user"]["id"]);
}

/// What the app wishes, and what the new person is then; or the error.
fn wishes() -> Vec<(Value, Result<Value, &'static str>)> {
    let everything = json!({
        "allowedRoles": ["editor", "me"], "defaultRole": "editor", "displayName": "M. O'Kafor-Weber, jr.",
        "locale": "de", "metadata": {"a": {"b": [1, null]}}, "redirectTo": "https://x.preview.test/in",
    });
    let wished = json!({
        "roles": ["editor", "me"], "defaultRole": "editor", "displayName": "M. O'Kafor-Weber, jr.",
        "locale": "de", "metadata": {"a": {"b": [1, null]}},
    });
    let usual = json!({
        "roles": ["editor", "me", "user"], "defaultRole": "user", "displayName": "Mira Okafor", "locale": "en",
        "metadata": null, "email": "mira@example.org", "emailVerified": true, "isAnonymous": false,
    });
    vec![
        (json!({}), Ok(usual)),
        (everything, Ok(wished)),
        (json!({"allowedRoles": ["user"]}), Ok(json!({"roles": ["user"], "defaultRole": "user"}))),
        (json!({"defaultRole": "me"}), Ok(json!({"roles": ["editor", "me", "user"], "defaultRole": "me"}))),
        (json!({"locale": "fr"}), Ok(json!({"locale": "en"}))),
        (json!({"metadata": {}}), Ok(json!({"metadata": {}}))),
        (json!({"allowedRoles": ["admin"]}), Err("role-not-allowed")),
        (json!({"allowedRoles": ["user", "admin"]}), Err("role-not-allowed")),
        (json!({"allowedRoles": [""]}), Err("role-not-allowed")),
        (json!({"defaultRole": "admin"}), Err("default-role-must-be-in-allowed-roles")),
        (json!({"allowedRoles": ["me"]}), Err("default-role-must-be-in-allowed-roles")),
        (json!({"allowedRoles": ["me"], "defaultRole": "editor"}), Err("default-role-must-be-in-allowed-roles")),
        (json!({"displayName": "x".repeat(33)}), Err("invalid-request")),
        (json!({"displayName": ""}), Err("invalid-request")),
        (json!({"locale": "e"}), Err("invalid-request")),
        (json!({"locale": "engl"}), Err("invalid-request")),
        (json!({"metadata": [1]}), Err("invalid-request")),
        (json!({"redirectTo": "https://evil.test/"}), Err("redirectTo-not-allowed")),
        (json!({"redirectTo": ""}), Err("redirectTo-not-allowed")),
    ]
}

#[actix_web::test]
async fn the_wishes_of_the_app_are_heard_at_every_door_and_for_new_people_alone() {
    let town = Town::new();
    let node = town.node_with("sign_up = { allowed_roles = ['me', 'editor'], allowed_locales = ['de'] }").await;
    for (options, expected) in wishes() {
        for door in DOORS {
            let end = door.enter(&town, &node, "mira", &options).await;
            match &expected {
                Err(error) => {
                    assert_eq!(end.word(), *error, "{options} {door:?}");
                    assert_eq!(town.count("users").await, 0, "{options} {door:?}");
                }
                Ok(wished) => {
                    let user = end.user();
                    for (key, value) in wished.as_object().expect("an object") {
                        assert_eq!(&user[key], value, "{options} {door:?}");
                    }
                    let others =
                        json!({"displayName": "Other", "defaultRole": "me", "locale": "de", "metadata": {"b": 1}});
                    assert_eq!(Door::BrowserIn.enter(&town, &node, "mira", &others).await.user(), user, "{door:?}");
                    clear(&town).await;
                }
            }
        }
    }
}

#[actix_web::test]
async fn a_name_is_the_apps_else_the_providers_else_the_id_at_the_provider() {
    let town = Town::new();
    let node = town.node().await;
    let user = Door::BrowserUp.enter(&town, &node, "rosa", &json!({})).await.user();
    assert_eq!(user["displayName"], "116611224433557799002");
}

#[actix_web::test]
async fn who_has_no_picture_gets_gravatars_if_that_is_wanted() {
    let town = Town::new();
    let node = town.node_with("[sign_up]\ngravatar = { enabled = true, default = 'mp', rating = 'pg' }").await;
    let usual = town.node().await;
    for door in DOORS {
        let rosa = door.enter(&town, &node, "rosa", &json!({})).await.user();
        let url = "https://www.gravatar.com/avatar/d288d723115af28310de51d90e7c5b48?d=mp&r=pg";
        assert_eq!(rosa["avatarUrl"], url, "{door:?}");
        clear(&town).await;
        assert_eq!(door.enter(&town, &usual, "rosa", &json!({})).await.user()["avatarUrl"], "");
        clear(&town).await;
    }
}

#[actix_web::test]
async fn concealed_errors_tell_nothing_about_an_account_and_the_others_stay() {
    let town = Town::new();
    let node = town.node_with("[nhost]\nconceal_errors = true").await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "mira").await;
    let bearer = session["accessToken"].as_str().expect("a token").to_owned();
    for (query, error) in
        [("allowedRoles=admin", "invalid-request"), ("defaultRole=admin", "default-role-must-be-in-allowed-roles")]
    {
        let target = node.sign_in(&mut browser, "github", query, "rosa").await;
        assert_eq!(parameter(&target, "error").as_deref(), Some(error), "{query}");
        assert!(!target.as_str().contains("Role+not+allowed"), "{target}");
    }
    let target = node.sign_in(&mut browser, "google", &format!("connect={bearer}"), "mira").await;
    assert_eq!(parameter(&target, "error").as_deref(), Some("provider-account-already-linked"));
    let elsewhere = browser.get(&format!("{}/signin/provider/google?redirectTo=https://evil.test", node.base)).await;
    elsewhere.assert_error(400, "redirectTo-not-allowed");

    node.refresh(&browser, "8a9f8c1e-2f5b-4b6e-9c53-000000000000").await.assert_error(400, "invalid-request");
    browser.get_as(&format!("{}/user", node.base), "x.y.z").await.assert_error(401, "invalid-request");
    town.execute("UPDATE users SET disabled = TRUE").await;
    for path in ["/user", "/signin/provider/google/callback/tokens"] {
        let answer = browser.get_as(&format!("{}/v1{path}", node.base), &bearer).await;
        answer.assert_error(400, "invalid-request");
        assert_eq!(answer.header("www-authenticate"), None);
        assert_eq!(answer.json()["message"], "The request payload is incorrect");
    }
}
