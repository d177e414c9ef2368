//! Published advisories on accounts, linking and email verification, one test each, named by the advisory's number.
//! `docs/accounts.md` lists them; the last test compares that list.

mod linking;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use vouchsafe_simulator::SimulatedProvider;

use crate::nhost::id_token::{HASHED, NONCE, id_token, present};
use crate::providers::all::sign_in as sign_in_with;
use crate::security::malicious_provider::{MaliciousProvider, profile, sign_in};
use crate::support::app::{Node, TestApp, access_token, parameter};
use crate::support::browser::Browser;

const VICTIM: &str = "mira@example.org";

/// The number of users and identities.
async fn counts(app: &TestApp) -> (i64, i64) {
    (app.count("users").await, app.count("identities").await)
}

/// An app with a scripted provider besides the simulated ones.
async fn app_with_malicious_provider() -> (TestApp, Node, MaliciousProvider) {
    let (app, malicious) = (TestApp::new(), MaliciousProvider::new());
    let node = app.node_with(&malicious.settings()).await;
    (app, node, malicious)
}

/// The victim's account has a verified email; the attacker signs in from `provider` with the same email, unverified.
async fn unverified_email_from(provider: &str) {
    let app = TestApp::new();
    let node = app.simulated_node().await;
    sign_in_with(&node, &mut Browser::new(), "google", "jonas").await;
    app.execute("UPDATE users SET email_verified = TRUE").await;
    let target = sign_in_with(&node, &mut Browser::new(), provider, "jonas").await;
    assert_eq!(parameter(&target, "error").as_deref(), Some("unverified-user"), "{provider}");
    assert_eq!((counts(&app).await, app.count("sessions").await), ((1, 1), 1), "{provider}");
}

#[actix_web::test]
async fn cve_2026_41574_email_without_proof_is_unverified() {
    for provider in ["discord", "bitbucket", "azuread", "entraid"] {
        unverified_email_from(provider).await;
    }
}

/// Jonas belongs to another tenant, whose administrator can set any email.
#[actix_web::test]
async fn cve_2023_3128_email_of_another_tenant_opens_no_account() {
    for provider in ["azuread", "entraid", "windowslive"] {
        unverified_email_from(provider).await;
    }
}

#[actix_web::test]
async fn supabase_auth_1486_azure_email_claim_is_unverified() {
    let app = TestApp::new();
    let node = app.simulated_node().await;
    sign_in_with(&node, &mut Browser::new(), "google", "mira").await;
    let target = sign_in_with(&node, &mut Browser::new(), "azuread", "mira").await;
    assert_eq!(parameter(&target, "error").as_deref(), Some("unverified-user"));
    assert_eq!(counts(&app).await, (1, 1));
}

/// The attacker signs up first with the victim's email, unverified; then the victim signs in with it verified and gets
/// an account of their own.
async fn attacker_registers_first(app: &TestApp, node: &Node, malicious: &MaliciousProvider) -> Value {
    assert_eq!(sign_in(app, node, malicious, profile("attacker", Some(VICTIM), Some(json!(false)))).await, None);
    let mut browser = Browser::new();
    let victim = node.session(&mut browser, "google", "mira").await;
    assert_eq!((&victim["user"]["email"], &victim["user"]["emailVerified"]), (&json!(VICTIM), &json!(true)));
    assert_eq!(counts(app).await, (2, 2));
    let token = id_token(app, SimulatedProvider::Google, "mira", HASHED).await;
    let body = json!({"provider": "google", "idToken": token, "nonce": NONCE});
    let again = present(node, "signin", body.clone()).await.json();
    assert_eq!(again["session"]["user"]["id"], victim["user"]["id"]);
    body
}

#[actix_web::test]
async fn ghsa_g38m_r43w_p2q7_unverified_account_is_not_linked() {
    let (app, node, malicious) = app_with_malicious_provider().await;
    let body = attacker_registers_first(&app, &node, &malicious).await;
    present(&node, "signup", body).await.assert_error(409, "user-already-exists");
    assert_eq!((counts(&app).await, app.count("vault_entries").await), ((2, 2), 2));
    assert_eq!(app.query("SELECT COUNT(*) FROM users WHERE email_verified = TRUE").await, 1);
}

#[actix_web::test]
async fn cve_2024_38351_planted_identity_opens_no_account() {
    let (app, node, malicious) = app_with_malicious_provider().await;
    attacker_registers_first(&app, &node, &malicious).await;
    // Without the attacker's account, the victim gets a new one, which the attacker's identity does not open.
    app.execute("DELETE FROM users").await;
    let mira = node.session(&mut Browser::new(), "google", "mira").await;
    assert_eq!(sign_in(&app, &node, &malicious, profile("attacker", None, None)).await, None);
    assert_eq!(counts(&app).await, (2, 2));
    assert_eq!(mira["user"]["emailVerified"], true);
}

#[actix_web::test]
async fn vulndb_6227_unverified_account_gains_no_identity() {
    let (app, node, malicious) = app_with_malicious_provider().await;
    attacker_registers_first(&app, &node, &malicious).await;
    let of_attacker =
        "SELECT COUNT(*) FROM identities i JOIN users u ON u.id = i.user_id WHERE u.email_verified = FALSE";
    assert_eq!(app.query(of_attacker).await, 1);
}

#[actix_web::test]
async fn better_auth_9578_second_attempt_links_nothing() {
    let (app, node, malicious) = app_with_malicious_provider().await;
    let body = attacker_registers_first(&app, &node, &malicious).await;
    assert_eq!(present(&node, "signin", body).await.status, 200);
    assert_eq!(counts(&app).await, (2, 2));
}

/// The options that an app sends cannot set an email.
async fn client_sends_an_email(app: &TestApp, node: &Node) {
    let claimed = json!({"email": VICTIM, "emailVerified": true, "email_verified": true});
    let token = id_token(app, SimulatedProvider::Google, "rosa", HASHED).await;
    let body = json!({"provider": "google", "idToken": token, "nonce": NONCE, "options": claimed});
    present(node, "signup", body).await.assert_error(400, "invalid-request");
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("email", VICTIM), ("emailVerified", "true"), ("metadata", &claimed.to_string())])
        .finish();
    let mut browser = Browser::new();
    let target = node.sign_in(&mut browser, "google", &query, "rosa").await;
    let user = node.session_of(&mut browser, &target).await["user"].clone();
    assert_eq!((&user["email"], &user["metadata"]), (&json!("rosa@example.com"), &claimed));
}

#[actix_web::test]
async fn cve_2026_44166_client_profile_sets_no_email() {
    let app = TestApp::new();
    let node = app.node().await;
    client_sends_an_email(&app, &node).await;
}

#[actix_web::test]
async fn cve_2025_7365_email_cannot_be_edited_in_sign_up() {
    let app = TestApp::new();
    let node = app.node().await;
    node.session(&mut Browser::new(), "github", "mira").await;
    client_sends_an_email(&app, &node).await;
    assert_eq!(counts(&app).await, (2, 2), "the email opened no account");
}

#[actix_web::test]
async fn cve_2026_27946_client_cannot_set_email_verified() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "jonas").await;
    let bearer = format!("Bearer {}", access_token(&session));
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    let body = json!({"emailVerified": true, "email_verified": true}).to_string();
    for method in ["POST", "PUT", "PATCH"] {
        let response = browser.send(method, &format!("{}/user", node.base), &headers, body.clone().into_bytes()).await;
        response.assert_error(405, "invalid-request");
    }
    assert_eq!(app.query("SELECT COUNT(*) FROM users WHERE email_verified = TRUE").await, 0);
}

/// A second identity of one provider has the email of an account that came from there.
#[actix_web::test]
async fn cve_2026_9087_second_identity_reuses_no_proof() {
    let (app, node, malicious) = app_with_malicious_provider().await;
    let proven = |subject| profile(subject, Some(VICTIM), Some(json!(true)));
    assert_eq!(sign_in(&app, &node, &malicious, proven("first")).await, None);
    assert_eq!(sign_in(&app, &node, &malicious, proven("second")).await.as_deref(), Some("user-already-exists"));
    assert_eq!(sign_in(&app, &node, &malicious, proven("first")).await, None);
    assert_eq!(counts(&app).await, (1, 1));
}

/// Signs in with verified emails that look like the victim's.
async fn sign_in_with_lookalikes(lookalikes: &[&str]) {
    let (app, node, malicious) = app_with_malicious_provider().await;
    node.session(&mut Browser::new(), "google", "mira").await;
    for (number, email) in lookalikes.iter().enumerate() {
        let subject = format!("lookalike-{number}");
        assert_eq!(
            sign_in(&app, &node, &malicious, profile(&subject, Some(email), Some(json!(true)))).await,
            None,
            "{email}"
        );
    }
    let others = i64::try_from(lookalikes.len()).expect("few");
    assert_eq!(counts(&app).await, (others + 1, others + 1));
    assert_eq!(app.query("SELECT COUNT(*) FROM users WHERE email IS NULL").await, others);
}

#[actix_web::test]
async fn ghsa_7rqj_j65f_68wh_email_is_checked_in_canonical_form() {
    sign_in_with_lookalikes(&[
        "mira\u{ff20}example.org",
        "mira@example\u{3002}org",
        "mi\u{ad}ra@example.org",
        "mira@exa\u{ad}mple.org",
    ])
    .await;
}

#[actix_web::test]
async fn cve_2022_35924_list_of_emails_is_no_email() {
    sign_in_with_lookalikes(&[
        "mira@example.org,evil@evil.test",
        "evil@evil.test, mira@example.org",
        "mira@example.org;x@y.test",
    ])
    .await;
}

#[actix_web::test]
async fn cve_2025_43856_link_in_another_browser_is_rejected() {
    let app = TestApp::new();
    let node = app.node().await;
    let session = node.session(&mut Browser::new(), "google", "mira").await;
    let query = format!("connect={}", access_token(&session));
    let mut attacker = Browser::new();
    let callback = node.authorize(&mut attacker, "github", &query, "aiko").await;
    let target = Browser::new().get(&callback).await.location_url();
    assert_eq!(parameter(&target, "error").as_deref(), Some("invalid-state"));
    let mut busy = Browser::new();
    node.authorize(&mut busy, "github", "", "aiko").await;
    let target = busy.get(&callback).await.location_url();
    assert_eq!(parameter(&target, "error").as_deref(), Some("invalid-state"));
    assert_eq!(counts(&app).await, (1, 1));
}

/// The account's email is verified; the provider does not report the attacker's as verified.
async fn sign_in_without_proof(verified: Option<Value>) {
    let (app, node, malicious) = app_with_malicious_provider().await;
    node.session(&mut Browser::new(), "google", "mira").await;
    let error = sign_in(&app, &node, &malicious, profile("attacker", Some(VICTIM), verified.clone())).await;
    assert_eq!(error.as_deref(), Some("unverified-user"), "{verified:?}");
    assert_eq!((counts(&app).await, app.count("sessions").await), ((1, 1), 1));
}

#[actix_web::test]
async fn cve_2026_56666_linking_needs_proof_on_both_sides() {
    sign_in_without_proof(Some(json!(false))).await;
}

#[actix_web::test]
async fn vulndb_5908_absent_email_verified_is_unverified() {
    sign_in_without_proof(None).await;
    sign_in_without_proof(Some(json!(null))).await;
}

#[actix_web::test]
async fn karakeep_2921_ezauth_87_other_values_are_unverified() {
    for said in [json!("true"), json!("TRUE"), json!(1), json!([true]), json!({"email": true})] {
        sign_in_without_proof(Some(said)).await;
    }
}

#[actix_web::test]
async fn cve_2025_12419_12421_code_of_another_flow_is_rejected() {
    let app = TestApp::new();
    let node = app.node().await;
    let pairs = ["a", "b"].map(|letter| {
        let verifier = letter.repeat(43);
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
        (verifier, base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, digest))
    });
    let mut codes = Vec::new();
    for (persona, (_, challenge)) in ["mira", "rosa"].into_iter().zip(&pairs) {
        let target = node.sign_in(&mut Browser::new(), "google", &format!("codeChallenge={challenge}"), persona).await;
        codes.push(parameter(&target, "code").expect("a code"));
    }
    for (code, (verifier, _)) in codes.iter().rev().zip(&pairs) {
        let body = json!({"code": code, "codeVerifier": verifier});
        let response = Browser::new().post_json(&format!("{}/token/exchange", node.base), &body).await;
        response.assert_error(400, "invalid-request");
    }
    assert_eq!(app.count("sessions").await, 0);
}

#[actix_web::test]
async fn cve_2025_61928_user_id_in_the_body_is_ignored() {
    let app = TestApp::new();
    let node = app.node().await;
    let session = node.session(&mut Browser::new(), "github", "mira").await;
    let user_id = session["user"]["id"].clone();
    let token = id_token(&app, SimulatedProvider::Google, "aiko", HASHED).await;
    let url = format!("{}/link/idtoken", node.base);
    let body = json!({"provider": "google", "idToken": token, "nonce": NONCE});
    Browser::new().post_json(&url, &body).await.assert_error(401, "invalid-request");
    for key in ["userId", "user_id", "sub"] {
        let mut body = body.clone();
        body[key] = user_id.clone();
        let response = Browser::new().post_json(&url, &body).await;
        assert!(matches!(response.status, 400 | 401), "{key}: {}", response.text());
    }
    assert_eq!(counts(&app).await, (1, 1));
}

#[test]
fn accounts_page_lists_every_advisory_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |file: &str| std::fs::read_to_string(root.join(file)).expect("a file");
    let code = ["mod.rs", "linking.rs"].map(|file| read(&format!("tests/it/security/advisories/{file}"))).concat();
    let tests = code.split("#[actix_web::test]\nasync fn ").skip(1).filter_map(|rest| rest.split('(').next());
    let page = read("docs/accounts.md");
    let (_, list) = page.split_once("## Advisories of other projects\n").expect("a list");
    let listed = list.lines().filter_map(|line| line.rsplit_once("| `")?.1.strip_suffix("` |"));
    assert_eq!(listed.collect::<BTreeSet<_>>(), tests.collect::<BTreeSet<_>>());
}
