//! `POST signup/external`: new users complete a form; their ticket is kept meanwhile.

use serde_json::json;

use super::{BACK, REFRESH, SIGN_IN, SIGN_UP, access_token};
use crate::support::app::{Node, TestApp};
use crate::support::browser::Browser;

const FORM: &str = r#"aufy.sign_up.fields = '''{"type": "object", "additionalProperties": false, "required": ["aboutMe"],
"properties": {"aboutMe": {"type": "string", "minLength": 5}, "mySiteUrl": {"type": "string", "format": "uri"}}}'''
"#;

const FILLED_IN: &str = r#"{"aboutMe": "I am a person", "mySiteUrl": "https://mira.test/"}"#;

async fn start_sign_up(node: &Node, browser: &mut Browser, persona: &str) {
    let target = node.hand_over(browser, "github", persona).await;
    assert_eq!(target.as_str(), format!("{BACK}?signup=true"));
}

#[actix_web::test]
async fn sign_up_form_creates_the_user_with_its_fields() {
    let app = TestApp::new();
    let node = app.node_with(FORM).await;
    let mut browser = Browser::new();
    let query = "callbackUrl=https://app.test/p?x=1";
    let callback = node.challenge(&mut browser, "github", query, "mira").await;
    let response = browser.get(&callback).await;
    assert_eq!(response.location(), "https://app.test/p?x=1&signup=true");
    let cookie = response.cookie(SIGN_UP);
    assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Path=/api/auth/signup/external"), "{cookie}");
    assert!(!response.cookies().iter().any(|cookie| cookie.starts_with(SIGN_IN)));

    let response = node.post(&mut browser, "auth/signup/external", None, FILLED_IN).await;
    assert_eq!((response.status, &response.json()["token_type"]), (200, &json!("Bearer")), "{}", response.text());
    assert_eq!(browser.jar.keys().collect::<Vec<_>>(), [REFRESH], "both ticket cookies are removed");
    let known = node.whoami(&mut browser, Some(access_token(&response.json()))).await.json();
    assert_eq!(known["username"], "Mira Okafor");
    let of_mira = "SELECT COUNT(*) FROM users WHERE metadata LIKE '%I am a person%mira.test%'";
    assert_eq!((app.query(of_mira).await, app.count("vault_entries").await), (1, 1));
    // She has an account now, so no form is needed.
    node.enter(&mut Browser::new(), "github", "mira").await;
    node.enter(&mut Browser::new(), "google", "mira").await;
    assert_eq!(app.count("users").await, 1);
}

#[actix_web::test]
async fn invalid_fields_are_reported_each_and_the_ticket_stays() {
    let app = TestApp::new();
    let node = app.node_with(FORM).await;
    let mut browser = Browser::new();
    start_sign_up(&node, &mut browser, "mira").await;
    let jar = browser.jar.clone();
    for (body, fields) in [
        ("{}", vec!["aboutMe"]),
        (r#"{"aboutMe": "x", "mySiteUrl": "no url", "role": "admin"}"#, vec!["aboutMe", "mySiteUrl", "role"]),
        ("[]", vec!["body"]),
    ] {
        let response = node.post(&mut browser, "auth/signup/external", None, body).await;
        response.assert_problem(400, "missing or wrong");
        let problem = response.json();
        assert_eq!(problem["title"], "Error validating payload");
        let errors = problem["errors"].as_object().expect("errors");
        assert_eq!(errors.keys().collect::<Vec<_>>(), fields, "{body}");
        assert!(errors.values().all(|texts| texts[0].is_string()), "{problem}");
        assert_eq!(response.cookies(), Vec::<String>::new());
    }
    for (body, status, detail) in
        [("", 400, "missing"), ("{\"aboutMe\"", 400, "not JSON"), (&*"x".repeat(70_000), 413, "too large")]
    {
        let response = node.post(&mut browser, "auth/signup/external", None, body).await;
        response.assert_problem(status, detail);
        assert_eq!(response.cookies(), Vec::<String>::new());
    }
    assert_eq!((&browser.jar, app.count("tickets").await), (&jar, 1));
    app.wait(359);
    assert_eq!(node.post(&mut browser, "auth/signup/external", None, FILLED_IN).await.status, 200);
}

#[actix_web::test]
async fn sign_up_ticket_works_once_for_six_minutes_at_sign_up_only() {
    let app = TestApp::new();
    let node = app.node_with(FORM).await;
    let mut browser = Browser::new();
    start_sign_up(&node, &mut browser, "mira").await;
    // Under the other cookie name it is refused and not used up.
    let mut mover = Browser::new();
    mover.jar.insert(SIGN_IN.to_owned(), browser.jar[SIGN_UP].clone());
    node.post(&mut mover, "auth/signin/external", None, FILLED_IN).await.assert_problem(401, "no sign-in");
    let mut copy = Browser::new();
    copy.jar = browser.jar.clone();
    assert_eq!(node.post(&mut browser, "auth/signup/external", None, FILLED_IN).await.status, 200);
    for browser in [&mut copy, &mut Browser::new()] {
        node.post(browser, "auth/signup/external", None, FILLED_IN).await.assert_problem(401, "no sign-in");
    }
    let mut slow = Browser::new();
    start_sign_up(&node, &mut slow, "rosa").await;
    app.wait(360);
    node.post(&mut slow, "auth/signup/external", None, FILLED_IN).await.assert_problem(401, "no sign-in");
    assert_eq!(app.count("users").await, 1);
}

#[actix_web::test]
async fn sign_up_route_without_a_form_is_not_found() {
    let app = TestApp::new();
    let node = app.node().await;
    let mut browser = Browser::new();
    assert_eq!(node.hand_over(&mut browser, "github", "mira").await.as_str(), BACK);
    node.post(&mut browser, "auth/signup/external", None, FILLED_IN).await.assert_problem(404, "nothing here");
}

#[actix_web::test]
async fn sign_up_of_a_meanwhile_created_user_creates_no_second() {
    let app = TestApp::new();
    let node = app.node_with(FORM).await;
    let (mut first, mut second, mut third) = (Browser::new(), Browser::new(), Browser::new());
    for browser in [&mut first, &mut second, &mut third] {
        start_sign_up(&node, browser, "mira").await;
    }
    assert_eq!(node.post(&mut first, "auth/signup/external", None, FILLED_IN).await.status, 200);
    node.post(&mut second, "auth/signup/external", None, FILLED_IN).await.assert_problem(409, "exists already");
    // Sign-up was disabled meanwhile: the same person is refused too.
    let closed = app.node_with(&format!("{FORM}sign_up = {{ enabled = false }}\n")).await;
    let mut rosa = Browser::new();
    start_sign_up(&node, &mut rosa, "rosa").await;
    closed.post(&mut rosa, "auth/signup/external", None, FILLED_IN).await.assert_problem(403, "Sign up is disabled");
    assert_eq!(app.count("users").await, 1);
}

#[actix_web::test]
async fn new_user_with_linking_off_is_sent_to_the_form() {
    let app = TestApp::new();
    let node = app.node_with(&format!("{FORM}aufy.automatic_linking = false\n")).await;
    let mut browser = Browser::new();
    start_sign_up(&node, &mut browser, "mira").await;
    assert_eq!(node.post(&mut browser, "auth/signup/external", None, FILLED_IN).await.status, 200);
    let mut other = Browser::new();
    assert_eq!(node.hand_over(&mut other, "google", "mira").await.as_str(), BACK);
    node.post(&mut other, "auth/signin/external", None, "").await.assert_problem(409, "exists already");
}

#[actix_web::test]
async fn signed_in_user_links_without_the_form() {
    let app = TestApp::new();
    let node = app.node_with(FORM).await;
    let mut browser = Browser::new();
    start_sign_up(&node, &mut browser, "mira").await;
    let tokens = node.post(&mut browser, "auth/signup/external", None, FILLED_IN).await.json();
    app.wait(1);
    // No account has Rosa's email, but this browser has Mira's session.
    let callback = node.challenge(&mut browser, "google", &format!("callbackUrl={BACK}?link=google"), "rosa").await;
    assert_eq!(browser.get(&callback).await.location(), format!("{BACK}?link=google"));
    let linked = node.post(&mut browser, "account/link/external", Some(access_token(&tokens)), "").await;
    assert_eq!(linked.json()["logins"], json!(["GitHub", "Google"]));
    // A refresh token of an ended session does not count.
    let jar = browser.jar.clone();
    node.post(&mut browser, "auth/signout", Some(access_token(&tokens)), "").await;
    let mut gone = Browser::new();
    gone.jar = jar;
    start_sign_up(&node, &mut gone, "aiko").await;
}

#[actix_web::test]
async fn link_ticket_creates_no_user() {
    let app = TestApp::new();
    let node = app.node_with(FORM).await;
    let with_body = app.node_with(&format!("{FORM}aufy.sign_up.fields_on_sign_in = true\n")).await;
    let mut mira = Browser::new();
    start_sign_up(&node, &mut mira, "mira").await;
    assert_eq!(node.post(&mut mira, "auth/signup/external", None, FILLED_IN).await.status, 200);
    for (node, body, status) in [
        (&node, "", 404),
        (&node, FILLED_IN, 404),
        (&with_body, "", 404),
        (&with_body, "{}", 400),
        (&with_body, FILLED_IN, 200),
    ] {
        let mut browser = Browser::new();
        browser.jar = mira.jar.clone();
        assert_eq!(node.hand_over(&mut browser, "google", "rosa").await.as_str(), BACK);
        let response = node.post(&mut browser, "auth/signin/external", None, body).await;
        assert_eq!(response.status, status, "{body:?}: {}", response.text());
        assert_eq!(browser.jar.contains_key(SIGN_IN), status == 400, "an invalid form keeps the ticket");
    }
    assert_eq!(app.query("SELECT COUNT(*) FROM users WHERE metadata LIKE '%I am a person%'").await, 2);
}
