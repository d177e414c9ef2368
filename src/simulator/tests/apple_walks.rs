//! Sign in with Apple: the form that posts itself, and the secret that the client signs.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::{CLIENT_SECRET, House, NOW, RETURN, Stage, apple_secret, payload, text};

#[actix_web::test]
async fn the_answer_is_a_form_that_posts_itself() {
    let stage = Stage::open();
    let question =
        stage.question(House::Apple, &[("login", "mira"), ("response_type", "code id_token"), ("nonce", "n")]);
    let mut response = stage.client.get(question).send().await.unwrap();
    let policy = response.headers().get("content-security-policy").unwrap().to_str().unwrap().to_owned();
    assert!(policy.contains("script-src 'sha256-") && !policy.contains("form-action"), "{policy}");
    let page = String::from_utf8(response.body().await.unwrap().to_vec()).unwrap();
    assert!(page.contains(&format!(r#"<form method="post" action="{RETURN}">"#)), "{page}");
    assert!(page.contains("<script>document.forms[0].submit()</script>"));
    let fields = super::fields(&page);
    let keys: Vec<&str> = fields.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["state", "code", "id_token", "user"]);
    let claims = payload(&fields[2].1);
    assert_eq!((&claims["nonce"], claims.get("at_hash")), (&json!("n"), None));
}

#[actix_web::test]
async fn apple_introduces_a_person_only_once() {
    let stage = Stage::open();
    let first = stage.ask(House::Apple, &[("login", "mira")]).await.sent("user").expect("an introduction");
    let user: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(user, json!({ "name": { "firstName": "Mira", "lastName": "Okafor" }, "email": "mira@example.org" }));
    assert_eq!(stage.ask(House::Apple, &[("login", "mira")]).await.sent("user"), None);
    assert!(stage.ask(House::Apple, &[("login", "jonas")]).await.sent("user").is_some());
}

#[actix_web::test]
async fn a_scope_needs_the_form_and_no_scope_does_not() {
    let stage = Stage::open();
    let refused = stage.ask(House::Apple, &[("login", "mira"), ("response_mode", "")]).await;
    assert_eq!((refused.status, refused.location), (StatusCode::BAD_REQUEST, None));
    let sent = stage.ask(House::Apple, &[("login", "mira"), ("response_mode", ""), ("scope", "")]).await;
    assert_eq!(sent.status, StatusCode::FOUND);
    assert!(sent.sent("code").is_some() && sent.sent("user").is_none());
}

#[actix_web::test]
async fn the_flag_is_text_of_one_and_a_boolean_of_another() {
    let stage = Stage::open();
    for (person, flag) in [("mira", json!("true")), ("jonas", json!(false)), ("aiko", Value::Null)] {
        let code = stage.code(House::Apple, person, &[]).await;
        let answer = stage.redeem(House::Apple, &code, &[]).await.json();
        assert_eq!(payload(text(&answer, "id_token"))["email_verified"], flag, "{person}");
    }
}

#[actix_web::test]
async fn only_a_secret_that_is_signed_for_apple_and_for_now_is_one() {
    let stage = Stage::open();
    let key = stage.simulator.apple_private_key();
    let issuer = stage.at(House::Apple).issuer;
    for good in [json!({}), json!({ "aud": ["https://appleid.apple.com"] }), json!({ "aud": issuer })] {
        let code = stage.code(House::Apple, "mira", &[]).await;
        let reply = stage.redeem(House::Apple, &code, &[("client_secret", &apple_secret(&key, &good))]).await;
        assert_eq!(reply.status, StatusCode::OK, "{good}: {}", reply.body);
    }
    let other = super::super::apple::AppleKey::default().pem();
    let mut bad = vec![CLIENT_SECRET.to_owned(), apple_secret(&other, &json!({}))];
    for changes in [
        json!({ "iss": "SOMEBODY00" }),
        json!({ "sub": "another-client" }),
        json!({ "aud": "https://example.org" }),
        json!({ "aud": ["https://appleid.apple.com", "https://example.org"] }),
        json!({ "exp": NOW }),
        json!({ "exp": NOW + 15_777_001 }),
        json!({ "iat": NOW + 301 }),
    ] {
        bad.push(apple_secret(&key, &changes));
    }
    for secret in bad {
        let code = stage.code(House::Apple, "mira", &[]).await;
        let reply = stage.redeem(House::Apple, &code, &[("client_secret", &secret)]).await;
        assert_eq!((reply.status, &reply.json()["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_client")));
    }
}
