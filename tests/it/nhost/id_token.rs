//! Sign-in, sign-up and linking by an id_token that a native app obtained.

use serde_json::{Value, json};
use vouchsafe_simulator::{CLIENT_ID, CLIENT_SECRET, SimulatedProvider};

use crate::support::app::{Node, TestApp, access_token, parameter, refresh_token};
use crate::support::browser::{Browser, Response};

/// An id_token as a native SDK of the provider obtains it.
pub async fn id_token(app: &TestApp, house: SimulatedProvider, persona: &str, nonce: &str) -> String {
    let at = app.simulator.endpoints(house);
    let mut browser = Browser::new();
    let query = format!(
        "client_id={CLIENT_ID}&redirect_uri=https%3A%2F%2Fphone.test%2F&response_type=code&scope=openid+email+profile&state=s&nonce={nonce}&login={persona}"
    );
    let back = browser.get(&format!("{}?{query}", at.authorize)).await.location_url();
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "authorization_code")
        .append_pair("code", &parameter(&back, "code").expect("a code"))
        .append_pair("redirect_uri", "https://phone.test/")
        .append_pair("client_id", CLIENT_ID)
        .append_pair("client_secret", CLIENT_SECRET)
        .finish();
    let response = browser.post_form(&at.token, &form).await;
    response.json()["id_token"].as_str().unwrap_or_else(|| panic!("{}", response.text())).to_owned()
}

pub async fn present(node: &Node, route: &str, body: Value) -> Response {
    Browser::new().post_json(&format!("{}/v1/{route}/idtoken", node.base), &body).await
}

/// A nonce of an app, and its SHA-256, which the app sends to the provider.
pub const NONCE: &str = "raw-nonce-0001";
pub const HASHED: &str = "cc738730c72e8ece716178e8af77e3454d89dfa870d9fbb83fac40a42cba978f";

#[actix_web::test]
async fn id_token_sign_in_finds_the_user_of_browser_sign_in() {
    let app = TestApp::new();
    let node = app.node().await;
    let token = id_token(&app, SimulatedProvider::Google, "mira", HASHED).await;
    let first = present(&node, "signin", json!({"provider": "google", "idToken": token, "nonce": NONCE})).await;
    assert_eq!((first.status, first.header("cache-control")), (200, Some("no-store")), "{}", first.text());
    let session = first.json()["session"].clone();
    assert_eq!(session["user"]["email"], "mira@example.org");
    let by_browser = node.session(&mut Browser::new(), "google", "mira").await;
    assert_eq!(by_browser["user"]["id"], session["user"]["id"]);
    let refreshed = node.refresh(&Browser::new(), refresh_token(&session)).await;
    assert_eq!(refreshed.json()["refreshTokenId"], session["refreshTokenId"]);
}

#[actix_web::test]
async fn id_token_sign_in_stores_no_provider_tokens() {
    let app = TestApp::new();
    let node = app.node().await;
    let token = id_token(&app, SimulatedProvider::Google, "mira", HASHED).await;
    let session =
        present(&node, "signin", json!({"provider": "google", "idToken": token, "nonce": NONCE})).await.json();
    node.tokens(&Browser::new(), "google", &session["session"]).await.assert_error(400, "invalid-request");
}

#[actix_web::test]
async fn id_token_with_wrong_audience_nonce_or_time_is_refused() {
    let app = TestApp::new();
    let node = app.node().await;
    let token = id_token(&app, SimulatedProvider::Google, "mira", HASHED).await;
    let (head, rest) = token.split_once('.').expect("dots");
    let forged = format!("{head}.{}", rest.replacen('e', "f", 1));
    for (body, status, error) in [
        (json!({"provider": "google", "idToken": token}), 400, "invalid-request"),
        (json!({"provider": "google", "idToken": token, "nonce": "other"}), 400, "invalid-request"),
        (json!({"provider": "google", "idToken": token, "nonce": HASHED}), 400, "invalid-request"),
        (json!({"provider": "google", "idToken": forged, "nonce": NONCE}), 400, "invalid-request"),
        (json!({"provider": "oidc", "idToken": token, "nonce": NONCE}), 400, "invalid-request"),
        (json!({"provider": "github", "idToken": token, "nonce": NONCE}), 400, "invalid-request"),
        (json!({"provider": "nobody", "idToken": token}), 400, "invalid-request"),
        (json!({"provider": "apple", "idToken": token}), 409, "disabled-endpoint"),
        (json!({"provider": "google"}), 400, "invalid-request"),
        (json!({"provider": "google", "idToken": token, "extra": 1}), 400, "invalid-request"),
        (
            json!({"provider": "google", "idToken": token, "nonce": NONCE, "options": {"locale": "x"}}),
            400,
            "invalid-request",
        ),
        (
            json!({"provider": "google", "idToken": token, "nonce": NONCE, "options": {"redirectTo": "https://evil.test"}}),
            400,
            "redirectTo-not-allowed",
        ),
        (
            json!({"provider": "google", "idToken": token, "nonce": NONCE, "options": {"allowedRoles": ["admin"]}}),
            400,
            "role-not-allowed",
        ),
    ] {
        present(&node, "signin", body).await.assert_error(status, error);
    }
    assert_eq!(app.count("users").await, 0);
    app.wait(2 * 3600);
    let late = present(&node, "signin", json!({"provider": "google", "idToken": token, "nonce": NONCE})).await;
    late.assert_error(400, "invalid-request");
}

#[actix_web::test]
async fn id_token_sign_up_of_a_known_user_is_refused() {
    let app = TestApp::new();
    let node = app.node().await;
    let options = json!({"displayName": "M.", "metadata": {"a": 1}});
    let token = id_token(&app, SimulatedProvider::Google, "mira", HASHED).await;
    let body = json!({"provider": "google", "idToken": token, "nonce": NONCE, "options": options});
    let first = present(&node, "signup", body.clone()).await.json();
    assert_eq!(
        (&first["session"]["user"]["displayName"], &first["session"]["user"]["metadata"]),
        (&json!("M."), &json!({"a": 1}))
    );
    present(&node, "signup", body).await.assert_error(409, "user-already-exists");

    let closed = app.node_with("sign_up = { enabled = false }").await;
    let token = id_token(&app, SimulatedProvider::Google, "rosa", HASHED).await;
    for route in ["signup", "signin"] {
        let body = json!({"provider": "google", "idToken": token, "nonce": NONCE});
        present(&closed, route, body).await.assert_error(403, "signup-disabled");
    }
}

#[actix_web::test]
async fn id_token_sign_in_pending_verification_has_no_session() {
    let app = TestApp::new();
    let node = app.node_with("sign_up = { verified_email_required = true }").await;
    let token = id_token(&app, SimulatedProvider::Google, "jonas", HASHED).await;
    let response = present(&node, "signin", json!({"provider": "google", "idToken": token, "nonce": NONCE})).await;
    assert_eq!((response.status, response.json()), (200, json!({})));
    assert_eq!((app.count("users").await, app.count("sessions").await), (1, 0));
}

#[actix_web::test]
async fn id_token_link_adds_the_identity() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "github", "mira").await;
    let bearer = access_token(&session);
    let token = id_token(&app, SimulatedProvider::Google, "jonas", HASHED).await;
    let (url, body) =
        (format!("{}/link/idtoken", node.base), json!({"provider": "google", "idToken": token, "nonce": NONCE}));
    browser.post_json(&url, &body).await.assert_error(401, "invalid-request");
    assert_eq!(browser.post_json_as(&url, bearer, &body).await.json(), json!("OK"));
    browser.post_json_as(&url, bearer, &body).await.assert_error(400, "provider-account-already-linked");
    let as_jonas = node.session(&mut browser, "google", "jonas").await;
    assert_eq!(as_jonas["user"]["id"], session["user"]["id"]);
}
