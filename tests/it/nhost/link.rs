//! `POST /link/provider/{provider}`: needs a fresh session, one browser, and consent on the confirmation page.

use serde_json::{Value, json};
use url::Url;

use crate::support::app::{Database, Node, TestApp, access_token, parameter};
use crate::support::browser::{Browser, Response, hidden_fields};

/// Starts the link in this browser, which keeps the flow's cookie.
async fn begin(node: &Node, browser: &mut Browser, provider: &str, session: &Value, body: &Value) -> Response {
    let token = access_token(session);
    let url = format!("{}/link/provider/{provider}", node.base);
    browser.post_json_with_cookies(&url, token, body).await
}

/// Goes through the provider to the confirmation page; returns its URL.
async fn confirmation_page(node: &Node, browser: &mut Browser, session: &Value, persona: &str) -> Url {
    let body = json!({"redirectTo": "https://app.test/settings?tab=1", "state": "mine"});
    let begun = begin(node, browser, "github", session, &body).await;
    assert_eq!(begun.status, 200, "{}", begun.text());
    let authorize = begun.json()["url"].as_str().expect("an address").to_owned();
    let callback = browser.get(&format!("{authorize}&login={persona}")).await.location();
    browser.get(&callback).await.location_url()
}

/// Posts the decision with the page's form, or without one if there is no page.
async fn confirm(node: &Node, browser: &mut Browser, decision: &str) -> Url {
    let url = format!("{}/link/confirm", node.base);
    let fields = hidden_fields(&browser.peek(&url).await.text());
    browser.post_form(&url, &format!("{fields}&answer={decision}")).await.location_url()
}

/// The form of the confirmation page with the user's consent, as the page sends it.
async fn consent_form(node: &Node, browser: &mut Browser) -> String {
    let page = browser.get(&format!("{}/link/confirm", node.base)).await;
    format!("{}&answer=yes", hidden_fields(&page.text()))
}

#[actix_web::test]
async fn link_confirmed_on_the_page_adds_the_identity() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let node = app.node().await;
        let mut browser = Browser::new();
        let session = node.session(&mut browser, "google", "mira").await;
        let page = confirmation_page(&node, &mut browser, &session, "jonas").await;
        assert_eq!(page.as_str(), format!("{}/link/confirm", node.base));
        assert_eq!(app.count("identities").await, 1, "nothing is linked yet");
        let shown = browser.get(page.as_str()).await;
        assert_eq!((shown.status, shown.header("cache-control")), (200, Some("no-store")));
        let policy = shown.header("content-security-policy").expect("a policy").to_owned();
        assert!(
            policy.ends_with("form-action 'self' https://app.test") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        for named in ["Jonas Weber (jonas@example.net)", "Mira Okafor (mira@example.org)", "GitHub"] {
            assert!(shown.text().contains(named), "{named} in {}", shown.text());
        }

        let home = confirm(&node, &mut browser, "yes").await;
        assert_eq!(home.as_str(), "https://app.test/settings?linked=github&state=mine&tab=1");
        assert_eq!(app.count("identities").await, 2);
        assert_eq!(node.tokens(&browser, "github", &session).await.status, 200, "its tokens can be claimed");
        let jonas = node.session(&mut Browser::new(), "github", "jonas").await;
        assert_eq!(jonas["user"]["id"], session["user"]["id"]);
        // The decision is accepted once.
        let again = confirm(&node, &mut browser, "yes").await;
        assert_eq!(parameter(&again, "error").as_deref(), Some("invalid-state"));
    }
}

#[actix_web::test]
async fn link_declined_or_confirmed_twice_adds_nothing() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let node = app.node().await;
        let mut browser = Browser::new();
        let session = node.session(&mut browser, "google", "mira").await;
        confirmation_page(&node, &mut browser, &session, "jonas").await;
        let (before, form) = (browser.jar.clone(), consent_form(&node, &mut browser).await);
        let home = confirm(&node, &mut browser, "no").await;
        assert_eq!(parameter(&home, "error").as_deref(), Some("access-denied"));
        assert_eq!(parameter(&home, "state").as_deref(), Some("mine"));
        assert_eq!(app.count("tickets").await, 0);
        // Declining is final: with the cookie restored, nothing is pending.
        browser.jar = before;
        let again = browser.post_form(&format!("{}/link/confirm", node.base), &form).await.location_url();
        assert_eq!(parameter(&again, "error").as_deref(), Some("invalid-ticket"));
        assert_eq!(app.count("identities").await, 1);

        confirmation_page(&node, &mut browser, &session, "jonas").await;
        let form = consent_form(&node, &mut browser).await;
        let (first, second) = (browser.jar.clone(), browser.jar.clone());
        let copies = [first, second].map(|jar| {
            let mut copy = Browser::new();
            copy.jar = jar;
            copy
        });
        let url = format!("{}/link/confirm", node.base);
        let responses = copies.into_iter().map(async |mut copy| copy.post_form(&url, &form).await.location_url());
        let responses = futures_util::future::join_all(responses).await;
        let linked = responses.iter().filter(|home| parameter(home, "error").is_none()).count();
        assert_eq!((linked, app.count("identities").await), (1, 2), "{database:?}");
    }
}

#[actix_web::test]
async fn link_confirmation_needs_the_same_browser_and_site() {
    let app = TestApp::new();
    let node = app.node().await;
    let (mut mira, mut jonas) = (Browser::new(), Browser::new());
    let session = node.session(&mut mira, "google", "mira").await;
    node.session(&mut jonas, "google", "jonas").await;
    // Another browser cannot finish this flow.
    let begun = begin(&node, &mut mira, "github", &session, &json!({})).await.json();
    let authorize = begun["url"].as_str().expect("an address");
    let callback = jonas.get(&format!("{authorize}&login=jonas")).await.location();
    let home = jonas.get(&callback).await.location_url();
    assert_eq!(parameter(&home, "error").as_deref(), Some("invalid-state"));
    // Without its cookie the page has nothing to confirm, and another site cannot post the decision.
    for url in [
        jonas.get(&format!("{}/link/confirm", node.base)).await.location_url(),
        confirm(&node, &mut jonas, "yes").await,
    ] {
        assert_eq!(parameter(&url, "error").as_deref(), Some("invalid-state"), "{url}");
    }
    confirmation_page(&node, &mut mira, &session, "aiko").await;
    let form = consent_form(&node, &mut mira).await;
    let cookie: Vec<_> = mira.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let (cookie, own) = (cookie.join("; "), node.base.as_str());
    for (headers, form) in [
        ([("Origin", own), ("Sec-Fetch-Site", "cross-site")], form.as_str()),
        ([("Origin", own), ("Sec-Fetch-Site", "same-site")], &form),
        ([("Origin", "https://sibling.test"), ("Accept", "*/*")], &form),
        ([("Origin", "null"), ("Accept", "*/*")], &form),
        ([("Origin", own), ("Sec-Fetch-Site", "same-origin")], "answer=yes"),
        ([("Origin", own), ("Sec-Fetch-Site", "same-origin")], "answer=yes&token=x"),
        ([("Origin", own), ("Sec-Fetch-Site", "same-origin")], "answer=no"),
    ] {
        let url = format!("{}/link/confirm", node.base);
        let headers = [&headers[..], &[("Cookie", cookie.as_str())]].concat();
        let forged = mira.send("POST", &url, &headers, form.as_bytes().to_vec()).await;
        forged.assert_error(400, "invalid-request");
    }
    assert_eq!(app.count("tickets").await, 1, "the link is still pending");
    assert_eq!(app.count("identities").await, 2);
    // Signed out in between: the session that started the link must still be live.
    let body = json!({"refreshToken": session["refreshToken"]});
    mira.post_json(&format!("{}/signout", node.base), &body).await;
    mira.get(&format!("{}/link/confirm", node.base)).await.assert_error(401, "invalid-request");
    mira.post_form(&format!("{}/link/confirm", node.base), &form).await.assert_error(401, "invalid-request");
    assert_eq!(app.count("identities").await, 2);
}

#[actix_web::test]
async fn link_start_needs_a_fresh_session_and_return_url() {
    let app = TestApp::new();
    let node = app.node_with("session.reauthentication_window = '5m'").await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "mira").await;
    for (body, status, code) in [
        (json!({"redirectTo": "https://evil.test/"}), 400, "redirectTo-not-allowed"),
        (json!({"redirectTo": 7}), 400, "invalid-request"),
        (json!({"unknown": true}), 400, "invalid-request"),
    ] {
        begin(&node, &mut browser, "github", &session, &body).await.assert_error(status, code);
    }
    begin(&node, &mut browser, "nobody", &session, &json!({})).await.assert_error(400, "invalid-request");
    begin(&node, &mut browser, "strava", &session, &json!({})).await.assert_error(409, "disabled-endpoint");
    let unauthenticated = json!({"accessToken": "x"});
    begin(&node, &mut browser, "github", &unauthenticated, &json!({})).await.assert_error(401, "invalid-request");
    // The decision is possible for five minutes.
    confirmation_page(&node, &mut browser, &session, "jonas").await;
    app.wait(301);
    let late = confirm(&node, &mut browser, "yes").await;
    assert_eq!(parameter(&late, "error").as_deref(), Some("invalid-state"));
    begin(&node, &mut browser, "github", &session, &json!({})).await.assert_error(403, "invalid-request");
    assert_eq!(app.count("identities").await, 1);
}

#[actix_web::test]
async fn link_of_a_taken_identity_is_refused() {
    let app = TestApp::new();
    let node = app.node().await;
    let jonas = node.session(&mut Browser::new(), "github", "jonas").await;
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "mira").await;
    confirmation_page(&node, &mut browser, &session, "jonas").await;
    let home = confirm(&node, &mut browser, "yes").await;
    assert_eq!(parameter(&home, "error").as_deref(), Some("provider-account-already-linked"));
    let again = node.session(&mut Browser::new(), "github", "jonas").await;
    assert_eq!(again["user"]["id"], jonas["user"]["id"]);
}

/// The start of a link by `connect=`, which the confirmation page follows.
async fn connect(app: &TestApp, node: &Node, browser: &mut Browser, session: &Value) -> Url {
    let query = format!("connect={}&state=mine", access_token(session));
    let callback = node.authorize(browser, "github", &query, "jonas").await;
    let before = app.count("vault_entries").await;
    let target = browser.get(&callback).await.location_url();
    assert_eq!((app.count("identities").await, app.count("vault_entries").await), (1, before), "nothing is stored yet");
    target
}

#[actix_web::test]
async fn connect_parameter_links_after_the_confirmation_only() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let node = app.node().await;
        let mut browser = Browser::new();
        let session = node.session(&mut browser, "google", "mira").await;
        for (decision, identities) in [("no", 1), ("yes", 2)] {
            let page = connect(&app, &node, &mut browser, &session).await;
            assert_eq!(page.as_str(), format!("{}/link/confirm", node.base));
            let home = node.decide_link(&mut browser, decision).await.location_url();
            assert_eq!(parameter(&home, "state").as_deref(), Some("mine"));
            assert_eq!(app.count("identities").await, identities, "{decision}");
        }
    }
}

#[actix_web::test]
async fn connect_in_another_browser_shows_both_accounts_first() {
    let app = TestApp::new();
    let node = app.node().await;
    let attacker = node.session(&mut Browser::new(), "google", "mira").await;
    // The victim follows the attacker's link.
    let mut victim = Browser::new();
    let page = connect(&app, &node, &mut victim, &attacker).await;
    let shown = victim.get(page.as_str()).await.text();
    for named in ["Jonas Weber (jonas@example.net)", "Mira Okafor (mira@example.org)"] {
        assert!(shown.contains(named), "{named} in {shown}");
    }
    node.tokens(&Browser::new(), "github", &attacker).await.assert_error(400, "invalid-request");
}
