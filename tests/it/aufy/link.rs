//! `POST link/external` and `GET info`: one's own account, and who else vouches for it.

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
    // The address of the other identity is another one, and not even proven.
    node.hand_over(&mut browser, "google", "jonas").await;
    let answer = node.post(&mut browser, "account/link/external", Some(token), "").await;
    let account = json!({
        "email": "mira@example.org", "username": "Mira Okafor", "roles": ["me", "user"],
        "logins": ["GitHub", "Google"], "hasPassword": false
    });
    assert_eq!((answer.status, answer.json()), (200, account.clone()));
    assert!(!browser.jar.contains_key(SIGN_IN));
    let info = node.account("info");
    assert_eq!(browser.get_as(&info, token).await.json(), account);
    // Either of them leads to the account now, and the tokens of both wait.
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
    // Somebody else's, and one's own once more.
    for (provider, person) in [("google", "rosa"), ("github", "mira")] {
        node.hand_over(&mut browser, provider, person).await;
        let answer = node.post(&mut browser, "account/link/external", Some(token), "").await;
        answer.assert_problem(409, "linked to a user already");
        assert!(!browser.jar.contains_key(SIGN_IN), "the ticket is spent");
    }
    let mut stranger = Browser::new();
    node.hand_over(&mut stranger, "google", "jonas").await;
    node.post(&mut stranger, "account/link/external", None, "").await.assert_problem(401, "access token");
    node.post(&mut stranger, "account/link/external", Some("x.y.z"), "").await.assert_problem(401, "access token");
    assert!(stranger.jar.contains_key(SIGN_IN), "nothing was spent");
    let mut copy = Browser::new();
    copy.jar = stranger.jar.clone();
    assert_eq!(node.post(&mut stranger, "account/link/external", Some(token), "").await.status, 200);
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
    assert_eq!(gone.header("x-token-expired"), None, "a refresh would not help");
    node.hand_over(&mut browser, "google", "rosa").await;
    node.post(&mut browser, "account/link/external", Some(token), "").await.assert_problem(401, "access token");
    assert_eq!(node.hand_over(&mut browser, "google", "rosa").await.as_str(), BACK);
}
