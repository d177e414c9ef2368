//! The access token's claims about its session, and `/user/sessions`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::app::{CHALLENGE, Node, TestApp, VERIFIER, access_token, parameter, refresh_token};
use crate::support::browser::{Browser, Response};

/// The claims of a session's access token.
fn claims(session: &Value) -> Value {
    let token = access_token(session);
    let payload = token.split('.').nth(1).expect("a payload");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64url")).expect("JSON")
}

fn hasura(session: &Value) -> Value {
    claims(session)["https://hasura.io/jwt/claims"].clone()
}

async fn ask(node: &Node, method: &str, path: &str, session: &Value) -> Response {
    let bearer = format!("Bearer {}", access_token(session));
    Browser::new().send(method, &format!("{}{path}", node.base), &[("Authorization", &bearer)], Vec::new()).await
}

#[actix_web::test]
async fn access_token_has_jti_and_session_id() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let first = node.session(&mut browser, "google", "mira").await;
    let token = refresh_token(&first);
    let second = node.refresh(&browser, token).await.json();
    assert_eq!(claims(&first)["sid"], first["refreshTokenId"]);
    assert_eq!(claims(&second)["sid"], claims(&first)["sid"], "the session stays the same");
    assert_ne!(claims(&second)["jti"], claims(&first)["jti"], "each token is new");
}

#[actix_web::test]
async fn custom_claims_setting_adds_claims() {
    let app = TestApp::new();
    let more = "[session.custom_claims]\nteam = 'metadata.team.id'\nroles-at = 'metadata.roles'\n\
                Given = 'profile.given_name'\nplan = 'metadata.plan'\nnothing = 'profile.nothing'\n\
                [session.custom_claim_defaults]\nplan = 'free'";
    let node = app.node_with(more).await;
    let mut browser = Browser::new();
    let metadata = r#"{"team":{"id":7},"roles":["a","b"]}"#;
    let query = format!("metadata={}", url::form_urlencoded::byte_serialize(metadata.as_bytes()).collect::<String>());
    let target = node.sign_in(&mut browser, "google", &query, "mira").await;
    let session = node.session_of(&mut browser, &target).await;
    let check = |session: &Value| {
        let said = hasura(session);
        let [team, roles, given, plan] =
            ["team", "roles-at", "given", "plan"].map(|n| said[format!("x-hasura-{n}")].clone());
        assert_eq!([team, roles, given, plan], [json!("7"), json!(r#"{"a","b"}"#), json!("Mira"), json!("free")]);
        assert_eq!(said.get("x-hasura-nothing"), None);
        assert_eq!(said["x-hasura-default-role"], "user");
    };
    check(&session);
    let again = node.refresh(&browser, refresh_token(&session)).await;
    check(&again.json());
    // Metadata is read at each refresh; profile claims stay as the provider reported them.
    app.execute("UPDATE users SET metadata = NULL").await;
    let said = hasura(&node.refresh(&browser, again.json()["refreshToken"].as_str().expect("a token")).await.json());
    assert_eq!((said.get("x-hasura-team"), &said["x-hasura-given"]), (None, &json!("Mira")));

    // A session that starts from a one-time code has the same claims.
    let target = node.sign_in(&mut browser, "google", &format!("codeChallenge={CHALLENGE}"), "jonas").await;
    let body = json!({"code": parameter(&target, "code"), "codeVerifier": VERIFIER});
    let exchanged = browser.post_json(&format!("{}/token/exchange", node.base), &body).await.json();
    assert_eq!(hasura(&exchanged["session"])["x-hasura-given"], "Jonas");
}

#[actix_web::test]
async fn session_list_shows_own_sessions_and_ends_one() {
    let app = TestApp::new();
    let node = app.node().await;
    let (mut phone, mut laptop) = (Browser::new(), Browser::new());
    let at_phone = node.session(&mut phone, "google", "mira").await;
    app.wait(60);
    let at_laptop = node.session(&mut laptop, "google", "mira").await;
    node.session(&mut Browser::new(), "google", "jonas").await;
    let listed = ask(&node, "GET", "/user/sessions", &at_phone).await.json();
    let listed = listed["sessions"].as_array().expect("a list");
    let ids: Vec<_> = listed.iter().map(|session| session["id"].clone()).collect();
    assert_eq!(ids, [at_laptop["refreshTokenId"].clone(), at_phone["refreshTokenId"].clone()]);
    assert_eq!(listed[0]["isCurrent"], false);
    assert_eq!(listed[1]["isCurrent"], true);
    assert_eq!(listed[0]["createdAt"], "2027-01-15T08:01:00Z");

    let of = |session: &Value| format!("/user/sessions/{}", session["refreshTokenId"].as_str().expect("an id"));
    assert_eq!(ask(&node, "DELETE", &of(&at_laptop), &at_phone).await.status, 200);
    let token = |session: &Value| refresh_token(session).to_owned();
    node.refresh(&laptop, &token(&at_laptop)).await.assert_error(401, "invalid-refresh-token");
    assert_eq!(node.refresh(&phone, &token(&at_phone)).await.status, 200);
    // Ending it again is no error; another user's session is not affected; a malformed id is.
    assert_eq!(ask(&node, "DELETE", &of(&at_laptop), &at_phone).await.status, 200);
    let jonas = node.session(&mut Browser::new(), "google", "jonas").await;
    assert_eq!(ask(&node, "DELETE", &of(&jonas), &at_phone).await.status, 200);
    assert_eq!(node.refresh(&Browser::new(), &token(&jonas)).await.status, 200);
    ask(&node, "DELETE", "/user/sessions/x", &at_phone).await.assert_error(400, "invalid-request");
    ask(&node, "GET", "/user/sessions", &json!({"accessToken": "x"})).await.assert_error(401, "invalid-request");
}

#[actix_web::test]
async fn stale_session_cannot_link_or_unlink() {
    let app = TestApp::new();
    let node = app.node_with("session.reauthentication_window = '10m'\nsession.access_token_ttl = '1h'").await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "mira").await;
    let token = access_token(&session);
    node.connect(&mut browser, "github", &format!("connect={token}"), "jonas").await;
    app.wait(601);
    ask(&node, "DELETE", "/user/providers/github", &session).await.assert_error(403, "invalid-request");
    // A refresh does not make the session fresh; signing in does.
    let refreshed = node.refresh(&browser, refresh_token(&session)).await.json();
    ask(&node, "DELETE", "/user/providers/github", &refreshed).await.assert_error(403, "invalid-request");
    let fresh = node.session(&mut browser, "google", "mira").await;
    // An ended session is not fresh.
    let signed_out = json!({"refreshToken": fresh["refreshToken"]});
    browser.post_json(&format!("{}/signout", node.base), &signed_out).await;
    ask(&node, "DELETE", "/user/providers/github", &fresh).await.assert_error(401, "invalid-request");
    let fresh = node.session(&mut browser, "google", "mira").await;
    assert_eq!(ask(&node, "DELETE", "/user/providers/github", &fresh).await.status, 200);
}
