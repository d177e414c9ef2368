//! An email that is merely claimed blocks nobody and gives no rights.

use serde_json::json;
use vouchsafe::UserId;
use vouchsafe_simulator::SimulatedProvider;

use crate::nhost::id_token::{HASHED, NONCE, id_token, present};
use crate::security::malicious_provider::{MaliciousProvider, profile, sign_in};
use crate::support::app::{Database, TestApp, parameter, refresh_token};
use crate::support::browser::Browser;

const EMAIL: &str = "mira@example.org";

#[actix_web::test]
async fn claimed_email_does_not_block_its_owner() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let malicious = MaliciousProvider::new();
        let node = app.node_with(&malicious.settings()).await;
        for subject in ["squatter", "another"] {
            let claim = profile(subject, Some("MIRA@example.org"), Some(json!(false)));
            assert_eq!(sign_in(&app, &node, &malicious, claim).await, None);
        }
        // Signing up is possible, too: nobody owns the email.
        let token = id_token(&app, SimulatedProvider::Google, "mira", HASHED).await;
        let body = json!({"provider": "google", "idToken": token, "nonce": NONCE});
        let owner = present(&node, "signup", body).await.json()["session"]["user"].clone();
        assert_eq!((&owner["email"], &owner["emailVerified"]), (&json!(EMAIL), &json!(true)));
        // A second provider that verifies the email finds the owner, not those who claim it.
        let session = node.session(&mut Browser::new(), "github", "mira").await;
        assert_eq!(session["user"]["id"], owner["id"]);
        assert_eq!((app.count("users").await, app.count("identities").await), (3, 4));
        // They keep their accounts, without proof.
        assert_eq!(sign_in(&app, &node, &malicious, profile("squatter", None, None)).await, None);
        assert_eq!(app.query("SELECT COUNT(*) FROM users WHERE email_verified = TRUE").await, 1);
    }
}

#[actix_web::test]
async fn verified_email_cannot_be_claimed_afterwards() {
    let app = TestApp::new();
    let malicious = MaliciousProvider::new();
    let node = app.node_with(&malicious.settings()).await;
    node.session(&mut Browser::new(), "google", "mira").await;
    let claim = profile("late", Some("Mira@Example.org"), Some(json!(false)));
    assert_eq!(sign_in(&app, &node, &malicious, claim).await.as_deref(), Some("unverified-user"));
    assert_eq!(app.count("users").await, 1);
}

#[actix_web::test]
async fn confirmation_by_mail_fails_once_another_account_verified_the_email() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let malicious = MaliciousProvider::new();
        let node = app.node_with(&malicious.settings()).await;
        let claimer = node.session(&mut Browser::new(), "google", "jonas").await;
        let claimer = UserId(claimer["user"]["id"].as_str().expect("an id").parse().expect("a UUID"));
        let owner = profile("owner", Some("jonas@example.net"), Some(json!(true)));
        assert_eq!(sign_in(&app, &node, &malicious, owner).await, None);
        let vouchsafe = app.build(app.settings("http://127.0.0.1:4000", "")).await;
        assert!(!vouchsafe.confirm_email(claimer, "jonas@example.net").await.expect("answered"));
        assert_eq!((app.count("users").await, app.count("sessions").await), (2, 2));
        assert_eq!(app.query("SELECT COUNT(*) FROM users WHERE email_verified = TRUE").await, 1);
    }
}

#[actix_web::test]
async fn allowed_domain_admits_verified_emails_only() {
    let app = TestApp::new();
    let before = app.node().await;
    let known = before.session(&mut Browser::new(), "google", "jonas").await;
    let node = app.node_with("[sign_up]\nallowed_email_domains = ['example.net', 'example.org']").await;
    // Neither an existing account nor a new one gets a session by claiming an email of the domain.
    let target = node.sign_in(&mut Browser::new(), "google", "", "jonas").await;
    assert_eq!(parameter(&target, "error").as_deref(), Some("unverified-user"));
    node.refresh(&Browser::new(), refresh_token(&known)).await.assert_error(401, "unverified-user");
    let target = node.sign_in(&mut Browser::new(), "github", "", "jonas").await;
    assert_eq!((parameter(&target, "error"), parameter(&target, "refreshToken")), (None, None), "pending");
    let target = node.sign_in(&mut Browser::new(), "google", "", "aiko").await;
    assert_eq!(parameter(&target, "error").as_deref(), Some("invalid-email-password"), "no email");
    node.session(&mut Browser::new(), "google", "mira").await;
}
