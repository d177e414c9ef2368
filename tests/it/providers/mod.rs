//! The OAuth 2.0 providers through the real app, with recorded responses: settings, definition, flow and account.
//! The requests themselves are checked by the golden files in `src/provider`.

pub(crate) mod all;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use crate::support::app::{Node, TestApp, listen, parameter, serve};
use crate::support::browser::Browser;

/// The providers with configurable endpoints that identify users without an id_token.
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

/// The responses by path: `/{provider}/token`, `/{provider}/me`, `/{provider}/me/emails`.
fn responses(name: &str, fixture: &Value) -> BTreeMap<String, Value> {
    let mut responses = BTreeMap::from([(format!("/{name}/token"), fixture["token"].clone())]);
    for (place, response) in fixture["answers"].as_object().expect("responses") {
        let rest = if place.ends_with("/emails") { "me/emails" } else { "me" };
        responses.insert(format!("/{name}/{rest}"), response.clone());
    }
    responses
}

/// Starts a server that sends `responses` as every provider, and a node that uses it.
async fn house(app: &TestApp, responses: BTreeMap<String, Value>) -> (Node, Arc<Mutex<Vec<String>>>) {
    let (listener, origin) = listen();
    let (responses, asked) = (Arc::new(responses), Arc::<Mutex<Vec<String>>>::default());
    let memory = Arc::clone(&asked);
    drop(serve(listener, 1, move || {
        let (responses, memory) = (Arc::clone(&responses), Arc::clone(&memory));
        move |config: &mut web::ServiceConfig| {
            config.default_service(web::to(move |request: HttpRequest| {
                memory.lock().expect("no panic").push(request.path().to_owned());
                let response = responses.get(request.path()).cloned();
                async move { response.map_or_else(|| HttpResponse::NotFound().finish(), |it| HttpResponse::Ok().json(it)) }
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

/// Starts a sign-in with `name` and follows the callback; returns the final redirect.
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
        let (node, asked) = house(&app, responses(name, &fixture)).await;
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

        // Signing in again finds the same account, with one token request for each code.
        let again = follow_callback(&node, &mut browser, name).await;
        assert_eq!(node.session_of(&mut browser, &again).await["user"]["id"], user["id"], "{page}");
        assert_eq!(app.count("users").await, 1, "{page}");
        let calls = asked.lock().expect("no panic").iter().filter(|path| path.ends_with("/token")).count();
        assert_eq!(calls, 2, "{page}");
    }
}

#[actix_web::test]
async fn userinfo_without_a_subject_fails() {
    for (page, place, response) in [
        ("twitch", "/twitch/me", json!({"data": []})),
        ("facebook", "/facebook/me", json!(false)),
        ("gitlab", "/gitlab/me", json!({"id": 7, "state": "blocked"})),
        ("spotify", "/spotify/token", json!({"error": "invalid_grant"})),
        ("facebook", "/facebook/token", json!({"error": {"message": "no", "code": 100}})),
    ] {
        let app = TestApp::new();
        let mut responses = responses(page, &fixture(page));
        responses.insert(place.to_owned(), response);
        let (node, _) = house(&app, responses).await;
        let target = follow_callback(&node, &mut Browser::new(), page).await;
        let expected =
            if place.ends_with("/token") { "oauth-token-echange-failed" } else { "oauth-profile-fetch-failed" };
        assert_eq!(parameter(&target, "error").as_deref(), Some(expected), "{place}: {target}");
        assert_eq!(app.count("users").await, 0, "{place}");
    }
}
