//! Sign in with Apple: `form_post` and signed client secrets.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::{CLIENT_SECRET, NOW, REDIRECT_URI, SimulatedProvider, TestServer, apple_secret, payload, text};

#[actix_web::test]
async fn apple_response_is_a_self_posting_form() {
    let server = TestServer::start();
    let authorize_url = server.authorize_url(
        SimulatedProvider::Apple,
        &[("login", "mira"), ("response_type", "code id_token"), ("nonce", "n")],
    );
    let mut response = server.client.get(authorize_url).send().await.unwrap();
    let policy = response.headers().get("content-security-policy").unwrap().to_str().unwrap().to_owned();
    assert!(policy.contains("script-src 'sha256-") && !policy.contains("form-action"), "{policy}");
    let page = String::from_utf8(response.body().await.unwrap().to_vec()).unwrap();
    assert!(page.contains(&format!(r#"<form method="post" action="{REDIRECT_URI}">"#)), "{page}");
    assert!(page.contains("<script>document.forms[0].submit()</script>"));
    let fields = super::fields(&page);
    let keys: Vec<&str> = fields.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["state", "code", "id_token", "user"]);
    let claims = payload(&fields[2].1);
    assert_eq!((&claims["nonce"], claims.get("at_hash")), (&json!("n"), None));
}

#[actix_web::test]
async fn apple_sends_the_name_only_once() {
    let server = TestServer::start();
    let first = server
        .authorize(SimulatedProvider::Apple, &[("login", "mira")])
        .await
        .param("user")
        .expect("an user_parameter");
    let user: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(user, json!({ "name": { "firstName": "Mira", "lastName": "Okafor" }, "email": "mira@example.org" }));
    assert_eq!(server.authorize(SimulatedProvider::Apple, &[("login", "mira")]).await.param("user"), None);
    assert!(server.authorize(SimulatedProvider::Apple, &[("login", "jonas")]).await.param("user").is_some());
}

#[actix_web::test]
async fn apple_scope_requires_form_post() {
    let server = TestServer::start();
    let rejection = server.authorize(SimulatedProvider::Apple, &[("login", "mira"), ("response_mode", "")]).await;
    assert_eq!((rejection.status, rejection.location), (StatusCode::BAD_REQUEST, None));
    let params =
        server.authorize(SimulatedProvider::Apple, &[("login", "mira"), ("response_mode", ""), ("scope", "")]).await;
    assert_eq!(params.status, StatusCode::FOUND);
    assert!(params.param("code").is_some() && params.param("user").is_none());
}

#[actix_web::test]
async fn apple_email_verified_is_text_or_boolean() {
    let server = TestServer::start();
    for (persona, flag) in [("mira", json!("true")), ("jonas", json!(false)), ("aiko", Value::Null)] {
        let code = server.code(SimulatedProvider::Apple, persona, &[]).await;
        let answer = server.exchange_code(SimulatedProvider::Apple, &code, &[]).await.json();
        assert_eq!(payload(text(&answer, "id_token"))["email_verified"], flag, "{persona}");
    }
}

#[actix_web::test]
async fn apple_client_secret_must_be_valid() {
    let server = TestServer::start();
    let key = server.simulator.apple_private_key();
    let issuer = server.at(SimulatedProvider::Apple).issuer;
    for good in [json!({}), json!({ "aud": ["https://appleid.apple.com"] }), json!({ "aud": issuer })] {
        let code = server.code(SimulatedProvider::Apple, "mira", &[]).await;
        let reply = server
            .exchange_code(SimulatedProvider::Apple, &code, &[("client_secret", &apple_secret(&key, &good))])
            .await;
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
        let code = server.code(SimulatedProvider::Apple, "mira", &[]).await;
        let reply = server.exchange_code(SimulatedProvider::Apple, &code, &[("client_secret", &secret)]).await;
        assert_eq!((reply.status, &reply.json()["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_client")));
    }
}
