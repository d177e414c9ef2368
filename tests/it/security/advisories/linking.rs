//! Advisories on linking: by email, by a session, and of identities that are linked already.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vouchsafe_simulator::SimulatedProvider;

use super::counts;
use crate::nhost::id_token::{HASHED, NONCE, id_token};
use crate::support::app::{Node, TestApp, access_token, parameter, refresh_token};
use crate::support::browser::Browser;

#[actix_web::test]
async fn supabase_auth_313_linking_by_email_can_be_disabled() {
    let app = TestApp::new();
    let node = app.node_with("[sign_up]\nlink_by_verified_email = false").await;
    let mira = node.session(&mut Browser::new(), "google", "mira").await;
    let target = node.sign_in(&mut Browser::new(), "github", "", "mira").await;
    assert_eq!(parameter(&target, "error").as_deref(), Some("user-already-exists"));
    assert_eq!(counts(&app).await, (1, 1));
    // With a session, linking it explicitly works.
    let query = format!("connect={}", access_token(&mira));
    let target = node.connect(&mut Browser::new(), "github", &query, "mira").await;
    assert_eq!((parameter(&target, "error"), counts(&app).await), (None, (1, 2)));
}

#[actix_web::test]
async fn auth_helpers_574_third_provider_finds_the_same_account() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut ids = BTreeSet::new();
    for provider in ["google", "github", "oidc"] {
        let session = node.session(&mut Browser::new(), provider, "mira").await;
        ids.insert(session["user"]["id"].to_string());
    }
    assert_eq!((ids.len(), counts(&app).await), (1, (1, 3)));
}

/// Connects the identity of `persona` to the session's account; returns the error.
async fn connect(node: &Node, session: &Value, provider: &str, persona: &str) -> Option<String> {
    let query = format!("connect={}", access_token(session));
    let target = node.connect(&mut Browser::new(), provider, &query, persona).await;
    assert_eq!(parameter(&target, "refreshToken"), None);
    parameter(&target, "error")
}

const ALREADY_LINKED: &str = "provider-account-already-linked";

#[actix_web::test]
async fn kratos_694_taken_identity_has_its_own_error() {
    let app = TestApp::new();
    let node = app.node().await;
    let mira = node.session(&mut Browser::new(), "google", "mira").await;
    let rosa = node.session(&mut Browser::new(), "github", "rosa").await;
    assert_eq!(connect(&node, &mira, "github", "rosa").await.as_deref(), Some(ALREADY_LINKED));
    let again = node.session(&mut Browser::new(), "github", "rosa").await;
    assert_eq!((&again["user"]["id"], counts(&app).await), (&rosa["user"]["id"], (2, 2)));
}

#[actix_web::test]
async fn auth_js_814_failed_link_keeps_the_session() {
    let app = TestApp::new();
    let node = app.node().await;
    let mira = node.session(&mut Browser::new(), "google", "mira").await;
    node.session(&mut Browser::new(), "github", "rosa").await;
    assert_eq!(connect(&node, &mira, "github", "rosa").await.as_deref(), Some(ALREADY_LINKED));
    let refreshed = node.refresh(&Browser::new(), refresh_token(&mira)).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.text());
}

#[actix_web::test]
async fn better_auth_10214_id_token_links_to_one_user() {
    let app = TestApp::new();
    let node = app.node().await;
    let token = id_token(&app, SimulatedProvider::Google, "jonas", HASHED).await;
    let body = json!({"provider": "google", "idToken": token, "nonce": NONCE});
    let mut responses = Vec::new();
    for persona in ["mira", "rosa"] {
        let session = node.session(&mut Browser::new(), "github", persona).await;
        let bearer = access_token(&session).to_owned();
        responses.push(Browser::new().post_json_as(&format!("{}/link/idtoken", node.base), &bearer, &body).await);
    }
    assert_eq!(responses[0].status, 200, "{}", responses[0].text());
    responses[1].assert_error(400, ALREADY_LINKED);
    assert_eq!(app.query("SELECT COUNT(*) FROM identities WHERE provider = 'google'").await, 1);
}

#[actix_web::test]
async fn kratos_3909_two_identities_of_one_provider_link() {
    let app = TestApp::new();
    let node = app.node().await;
    let mira = node.session(&mut Browser::new(), "google", "mira").await;
    assert_eq!(connect(&node, &mira, "google", "aiko").await, None);
    let as_aiko = node.session(&mut Browser::new(), "google", "aiko").await;
    assert_eq!((&as_aiko["user"]["id"], counts(&app).await), (&mira["user"]["id"], (1, 2)));
}
