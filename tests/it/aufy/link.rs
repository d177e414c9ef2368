//! `POST link/external` and `GET info`: the user's account and its linked providers.

use serde_json::json;

use super::{BACK, SIGN_IN, access_token};
use crate::support::app::TestApp;
use crate::support::browser::Browser;

#[actix_web::test]
async fn link_with_a_second_provider_is_listed_in_info() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let tokens = node.enter(&mut browser, "github", "mira").await;
    let token = access_token(&tokens);
    app.wait(1);
    // The other identity has another email, unverified.
    node.hand_over(&mut browser, "google", "jonas").await;
    let response = node.post(&mut browser, "account/link/external", Some(token), "").await;
    let account = json!({
        "email": "mira@example.org", "username": "Mira Okafor", "roles": ["me", "user"],
        "logins": ["GitHub", "Google"], "hasPassword": false
    });
    assert_eq!((response.status, response.json()), (200, account.clone()));
    assert!(!browser.jar.contains_key(SIGN_IN));
    let info = node.account("info");
    assert_eq!(browser.get_as(&info, token).await.json(), account);
    // Both providers find the account now, and the tokens of both are stored.
    node.enter(&mut Browser::new(), "google", "jonas").await;
    assert_eq!((app.count("users").await, app.count("identities").await), (1, 2));
    assert_eq!(app.count("vault_entries").await, 2);
}

#[actix_web::test]
async fn link_without_session_or_ticket_or_of_a_taken_identity_fails() {
    let app = TestApp::new();
    let node = app.node().await;
    node.enter(&mut Browser::new(), "google", "rosa").await;
    let mut browser = Browser::new();
    let tokens = node.enter(&mut browser, "github", "mira").await;
    let token = access_token(&tokens);
    let without = node.post(&mut browser, "account/link/external", Some(token), "").await;
    without.assert_problem(400, "no sign-in to link");
    // An identity of another user, and an already linked one.
    for (provider, persona) in [("google", "rosa"), ("github", "mira")] {
        node.hand_over(&mut browser, provider, persona).await;
        let response = node.post(&mut browser, "account/link/external", Some(token), "").await;
        response.assert_problem(409, "linked to a user already");
        assert!(!browser.jar.contains_key(SIGN_IN), "the ticket is used");
    }
    let mut signed_out = Browser::new();
    node.hand_over(&mut signed_out, "google", "jonas").await;
    node.post(&mut signed_out, "account/link/external", None, "").await.assert_problem(401, "access token");
    node.post(&mut signed_out, "account/link/external", Some("x.y.z"), "").await.assert_problem(401, "access token");
    assert!(signed_out.jar.contains_key(SIGN_IN), "the ticket is unused");
    let mut copy = Browser::new();
    copy.jar = signed_out.jar.clone();
    assert_eq!(node.post(&mut signed_out, "account/link/external", Some(token), "").await.status, 200);
    copy.jar.remove("Aufy.RefreshToken");
    node.post(&mut copy, "account/link/external", Some(token), "").await.assert_problem(400, "no sign-in to link");
    node.post(&mut copy, "auth/signin/external", None, "").await.assert_problem(401, "no sign-in");
    assert_eq!((app.count("users").await, app.count("identities").await), (2, 3));
}

#[actix_web::test]
async fn info_of_erased_and_disabled_users_gets_distinct_errors() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let tokens = node.enter(&mut browser, "github", "mira").await;
    let token = access_token(&tokens);
    let info = node.account("info");
    browser.get(&info).await.assert_problem(401, "access token");
    app.execute("UPDATE users SET disabled = 1").await;
    browser.get_as(&info, token).await.assert_problem(401, "access token");
    app.execute("DELETE FROM users").await;
    browser.get_as(&info, token).await.assert_problem(404, "User not found");
    let gone = node.whoami(&mut browser, Some(token)).await;
    gone.assert_problem(401, "access token");
    assert_eq!(gone.header("x-token-expired"), None, "not reported as expired");
    node.hand_over(&mut browser, "google", "rosa").await;
    node.post(&mut browser, "account/link/external", Some(token), "").await.assert_problem(401, "access token");
    assert_eq!(node.hand_over(&mut browser, "google", "rosa").await.as_str(), BACK);
}

#[actix_web::test]
async fn link_by_an_ended_or_stale_session_is_refused_and_keeps_the_ticket() {
    let app = TestApp::new();
    let node = app.node_with("session.reauthentication_window = '2m'").await;
    let mut browser = Browser::new();
    let tokens = node.enter(&mut browser, "github", "mira").await;
    let stale = access_token(&tokens).to_owned();
    app.wait(121);
    node.hand_over(&mut browser, "google", "jonas").await;
    let answer = node.post(&mut browser, "account/link/external", Some(&stale), "").await;
    answer.assert_problem(403, "sign in once more");
    assert!(browser.jar.contains_key(SIGN_IN), "nothing was spent");
    node.post(&mut browser, "auth/signout", Some(&stale), "").await;
    node.post(&mut browser, "account/link/external", Some(&stale), "").await.assert_problem(401, "access token");
    browser.get_as(&node.account("info"), &stale).await.assert_problem(401, "access token");
    node.whoami(&mut browser, Some(&stale)).await.assert_problem(401, "access token");
    assert!(browser.jar.contains_key(SIGN_IN), "nothing was spent");
    assert_eq!(app.count("identities").await, 1);
}
