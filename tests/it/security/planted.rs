//! What an attacker planted in the victim's browser before the sign-in: cookies of a session, a page that refers, requests
//! that a foreign page made.

use crate::aufy::{ACCESS, REFRESH, access_token};
use crate::support::app::{TestApp, parameter};
use crate::support::browser::Browser;

#[actix_web::test]
async fn planted_session_is_replaced_and_stays_the_attackers() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut attacker = Browser::new();
    node.enter(&mut attacker, "github", "jonas").await;
    node.hand_over(&mut attacker, "google", "jonas").await;
    let mut victim = Browser::new();
    victim.jar = attacker.jar.clone();
    let tokens = node.enter(&mut victim, "github", "mira").await;
    for name in [REFRESH, ACCESS] {
        assert!(!attacker.jar.contains_key(name) || victim.jar.get(name) != attacker.jar.get(name), "{name} was kept");
    }
    let of = async |browser: &mut Browser, bearer: Option<&str>| {
        node.whoami(browser, bearer).await.json()["username"].as_str().map(str::to_owned)
    };
    assert_eq!(of(&mut victim, Some(access_token(&tokens))).await.as_deref(), Some("Mira Okafor"));
    // What the attacker kept is a session of the attacker, and gets no other by a refresh.
    let refreshed = node.post(&mut attacker, "auth/token/refresh", None, "").await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.text());
    let own = refreshed.json();
    assert_eq!(of(&mut attacker, Some(access_token(&own))).await.as_deref(), Some("Jonas Weber"));
    assert_eq!((app.count("users").await, app.count("sessions").await), (2, 2));
}

#[actix_web::test]
async fn page_that_refers_is_no_return_url() {
    let app = TestApp::new();
    let node = app.node().await;
    for referrer in ["https://x.preview.test/in", "https://evil.test/", "javascript:alert(1)"] {
        let mut browser = Browser::new();
        let url = format!("{}/signin/provider/google", node.base);
        let start = browser.fetch("GET", &url, &[("Referer", referrer), ("Origin", referrer)], "").await;
        let callback = browser.get(&format!("{}&login=mira", start.location())).await.location();
        let target = browser.get(&callback).await.location_url();
        assert_eq!(target.origin().ascii_serialization(), "https://app.test", "{referrer}: {target}");
    }
}

#[actix_web::test]
async fn request_of_a_foreign_page_starts_nothing_that_is_noticed() {
    let app = TestApp::new();
    let node = app.node().await;
    let url = format!("{}/signin/provider/google", node.base);
    let foreign = [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Mode", "no-cors"),
        ("Sec-Fetch-Dest", "image"),
        ("Origin", "https://evil.test"),
    ];
    for method in ["HEAD", "POST", "PUT", "OPTIONS", "TRACE"] {
        let answer = Browser::new().send(method, &url, &foreign, Vec::new()).await;
        assert!(answer.status >= 400 && answer.cookies().is_empty(), "{method}: {} {}", answer.status, answer.text());
    }
    let mut victim = Browser::new();
    let session = node.session(&mut victim, "google", "mira").await;
    for _ in 0..20 {
        let answer = victim.fetch("GET", &url, &foreign, "").await;
        assert_eq!(answer.header("access-control-allow-origin"), None);
        // A cookie that other sites' frames and images neither send nor read.
        assert!(answer.cookies().iter().all(|cookie| cookie.contains("SameSite=Lax") && cookie.contains("HttpOnly")));
    }
    assert_eq!((app.count("sessions").await, app.count("used_flows").await), (1, 1));
    // A sign-in of the victim's own works in the midst of them.
    let again = node.session(&mut victim, "google", "mira").await;
    assert_eq!(again["user"]["id"], session["user"]["id"]);
    assert_eq!(parameter(&node.sign_in(&mut victim, "github", "", "deny").await, "refreshToken"), None);
}
