//! Linking across users: a victim's browser that follows a link or submits a form of an attacker adds no identity to
//! any account.

use url::Url;

use crate::support::app::{Database, Node, TestApp, access_token, parameter, refresh_token};
use crate::support::browser::{Browser, hidden_fields};

/// Follows `connect=` with this access token through the provider as `persona`; returns where the browser ends.
async fn connect(node: &Node, browser: &mut Browser, token: &str, persona: &str) -> Url {
    node.sign_in(browser, "github", &format!("connect={token}&state=mine"), persona).await
}

fn assert_is_confirmation(node: &Node, target: &Url) {
    assert_eq!(target.as_str(), format!("{}/link/confirm", node.base));
}

#[actix_web::test]
async fn connect_with_an_attackers_token_stores_nothing_before_consent() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let node = app.node().await;
        let attacker = node.session(&mut Browser::new(), "google", "jonas").await;
        let before = app.row_counts().await;
        // The victim opens the attacker's URL and is signed in at the provider.
        let mut victim = Browser::new();
        let target = connect(&node, &mut victim, access_token(&attacker), "mira").await;
        assert_is_confirmation(&node, &target);
        assert_eq!(app.row_counts().await, before, "{database:?}");
        let page = victim.get(target.as_str()).await.text();
        for account in ["Mira Okafor", "Jonas Weber"] {
            assert!(page.contains(account), "no {account} in {page}");
        }
        let declined = node.decide_link(&mut victim, "no").await.location_url();
        assert_eq!(parameter(&declined, "state").as_deref(), Some("mine"));
        assert_eq!(app.row_counts().await, before, "{database:?}");
        node.tokens(&Browser::new(), "github", &attacker).await.assert_error(400, "invalid-request");
    }
}

#[actix_web::test]
async fn connect_confirmed_by_the_user_links_the_identity() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "mira").await;
    let target = connect(&node, &mut browser, access_token(&session), "jonas").await;
    assert_is_confirmation(&node, &target);
    let home = node.decide_link(&mut browser, "yes").await.location_url();
    assert_eq!((parameter(&home, "error"), app.count("identities").await), (None, 2), "{home}");
    assert_eq!(node.tokens(&browser, "github", &session).await.status, 200);
    // The session that the link started with can end meanwhile.
    let target = connect(&node, &mut browser, access_token(&session), "aiko").await;
    assert_is_confirmation(&node, &target);
    let fields = hidden_fields(&browser.get(target.as_str()).await.text());
    let body = serde_json::json!({"refreshToken": refresh_token(&session)});
    assert_eq!(browser.post_json(&format!("{}/signout", node.base), &body).await.status, 200);
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Origin", node.base.as_str())];
    browser.fetch("POST", target.as_str(), &headers, &format!("{fields}&answer=yes")).await;
    assert_eq!(app.count("identities").await, 2);
}

#[actix_web::test]
async fn connect_in_url_disabled_ignores_no_token_silently() {
    let app = TestApp::new();
    let node = app.node_with("compat.connect_in_url = false").await;
    let session = node.session(&mut Browser::new(), "google", "mira").await;
    let before = app.row_counts().await;
    let mut browser = Browser::new();
    let url = format!("{}/signin/provider/github?connect={}", node.base, access_token(&session));
    let start = browser.get(&url).await;
    if start.status == 302 {
        let target = start.location_url();
        assert_eq!(target.host_str(), Some("app.test"), "{target}");
        assert!(parameter(&target, "error").is_some(), "{target}");
    } else {
        assert!(matches!(start.status, 400 | 403 | 409), "{} {}", start.status, start.text());
    }
    assert!(browser.jar.is_empty(), "no flow starts: {:?}", browser.jar.keys());
    assert_eq!(app.row_counts().await, before);
}

#[actix_web::test]
async fn forged_link_confirmation_adds_nothing() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut victim = Browser::new();
    let session = node.session(&mut victim, "google", "mira").await;
    let mut attacker = Browser::new();
    let attackers_session = node.session(&mut attacker, "google", "jonas").await;
    connect(&node, &mut attacker, access_token(&attackers_session), "rosa").await;
    let attackers_form = hidden_fields(&attacker.get(&format!("{}/link/confirm", node.base)).await.text());
    connect(&node, &mut victim, access_token(&session), "aiko").await;
    let url = format!("{}/link/confirm", node.base);
    let form = hidden_fields(&victim.get(&url).await.text());
    assert_ne!(form, attackers_form, "the form carries a token of its own");
    let before = app.row_counts().await;
    let cookies: Vec<_> = victim.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let cookies = cookies.join("; ");
    let own = node.base.as_str();
    let without_token = String::from("answer=yes");
    let genuine = format!("{form}&answer=yes");
    let foreign_token = format!("{attackers_form}&answer=yes");
    for (body, headers) in [
        // Browsers without fetch metadata, and a form on a sibling site.
        (&without_token, vec![]),
        (&without_token, vec![("Origin", own)]),
        (&foreign_token, vec![("Origin", own)]),
        (&foreign_token, vec![("Origin", own), ("Sec-Fetch-Site", "same-origin")]),
        (&genuine, vec![("Origin", "https://sibling.test")]),
        (&genuine, vec![("Origin", "https://app.test")]),
        (&genuine, vec![("Origin", "null")]),
        (&genuine, vec![("Origin", own), ("Sec-Fetch-Site", "same-site")]),
        (&genuine, vec![("Origin", own), ("Sec-Fetch-Site", "cross-site")]),
    ] {
        let mut all = vec![("Cookie", cookies.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
        all.extend(headers.iter().copied());
        let response = victim.send("POST", &url, &all, body.clone().into_bytes()).await;
        assert!(response.status >= 400, "{body} {headers:?}: {}", response.status);
        assert_eq!(app.row_counts().await, before, "{body} {headers:?}");
    }
    // None of them used up the decision.
    let home = node.decide_link(&mut victim, "yes").await.location_url();
    assert_eq!((parameter(&home, "error"), app.count("identities").await), (None, 3), "{home}");
}
