//! The providers of OAuth 2.0 through the real app: settings, page, flow and account together, with what each
//! provider really answers. What the requests look like is pinned beside the pages; here somebody signs in.

pub(crate) mod all;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use crate::support::app::{Node, TestApp, listen, parameter, serve};
use crate::support::browser::Browser;

/// Those whose three addresses can be set, and that prove people without an id_token.
const PLAIN: [&str; 11] = [
    "azuread",
    "bitbucket",
    "discord",
    "facebook",
    "gitlab",
    "spotify",
    "strava",
    "twitch",
    "twitter@2",
    "windowslive",
    "workos",
];

fn fixture(name: &str) -> Value {
    let file = format!("tests/it/providers/fixtures/{name}.json");
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect(name);
    serde_json::from_str(&text).expect("JSON")
}

/// What one address answers, for all providers: `/{provider}/token`, `/me`, `/me/emails`.
fn answers(name: &str, fixture: &Value) -> BTreeMap<String, Value> {
    let mut answers = BTreeMap::from([(format!("/{name}/token"), fixture["token"].clone())]);
    for (place, answer) in fixture["answers"].as_object().expect("answers") {
        let rest = if place.ends_with("/emails") { "me/emails" } else { "me" };
        answers.insert(format!("/{name}/{rest}"), answer.clone());
    }
    answers
}

/// A world that plays `answers` and a house that believes it.
async fn house(app: &TestApp, answers: BTreeMap<String, Value>) -> (Node, Arc<Mutex<Vec<String>>>) {
    let (listener, origin) = listen();
    let (answers, asked) = (Arc::new(answers), Arc::<Mutex<Vec<String>>>::default());
    let memory = Arc::clone(&asked);
    drop(serve(listener, 1, move || {
        let (answers, memory) = (Arc::clone(&answers), Arc::clone(&memory));
        move |config: &mut web::ServiceConfig| {
            config.default_service(web::to(move |request: HttpRequest| {
                memory.lock().expect("no panic").push(request.path().to_owned());
                let answer = answers.get(request.path()).cloned();
                async move { answer.map_or_else(|| HttpResponse::NotFound().finish(), |it| HttpResponse::Ok().json(it)) }
            }));
        }
    }));
    let settings = PLAIN.map(|page| {
        let (name, version) = page.split_once('@').unwrap_or((page, ""));
        let version = if version.is_empty() { String::new() } else { format!("version = '{version}'\n") };
        format!(
            "[providers.{name}]\nclient_id = 'CID'\nclient_secret = 'SEC'\n{version}\
             authorization_url = '{origin}/{name}/authorize'\ntoken_url = '{origin}/{name}/token'\n\
             userinfo_url = '{origin}/{name}/me'\n"
        )
    });
    (app.node_with(&settings.concat()).await, asked)
}

/// Goes out to `name` and comes straight back with a code; answers where the browser was sent.
async fn follow_callback(node: &Node, browser: &mut Browser, name: &str) -> url::Url {
    let start = browser.get(&format!("{}/signin/provider/{name}", node.base)).await.location_url();
    let [state, callback] = ["state", "redirect_uri"].map(|key| parameter(&start, key).expect(key));
    browser.get(&format!("{callback}?code=CODE&state={state}")).await.location_url()
}

#[actix_web::test]
async fn sign_in_with_recorded_responses_matches_the_fixture() {
    for page in PLAIN {
        let name = page.split('@').next().expect("a name");
        let (fixture, app) = (fixture(page), TestApp::new());
        let (node, asked) = house(&app, answers(name, &fixture)).await;
        let mut browser = Browser::new();
        let target = follow_callback(&node, &mut browser, name).await;
        let session = node.session_of(&mut browser, &target).await;
        let (user, expected) = (&session["user"], &fixture["expected"]);
        let is_proven = expected["email_trust"] == "verified";
        assert_eq!(user["emailVerified"], json!(is_proven), "{page}");
        assert_eq!(
            (user["email"].as_str(), &user["displayName"]),
            (expected["email"].as_str(), &expected["name"]),
            "{page}"
        );
        let tokens = node.tokens(&browser, name, &session).await;
        assert_eq!(tokens.json()["accessToken"], fixture["token"]["access_token"], "{page}");
        assert_eq!(tokens.json()["refreshToken"], fixture["token"]["refresh_token"], "{page}");

        // The same person again, with the same account, and one token call for each code.
        let again = follow_callback(&node, &mut browser, name).await;
        assert_eq!(node.session_of(&mut browser, &again).await["user"]["id"], user["id"], "{page}");
        assert_eq!(app.count("users").await, 1, "{page}");
        let calls = asked.lock().expect("no panic").iter().filter(|path| path.ends_with("/token")).count();
        assert_eq!(calls, 2, "{page}");
    }
}

#[actix_web::test]
async fn userinfo_without_a_subject_fails() {
    for (page, place, answer) in [
        ("twitch", "/twitch/me", json!({"data": []})),
        ("facebook", "/facebook/me", json!(false)),
        ("gitlab", "/gitlab/me", json!({"id": 7, "state": "blocked"})),
        ("spotify", "/spotify/token", json!({"error": "invalid_grant"})),
        ("facebook", "/facebook/token", json!({"error": {"message": "no", "code": 100}})),
    ] {
        let app = TestApp::new();
        let mut answers = answers(page, &fixture(page));
        answers.insert(place.to_owned(), answer);
        let (node, _) = house(&app, answers).await;
        let target = follow_callback(&node, &mut Browser::new(), page).await;
        let expected =
            if place.ends_with("/token") { "oauth-token-echange-failed" } else { "oauth-profile-fetch-failed" };
        assert_eq!(parameter(&target, "error").as_deref(), Some(expected), "{place}: {target}");
        assert_eq!(app.count("users").await, 0, "{place}");
    }
}
