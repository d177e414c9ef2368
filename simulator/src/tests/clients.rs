//! Registered clients.

use actix_web::http::StatusCode;

use super::{CLIENT_ID, CLIENT_SECRET, SimulatedProvider, TestServer, oauth2, payload, text};
use crate::Client;

const CALLBACK: &str = "app.example:/callback";

fn registered(server: &TestServer, secret: Option<&str>) {
    let secret = secret.map(str::to_owned);
    server.simulator.register_client(Client { id: "mine".into(), secret, redirect_uris: vec![CALLBACK.into()] });
}

#[actix_web::test]
async fn registered_client_signs_in_with_its_own_secret_and_redirect_uri() {
    let server = TestServer::start();
    registered(&server, Some("my secret"));
    let ours = [("client_id", "mine"), ("redirect_uri", CALLBACK)];
    let secret = [("client_id", "mine"), ("client_secret", "my secret"), ("redirect_uri", CALLBACK)];
    for provider in [SimulatedProvider::Google, SimulatedProvider::Github, SimulatedProvider::Oauth2] {
        let code = server.code(provider, "mira", &ours).await;
        let answer = server.exchange_code(provider, &code, &secret).await.json();
        assert!(answer["access_token"].is_string(), "{provider:?}: {answer}");
        if provider == SimulatedProvider::Google {
            assert_eq!(payload(text(&answer, "id_token"))["aud"], "mine");
        }
        let foreign = server.code(provider, "mira", &ours).await;
        let stolen = server.exchange_code(provider, &foreign, &[("redirect_uri", CALLBACK)]).await;
        assert!(!stolen.body.contains(r#"access_token":"#), "{provider:?}: a code of another client: {}", stolen.body);
        let wrong = [("client_id", "mine"), ("client_secret", CLIENT_SECRET), ("redirect_uri", CALLBACK)];
        let code = server.code(provider, "mira", &ours).await;
        let refused = server.exchange_code(provider, &code, &wrong).await;
        assert!(!refused.body.contains(r#"access_token":"#), "{provider:?}: {}", refused.body);
    }
}

#[actix_web::test]
async fn unregistered_redirect_uri_or_client_gets_a_page() {
    let server = TestServer::start();
    registered(&server, Some("my secret"));
    for provider in oauth2() {
        let elsewhere = server.authorize(provider, &[("login", "mira"), ("client_id", "mine")]).await;
        assert!(elsewhere.location.is_none() && elsewhere.body.contains("redirect_uri_mismatch"), "{provider:?}");
        let unknown = server.authorize(provider, &[("login", "mira"), ("client_id", "theirs")]).await;
        assert!(unknown.location.is_none() && unknown.body.contains("invalid_client"), "{provider:?}");
    }
    server.simulator.reset();
    assert_eq!(server.simulator.client("mine"), None);
    assert!(server.simulator.client(CLIENT_ID).is_some());
}

#[actix_web::test]
async fn public_client_has_to_use_pkce() {
    let server = TestServer::start();
    registered(&server, None);
    let ours = [("client_id", "mine"), ("redirect_uri", CALLBACK)];
    let provider = SimulatedProvider::Google;
    let bare = [&ours[..], &[("login", "mira"), ("code_challenge", ""), ("code_challenge_method", "")]].concat();
    assert_eq!(server.authorize(provider, &bare).await.param("error").as_deref(), Some("invalid_request"));
    let code = server.code(provider, "mira", &ours).await;
    let answer = server.exchange_code(provider, &code, &[ours[0], ours[1], ("client_secret", "")]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}
