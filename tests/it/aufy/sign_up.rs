//! Sign-up with fields of the operator's choice: strangers fill in a form first, and their ticket waits.

use serde_json::json;

use super::{BACK, REFRESH, SIGN_IN, SIGN_UP, access_token};
use crate::support::app::{Node, TestApp};
use crate::support::browser::Browser;

const FORM: &str = r#"aufy.sign_up.fields = '''{"type": "object", "additionalProperties": false, "required": ["aboutMe"],
"properties": {"aboutMe": {"type": "string", "minLength": 5}, "mySiteUrl": {"type": "string", "format": "uri"}}}'''
"#;

const FILLED_IN: &str = r#"{"aboutMe": "I am a person", "mySiteUrl": "https://mira.test/"}"#;

async fn stranger(node: &Node, browser: &mut Browser, person: &str) {
    let target = node.hand_over(browser, "github", person).await;
    assert_eq!(target.as_str(), format!("{BACK}?signup=true"));
}

#[actix_web::test]
async fn sign_up_form_creates_the_user_with_its_fields() {
    let app = TestApp::new();
    let node = app.node_with(FORM).await;
    let mut browser = Browser::new();
    let query = "callbackUrl=https://app.test/p?x=1";
    let callback = node.challenge(&mut browser, "github", query, "mira").await;
    let answer = browser.get(&callback).await;
    assert_eq!(answer.location(), "https://app.test/p?x=1&signup=true");
    let cookie = answer.cookie(SIGN_UP);
    assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Path=/api/auth/signup/external"), "{cookie}");
    assert!(!answer.cookies().iter().any(|cookie| cookie.starts_with(SIGN_IN)));

    let answer = node.post(&mut browser, "auth/signup/external", None, FILLED_IN).await;
    assert_eq!((answer.status, &answer.json()["token_type"]), (200, &json!("Bearer")), "{}", answer.text());
    assert_eq!(browser.jar.keys().collect::<Vec<_>>(), [REFRESH], "both hand-over cookies are gone");
    let known = node.whoami(&mut browser, Some(access_token(&answer.json()))).await.json();
    assert_eq!(known["username"], "Mira Okafor");
    let of_mira = "SELECT COUNT(*) FROM users WHERE metadata LIKE '%I am a person%mira.test%'";
    assert_eq!((app.query(of_mira).await, app.count("vault_entries").await), (1, 1));
    // From now on she is known, and there is no form.
    node.enter(&mut Browser::new(), "github", "mira").await;
    node.enter(&mut Browser::new(), "google", "mira").await;
    assert_eq!(app.count("users").await, 1);
}

#[actix_web::test]
async fn invalid_fields_are_reported_each_and_the_ticket_stays() {
    let app = TestApp::new();
    let node = app.node_with(FORM).await;
    let mut browser = Browser::new();
    stranger(&node, &mut browser, "mira").await;
    let jar = browser.jar.clone();
    for (body, fields) in [
        ("{}", vec!["aboutMe"]),
        (r#"{"aboutMe": "x", "mySiteUrl": "no url", "role": "admin"}"#, vec!["aboutMe", "mySiteUrl", "role"]),
        ("[]", vec!["body"]),
    ] {
        let answer = node.post(&mut browser, "auth/signup/external", None, body).await;
        answer.assert_problem(400, "missing or wrong");
        let problem = answer.json();
        assert_eq!(problem["title"], "Error validating payload");
        let errors = problem["errors"].as_object().expect("errors");
        assert_eq!(errors.keys().collect::<Vec<_>>(), fields, "{body}");
        assert!(errors.values().all(|texts| texts[0].is_string()), "{problem}");
        assert_eq!(answer.cookies(), Vec::<String>::new());
    }
    for (body, status, detail) in
        [("", 400, "missing"), ("{\"aboutMe\"", 400, "not JSON"), (&*"x".repeat(70_000), 413, "too large")]
    {
        let answer = node.post(&mut browser, "auth/signup/external", None, body).await;
        answer.assert_problem(status, detail);
        assert_eq!(answer.cookies(), Vec::<String>::new());
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
    stranger(&node, &mut browser, "mira").await;
    // Under the other name it does not open, and it is not lost by the try.
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
    stranger(&node, &mut slow, "rosa").await;
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
        stranger(&node, browser, "mira").await;
    }
    assert_eq!(node.post(&mut first, "auth/signup/external", None, FILLED_IN).await.status, 200);
    node.post(&mut second, "auth/signup/external", None, FILLED_IN).await.assert_problem(409, "exists already");
    // Closed in the meantime: the same person does not slip in either.
    let closed = app.node_with(&format!("{FORM}sign_up = {{ enabled = false }}\n")).await;
    let mut rosa = Browser::new();
    stranger(&node, &mut rosa, "rosa").await;
    closed.post(&mut rosa, "auth/signup/external", None, FILLED_IN).await.assert_problem(403, "Sign up is disabled");
    assert_eq!(app.count("users").await, 1);
}

#[actix_web::test]
async fn new_user_with_linking_off_is_sent_to_the_form() {
    let app = TestApp::new();
    let node = app.node_with(&format!("{FORM}aufy.automatic_linking = false\n")).await;
    let mut browser = Browser::new();
    stranger(&node, &mut browser, "mira").await;
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
    stranger(&node, &mut browser, "mira").await;
    let tokens = node.post(&mut browser, "auth/signup/external", None, FILLED_IN).await.json();
    app.wait(1);
    // Rosa's address is nobody's here, but this browser is Mira's.
    let callback = node.challenge(&mut browser, "google", &format!("callbackUrl={BACK}?link=google"), "rosa").await;
    assert_eq!(browser.get(&callback).await.location(), format!("{BACK}?link=google"));
    let linked = node.post(&mut browser, "account/link/external", Some(access_token(&tokens)), "").await;
    assert_eq!(linked.json()["logins"], json!(["GitHub", "Google"]));
    // A refresh token of a session that is over does not count.
    let jar = browser.jar.clone();
    node.post(&mut browser, "auth/signout", Some(access_token(&tokens)), "").await;
    let mut gone = Browser::new();
    gone.jar = jar;
    stranger(&node, &mut gone, "aiko").await;
}

#[actix_web::test]
async fn link_ticket_creates_no_user() {
    let app = TestApp::new();
    let node = app.node_with(FORM).await;
    let with_body = app.node_with(&format!("{FORM}aufy.sign_up.fields_on_sign_in = true\n")).await;
    let mut mira = Browser::new();
    stranger(&node, &mut mira, "mira").await;
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
        let answer = node.post(&mut browser, "auth/signin/external", None, body).await;
        assert_eq!(answer.status, status, "{body:?}: {}", answer.text());
        assert_eq!(browser.jar.contains_key(SIGN_IN), status == 400, "an invalid form keeps the ticket");
    }
    assert_eq!(app.query("SELECT COUNT(*) FROM users WHERE metadata LIKE '%I am a person%'").await, 2);
}
