//! Emails: verification, ownership, and changes at the provider.

use serde_json::json;

use crate::security::malicious_provider::{MaliciousProvider, profile, sign_in};
use crate::support::app::{Database, Node, TestApp, access_token, refresh_token};
use crate::support::browser::Browser;

async fn app_with_malicious_provider(database: Database) -> Option<(TestApp, Node, MaliciousProvider)> {
    let (app, malicious) = (TestApp::on(database)?, MaliciousProvider::new());
    let node = app.node_with(&malicious.settings()).await;
    Some((app, node, malicious))
}

#[actix_web::test]
async fn later_profile_changes_identity_not_account() {
    let (app, node, malicious) =
        app_with_malicious_provider(Database::Sqlite).await.expect("SQLite is always available");
    let come = async |email: Option<&str>, is_verified: bool| {
        let verified = Some(json!(is_verified));
        assert_eq!(sign_in(&app, &node, &malicious, profile("7", email, verified)).await, None);
    };
    come(Some("First@example.org"), true).await;
    let of_account = "SELECT COUNT(*) FROM users WHERE email = 'First@example.org' \
                      AND email_canonical = 'first@example.org' AND email_verified = TRUE";
    let of_identity = async |what: &str| app.query(&format!("SELECT COUNT(*) FROM identities WHERE {what}")).await;
    for (email, is_verified, noted) in [
        (Some("second@example.org"), true, "email = 'second@example.org' AND email_verified = TRUE"),
        (Some("third@example.org"), false, "email = 'third@example.org' AND email_verified = FALSE"),
        (Some("first@example.org"), false, "email = 'first@example.org' AND email_verified = FALSE"),
        (Some("no address"), true, "email IS NULL AND email_verified = FALSE"),
        (None, true, "email IS NULL AND email_verified = FALSE"),
    ] {
        come(email, is_verified).await;
        assert_eq!((of_identity(noted).await, app.query(of_account).await), (1, 1), "{email:?} {is_verified}");
    }
    assert_eq!((app.count("users").await, app.count("identities").await), (1, 1));
}

#[actix_web::test]
async fn identity_email_links_nothing_and_taken_email_stays() {
    let (app, node, malicious) =
        app_with_malicious_provider(Database::Sqlite).await.expect("SQLite is always available");
    let rosa = node.session(&mut Browser::new(), "google", "rosa").await;
    let proven = |email| profile("7", Some(email), Some(json!(true)));
    assert_eq!(sign_in(&app, &node, &malicious, proven("seven@example.org")).await, None);
    // The provider now reports Rosa's email for `seven`, then Mira's, who has no account yet.
    assert_eq!(sign_in(&app, &node, &malicious, proven("rosa@example.com")).await, None);
    assert_eq!(sign_in(&app, &node, &malicious, proven("mira@example.org")).await, None);
    let again = node.session(&mut Browser::new(), "google", "rosa").await;
    assert_eq!(again["user"], rosa["user"]);
    node.session(&mut Browser::new(), "google", "mira").await;
    assert_eq!((app.count("users").await, app.count("identities").await), (3, 3));
}

async fn users_without_email(database: Database) {
    let Some((app, node, malicious)) = app_with_malicious_provider(database).await else { return };
    for (subject, email) in [("1", None), ("2", None), ("3", Some("")), ("4", Some("")), ("5", Some("a@b@c"))] {
        assert_eq!(
            sign_in(&app, &node, &malicious, profile(subject, email, Some(json!(true)))).await,
            None,
            "{subject}"
        );
    }
    assert_eq!((app.count("users").await, app.count("identities").await), (5, 5));
    assert_eq!(app.query("SELECT COUNT(*) FROM users WHERE email IS NULL AND email_canonical IS NULL").await, 5);
    assert_eq!(app.query("SELECT COUNT(*) FROM users WHERE email_verified = TRUE").await, 0);
}

#[actix_web::test]
async fn users_without_email_stay_distinct_sqlite() {
    users_without_email(Database::Sqlite).await;
}

#[actix_web::test]
async fn users_without_email_stay_distinct_postgres() {
    users_without_email(Database::Postgres).await;
}

#[actix_web::test]
async fn user_without_email_can_use_every_route() {
    let app = TestApp::new();
    let node = app.node_with("[sign_up]\nverified_email_required = true\nblocked_email_domains = ['x.org']").await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "aiko").await;
    let bearer = access_token(&session).to_owned();
    assert_eq!(browser.get_as(&format!("{}/user", node.base), &bearer).await.status, 200);
    assert_eq!(node.tokens(&browser, "google", &session).await.status, 200);
    let verified = browser.post_json_as(&format!("{}/token/verify", node.base), &bearer, &json!({})).await;
    assert_eq!((verified.status, verified.json()), (200, json!("OK")));
    let target = node.connect(&mut browser, "github", &format!("connect={bearer}"), "aiko").await;
    assert_eq!((target.as_str(), app.count("identities").await), ("https://app.test/?linked=github", 2));
    let refreshed = node.refresh(&browser, refresh_token(&session)).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.text());
}

#[actix_web::test]
async fn unparsable_email_does_not_bypass_the_lists() {
    let (app, malicious) = (TestApp::new(), MaliciousProvider::new());
    let rule = format!("[sign_up]\nallowed_email_domains = ['example.org']\n{}", malicious.settings());
    let node = app.node_with(&rule).await;
    let come = async |subject: &str, email: Option<&str>| {
        sign_in(&app, &node, &malicious, profile(subject, email, Some(json!(true)))).await
    };
    for email in ["a@evil.test,b@example.org", "a@evil.test b@example.org", "a@evil.test", "nothing"] {
        assert_eq!(come("1", Some(email)).await.as_deref(), Some("invalid-email-password"), "{email}");
    }
    assert_eq!(app.count("users").await, 0);
    assert_eq!(come("2", Some("a@EXAMPLE.org")).await, None);
    assert_eq!(come("3", None).await.as_deref(), Some("invalid-email-password"), "no email, no proof");
}
