//! Email and proof: only the document that names an email can verify it, and only verified emails open accounts.

use serde_json::{Value, json};

use super::malicious_provider::{MaliciousProvider, Script, profile, sign_in, sign_in_target};
use crate::nhost::id_token::{HASHED, NONCE, id_token, present};
use crate::support::app::{Node, TestApp, parameter};
use crate::support::browser::Browser;
use vouchsafe_simulator::SimulatedProvider;

const VICTIM: &str = "mira@example.org";

/// An app with the scripted provider, more settings for it, and Mira's account with a verified email.
async fn app_with_victim(more: &str) -> (TestApp, Node, MaliciousProvider) {
    let (app, malicious) = (TestApp::new(), MaliciousProvider::new());
    let node = app.node_with(&format!("{}{more}\n", malicious.settings())).await;
    node.session(&mut Browser::new(), "google", "mira").await;
    (app, node, malicious)
}

/// The number of identities of the only user with the victim's verified email.
async fn victims_identities(app: &TestApp) -> i64 {
    app.query(&format!(
        "SELECT COUNT(*) FROM identities WHERE user_id IN \
         (SELECT id FROM users WHERE email_canonical = '{VICTIM}' AND email_verified = TRUE)"
    ))
    .await
}

/// A script with these members of id_token and userinfo, besides the subject.
fn documents(id_token: Value, userinfo: Value) -> impl FnOnce(&mut Script) {
    move |script| {
        let token = script.id_token.as_mut().expect("a token").as_object_mut().expect("an object");
        token.insert("sub".to_owned(), json!("attacker"));
        token.extend(id_token.as_object().expect("an object").clone());
        script.userinfo = userinfo;
        script.userinfo["sub"] = json!("attacker");
    }
}

#[actix_web::test]
async fn proof_of_one_document_does_not_verify_an_email_of_another() {
    for (name, id_token, userinfo) in [
        (
            "proof without email in the id_token",
            json!({"email_verified": true}),
            json!({"email": VICTIM, "email_verified": false}),
        ),
        ("proof without email, none in userinfo", json!({"email_verified": true}), json!({"email": VICTIM})),
        (
            "another verified email in the id_token",
            json!({"email": "attacker@evil.test", "email_verified": true}),
            json!({"email": VICTIM}),
        ),
        (
            "another verified email in userinfo",
            json!({"email": VICTIM}),
            json!({"email": "attacker@evil.test", "email_verified": true}),
        ),
        ("proof without email in userinfo", json!({"email": VICTIM}), json!({"email_verified": true})),
        (
            "proof without email in userinfo, denied in the id_token",
            json!({"email": VICTIM, "email_verified": false}),
            json!({"email_verified": true}),
        ),
        ("null email with proof", json!({"email": null, "email_verified": true}), json!({"email": VICTIM})),
        ("empty email with proof", json!({"email": "", "email_verified": true}), json!({"email": VICTIM})),
    ] {
        let (app, node, malicious) = app_with_victim("").await;
        sign_in(&app, &node, &malicious, documents(id_token, userinfo)).await;
        assert_eq!(victims_identities(&app).await, 1, "{name}");
    }
}

#[actix_web::test]
async fn email_from_another_claim_is_unverified_without_its_own_proof() {
    for claims in [
        "claims = { email = 'preferred_username' }",
        "claims = { email = 'upn' }",
        "claims = { email = 'contact.email' }",
    ] {
        let (app, node, malicious) = app_with_victim(claims).await;
        let userinfo = json!({
            "preferred_username": VICTIM, "upn": VICTIM, "contact": {"email": VICTIM},
            "email": "attacker@evil.test", "email_verified": true,
        });
        sign_in(&app, &node, &malicious, documents(json!({}), userinfo.clone())).await;
        sign_in(&app, &node, &malicious, documents(userinfo, json!({}))).await;
        assert_eq!(victims_identities(&app).await, 1, "{claims}");
    }
}

#[actix_web::test]
async fn thin_id_token_is_completed_by_userinfo() {
    let (app, malicious) = (TestApp::new(), MaliciousProvider::new());
    let node = app.node_with(&malicious.settings()).await;
    let full = json!({"email": "seven@example.org", "email_verified": true, "name": "Seven"});
    let thin = documents(json!({"email": "seven@example.org"}), full);
    assert_eq!(sign_in(&app, &node, &malicious, thin).await, None);
    let complete = "SELECT COUNT(*) FROM users WHERE email_verified = TRUE AND display_name = 'Seven'";
    assert_eq!(app.query(complete).await, 1);
}

#[actix_web::test]
async fn allowed_email_domains_admit_verified_emails_only() {
    let (app, malicious) = (TestApp::new(), MaliciousProvider::new());
    let more = format!("{}[sign_up]\nallowed_email_domains = ['example.org']\n", malicious.settings());
    let node = app.node_with(&more).await;
    for (name, email, verified) in [
        ("unverified", Some("boss@example.org"), Some(json!(false))),
        ("nothing said", Some("boss@example.org"), None),
        ("said as text", Some("boss@example.org"), Some(json!("true"))),
        ("no email", None, Some(json!(true))),
        ("another domain", Some("boss@evil.test"), Some(json!(true))),
        ("a subdomain", Some("boss@evil.example.org"), Some(json!(true))),
        ("a longer domain", Some("boss@evilexample.org"), Some(json!(true))),
        ("two at signs", Some("boss@evil.test@example.org"), Some(json!(true))),
    ] {
        let target = sign_in_target(&app, &node, &malicious, profile(name, email, verified)).await;
        assert_eq!(parameter(&target, "refreshToken"), None, "{name}: {target}");
    }
    // Every route: Jonas has another domain, Aiko no email, Mira a verified one.
    for persona in ["jonas", "aiko"] {
        for route in ["signin", "signup"] {
            let url = format!("{}/{route}/provider/github", node.base);
            let mut browser = Browser::new();
            let authorize = browser.get(&url).await.location();
            let callback = browser.get(&format!("{authorize}&login={persona}")).await.location();
            let target = browser.get(&callback).await.location_url();
            assert_eq!(parameter(&target, "refreshToken"), None, "{route} {persona}: {target}");
            let token = id_token(&app, SimulatedProvider::Google, persona, HASHED).await;
            let body = json!({"provider": "google", "idToken": token, "nonce": NONCE});
            let response = present(&node, route, body).await;
            assert!(response.json()["session"].is_null(), "{route} {persona}: {}", response.text());
        }
        let mut browser = Browser::new();
        node.hand_over(&mut browser, "github", persona).await;
        let response = node.post(&mut browser, "auth/signin/external", None, "").await;
        assert!(response.status >= 400, "{persona}: {}", response.text());
    }
    for table in ["sessions", "one_time_codes", "vault_entries"] {
        assert_eq!(app.count(table).await, 0, "{table}");
    }
    node.session(&mut Browser::new(), "github", "mira").await;
    assert_eq!(app.count("sessions").await, 1);
}
